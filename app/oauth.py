"""OAuth 2 for every platform that signs in through the browser: RFC 6749, PKCE (RFC 7636), loopback (RFC 8252).

oauthlib builds and reads the messages; `app.http` carries them. A platform that strays from the RFCs brings its own
exchange and uses `begin` and `code_of` alone.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from app.errors import (
    BadAnswerError,
    ForbiddenError,
    GoneError,
    InputError,
    RefusedError,
    ServiceError,
    SignInError,
)
from app.http import ErrorMap, Http, decode
from app.text import clean

AHEAD = timedelta(minutes=5)  # a token is renewed so long before it ends
_DENIED = (RefusedError, SignInError, ForbiddenError, GoneError)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a platform's sign-in lives, and its habits."""

    name: str  # for sentences
    authorize: str  # page for the browser, https
    token: str
    scopes: tuple[str, ...]
    revoke: str = ""
    pkce: bool = True
    basic: bool = False  # the app's id and secret go in a header and not in the body
    separator: str = " "  # between scopes
    extra: Mapping[str, str] = field(default_factory=dict)  # more parameters of the page


class Token(msgspec.Struct, frozen=True):
    """What a token endpoint answers. Holds secrets: never stored but in the keyring, never logged."""

    access_token: str
    refresh_token: str = ""
    expires_in: float | None = None  # seconds
    refresh_token_expires_in: float | None = None
    refresh_expires_in: float | None = None
    scope: str | list[str] | None = None
    token_type: str = ""

    def __repr__(self) -> str:
        return "Token()"

    @property
    def scopes(self) -> frozenset[str]:
        """What was granted; empty where the platform does not tell."""
        told = self.scope or ""
        return frozenset(told.replace(",", " ").split() if isinstance(told, str) else told)


def begin(server: Server, client_id: str, redirect_uri: str, **more: str) -> tuple[str, str, str]:
    """Return the page's address, the state and the verifier ("" without PKCE)."""
    from oauthlib.oauth2 import WebApplicationClient  # 60 ms that only a sign-in needs

    if not client_id.strip():
        raise InputError(f"Type the id of your {server.name} app first.")
    client = WebApplicationClient(client_id.strip())
    state = secrets.token_urlsafe(24)
    verifier = ""
    extra = {**server.extra, **more}
    if server.pkce:
        verifier = client.create_code_verifier(64)
        extra |= {
            "code_challenge": client.create_code_challenge(verifier, "S256"),
            "code_challenge_method": "S256",
        }
    scope = server.separator.join(server.scopes)
    page = client.prepare_request_uri(server.authorize, redirect_uri, scope, state, **extra)
    return page, state, verifier


def code_of(pasted: str) -> str:
    """Return the code in what came back or was copied: the code, or the whole address.

    Raises `SignInError` for a refusal, `InputError` for what is no code.
    """
    text = pasted.strip()
    query = parse_qs(urlsplit(text).query if "://" in text else text if text.startswith("code=") else "")
    if "code" in query:
        return query["code"][0]
    if "error" in query:
        said = clean(query.get("error_description", query["error"])[0])
        raise SignInError(f"The sign-in was not allowed in the browser ({said}).", code=query["error"][0])
    code = text.split("&", 1)[0].removesuffix("#_")  # Meta puts "#_" behind its addresses
    if not code or any(sign.isspace() for sign in code) or "://" in code:
        raise InputError("That is not a sign-in code. Copy the whole code that the browser shows, and paste it again.")
    return code


async def trade(
    http: Http, server: Server, app: tuple[str, str], pasted: str, redirect_uri: str, verifier: str,
    *, errors: ErrorMap | None = None,
) -> Token:  # fmt: skip
    """Trade a code for a token. `app` is the id and the secret of the app ("" for a public one)."""
    form = {"grant_type": "authorization_code", "code": code_of(pasted), "redirect_uri": redirect_uri}
    if verifier:
        form["code_verifier"] = verifier
    try:
        return await _ask(http, server, app, form, errors)
    except _DENIED as error:
        raise SignInError(
            f"{server.name} did not accept the code. It is used up or too old, or the app's keys are not right."
            " Check them and start the sign-in again.",
            code=error.code, status=error.status,
        ) from error  # fmt: skip


