"""Signing in to a Mastodon server: find it, register Carelane there, ask in the browser, trade the code.

docs.joinmastodon.org/client/authorized and /methods/oauth; /spec/oauth for PKCE (from 4.3 on).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from app.connectors import _mastodon_media as media
from app.connectors._mastodon_wire import NULL, Instance, Person
from app.connectors.base import Authorization
from app.domain import Identity
from app.errors import (
    AddressError,
    BadAnswerError,
    ForbiddenError,
    GoneError,
    InputError,
    NetworkError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
)
from app.http import ErrorMap, Http, decode
from app.http.addresses import is_local_name
from app.text import clean

# docs.joinmastodon.org/api/oauth-scopes; granular since 2.4.3
SCOPES = (
    "read:accounts read:notifications read:statuses read:search "
    "write:statuses write:media write:conversations write:notifications write:favourites"
)
WIDE_SCOPES = "read write"  # for servers that know no finer ones
NAME = "Carelane"
# snac2 2.75 closes each connection without saying so; one that is used again breaks
CLOSE = {"Connection": "close"}


class _App(msgspec.Struct):
    client_id: str
    client_secret: str


class _Token(msgspec.Struct):
    access_token: str
    scope: str | None = ""


class _OAuthServer(msgspec.Struct):
    code_challenge_methods_supported: list[str] | None = None


def base_address(typed: str) -> str:
    """Return "https://host" for what a person types: a name, an address, a handle. http only for inner hosts.

    Raises `AddressError` with a sentence for the dialog.
    """
    text = typed.strip()
    scheme, _, rest = text.rpartition("://")
    if not scheme and "@" in rest:
        rest = rest.rsplit("@", 1)[1]
    try:
        parts = urlsplit(f"{scheme.lower() or 'https'}://{rest}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.username is not None or not re.fullmatch(r"\[?[\w.:-]+\]?", host):
        raise AddressError("That is not a server address. Type it as in mastodon.social.")
    if parts.scheme not in ("https", "http"):
        raise AddressError("A Mastodon address begins with https. Type it as in mastodon.social.")
    if parts.scheme == "http" and not is_local_name(host):
        raise AddressError("Carelane signs in over https only, so that nobody reads along. Leave out “http://”.")
    if ":" in host:
        host = f"[{host}]"
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


async def find_server(http: Http, typed: str, errors: ErrorMap) -> tuple[str, Instance]:
    """Return the base address where the API lives, and what it says of itself.

    v2 of `instance` first, then v1 (GoToSocial has both, snac2 only v1). Redirects are followed, since
    the domain of the handles need not be the one of the API.
    """
    base = base_address(typed)
    for version in ("v2", "v1"):
        try:
            response = await http.send(
                "GET", f"{base}/api/{version}/instance", platform="mastodon", home=base, errors=errors, headers=CLOSE
            )
            instance = await decode(response, Instance, platform="mastodon")
        except (AddressError, NetworkError, RateLimitError, ServerError):
            raise
        except ServiceError:
            continue
        if instance.domain or instance.uri:
            end = urlsplit(response.url)
            return f"{end.scheme}://{end.netloc}", instance
    shown = urlsplit(base).netloc
    raise AddressError(
        f"That address is not a Mastodon server. {shown} answers, but not as Mastodon does. "
        "Check the spelling, or copy the address from your browser."
    )


def limits(instance: Instance) -> dict[str, Any]:
    """Return what `Account.data` keeps of the server."""
    statuses = instance.configuration.statuses if instance.configuration else None
    domain = instance.domain or instance.uri
    kept: dict[str, Any] = {"domain": urlsplit(domain).netloc if "://" in domain else domain}
    characters = (statuses.max_characters if statuses else None) or instance.max_toot_chars
    if characters and characters > 0:
        kept["max_characters"] = characters
    if statuses and statuses.characters_reserved_per_url:
        kept["url_length"] = statuses.characters_reserved_per_url
    if "snac/" in instance.version:
        kept["software"] = "snac"
    attachments = instance.configuration.media_attachments if instance.configuration else NULL
    return kept | media.limits(attachments, statuses.max_media_attachments if statuses else None)


async def begin(http: Http, typed: str, redirect_uri: str, errors: ErrorMap) -> Authorization:
    """Register Carelane there for `redirect_uri`, a loopback or the out-of-band one; build the page's URL."""
    from oauthlib.oauth2 import WebApplicationClient  # 60 ms that only a sign-in needs

    base, instance = await find_server(http, typed, errors)
    app, scopes = await _register(http, base, redirect_uri, errors)
    client = WebApplicationClient(app.client_id)
    state = secrets.token_urlsafe(24)
    more: dict[str, str] = {}
    verifier = ""
    if await _has_pkce(http, base, errors):
        verifier = client.create_code_verifier(64)
        more = {
            "code_challenge": client.create_code_challenge(verifier, "S256"),
            "code_challenge_method": "S256",
        }
    # oauthlib builds https addresses only; a server on this machine may be http
    page = client.prepare_request_uri(
        f"https://{urlsplit(base).netloc}/oauth/authorize", redirect_uri, scopes, state, **more
    )
    return Authorization(
        url=page.replace("https://", f"{urlsplit(base).scheme}://", 1),
        state=state,
        data={
            "server": base,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "redirect_uri": redirect_uri,
            "verifier": verifier,
            "scopes": scopes,
            "limits": msgspec.json.encode(limits(instance)).decode(),
        },
    )


