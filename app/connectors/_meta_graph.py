"""Calling Meta's Graph APIs: the token, the paging, the usage that the headers tell, and what error codes mean.

developers.facebook.com/docs/graph-api/guides/error-handling and /docs/graph-api/overview/rate-limiting.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from app.connectors.base import Meter
from app.domain import Account
from app.errors import (
    ForbiddenError,
    GoneError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
)
from app.http import ErrorMap, Http, Response, decode
from app.http.limits import waiting
from app.text import clean, parse_time

T = TypeVar("T")
NULL = msgspec.Raw(b"null")

VERSION = "v25.0"  # of the specification that the calls were checked against; a version lives two years or more
PERCENT, APP_PERCENT = "percent", "percent of the app"
METERS = (
    # X-Business-Use-Case-Usage counts a Page's or an account's calls, X-App-Usage those of the whole app
    Meter(PERCENT, "Meta's allowance for this account", "hour", 100.0),
    Meter(APP_PERCENT, "Meta's allowance for your app", "hour", 100.0, shared=True),
)
_PAUSE = timedelta(minutes=5)  # where Meta does not say how long: its limits slide over an hour or a day

_DEAD = {
    458: "Carelane was removed from this Facebook login. Sign in again.",
    459: "Facebook wants to check this login first. Open facebook.com, do what it asks, then sign in again.",
    460: "The Facebook password was changed, so this sign-in ended. Sign in again.",
    463: "This sign-in has ended. Sign in again.",
    464: "This Facebook login is not confirmed. Open facebook.com, do what it asks, then sign in again.",
    492: "This Facebook login no longer manages the Page. Sign in again with one that does.",
}
# 2018278 and 2534022: outside the allowed window, seen in several clients of the Send API on Messenger and Instagram
_WINDOW = (2018278, 2534022)
_LIMITS = frozenset([4, 17, 32, 341, 613, *range(80000, 80015)])


class Fault(msgspec.Struct):
    """The inside of {"error": …}."""

    message: str | None = ""
    type: str | None = ""
    code: int = 0
    error_subcode: int = 0
    error_user_msg: str | None = ""
    is_transient: bool | None = False


class _Faulty(msgspec.Struct):
    error: Fault | None = None


class Cursors(msgspec.Struct):
    """Where a page of a list ends."""

    after: str | None = ""


class Paging(msgspec.Struct):
    """`next` is an address with the token in it: only its cursor is taken."""

    cursors: Cursors | None = None
    next: str | None = ""


class Listing(msgspec.Struct):
    """A page of a list; its entries are decoded one by one."""

    data: list[msgspec.Raw] = []
    paging: Paging | None = None

    def after(self, limit: int) -> str:
        """The cursor of the next page, "" at the end. A short page without a next link is the last one."""
        if self.paging is None:
            return ""
        query = parse_qs(urlsplit(self.paging.next or "").query)
        told = (self.paging.cursors.after if self.paging.cursors else "") or next(iter(query.get("after", [])), "")
        return told if self.paging.next or len(self.data) >= limit else ""


class Named(msgspec.Struct):
    """Anything that has an id."""

    id: str = ""


class Done(msgspec.Struct):
    """{"success": true}."""

    success: bool = True


class _Usage(msgspec.Struct):
    call_count: float = 0
    total_cputime: float = 0
    total_time: float = 0
    estimated_time_to_regain_access: float = 0  # minutes

    @property
    def percent(self) -> float:
        return max(self.call_count, self.total_cputime, self.total_time)


def lenient(raw: object, type_: type[T]) -> T | None:
    """Return `raw` as `type_`, or None where it is null, absent or of another form."""
    try:
        return cast("T | None", _decoder(cast(Any, type_)).decode(cast(Any, raw)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
        return None


@cache
def _decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_ | None, strict=False)


def moment(value: object, now: datetime) -> datetime | None:
    """A date of Meta's ("2026-11-20T10:02:30+0000") as aware UTC, None for none and for nonsense; `now` is Meta's."""
    return None if value is None else parse_time(value, now)


def known(extra: str) -> dict[str, str]:
    """Read `Mention.extra` or `Account.data` back; {} where it is empty or not ours."""
    try:
        found = msgspec.json.decode(extra or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def packed(**extra: str) -> str:
    """The other way round; what is empty is left out."""
    return msgspec.json.encode({key: value for key, value in extra.items() if value}).decode()


def piece(remote_id: str) -> str:
    """An id as part of an address."""
    return quote(remote_id, safe="")


def regained(headers: Mapping[str, str]) -> timedelta | None:
    """How long Meta says it takes until calls are let through again; None where it does not say."""
    minutes = max((each.estimated_time_to_regain_access for each in _cases(headers)), default=0)
    return timedelta(minutes=minutes) if minutes > 0 else None


def _cases(headers: Mapping[str, str]) -> list[_Usage]:
    found = lenient(headers.get("x-business-use-case-usage", "null").encode(), dict[str, list[_Usage]]) or {}
    return [each for cases in found.values() for each in cases]


def usage(headers: Mapping[str, str]) -> dict[str, float]:
    """What the headers say is used, in percent, by the meter's unit."""
    told: dict[str, float] = {}
    if cases := _cases(headers):
        told[PERCENT] = max(each.percent for each in cases)
    if (app := lenient(headers.get("x-app-usage", "null").encode(), _Usage)) is not None:
        told[APP_PERCENT] = app.percent
    return told


