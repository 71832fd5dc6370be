"""Calls to Reddit of one account: its token, its limit, and what its errors mean.

github.com/reddit-archive/reddit/wiki/OAuth2 and /API; forms of answers as recorded by praw-dev/praw. An app of the
person's own is needed, and since November 2025 Reddit's approval (its "Responsible Builder Policy").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

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
from app.http.addresses import own_server
from app.text import clean

NAME = "Reddit"
API = "https://oauth.reddit.com"
SITE = "https://www.reddit.com"
SCOPES = ("identity", "read", "history", "privatemessages", "submit", "vote", "modmail", "mysubreddits")
RESERVE = 5  # calls that are left for replies
T = TypeVar("T")
_SPAN = re.compile(r"(\d+)\s*(millisecond|second|minute|hour)", re.IGNORECASE)
_SECONDS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}


class _Fault(msgspec.Struct):
    message: str = ""
    reason: str | None = ""


class Outcome(msgspec.Struct):
    """What a POST answers under "json": errors are [code, sentence, field], with the status 200."""

    errors: list[list[Any]] = []
    data: dict[str, Any] = {}
    ratelimit: float = 0.0


class Posted(msgspec.Struct):
    """The answer of a POST with api_type=json."""

    json: Outcome


def server_of(base: str) -> oauth.Server:
    """Where one signs in. `base` is the API's address: a stand-in on this computer has the tokens too."""
    site = SITE if own_server(base, API) == API else base
    return oauth.Server(
        NAME, f"{SITE}/api/v1/authorize", f"{site}/api/v1/access_token", SCOPES,
        revoke=f"{site}/api/v1/revoke_token", pkce=False, basic=True, extra={"duration": "permanent"}, home=site,
    )  # fmt: skip


def agent(user: str) -> dict[str, str]:
    """Reddit wants to know who calls (wiki/API, "Rules"): the platform, the program, and for whom."""
    safe = re.sub(r"[^\w-]", "", user, flags=re.ASCII)
    return {"User-Agent": f"desktop:carelane:1 (by /u/{safe})"} if safe else {}


