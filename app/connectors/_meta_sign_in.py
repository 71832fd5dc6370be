"""Signing in through Facebook Login with the person's own Meta app: for Pages, and for Instagram behind them.

developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow (the page and the code),
/docs/facebook-login/guides/access-tokens/get-long-lived (a code's token is traded for one of 60 days; Page tokens
that are asked for with that one have no end), /docs/facebook-login/auth-vs-data (but access to data ends 90 days
after the person was last active in the app, and only a new sign-in opens it again).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from app import oauth
from app.connectors import _meta_graph as graph
from app.connectors.base import AppKeys, Authorization, SignInField
from app.errors import ForbiddenError, InputError, RefusedError, SignInError
from app.http import Http, decode
from app.http.addresses import host_of

T = TypeVar("T")

NAME = "Facebook"
API = "https://graph.facebook.com"
PAGE = "https://www.facebook.com"
REDIRECT = "http://localhost:47623/callback"
DATA_ACCESS = timedelta(days=90)
_PAGES = 20  # of /me/accounts, a hundred each

APP = AppKeys(
    family="meta",
    fields=(
        SignInField("client_id", "App ID", placeholder="1234567890123456",
                    hint="On the app's page: App settings, Basic."),
        SignInField("client_secret", "App secret", secret=True, hint="On the same page, behind Show."),
        SignInField("redirect_uri", "Redirect address", optional=True,
                    placeholder="https://www.facebook.com/connect/login_success.html",
                    hint="Only for an app that is set to Live, which refuses addresses of this computer. Type the one"
                         " that is entered at Valid OAuth Redirect URIs."),
        SignInField("config_id", "Configuration ID", optional=True,
                    hint="Only for an app that uses Facebook Login for Business."),
    ),
    help_text="Meta lets programs in through an app of your own. Make one at developers.facebook.com: My Apps, Create"
              " app, type Business. Add Facebook Login to it. It costs nothing.",
    help_url="https://developers.facebook.com/apps/",
)  # fmt: skip


class _Picture(msgspec.Struct):
    data: msgspec.Raw = graph.NULL


class _PictureData(msgspec.Struct):
    url: str | None = ""


class Business(msgspec.Struct):
    """The Instagram account behind a Page: IGUser."""

    id: str = ""
    username: str | None = ""
    name: str | None = ""
    profile_picture_url: str | None = ""


class ManagedPage(msgspec.Struct):
    """An entry of /me/accounts."""

    id: str = ""
    name: str | None = ""
    username: str | None = ""
    access_token: str | None = ""
    tasks: list[str] | None = None
    picture: msgspec.Raw = graph.NULL
    instagram_business_account: Business | None = None

    @property
    def avatar(self) -> str:
        """Address of the Page's picture, "" for none."""
        outer = graph.lenient(self.picture, _Picture)
        inner = graph.lenient(outer.data, _PictureData) if outer else None
        return (inner.url if inner else "") or ""


class _Debug(msgspec.Struct):
    scopes: list[str] = []
    expires_at: float | None = 0
    data_access_expires_at: float | None = 0
    is_valid: bool = True


class _Debugged(msgspec.Struct):
    data: _Debug | None = None


@dataclass(frozen=True, slots=True)
class Managed:
    """What a sign-in may do. Holds secrets."""

    server: str
    pages: tuple[ManagedPage, ...]
    scopes: tuple[str, ...]  # none: Meta did not tell
    ends: datetime  # when a person must sign in again

    def __repr__(self) -> str:
        return "Managed()"

    def secret(self, page: ManagedPage) -> dict[str, str]:
        """What goes to the keyring for `page`."""
        return {"token": page.access_token or "", "sign_in_ends": self.ends.isoformat()}


def stand_in(fields: Mapping[str, str]) -> str:
    """The base address of a stand-in for the platform on this computer, "" for none. Nothing else is believed."""
    server = fields.get("server", "").strip().rstrip("/")
    host = host_of(server) if server else ""
    try:
        loops = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loops = False
    return server if loops and server.startswith(("http://", "https://")) else ""


def secure(address: str) -> str:
    """The same with https, for which alone pages are built."""
    return address.replace("http://", "https://", 1)


def opened(url: str, base: str) -> str:
    """The address that the browser opens: a stand-in may be without TLS."""
    return url.replace("https://", "http://", 1) if base.startswith("http://") else url


def _server(base: str, scopes: tuple[str, ...] = ()) -> oauth.Server:
    root = f"{base or API}/{graph.VERSION}"
    return oauth.Server(
        NAME, f"{secure(base or PAGE)}/{graph.VERSION}/dialog/oauth", f"{root}/oauth/access_token", scopes,
        pkce=False, separator=",", home=base,
    )  # fmt: skip


