"""Signing in to a WordPress site: find its REST interface, then get an application password on its own page.

make.wordpress.org/core/2020/11/05/application-passwords-integration-guide: the REST index names the page that makes
one. Where it may send the browser back to a program on this computer differs (wp-admin/includes/user.php,
`wp_is_authorize_application_redirect_url_valid`): http on 127.0.0.1 is taken from WordPress 7.0 on (core.trac 57809)
and by sites whose WP_ENVIRONMENT_TYPE is "local"; any other site would show an error instead of its page. There it is
asked for without a way back, and shows the password for pasting.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from app.connectors._wordpress_wire import User, error_of
from app.connectors.base import Authorization
from app.domain import Identity
from app.errors import (
    AddressError,
    ForbiddenError,
    InputError,
    NetworkError,
    RateLimitError,
    ServerError,
    ServiceError,
    SignInError,
)
from app.http import Http, decode
from app.http.addresses import base_of, netloc
from app.oauth import basic, query_of
from app.text import clean, html_to_text

NAME = "WordPress"
APP_NAME = "Carelane"
APP_ID = "b1f6d3a5-6f0e-5c38-9f36-0f4b2b9c7f51"  # ours, for good: WordPress lists what is signed in by it
PRETTY, PLAIN = "/wp-json", "/?rest_route="
_FIELDS = "name,url,home,namespaces,authentication"
_NOT_SITE = re.compile(r"/(?:wp-admin|wp-login\.php|wp-json|index\.php|xmlrpc\.php)(?:/.*)?$")
_API_LINK = re.compile(r'<([^<>\s]+)>\s*;\s*rel="?https://api\.w\.org/"?')
_VERSION = re.compile(rb'generator="WordPress/(\d+)\.')


class Index(msgspec.Struct):
    """The REST index; `authentication` is [] where application passwords are switched off."""

    namespaces: list[str]
    name: str = ""
    home: str = ""
    authentication: Any = None

    @property
    def page(self) -> str:
        """The address of the page that makes an application password, "" where there is none."""
        try:
            found = msgspec.convert(self.authentication, dict[str, _Way]).get("application-passwords")
        except msgspec.ValidationError:
            return ""
        return found.endpoints.authorization if found is not None else ""


class _Ends(msgspec.Struct):
    authorization: str = ""


class _Way(msgspec.Struct):
    endpoints: _Ends = msgspec.field(default_factory=_Ends)


@dataclass(frozen=True, slots=True)
class Site:
    """A site and where its REST interface is: "/wp-json", or "/?rest_route=" without pretty permalinks."""

    base: str
    rest: str
    index: Index

    def url(self, path: str) -> str:
        """The address of a route."""
        return f"{self.base}{self.rest}{path}"


async def find(http: Http, typed: str) -> Site:
    """Find the REST interface of the site that a person typed, also from the address of one of its pages."""
    base = _NOT_SITE.sub("", base_of(typed, "maplerye.com"))
    told = await _linked(http, base)
    parts = urlsplit(base)
    places = [told, (base, PRETTY), (base, PLAIN), (f"{parts.scheme}://{parts.netloc}", PRETTY)]
    said: ServiceError | None = None
    for place in dict.fromkeys(filter(None, places)):
        try:
            return await _index(http, base, *place)
        except (NetworkError, RateLimitError, ServerError):
            raise
        except ServiceError as error:
            said = said or (error if isinstance(error, ForbiddenError) else None)
    if said is not None:
        raise said
    raise AddressError(
        f"{parts.netloc} does not answer as WordPress does. Check the spelling, or copy the address of your website "
        "from the browser. If it is WordPress, a plugin may have switched its REST API off."
    )


async def _linked(http: Http, base: str) -> tuple[str, str] | None:
    """Where the site's own pages say that the interface is (header Link), if they do."""
    try:
        answer = await http.send("HEAD", f"{base}/", platform=NAME, home=base)
    except ServiceError:
        return None  # some servers do not answer HEAD; what is asked next says more
    found = _API_LINK.search(answer.headers.get("link", ""))
    if found is None or netloc(found[1]) != netloc(answer.url):
        return None  # a password is not taken to another host
    address = found[1]
    if address.endswith("/?rest_route=/"):
        return address.removesuffix("/?rest_route=/"), PLAIN
    if address.endswith("?rest_route=/"):  # ".../index.php?rest_route=/"
        return address.partition("?")[0].removesuffix("/index.php"), PLAIN
    return (address.rstrip("/").removesuffix(PRETTY), PRETTY) if address.rstrip("/").endswith(PRETTY) else None