def error_of(answer: Response) -> ServiceError | None:
    """What a status means. None leaves it to `app.http`."""
    status = answer.status
    if status == 429:
        wait = _number(answer.headers.get("retry-after", "")) or _number(answer.headers.get("x-ratelimit-reset", ""))
        return limited(wait) if wait else None
    if status == 401:
        return TokenExpiredError("Reddit no longer accepts this sign-in. Sign in again.", status=status)
    try:
        fault = msgspec.json.decode(answer.content, type=_Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    reason = clean(fault.reason or "")[:100]
    if status == 403:
        if "insufficient_scope" in answer.headers.get("www-authenticate", ""):
            words = "This sign-in does not allow that. Sign in again, and allow all that Carelane asks for."
            return ForbiddenError(words, code="scope", status=status)
        why = {"private": "The community is private", "banned": "The community was banned",
               "quarantined": "The community is quarantined"}.get(reason)  # fmt: skip
        return ForbiddenError(
            f"{why}, so Reddit does not allow this." if why else "Reddit does not allow this for this account.",
            code=reason, status=status,
        )  # fmt: skip
    return None


def limited(seconds: float) -> RateLimitError:
    """Wait so long, an hour at most."""
    seconds = min(3600.0, max(1.0, seconds))
    said = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return RateLimitError(f"Reddit asks this account to wait {said}. It goes on by itself.", until=until)


def refusal(outcome: Outcome) -> ServiceError | None:
    """What the first of `json.errors` means; None where there is none."""
    if not outcome.errors:
        return None
    words = [str(part) for part in outcome.errors[0] if isinstance(part, str)]
    code, said = (words[0] if words else ""), clean(" ".join(words[1:2]))[:300]
    if code == "RATELIMIT":
        found = _SPAN.search(said)
        told = int(found[1]) * _SECONDS[found[2].lower()] if found else 60.0
        return limited(outcome.ratelimit or told)
    if code in ("DELETED_COMMENT", "DELETED_LINK", "THREAD_DELETED"):
        return GoneError("The message is no longer there. It was deleted or removed.", code=code)
    if code in ("THREAD_LOCKED", "COMMENT_LOCKED"):
        return ForbiddenError("Moderators have locked this thread. Nobody can answer there any more.", code=code)
    if code in ("TOO_OLD", "LINK_ARCHIVED"):
        return ForbiddenError("This thread is archived. Nobody can answer there any more.", code=code)
    if "BLOCK" in code or code in ("NOT_WHITELISTED_BY_USER_MESSAGE", "USER_DOESNT_EXIST"):
        return ForbiddenError("Reddit delivers nothing from this account to this person.", code=code)
    if "BAN" in code or code == "SUBREDDIT_NOTALLOWED":
        return ForbiddenError("This account may not write in that community.", code=code)
    return RefusedError(f"Reddit refused this: {said.rstrip('.')}." if said else "Reddit refused this.", code=code)


class Session:
    """Calls with a living token. Access tokens last a day or less; the refresh token stays until it is revoked."""

    def __init__(self, account: Account, secret: Mapping[str, str], http: Http, save: SaveSecret) -> None:
        self._http, self._account = http, account
        self._base = account.server.rstrip("/") or API
        self._server = server_of(self._base)
        self._agent = agent(account.name)
        self.keeper = oauth.Keeper(secret, save, self._renewed)
        self.ahead = timedelta()  # our clock minus Reddit's
        self._left, self._until = float(RESERVE + 1), datetime.min.replace(tzinfo=UTC)

    async def _renewed(self, secret: Mapping[str, str]) -> dict[str, str]:
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        token = await oauth.renew(self._http, self._server, app, secret.get("refresh_token", ""))
        return oauth.secret_of(token, app, datetime.now(UTC), before=secret)

    async def get(self, path: str, type_: type[T], params: Mapping[str, Any] | None = None) -> T:
        """Read something. "raw_json" keeps Reddit from escaping HTML twice."""
        answer = await self.call("GET", path, params={**(params or {}), "raw_json": "1"})
        return await decode(answer, type_, platform=NAME)

    async def post(self, path: str, form: Mapping[str, str], *, writes: bool = False) -> Outcome:
        """Post a form; errors that come with the status 200 are raised."""
        answer = await self.call("POST", path, data={**form, "api_type": "json"}, writes=writes)
        posted = await decode(answer, Posted, platform=NAME)
        if (error := refusal(posted.json)) is not None:
            raise error
        return posted.json

    async def call(self, method: str, path: str, **more: Any) -> Response:
        """One call, once more with another token where this one is dead."""
        if not more.get("writes") and self._left <= RESERVE and datetime.now(UTC) < self._until:
            raise limited((self._until - datetime.now(UTC)).total_seconds())
        token = await self.keeper.token()
        try:
            return await self._send(method, path, token, **more)
        except TokenExpiredError:
            if not self.keeper.secret.get("refresh_token"):
                raise SignInError("Reddit no longer accepts this sign-in. Sign in again.", status=401) from None
            return await self._send(method, path, await self.keeper.token(dead=token), **more)

    async def _send(self, method: str, path: str, token: str, **more: Any) -> Response:
        answer = await self._http.send(
            method, self._base + path, account=self._account.id, platform=NAME, home=self._base,
            headers={"Authorization": f"Bearer {token}", **self._agent}, errors=error_of, **more,
        )  # fmt: skip
        self.ahead = answer.ahead(self.ahead)
        # x-ratelimit-remaining and -reset (seconds) come without the limit itself
        left = _number(answer.headers.get("x-ratelimit-remaining", ""))
        reset = _number(answer.headers.get("x-ratelimit-reset", ""))
        if left is not None and reset is not None:
            self._left, self._until = left, datetime.now(UTC) + timedelta(seconds=min(3600.0, reset))
        return answer

    async def revoke(self) -> None:
        """The refresh token, and with it what was got by it."""
        secret = self.keeper.secret
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        await oauth.revoke(self._http, self._server, app, [secret.get("refresh_token") or secret.get("token", "")])


def lost() -> UncertainError:
    """An answer that does not say what became of a reply."""
    return UncertainError("Reddit did not say where the reply is. Carelane looks before it tries again.")


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found < 1e6 else None