def begin(fields: Mapping[str, str], redirect_uri: str, scopes: tuple[str, ...]) -> Authorization:
    """Build the page's address. What was typed comes along to `finish`."""
    app = oauth.app_of(fields)
    if not all(app):
        raise InputError("Type the App ID and the App secret of your Meta app first.")
    base, config = stand_in(fields), fields.get("config_id", "").strip()
    redirect = fields.get("redirect_uri", "").strip() or redirect_uri
    more = {"config_id": config} if config else {}  # Facebook Login for Business: the configuration names the scopes
    url, state, _ = oauth.begin(_server(base, () if config else scopes), app[0], redirect, **more)
    url = opened(url, base)
    data = {"client_id": app[0], "client_secret": app[1], "redirect_uri": redirect, "server": base}
    return Authorization(url, state, {**data, "human_agent": fields.get("human_agent", "")})


async def finish(http: Http, authorization: Authorization, code: str, more: str = "") -> Managed:
    """Trade the code, make the token last, and ask for the Pages; `more` are fields of a Page."""
    known = authorization.data
    app, base = (known["client_id"], known["client_secret"]), known["server"]
    token = await oauth.trade(http, _server(base), app, code, known["redirect_uri"], "", errors=graph.errors(NAME))
    return await _manage(http, app, token.access_token, base, more)


async def _manage(http: Http, app: tuple[str, str], token: str, base: str, more: str) -> Managed:
    """Say what the user token `token` manages. With the app's keys it is made to last first."""
    now = datetime.now(UTC)
    debug = None
    if all(app):
        token = await _lasting(http, app, token, base)
        found = await _get(http, base, "debug_token", _Debugged, "|".join(app), input_token=token)
        debug = found.data
    ends = now + DATA_ACCESS
    if debug and debug.data_access_expires_at:
        ends = datetime.fromtimestamp(debug.data_access_expires_at, UTC)
    fields = ",".join(filter(None, ("id,name,username,access_token,tasks,picture{url}", more)))
    pages: list[ManagedPage] = []
    after: str | None = None
    for _ in range(_PAGES):
        listing = await _get(http, base, "me/accounts", graph.Listing, token, fields=fields, limit="100", after=after)
        pages += [page for raw in listing.data if (page := graph.lenient(raw, ManagedPage)) and page.access_token]
        after = listing.after(100)
        if not after:
            break
    if not pages:
        raise SignInError(
            "This Facebook login manages no Page, or none was ticked on Facebook's page. Start again, and choose the"
            " Pages that you answer for."
        )
    return Managed(base or API, tuple(pages), tuple(debug.scopes) if debug else (), ends)


async def _lasting(http: Http, app: tuple[str, str], token: str, base: str) -> str:
    form = {
        "grant_type": "fb_exchange_token", "client_id": app[0], "client_secret": app[1], "fb_exchange_token": token,
    }  # fmt: skip
    url = _server(base).token
    try:
        answer = await http.send("POST", url, data=form, platform=NAME, home=base, errors=graph.errors(NAME))
    except (RefusedError, ForbiddenError) as error:
        raise SignInError(
            "Facebook did not accept this token for your app. Check the App ID and the App secret, then start again.",
            code=error.code, status=error.status,
        ) from error  # fmt: skip
    return (await decode(answer, oauth.Token, platform=NAME)).access_token or token


async def _get(http: Http, base: str, path: str, type_: type[T], token: str, **params: str | None) -> T:
    answer = await http.send(
        "GET", f"{base or API}/{graph.VERSION}/{path}", params=params, platform=NAME, home=base,
        headers={"Authorization": f"Bearer {token}"}, errors=graph.errors(NAME),
    )  # fmt: skip
    return await decode(answer, type_, platform=NAME)


def typed_token(fields: Mapping[str, str]) -> str:
    """The token that was pasted. Raises `InputError` for none and for what is none."""
    token = fields.get("token", "").strip()
    if not token:
        raise InputError("Paste the access token, or sign in with the browser.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise InputError("That is not an access token. Copy it again, without spaces or line breaks.")
    return token


async def pasted(http: Http, fields: Mapping[str, str], more: str = "") -> Managed:
    """Sign in with a user token that was copied, from the Graph API Explorer or of a system user."""
    token = typed_token(fields)
    try:
        return await _manage(http, oauth.app_of(fields), token, stand_in(fields), more)
    except RefusedError as error:
        raise SignInError("Facebook did not accept this token. Copy a user token, not one of a Page.") from error


def yes(typed: str) -> str:
    """ "yes" for what a person types to say so, else ""."""
    return "yes" if typed.strip().lower() in ("yes", "y", "ja", "oui", "sí", "si", "true", "1") else ""


def missing(scopes: tuple[str, ...], wanted: Mapping[str, str]) -> str:
    """A sentence on what was not granted; `wanted` maps scopes to what they are for. "" where all is there."""
    absent = list(dict.fromkeys(what for scope, what in wanted.items() if scope not in scopes))
    if not absent:
        return ""
    return f"Facebook did not grant all: {', '.join(absent)} will not work. Sign in again and allow everything."