async def _index(http: Http, home: str, base: str, rest: str) -> Site:
    url = f"{base}{rest}/"
    answer = await http.send("GET", url, params={"_fields": _FIELDS}, platform=NAME, home=home, errors=error_of)
    index = await decode(answer, Index, platform=NAME)
    if "wp/v2" not in index.namespaces:
        raise AddressError("That is not WordPress.")
    end = answer.url.partition("?")[0].rstrip("/")  # behind redirects: "www." and the like
    return Site(end.removesuffix(rest) if rest == PRETTY else end, rest, index)


async def begin(http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
    """Build the address of the page. `redirect_uri` is a loopback one; it is used where the site takes it."""
    user = fields.get("user", "").strip()
    site = await find(http, fields.get("server", ""))
    page = site.index.page
    if not page.startswith(("https://", f"{site.base.partition('://')[0]}://")):
        raise ForbiddenError(
            "This website has application passwords switched off, so no program can sign in. They need https, and "
            "some security plugins switch them off: look for “application passwords” in their settings."
        )
    state = secrets.token_urlsafe(24)
    # WordPress refuses a second one of the same name, and the person may sign in again
    asked = {"app_name": f"{APP_NAME} {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}", "app_id": APP_ID}
    if redirect_uri.startswith("http://127.0.0.1:") and await _comes_back(http, site):
        asked["success_url"] = f"{redirect_uri}?{urlencode({'state': state})}"
    url = f"{page}{'&' if '?' in page else '?'}{urlencode(asked)}"
    return Authorization(url, state, {"server": site.base, "rest": site.rest, "name": site.index.name, "user": user})


async def _comes_back(http: Http, site: Site) -> bool:
    """Whether the page takes a loopback address."""
    # over http, only sites of the type "local" have application passwords at all
    if site.base.startswith("http://"):
        return True
    try:
        # the smallest file that tells the version, where no plugin hides it
        answer = await http.send("GET", f"{site.base}/wp-links-opml.php", platform=NAME, home=site.base)
    except ServiceError:
        return False
    found = _VERSION.search(answer.content)
    return found is not None and int(found[1]) >= 7


async def finish(http: Http, authorization: Authorization, pasted: str) -> Identity:
    """`pasted`: the address that the browser came back to, or the password that the page showed."""
    known = dict(authorization.data)
    query = query_of(pasted)
    if query.get("success") == "false":
        raise SignInError("The sign-in was refused in the browser. Nothing was connected.")
    site = Site(known["server"], known["rest"], Index([], known["name"]))
    if "password" in query:
        return await identity(http, site, query.get("user_login", "") or known["user"], query["password"])
    return await identity(http, site, known["user"], pasted)


async def sign_in(http: Http, fields: Mapping[str, str]) -> Identity:
    """With a user name and an application password that was made on the profile page."""
    site = await find(http, fields.get("server", ""))
    return await identity(http, site, fields.get("user", ""), fields.get("password", ""))


async def identity(http: Http, site: Site, user: str, password: str) -> Identity:
    """Ask whose password it is, and what it may do."""
    user, password = user.strip(), "".join(password.split())  # WordPress shows it in groups of four
    if not user:
        raise InputError("Type your user name first: the name or email address that you sign in to WordPress with.")
    if not password.isascii() or not password.isalnum():
        raise InputError(
            "That is not an application password. It has 24 letters and digits, and WordPress shows it once."
        )
    secret = {"user": user, "password": password}
    try:
        me = await who(http, site.base, site.rest, secret)
    except SignInError as error:
        raise SignInError(
            "WordPress did not accept this user name and application password. Check both; your usual password does"
            " not work here. If they are right, the web host may drop the sign-in: ask it to pass on the"
            " Authorization header.",
            code=error.code, status=error.status,
        ) from error  # fmt: skip
    parts = urlsplit(site.base)
    handle = f"{parts.netloc}{parts.path}"
    data = {"rest": site.rest, "moderates": me.moderates}
    name = clean(html_to_text(site.index.name)) or handle
    note = "" if me.moderates else NO_MODERATION
    return Identity(
        str(me.id), handle, name, site.base, secret, data=msgspec.json.encode(data).decode(), note=note
    )  # fmt: skip


NO_MODERATION = (
    "This user may not moderate comments: Carelane sees only those that are public, and cannot hide any. "
    "Sign in as an editor or administrator."
)


async def who(http: Http, base: str, rest: str, secret: Mapping[str, str], account: str = "") -> User:
    """GET users/me in the context "edit", which nobody else may see: the one call that tells a dead password.

    Everywhere else WordPress treats a wrong password as a visitor.
    """
    answer = await http.send(
        "GET", f"{base}{rest}/wp/v2/users/me", params={"context": "edit"}, account=account, platform=NAME,
        headers={"Authorization": basic(secret.get("user", ""), secret.get("password", ""))},
        home=base, errors=error_of,
    )  # fmt: skip
    return await decode(answer, User, platform=NAME)
