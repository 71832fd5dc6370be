"""Calls to the X API of one account: its token, what a call costs, and what its errors mean.

Prices were read on 24 November 2026 at docs.x.com/x-api/getting-started/pricing: whatever an answer holds is charged,
the same item once a UTC day ("a soft guarantee").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app import oauth
from app.connectors.base import SaveSecret
from app.domain import Account
from app.errors import (
    ForbiddenError,
    GoneError,
    RateLimitError,
    RefusedError,
    ServiceError,
    SignInError,
    TokenExpiredError,
    UncertainError,
)
from app.http import Http, Response, decode
from app.text import clean

Json = dict[str, Any]

API = "https://api.x.com"
PAGE = "https://x.com/i/oauth2/authorize"
SCOPES = (
    "tweet.read", "tweet.write", "users.read", "dm.read", "dm.write", "tweet.moderate.write", "offline.access",
)  # fmt: skip

OWNED = 0.001  # a post in our own mentions or among our own posts
POST = 0.005  # any other post
USER = 0.010  # unchecked whether the authors that come with posts are charged: counted, so that no bill surprises
MESSAGE = 0.010
WRITE = 0.015  # unchecked which replies cost 0.010 ("summoned"): the higher price is counted
WRITE_WITH_LINK = 0.200
WRITE_MESSAGE = 0.015
MANAGE = 0.005

NO_REPLY = (
    "X lets programs answer only people who named or quoted your account. This message did neither."
    " Open it on x.com and answer there."
)
_DUPLICATE = (
    "X does not take the same text twice from one account. If the earlier one is not where it should be, change a few"
    " words and send it again."
)
_CREDITS = "The credits of your X app are used up. Buy more at console.x.com; Carelane then goes on by itself."
_CAPPED = "The spending limit of your X app is reached. Raise it at console.x.com, or wait for the next month."
_SCOPE = "This sign-in does not allow that. Sign in again, and allow all that Carelane asks for."
_APP = "Your X app is not allowed to do this. Check at console.x.com that it has “Read and write and Direct message”."
_AGAIN = timedelta(hours=1)  # without credits it is tried again then
_WAIT = timedelta(minutes=15)  # the window of every limit of X


def server_at(base: str = API) -> oauth.Server:
    """Where a person signs in; docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code."""
    return oauth.Server(
        "X", PAGE, f"{base}/2/oauth2/token", SCOPES, revoke=f"{base}/2/oauth2/revoke", basic=True, home=base
    )


def texts(value: Any, *path: str) -> str:
    """The text at `path`, "" where there is none; numbers become text."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else str(value) if type(value) is int else ""


