"""OAuth 2 for every platform that signs in through the browser: RFC 6749, PKCE (RFC 7636), loopback (RFC 8252).

oauthlib builds and reads the messages; `app.http` carries them. A platform that strays from the RFCs brings its own
exchange and uses `begin` and `code_of` alone.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from app.errors import (
    BadAnswerError,
    ForbiddenError,
    GoneError,
    InputError,
    KeyringError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
)
from app.http import ErrorMap, Http, decode
from app.text import clean

AHEAD = timedelta(minutes=5)  # a token is renewed so long before it ends, a tenth of its life where that is less
CLOSING = 10.0  # seconds that a renewal may still take when its account is closed
LATER = timedelta(seconds=30)  # a renewal ahead of time that failed is tried again then
_LONGEST = 100 * 365 * 86_400.0  # seconds; what is told beyond that is no time at all
_PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down"})  # RFC 6749, 4.1.2.1; RFC 8628, 3.5
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
    home: str = ""  # base address of a stand-in on this computer, which is reached without TLS


class Token(msgspec.Struct, frozen=True):
    """What a token endpoint answers. Holds secrets: never stored but in the keyring, never logged."""

    access_token: str = ""
    refresh_token: str | None = ""
    expires_in: float | str | None = None  # seconds; some write the number as text
    refresh_token_expires_in: float | str | None = None
    refresh_expires_in: float | str | None = None
    scope: str | list[str] | None = None
    token_type: str | None = ""
    error: Any = None  # some refuse with the status of success

    def __repr__(self) -> str:
        return "Token()"

    @property
    def scopes(self) -> frozenset[str]:
        """What was granted; empty where the platform does not tell."""
        told = self.scope or ""
        return frozenset(told.replace(",", " ").split() if isinstance(told, str) else told)

    @property
    def lives(self) -> timedelta | None:
        """How long the access token lasts; None where the platform does not tell."""
        return _length(self.expires_in)

    @property
    def refresh_lives(self) -> timedelta | None:
        """How long the refresh token lasts; None where the platform does not tell."""
        return _length(self.refresh_token_expires_in) or _length(self.refresh_expires_in)


def _length(told: float | str | None) -> timedelta | None:
    try:
        seconds = float(told or 0)
    except ValueError:
        return None
    return timedelta(seconds=seconds) if 0 < seconds < _LONGEST else None


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


def query_of(pasted: str) -> dict[str, str]:
    """The parameters of an address that was pasted, whole or in part; {} for a bare code. The first of each counts."""
    text = pasted.strip().partition("#")[0]
    query = text.partition("?")[2] if "?" in text else "" if "://" in text else text
    found = {key: values[0] for key, values in parse_qs(query).items()}
    return found if "?" in text or found.keys() & {"code", "state", "error"} else {}


def check_state(pasted: str, state: str) -> None:
    """Raise `SignInError` where an address is another sign-in's. A bare code carries no state and passes."""
    query = query_of(pasted)
    if not state or not query or hmac.compare_digest(query.get("state", "").encode(), state.encode()):
        return
    raise SignInError(
        "This address belongs to another sign-in. Copy the one of the page that was opened last, or start again."
    )


def code_of(pasted: str) -> str:
    """Return the code in what came back or was copied: the code, or the whole address.

    Raises `SignInError` for a refusal, `InputError` for what is no code.
    """
    text = pasted.strip()
    query = query_of(text)
    if "code" in query:
        return query["code"]
    if "error" in query:
        said = clean(query.get("error_description", query["error"]))
        raise SignInError(f"The sign-in was not allowed in the browser ({said}).", code=query["error"])
    code = unquote(text.split("&", 1)[0].partition("#_")[0])  # Meta puts "#_=_" behind its addresses
    if not code or any(sign.isspace() for sign in code) or "://" in code or "?" in code:
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
    except ServiceError as error:
        if not isinstance(error, _DENIED) and error.status != 400:
            raise
        raise SignInError(
            f"{server.name} did not accept the code. It is used up or too old, or the app's keys are not right."
            " Check them and start the sign-in again.",
            code=error.code, status=error.status,
        ) from error  # fmt: skip