def errors(name: str) -> ErrorMap:
    """What an error of `name` means, by its code; None leaves it to `app.http`."""

    def read(answer: Response) -> ServiceError | None:
        told = lenient(answer.content or b"null", _Faulty)
        if told is None or told.error is None:
            return None
        error = _meant(told.error, answer, name)
        if error is not None:
            error.code, error.status = str(told.error.code), answer.status
        return error

    return read


def _meant(fault: Fault, answer: Response, name: str) -> ServiceError | None:
    code, sub = fault.code, fault.error_subcode
    said = clean(fault.error_user_msg or fault.message or "")[:300].rstrip(". ")
    tail = f": {said}." if said else "."
    if code in (190, 102) or (code == 0 and fault.type == "OAuthException" and answer.status == 401):
        return SignInError(_DEAD.get(sub, f"{name} no longer accepts this sign-in. Sign in again."))
    if code in _LIMITS:
        wait = regained(answer.headers) or _PAUSE
        with suppress(ValueError):
            wait = timedelta(seconds=float(answer.headers.get("retry-after", "")))
        return RateLimitError(
            f"{name} asks Carelane to wait {waiting(wait.total_seconds())}. It goes on by itself.",
            until=datetime.now(UTC) + wait,
        )
    if sub in _WINDOW:
        return RefusedError(
            f"The time in which {name} takes a reply has passed. It takes one again once the customer has written."
        )
    if code == 368:
        return ForbiddenError(f"{name} has paused this for breaking its rules{tail} Look at the account on its page.")
    if code in (10, 3) or 200 <= code <= 299:
        return ForbiddenError(
            f"{name} does not allow this for this account{tail} Sign in again and allow all that Carelane asks for,"
            " or ask for the permission in your Meta app."
        )
    if code == 551:
        return RefusedError(f"{name} cannot deliver to this person: they blocked the business or closed their account.")
    if code == 10900:
        return RefusedError(f"{name} takes one private reply to a comment, and there is one already.")
    if code == 506:
        return RefusedError(f"{name} does not take the same text twice in a row. Change a word, then send it again.")
    if sub == 33 or code in (21, 803):
        return GoneError(f"{name} no longer has this. It was deleted, or is hidden from this account.")
    if code in (1, 2, -1) or fault.is_transient:
        return ServerError(f"{name} did not answer ({code}). Carelane tries again by itself.")
    if code == 100:
        return RefusedError(f"{name} refused this{tail}")
    return ServiceError(f"{name} could not do this ({code}){tail}")


class Graph:
    """The calls of one account. Paths are relative to the version, without a slash in front."""

    def __init__(
        self, http: Http, account: Account, name: str, version: str, token: Callable[[], Awaitable[str]],
        *, in_params: bool = False,
    ) -> None:  # fmt: skip
        """`in_params`: the token is the parameter "access_token", as Threads' documentation has it, and no header."""
        self._http, self._account, self._token, self._in_params = http, account, token, in_params
        self.name = name
        self._base = account.server.rstrip("/")
        self._root = f"{self._base}/{version}/" if version else f"{self._base}/"
        self._errors = errors(name)
        self._ahead = timedelta()  # our clock minus the server's

    def now(self) -> datetime:
        """The server's time, as its answers tell."""
        return datetime.now(UTC) - self._ahead

    def by_our_clock(self, at: datetime) -> datetime:
        """A time of the server's as our clock would have shown it, once an answer told what its clock says."""
        return at + self._ahead

    async def get(self, path: str, type_: type[T], **params: str | None) -> T:
        """Read."""
        return await decode(await self._send("GET", path, params, None, None, writes=False), type_, platform=self.name)

    async def post(
        self, path: str, type_: type[T], *, form: Mapping[str, str] | None = None, json: Any = None, writes: bool = True
    ) -> T:
        """Change something; with `writes`, what may have been carried out is an `UncertainError`."""
        answer = await self._send("POST", path, {}, dict(form or {}), json, writes=writes)
        return await decode(answer, type_, platform=self.name)

    async def delete(self, path: str) -> None:
        """Take something of ours back."""
        await self._send("DELETE", path, {}, None, None, writes=False)

    async def _send(
        self, method: str, path: str, params: Mapping[str, str | None], form: dict[str, str] | None, json: Any,
        *, writes: bool,
    ) -> Response:  # fmt: skip
        for meter in METERS:
            self._http.afford(self._account.id, meter.unit, writes=writes)
        token = await self._token()
        headers: dict[str, str] = {}
        if not self._in_params:
            headers["Authorization"] = f"Bearer {token}"
        elif form is not None:
            form = {**form, "access_token": token}
        else:
            params = {**params, "access_token": token}
        answer = await self._http.send(
            method, self._root + path, account=self._account.id, platform=self.name, home=self._base, params=params,
            json=json, data=form if json is None else None, headers=headers, errors=self._learning, writes=writes,
        )  # fmt: skip
        self._learn(answer)
        return answer

    def _learning(self, answer: Response) -> ServiceError | None:
        self._learn(answer)
        return self._errors(answer)

    def _learn(self, answer: Response) -> None:
        until = regained(answer.headers)
        for unit, used in usage(answer.headers).items():
            self._http.level(self._account.id, unit, used, datetime.now(UTC) + until if until else None)
        self._ahead = answer.ahead(self._ahead)