def object_at(value: Any, *path: str) -> Json:
    """The object at `path`, {} where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def list_at(value: Any, *path: str) -> list[Any]:
    """The list at `path`, [] where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def error_of(answer: Response) -> ServiceError | None:
    """What an error means: docs.x.com/x-api/fundamentals/response-codes-and-errors. None leaves it to the status."""
    try:
        body: Any = msgspec.json.decode(answer.content or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = {}
    first = next((one for one in list_at(body, "errors") if isinstance(one, dict)), {})
    title, kind = texts(body, "title"), texts(body, "type").rpartition("/")[2]
    # `errors` names what is wrong; beside it `detail` only says that something is
    said = texts(first, "message") or texts(first, "detail") or texts(body, "detail") or texts(body, "message")
    said, words, status = clean(said)[:300], said.lower(), answer.status
    code = kind if kind and kind != "about:blank" else title
    if status == 402 or title == "CreditsDepleted":
        return RateLimitError(_CREDITS, until=datetime.now(UTC) + _AGAIN, code=code, status=status)
    if kind == "usage-capped" or title in ("UsageCapExceeded", "SpendCapReached"):
        return RateLimitError(_CAPPED, until=datetime.now(UTC) + 6 * _AGAIN, code=code, status=status)
    if status == 429:
        return RateLimitError(
            "X asks Carelane to wait, since its limit of calls is reached. It goes on by itself.",
            until=_reset(answer.headers), code=code,
        )  # fmt: skip
    if status == 401:
        return TokenExpiredError("X no longer accepts this sign-in. Sign in again.", code=code, status=401)
    if "duplicate" in words and status in (400, 403):
        return RefusedError(_DUPLICATE, code="duplicate", status=status)
    if status == 403 and "not been mentioned or otherwise engaged" in words:
        return ForbiddenError(NO_REPLY, code="not-engaged", status=403)
    if status == 403 and ("oauth1-permissions" in kind or "client-not-enrolled" in texts(body, "reason")):
        return ForbiddenError(_APP, code=code, status=403)
    if status == 403 and "scope" in words:
        return ForbiddenError(_SCOPE, code="scope", status=403)
    if status == 403:
        return ForbiddenError(f"X does not allow this{_colon(said)}", code=code, status=403)
    if status == 404:
        return GoneError("X no longer has this. It was deleted, or its author hides it.", code=code, status=404)
    if status == 400:
        return RefusedError(f"X refused this{_colon(said)}", code=code, status=400)
    return None


def _colon(said: str) -> str:
    return f": {said.rstrip('.')}." if said else "."


def _reset(headers: Mapping[str, str]) -> datetime:
    """docs.x.com/x-api/fundamentals/rate-limits: x-rate-limit-reset is in epoch seconds."""
    now = datetime.now(UTC)
    try:
        at = datetime.fromtimestamp(float(headers.get("x-rate-limit-reset", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return now + timedelta(seconds=75)
    return min(max(at, now + timedelta(seconds=1)), now + 4 * _WAIT)


class Session:
    """Calls with a living token, counts what they cost, and asks beforehand whether that is still within the cap."""

    def __init__(self, account: Account, secret: Mapping[str, str], http: Http, save: SaveSecret) -> None:
        """`save` is awaited with each new pair of tokens before it is used: the old refresh token is dead by then."""
        self._http, self._account = http, account
        self._base = account.server.rstrip("/")
        self._server = server_at(self._base)
        self.keeper = oauth.Keeper(secret, save, self._renewed)
        self.ahead: timedelta | None = None  # our clock minus X's, once an answer told it
        self._day = ""
        self._paid: set[str] = set()

    async def _renewed(self, secret: Mapping[str, str]) -> dict[str, str]:
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        token = await oauth.renew(self._http, self._server, app, secret.get("refresh_token", ""))
        return oauth.secret_of(token, app, datetime.now(UTC), before=secret)

    async def get(self, path: str, params: Mapping[str, str], *, price: float = POST, expected: int = 1) -> Json:
        """Read; `expected` is how many items may come at `price` each. What did come is counted as spent."""
        unit = "messages_read" if price == MESSAGE else "reads"
        self._afford("usd", price * expected)
        self._afford(unit, expected)
        answer = await decode(await self._call("GET", path, params=params), Json, platform="X")
        data = answer.get("data")
        items = data if isinstance(data, list) else [data] if isinstance(data, dict) else []
        fresh = self._unpaid(one.get("id") for one in items if isinstance(one, dict))
        users = self._unpaid(texts(one, "id") for one in list_at(answer, "includes", "users"))
        also = self._unpaid(
            texts(one, "id") for name in ("tweets", "posts") for one in list_at(answer, "includes", name)
        )
        self._spend("usd", price * fresh + USER * users + POST * also)
        self._spend(unit, fresh)
        self._spend("reads", also)
        return answer

    async def me(self, params: Mapping[str, str]) -> Json:
        """Who we are: one user."""
        self._afford("usd", USER)
        answer = await decode(await self._call("GET", "/2/users/me", params=params), Json, platform="X")
        self._spend("usd", USER * self._unpaid([texts(answer, "data", "id")]))
        return answer

    async def write(self, path: str, body: Json, *, price: float, unit: str = "", method: str = "POST") -> Json:
        """Post. `UncertainError` where it may have been carried out; that is counted as spent too."""
        self._afford("usd", price, writes=True)
        self._afford(unit, 1, writes=True)
        try:
            response = await self._call(method, path, json=body, writes=True)
        except UncertainError:
            self._spend("usd", price)
            self._spend(unit, 1)
            raise
        self._spend("usd", price)
        self._spend(unit, 1)
        return await decode(response, Json, platform="X")

    async def revoke(self) -> None:
        """Both tokens; a new pair cannot be got with them afterwards."""
        secret = self.keeper.secret
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        tokens = [secret.get("refresh_token", ""), secret.get("token", "")]
        await oauth.revoke(self._http, self._server, app, tokens)

    async def _call(self, method: str, path: str, **more: Any) -> Response:
        token = await self.keeper.token()
        try:
            return await self._send(method, path, token, **more)
        except TokenExpiredError:  # it was not carried out
            if not self.keeper.secret.get("refresh_token"):
                raise SignInError("X no longer accepts this sign-in. Sign in again.", status=401) from None
            return await self._send(method, path, await self.keeper.token(dead=token), **more)

    async def _send(self, method: str, path: str, token: str, **more: Any) -> Response:
        answer = await self._http.send(
            method, self._base + path, account=self._account.id, platform="X", home=self._base,
            headers={"Authorization": f"Bearer {token}"}, errors=error_of, **more,
        )  # fmt: skip
        self.ahead = answer.ahead(self.ahead or timedelta())
        return answer

    def _unpaid(self, ids: Iterable[Any]) -> int:
        today = datetime.now(UTC).date().isoformat()
        if today != self._day:
            self._day, self._paid = today, set()
        fresh = {one for one in ids if isinstance(one, str) and one} - self._paid
        self._paid |= fresh
        return len(fresh)

    def _afford(self, unit: str, amount: float, *, writes: bool = False) -> None:
        if unit and amount:
            self._http.afford(self._account.id, unit, amount, writes=writes)

    def _spend(self, unit: str, amount: float) -> None:
        if unit and amount:
            self._http.spend(self._account.id, unit, amount)