async def _register(http: Http, base: str, redirect_uri: str, errors: ErrorMap) -> tuple[_App, str]:
    for scopes in (SCOPES, WIDE_SCOPES):
        form = {"client_name": NAME, "redirect_uris": redirect_uri, "scopes": scopes}
        try:
            answer = await http.send(
                "POST", f"{base}/api/v1/apps", data=form, platform="mastodon", home=base, errors=errors, headers=CLOSE
            )
            return await decode(answer, _App, platform="mastodon"), scopes
        except (RefusedError, ForbiddenError) as error:
            refused = error
    raise refused


async def _has_pkce(http: Http, base: str, errors: ErrorMap) -> bool:
    """Ask for the metadata (docs.joinmastodon.org/methods/oauth, 4.3); elsewhere it is a 404 or a page."""
    url = f"{base}/.well-known/oauth-authorization-server"
    try:
        answer = await http.send("GET", url, platform="mastodon", home=base, errors=errors, headers=CLOSE)
        server = await decode(answer, _OAuthServer, platform="mastodon")
    except (NetworkError, RateLimitError):
        raise
    except ServiceError:
        return False
    return "S256" in (server.code_challenge_methods_supported or ())


def code_of(pasted: str) -> str:
    """Return the code in what came back: the code, the whole address, or snac2's page "CODE&state=STATE"."""
    text = pasted.strip()
    query = parse_qs(urlsplit(text).query if "://" in text else text if text.startswith("code=") else "")
    if "code" in query:
        return query["code"][0]
    if "error" in query:
        said = clean(query.get("error_description", query["error"])[0])
        raise SignInError(f"The sign-in was not allowed in the browser ({said}).", code=query["error"][0])
    code = text.split("&", 1)[0]
    if not code or re.search(r"\s|://", code):
        raise InputError("That is not a sign-in code. Copy the whole code that the browser shows, and paste it again.")
    return code


async def finish(http: Http, authorization: Authorization, pasted: str, errors: ErrorMap) -> Identity:
    """Trade the code for a token (form-encoded, which every server takes) and ask whose it is."""
    known = authorization.data
    form = {
        "grant_type": "authorization_code",
        "code": code_of(pasted),
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
        "redirect_uri": known["redirect_uri"],
        "scope": known["scopes"],
    }
    if known["verifier"]:
        form["code_verifier"] = known["verifier"]
    base = known["server"]
    try:
        answer = await http.send(
            "POST", f"{base}/oauth/token", data=form, platform="mastodon", home=base, errors=errors, headers=CLOSE
        )
        token = await decode(answer, _Token, platform="mastodon")
    except (RefusedError, SignInError, ForbiddenError, GoneError) as error:
        # {"error": "invalid_grant"}: wrong, used or older than ten minutes
        raise SignInError(
            "The code was not accepted. It is used up or too old. Start the sign-in again.", code=error.code
        ) from error
    secret = {
        "token": token.access_token,
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
    }
    return await identity(http, base, secret, known["limits"], errors)


async def sign_in(http: Http, fields: Mapping[str, str], errors: ErrorMap) -> Identity:
    """Sign in with a token that the person made on the server's own page (Preferences, Development)."""
    token = fields.get("token", "").strip()
    if not token:
        raise InputError("Paste the access token, or sign in with the browser.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise InputError("That is not an access token. Copy it again, without spaces or line breaks.")
    base, instance = await find_server(http, fields.get("server", ""), errors)
    return await identity(http, base, {"token": token}, msgspec.json.encode(limits(instance)).decode(), errors)


async def identity(http: Http, base: str, secret: dict[str, str], data: str, errors: ErrorMap) -> Identity:
    """Return whose token it is; `data` is the JSON of `limits`."""
    me = await verify(http, base, secret["token"], "", errors)
    acct = clean(me.acct or me.username or "")
    if not acct or not str(me.id):
        raise BadAnswerError("The server did not say whose account this is. Try again later.")
    domain = msgspec.json.decode(data, type=dict[str, Any]).get("domain") or urlsplit(base).netloc
    handle = acct if "@" in acct else f"{acct}@{domain}"
    name = clean(me.display_name or "") or acct
    return Identity(str(me.id), f"@{handle}", name, base, secret, avatar=me.avatar or "", data=data)


async def verify(http: Http, base: str, token: str, account: str, errors: ErrorMap) -> Person:
    """GET verify_credentials: the one call that says whether a token lives."""
    url = f"{base}/api/v1/accounts/verify_credentials"
    headers = {"Authorization": f"Bearer {token}", **CLOSE}
    try:
        answer = await http.send(
            "GET", url, headers=headers, account=account, platform="mastodon", home=base, errors=errors
        )
    except RefusedError as error:
        # snac2 2.75 answers a dead token with 422 here, and with 401 elsewhere
        raise SignInError(
            "Mastodon no longer accepts this sign-in. Sign in again.", code=error.code, status=error.status
        ) from error
    return await decode(answer, Person, platform="mastodon")
