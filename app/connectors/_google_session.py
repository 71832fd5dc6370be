"""Calls to Google's APIs of one account, and what their errors mean; shared by Google's platforms.

developers.google.com/identity/protocols/oauth2/native-app and cloud.google.com/apis/design/errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app import oauth
from app.connectors.base import SaveSecret
from app.domain import Account
from app.errors import (
    ForbiddenError,
    GoneError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
    TokenExpiredError,
)
from app.http import ErrorMap, Http, Response, decode
from app.text import clean, parse_time

Json = dict[str, Any]
Reasons = Mapping[str, tuple[type[ServiceError], str]]

PACIFIC = "America/Los_Angeles"  # where Google's days begin
_DAY = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
_MINUTE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"})
_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_SCOPE = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_NOT_APPROVED = (
    "Google has not approved your project for this yet: its limit is 0. Ask for access with the form of the Business"
    " Profile APIs, and wait for Google's mail."
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


def objects(value: Any, *path: str) -> list[Json]:
    """The objects of the list at `path`."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def moment(value: Any) -> datetime | None:
    """A time of Google's as aware UTC. RFC 3339 with up to nine digits, of which six are kept."""
    if not isinstance(value, str):
        return None
    if "." in value:
        head, _, tail = value.partition(".")
        digits = tail.rstrip("Zz")
        if digits.isdigit():
            value = f"{head}.{digits[:6].ljust(6, '0')}Z"
    return parse_time(value, datetime.now(UTC))


def midnight(zone: str = PACIFIC) -> datetime:
    """When Google's day ends, in UTC."""
    try:
        here = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return datetime.now(UTC) + timedelta(hours=8)
    now = datetime.now(here)
    return datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), here).astimezone(UTC)


def errors_of(name: str, reasons: Reasons | None = None) -> ErrorMap:
    """What an error of a Google API means; `reasons` are the platform's own, by Google's word for them."""

    def read(answer: Response) -> ServiceError | None:
        try:
            body: Any = msgspec.json.decode(answer.content or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            body = {}
        error, status = object_at(body, "error"), answer.status
        listed = [texts(one, "reason") for key in ("errors", "details") for one in objects(error, key)]
        found = [one for one in (*listed, texts(error, "status")) if one]
        code, said = found[0] if found else "", clean(texts(error, "message"))[:300]
        if own := next((one for one in found if reasons and one in reasons), ""):
            kind, sentence = (reasons or {})[own]
            return kind(sentence, code=own, status=status)
        if status == 401:
            return TokenExpiredError(f"{name} no longer accepts this sign-in. Sign in again.", code=code, status=401)
        if status in (403, 429) and not _DAY.isdisjoint(found):
            text = f"Today's limit of your Google project is used up. {name} goes on at midnight in California."
            return RateLimitError(text, until=midnight(), code=code, status=status)
        if status == 429 and "'0'" in said:
            return ForbiddenError(_NOT_APPROVED, code="not-approved", status=status)
        if status == 429 or (status == 403 and not _MINUTE.isdisjoint(found)):
            text = f"{name} asks Carelane to wait a minute. It goes on by itself."
            return RateLimitError(text, until=_later(answer, error), code=code, status=status)
        if status == 403 and not _OFF.isdisjoint(found):
            text = f"The API for {name} is not switched on in your Google project. Switch it on, then try again."
            return ForbiddenError(text, code=code, status=403)
        if status == 403 and (not _SCOPE.isdisjoint(found) or "insufficient authentication scopes" in said.lower()):
            text = "This sign-in does not allow that. Sign in again, and leave all boxes ticked on Google's page."
            return ForbiddenError(text, code="scope", status=403)
        if status == 403:
            return ForbiddenError(f"{name} does not allow this{_colon(said)}", code=code, status=403)
        if status in (404, 410):
            return GoneError(f"{name} no longer has this. It was deleted.", code=code, status=status)
        if status in (400, 409, 412):
            return RefusedError(f"{name} refused this{_colon(said)}", code=code, status=status)
        if status >= 500:
            text = f"{name} has trouble at the moment ({status}). Carelane tries again by itself."
            return ServerError(text, code=code, status=status)
        return None

    return read


def _colon(said: str) -> str:
    return f": {said.rstrip('.')}." if said else "."


def _later(answer: Response, error: Json) -> datetime:
    """Retry-After, or the delay that Google's RetryInfo names, or a minute: all these limits are of a minute."""
    told = [texts(one, "retryDelay").removesuffix("s") for one in objects(error, "details")]
    for text in (answer.headers.get("retry-after", ""), *told):
        try:
            return datetime.now(UTC) + timedelta(seconds=min(3600.0, max(1.0, float(text))))
        except ValueError:
            continue
    return datetime.now(UTC) + timedelta(seconds=60)


class Session:
    """Calls with a living token. Google's refresh tokens stay; access tokens last an hour."""

    def __init__(
        self, account: Account, secret: Mapping[str, str], http: Http, save: SaveSecret, server: oauth.Server,
        errors: ErrorMap,
    ) -> None:  # fmt: skip
        """`errors` tells what the platform's errors mean; see `errors_of`."""
        self._http, self._account, self._server, self._errors = http, account, server, errors
        self._base = account.server.rstrip("/")
        self.keeper = oauth.Keeper(secret, save, self._renewed)
        self.ahead = timedelta()  # our clock minus Google's

    async def _renewed(self, secret: Mapping[str, str]) -> dict[str, str]:
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        token = await oauth.renew(self._http, self._server, app, secret.get("refresh_token", ""))
        return oauth.secret_of(token, app, datetime.now(UTC), before=secret)

    async def call(self, method: str, path: str, *, cost: float = 0, **more: Any) -> Response:
        """One call, once more with another token where this one is dead. `cost`: units of the project's day."""
        writes = bool(more.get("writes"))
        if cost:
            self._http.afford(self._account.id, "units", cost, writes=writes)
        token = await self.keeper.token()
        try:
            answer = await self._send(method, path, token, cost, **more)
        except TokenExpiredError:
            if not self.keeper.secret.get("refresh_token"):
                text = f"{self._server.name} no longer accepts this sign-in. Sign in again."
                raise SignInError(text, status=401) from None
            answer = await self._send(method, path, await self.keeper.token(dead=token), cost, **more)
        return answer

    async def json(self, method: str, path: str, **more: Any) -> Json:
        """As `call`; the answer's object."""
        return await decode(await self.call(method, path, **more), Json, platform=self._server.name)

    async def _send(self, method: str, path: str, token: str, cost: float, **more: Any) -> Response:
        # whatever was asked is counted, also what is refused: "all API requests, including invalid requests, incur a
        # quota cost of at least one point" (developers.google.com/youtube/v3/determine_quota_cost)
        if cost:
            self._http.spend(self._account.id, "units", cost)
        answer = await self._http.send(
            method, self._base + path, account=self._account.id, platform=self._server.name, home=self._base,
            headers={"Authorization": f"Bearer {token}"}, errors=self._errors, **more,
        )  # fmt: skip
        self.ahead = answer.ahead(self.ahead)
        return answer

    async def revoke(self) -> None:
        """The refresh token, and with it what was got by it."""
        secret = self.keeper.secret
        token = secret.get("refresh_token") or secret.get("token", "")
        await oauth.revoke(self._http, self._server, (secret.get("client_id", ""), ""), [token])
