"""The session with a Bluesky server: calls with the access token, and a new pair of tokens when it runs out.

Sources: lexicons com.atproto.server.{createSession,refreshSession,getSession}, atproto.com/specs/xrpc, and
what the reference PDS 0.5.35 really answers: an expired or revoked token is 400 ExpiredToken, not 401.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.connectors.base import SaveSecret
from app.errors import (
    ForbiddenError,
    GoneError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
    TokenExpiredError,
    UncertainError,
)
from app.http import Http, Response, decode, upload_time

Json = dict[str, Any]

CHAT = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
DM_NEEDS = "Direct messages need an app password with that permission."
_AGAIN = "Bluesky ended this session: the app password was revoked or the session is too old. Sign in again."
_NO_REPO = "Bluesky no longer shows this account. It may be taken down or deactivated. Sign in at bsky.app to see why."
# what writing a record takes, of 5,000 points an hour and 35,000 a day (docs.bsky.app, rate limits: create 3, update 2,
# delete 1); a record is always a new one here
_POINTS = {"com.atproto.repo.putRecord": 3.0, "com.atproto.repo.deleteRecord": 1.0}
_METERS = ("points", "points_day")
_MARGIN = 60.0  # seconds before its end that a token is renewed, a tenth of its life where that is shorter


# --- errors ----------------------------------------------------------------------------------------

_MEANINGS: Mapping[str, tuple[type[ServiceError], str]] = {
    "ExpiredToken": (TokenExpiredError, _AGAIN),
    "InvalidToken": (TokenExpiredError, _AGAIN),
    "AuthMissing": (SignInError, "Bluesky no longer accepts this sign-in. Sign in again."),
    "AuthenticationRequired": (
        SignInError,
        "Bluesky did not accept this handle and app password. Check both and try again.",
    ),
    "AuthFactorTokenRequired": (
        SignInError,
        "With the main password, this account also asks for a code sent by e-mail. Use an app password instead.",
    ),
    "AccountTakedown": (
        ForbiddenError,
        "Bluesky has taken this account down. Sign in at bsky.app to see why and to appeal.",
    ),
    "AccountSuspended": (ForbiddenError, "Bluesky has suspended this account. Sign in at bsky.app to see why."),
    "AccountDeactivated": (
        ForbiddenError,
        "This Bluesky account is deactivated. Activate it again at bsky.app, then sign in again.",
    ),
    "RepoTakendown": (ForbiddenError, "Bluesky has taken this account down. Sign in at bsky.app to see why."),
    "RepoDeactivated": (ForbiddenError, "This Bluesky account is deactivated. Activate it again at bsky.app."),
    "RepoNotFound": (ForbiddenError, _NO_REPO),
    "NotFound": (GoneError, "This post is no longer on Bluesky."),
    "RecordNotFound": (GoneError, "This post is no longer on Bluesky."),
    "InvalidSwap": (RefusedError, "Bluesky already holds another post in this place."),
    "BlockedActor": (RefusedError, "You and this person have blocked each other on Bluesky, so nothing was sent."),
    "BlockedSubject": (RefusedError, "This account blocks that person on Bluesky, so nothing was sent."),
    "MessagesDisabled": (RefusedError, "This person does not take direct messages on Bluesky. Answer in public."),
    "NotFollowedBySender": (
        RefusedError,
        "This person takes direct messages only from accounts that they follow. Answer in public.",
    ),
    "RecipientNotFound": (GoneError, "This person is no longer on Bluesky."),
    "ConvoLocked": (RefusedError, "This conversation on Bluesky is locked, so nothing was sent."),
    "BlobNotFound": (RefusedError, "Bluesky no longer has the picture of this reply. Send it again."),
    "BlobTooLarge": (RefusedError, "A picture of this reply is too large for Bluesky. Make it smaller."),
    "InvalidConvo": (GoneError, "This conversation is no longer on Bluesky."),
    "ReplyTargetNotFound": (GoneError, "The message that this answers is no longer on Bluesky."),
}


def error_of(answer: Response) -> ServiceError | None:
    """Map an error by the platform's own code; None leaves it to the status (and 429 to its headers)."""
    try:
        body = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    code, words = (body.get("error"), body.get("message")) if isinstance(body, dict) else (None, None)
    if not isinstance(code, str) or answer.status == 429:
        return None
    words = words if isinstance(words, str) else ""
    if code == "InvalidToken" and words.startswith("Bad token"):  # … method, … scope
        what = "This sign-in does not allow that. It needs an app password with that permission."
        return ForbiddenError(what, code="BadTokenMethod", status=answer.status)
    if answer.status == 501:
        return ForbiddenError("This Bluesky server does not offer that.", code=code, status=501)
    if answer.status >= 500:
        what = "Bluesky has trouble at the moment. Carelane tries again by itself."
        return ServerError(what, code=code, status=answer.status)
    if code in _MEANINGS:
        kind, sentence = _MEANINGS[code]
        return kind(sentence, code=code, status=answer.status)
    if answer.status == 400:
        said = words.lower()
        if "could not locate record" in said:  # older servers have no code for it
            return GoneError("This post is no longer on Bluesky.", code="RecordNotFound", status=400)
        if "could not find repo" in said or "could not find user info" in said:
            return ForbiddenError(_NO_REPO, code="RepoNotFound", status=400)
        if "could not find blob" in said:
            what = "Bluesky no longer has the picture of this reply. Send it again."
            return RefusedError(what, code="BlobNotFound", status=400)
        if "not found" in said:
            return GoneError("Bluesky does not have this.", code=code, status=400)
        if "grapheme too big" in words or "string too big" in words:
            return RefusedError("This text is too long for Bluesky. Shorten it.", code=code, status=400)
        more = f" It says: “{words[:200]}”" if words else ""
        return RefusedError(f"Bluesky did not accept this.{more}", code=code, status=400)
    return None