async def renew(
    http: Http, server: Server, app: tuple[str, str], refresh_token: str, *, errors: ErrorMap | None = None
) -> Token:
    """Trade a refresh token for a new access token. Raises `SignInError` where it is dead."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    try:
        return await _ask(http, server, app, form, errors)
    except _DENIED as error:
        raise SignInError(
            f"{server.name} no longer accepts this sign-in. Sign in again.", code=error.code, status=error.status
        ) from error


async def _ask(
    http: Http, server: Server, app: tuple[str, str], form: dict[str, str], errors: ErrorMap | None
) -> Token:
    headers: dict[str, str] = {}
    client_id, client_secret = app
    if server.basic and client_secret:
        headers["Authorization"] = basic(client_id, client_secret)
    else:
        form = {**form, "client_id": client_id, **({"client_secret": client_secret} if client_secret else {})}
    answer = await http.send("POST", server.token, data=form, headers=headers, platform=server.name,
                             errors=errors or token_errors(server.name))  # fmt: skip
    token = await decode(answer, Token, platform=server.name)
    if not token.access_token:
        raise BadAnswerError(f"{server.name} gave no access. Try again later.")
    return token


def basic(user: str, password: str) -> str:
    """The value of an Authorization header, RFC 7617."""
    from base64 import b64encode

    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def token_errors(name: str) -> ErrorMap:
    """RFC 6749, 5.2: a 400 with an error code says that the grant or the app is not accepted."""

    class Told(msgspec.Struct):
        error: str = ""

    def read(answer: Any) -> ServiceError | None:
        if answer.status not in (400, 401, 403):
            return None
        try:
            code = msgspec.json.decode(answer.content, type=Told).error
        except (msgspec.MsgspecError, UnicodeDecodeError):
            code = ""
        return SignInError(f"{name} did not accept this sign-in.", code=code, status=answer.status)

    return read


def app_of(fields: Mapping[str, str]) -> tuple[str, str]:
    """The id and the secret of the person's own app, as typed. Raises `InputError` for characters that none has."""
    found = []
    for key in ("client_id", "client_secret"):
        text = fields.get(key, "").strip()
        if not text.isascii() or not text.isprintable() or " " in text:
            raise InputError("The keys of the app hold characters that no key has. Copy them again.")
        found.append(text)
    return found[0], found[1]


def secret_of(token: Token, app: tuple[str, str], now: datetime, *, refresh_lives: timedelta | None = None,
              before: Mapping[str, str] | None = None) -> dict[str, str]:  # fmt: skip
    """What goes to the keyring: token, refresh_token, expires_at (ISO), client_id, client_secret, sign_in_ends.

    `refresh_lives` is how long a refresh token lasts where the platform does not say so with it. An answer without
    a new refresh token leaves the one of `before`, and its end.
    """
    kept = {"token": token.access_token, "client_id": app[0], "client_secret": app[1]}
    if token.expires_in:
        kept["expires_at"] = (now + timedelta(seconds=token.expires_in)).isoformat()
    lives = token.refresh_token_expires_in or token.refresh_expires_in
    ends = ""
    if token.refresh_token:
        kept["refresh_token"] = token.refresh_token
        if lives:
            ends = (now + timedelta(seconds=lives)).isoformat()
        elif refresh_lives is not None:
            ends = (now + refresh_lives).isoformat()
    elif before and before.get("refresh_token"):
        kept["refresh_token"] = before["refresh_token"]
        ends = before.get("sign_in_ends", "")
    elif token.expires_in:
        ends = kept["expires_at"]
    return kept | ({"sign_in_ends": ends} if ends else {})


class Keeper:
    """The living token of one account: renewed ahead of its end, once at a time, kept before it is used."""

    def __init__(
        self,
        secret: Mapping[str, str],
        save: Callable[[dict[str, str]], Awaitable[None]],
        renewed: Callable[[Mapping[str, str]], Awaitable[dict[str, str]]],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`renewed` asks the platform and returns the whole new secret. Raises `SignInError` for a dead one."""
        self._secret, self._save, self._renewed, self._now = dict(secret), save, renewed, now
        self._one = asyncio.Lock()

    @property
    def secret(self) -> Mapping[str, str]:
        """What is used now."""
        return self._secret

    async def token(self, dead: str = "") -> str:
        """The access token. `dead` is one that the platform just refused: another is got, unless that was done."""
        if not self._needs(dead):
            return self._secret["token"]
        async with self._one:
            if self._needs(dead):  # somebody else may have done it while we waited
                await self._renew()
            return self._secret["token"]

    def _needs(self, dead: str) -> bool:
        if not self._secret.get("token"):
            raise SignInError("There is no sign-in for this account on this computer. Sign in again.")
        if dead:
            return self._secret["token"] == dead
        ends = self._secret.get("expires_at", "")
        return bool(ends) and datetime.fromisoformat(ends) - self._now() < AHEAD and self._can()

    def _can(self) -> bool:
        return bool(self._secret.get("refresh_token"))

    async def _renew(self) -> None:
        if not self._can():
            raise SignInError("This sign-in has ended. Sign in again.")
        # a pull that is cancelled in the middle must not lose the only refresh token that still works
        await asyncio.shield(self._take())

    async def _take(self) -> None:
        fresh = await self._renewed(self._secret)
        await self._save(fresh)
        self._secret = dict(fresh)


async def revoke(http: Http, server: Server, app: tuple[str, str], tokens: Sequence[str]) -> None:
    """Tell the platform to forget these tokens, RFC 7009. A platform that does not answer is left alone."""
    if not server.revoke:
        return
    for token in filter(None, tokens):
        form = {"token": token, "client_id": app[0]}
        headers: dict[str, str] = {}
        if app[1] and server.basic:
            headers["Authorization"] = basic(*app)
        elif app[1]:
            form["client_secret"] = app[1]
        try:
            await http.send("POST", server.revoke, data=form, headers=headers, platform=server.name)
        except ServiceError:
            continue