async def renew(
    http: Http, server: Server, app: tuple[str, str], refresh_token: str, *, errors: ErrorMap | None = None
) -> Token:
    """Trade a refresh token for a new access token. Raises `SignInError` where it is dead.

    Only what names a reason ends a sign-in: a page of some proxy with the status 403 is no answer of the platform.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    try:
        return await _ask(http, server, app, form, errors)
    except _DENIED as error:
        if not isinstance(error, SignInError) and not error.code:
            raise
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
                             errors=errors or token_errors(server.name), home=server.home)  # fmt: skip
    token = await decode(answer, Token, platform=server.name)
    if not token.access_token and isinstance(token.error, str) and token.error:
        raise _refusal(server.name, token.error, answer.status)
    if not token.access_token:
        raise BadAnswerError(f"{server.name} gave no access. Try again later.")
    return token


def basic(user: str, password: str) -> str:
    """The value of an Authorization header, RFC 7617."""
    from base64 import b64encode

    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class _Told(msgspec.Struct):
    error: str = ""


def token_errors(name: str) -> ErrorMap:
    """RFC 6749, 5.2: a 400 with an error code says that the grant or the app is not accepted."""

    def read(answer: Any) -> ServiceError | None:
        if answer.status not in (400, 401, 403):
            return None
        try:
            code = msgspec.json.decode(answer.content, type=_Told).error
        except (msgspec.MsgspecError, UnicodeDecodeError):
            code = ""
        return _refusal(name, code, answer.status) if code or answer.status == 401 else None

    return read


def _refusal(name: str, code: str, status: int) -> ServiceError:
    if code in _PASSING:
        return ServerError(f"{name} has trouble at the moment. Try again later.", code=code, status=status)
    return SignInError(f"{name} did not accept this sign-in.", code=code, status=status)


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
    if token.lives is not None:
        kept["expires_at"] = (now + token.lives).isoformat()
    ends = ""
    if token.refresh_token:
        kept["refresh_token"] = token.refresh_token
        lives = token.refresh_lives or refresh_lives
        ends = (now + lives).isoformat() if lives is not None else ""
    elif before and before.get("refresh_token"):
        kept["refresh_token"] = before["refresh_token"]
        ends = before.get("sign_in_ends", "")
    else:
        ends = kept.get("expires_at", "")
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
        self._unsaved: dict[str, str] | None = None  # what the platform gave and the keyring did not take yet
        self._ended: SignInError | None = None
        self._one: asyncio.Task[None] | None = None
        self._margin = AHEAD
        self._later: datetime | None = None

    def __repr__(self) -> str:
        return "Keeper()"

    @property
    def secret(self) -> Mapping[str, str]:
        """What is used now."""
        return self._secret

    async def token(self, dead: str = "") -> str:
        """The access token. `dead` is one that the platform just refused: another is got, unless that was done.

        Raises `SignInError` where a person must sign in again, `KeyringError` where a new token could not be kept;
        it is held then and kept at the next call, since the platform gives it only once.
        """
        if not self._secret.get("token"):
            raise SignInError("There is no sign-in for this account on this computer. Sign in again.")
        if self._needs(dead):
            if not self._secret.get("refresh_token"):
                raise SignInError("This sign-in has ended. Sign in again.")
            try:
                await self._renewal()
            except (ServiceError, OSError) as error:
                passing = isinstance(error, KeyringError) or getattr(error, "retry", False)
                if dead or not passing or self._left() <= timedelta(0):
                    raise
                self._later = self._now() + LATER  # the old one still works
        return self._secret["token"]

    async def close(self) -> None:
        """Wait, 10 s at most, for a renewal that is on its way, so that what it brings is kept. Raises nothing."""
        if self._one is not None:
            await asyncio.wait({self._one}, timeout=CLOSING)

    def _needs(self, dead: str) -> bool:
        if dead:
            return self._secret["token"] == dead
        if not self._secret.get("refresh_token"):
            return False  # the platform says when it is over
        waits = self._later is not None and self._now() < self._later and self._left() > timedelta(0)
        return not waits and self._left() < self._margin

    def _left(self) -> timedelta:
        try:
            ends = datetime.fromisoformat(self._secret.get("expires_at", ""))
        except ValueError:
            return timedelta.max
        return (ends if ends.tzinfo else ends.replace(tzinfo=UTC)) - self._now()

    async def _renewal(self) -> None:
        """All who come meanwhile share one renewal and its outcome.

        A task of its own: a pull that is cancelled in the middle must not lose the only refresh token that still works.
        """
        if self._ended is not None:
            raise SignInError(str(self._ended), code=self._ended.code, status=self._ended.status)
        if self._one is None or self._one.done():
            self._one = asyncio.create_task(self._take())
            self._one.add_done_callback(lambda task: task.cancelled() or task.exception())  # looked at
        await asyncio.shield(self._one)

    async def _take(self) -> None:
        if self._unsaved is None:
            try:
                self._unsaved = dict(await self._renewed(self._secret))
            except SignInError as error:
                self._ended = error
                raise
        await self._save(self._unsaved)
        self._secret, self._unsaved, self._later = self._unsaved, None, None
        self._margin = max(timedelta(0), min(AHEAD, self._left() / 10))


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
            await http.send("POST", server.revoke, data=form, headers=headers, platform=server.name, home=server.home)
        except ServiceError:
            continue