def renewal_error(error: ServiceError) -> ServiceError:
    """Say what a failed renewal means: only a plain refusal of the refresh token is the session's end."""
    if isinstance(error, SignInError):
        return SignInError(_AGAIN, code=error.code, status=error.status)
    return error


# --- tokens ----------------------------------------------------------------------------------------


def claims(token: str) -> Json:
    """Return what a JWT says of itself, {} where it cannot be read. Nothing is verified."""
    try:
        part = token.split(".")[1]
        found = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, binascii.Error, msgspec.DecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def token_kind(token: str) -> str:
    """Return "main", "app", "app+dm" by the scope claim, "" where it tells nothing."""
    scope = claims(token).get("scope")
    return {
        "com.atproto.access": "main",
        "com.atproto.appPass": "app",
        "com.atproto.appPassPrivileged": "app+dm",
    }.get(scope if isinstance(scope, str) else "", "")


def pair(access: str, refresh: str) -> dict[str, str]:
    """What the keyring keeps of two tokens. Each renewal moves the end on: it comes where nothing is read till then."""
    ends = _number(claims(refresh).get("exp"))
    try:
        told = {} if ends is None else {"sign_in_ends": datetime.fromtimestamp(ends, UTC).isoformat()}
    except (ValueError, OverflowError, OSError):
        told = {}
    return {"access": access, "refresh": refresh, **told}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


# --- the session -----------------------------------------------------------------------------------


class Session:
    """Calls one account's server. Renews the tokens, one renewal at a time, and never signs in by itself."""

    def __init__(
        self, http: Http, server: str, secret: dict[str, str], save: SaveSecret, *, account: str = "", home: str = ""
    ) -> None:
        self._http = http
        self.server = server.rstrip("/")
        self._secret = dict(secret)
        self._save = save
        self._account = account
        self._home = home
        self._lock = asyncio.Lock()
        self._dead: SignInError | None = None
        self._renew_at = self._first_renewal()  # on the monotonic clock

    async def get(self, nsid: str, params: Sequence[tuple[str, str]] = (), *, chat: bool = False) -> Json:
        """Call a query and return its answer."""
        return await decode(await self._call("GET", nsid, params=list(params), chat=chat), Json)

    async def post(self, nsid: str, body: Json, *, chat: bool = False) -> Json:
        """Call a procedure that writes: `UncertainError` where it may have been carried out."""
        points = _POINTS.get(nsid, 0.0)
        for unit in _METERS if points else ():
            self._http.afford(self._account, unit, points, writes=True)
        try:
            answer = await self._call("POST", nsid, json=body, chat=chat, writes=True)
        except ServiceError as error:
            if isinstance(error, UncertainError):
                self._spend(points)
            raise
        self._spend(points)
        return await decode(answer, Json)

    async def tell(self, nsid: str, body: Json) -> None:
        """Call a procedure that has no answer; it may be said again without harm."""
        await self._call("POST", nsid, json=body, chat=False)

    def _spend(self, points: float) -> None:
        for unit in _METERS if points else ():
            self._http.spend(self._account, unit, points)

    async def put(self, nsid: str, data: bytes, mime: str) -> Json:
        """Hand over bytes, which changes nothing that anybody sees: a lost answer is no worse than another try."""
        more = {"content": data, "headers": {"Content-Type": mime}, "whole": upload_time(len(data))}
        return await decode(await self._call("POST", nsid, chat=False, **more), Json)

    async def _call(self, method: str, nsid: str, *, chat: bool, **more: Any) -> Response:
        more["headers"] = {**(CHAT if chat else {}), **more.get("headers", {})}
        if time.monotonic() >= self._renew_at:
            await self._renew(self._secret.get("access", ""), ahead=True)
        token = self._secret.get("access", "")
        try:
            return await self._send(method, nsid, token, **more)
        except TokenExpiredError:
            await self._renew(token)
        except ForbiddenError as error:
            if error.code != "RepoNotFound":
                raise
            await self._renew(token)  # only this tells that the account was taken down: the token itself lives on
        return await self._send(method, nsid, self._secret["access"], **more)

    async def _send(self, method: str, nsid: str, token: str, headers: Mapping[str, str], **more: Any) -> Response:
        if self._dead is not None:
            raise self._dead
        if not token:
            raise SignInError("There is no Bluesky sign-in on this computer. Sign in again.")
        return await self._http.send(
            method,
            f"{self.server}/xrpc/{nsid}",
            account=self._account,
            platform="bluesky",
            headers={**headers, "Authorization": f"Bearer {token}"},
            errors=error_of,
            home=self._home,
            **more,
        )

    async def _renew(self, old: str, *, ahead: bool = False) -> None:
        """Trade the refresh token for a new pair, unless another call has done so since `old` was read.

        The pair is kept by `save` before it is used. Should that fail, or the answer be lost, the old
        refresh token still gives the same pair for a while. `ahead`: the old token still works, so
        trouble of the server or the network is left for later.
        """
        async with self._lock:
            if self._dead is not None:
                raise self._dead
            if self._secret.get("access", "") != old:
                return
            try:
                answer = await self._send(
                    "POST", "com.atproto.server.refreshSession", self._secret.get("refresh", ""), {}
                )
                found = await decode(answer, Json)
            except ServiceError as error:
                if ahead and error.retry:
                    self._renew_at = time.monotonic() + _MARGIN / 2
                    return
                told = renewal_error(error)
                if isinstance(told, SignInError):
                    self._dead = told
                raise told from error
            access, refresh = found.get("accessJwt"), found.get("refreshJwt")
            if not isinstance(access, str) or not isinstance(refresh, str) or not access or not refresh:
                raise ServerError("Bluesky did not renew the session. Carelane tries again by itself.")
            secret = {**self._secret, **pair(access, refresh)}
            await self._save(secret)
            self._secret = secret
            self._renew_at = self._renewal_of(access)

    def _first_renewal(self) -> float:
        """Judge a token from the keyring by the computer's clock; a wrong one costs a renewal, no more."""
        expires = _number(claims(self._secret.get("access", "")).get("exp"))
        return float("inf") if expires is None else time.monotonic() + expires - time.time() - self._margin()

    def _renewal_of(self, access: str) -> float:
        """Judge a token just received by its own two times, whatever the computer's clock says."""
        told = claims(access)
        issued, expires = _number(told.get("iat")), _number(told.get("exp"))
        if issued is None or expires is None or expires <= issued:
            return float("inf")
        return time.monotonic() + (expires - issued) - self._margin()

    def _margin(self) -> float:
        told = claims(self._secret.get("access", ""))
        issued, expires = _number(told.get("iat")), _number(told.get("exp"))
        return min(_MARGIN, (expires - issued) / 10) if issued and expires and expires > issued else _MARGIN
