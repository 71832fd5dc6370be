"""How often an account may call: the platforms' own limits, and a breaker for when calls fail."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.errors import BreakerOpenError, RateLimitError

Key = tuple[str, str]  # host (with a port that is not the scheme's own) and account

LONGEST_WAIT = 3600.0  # seconds; a platform that says more is asked again after this
_RESERVE = 0.05  # of a budget: kept for replies
_FAILURES = 5  # in a row, until the breaker opens
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 600.0
_ID = re.compile(r"/[^/]*\d[^/]*|/[^/]{24,}")
_MOST_PATHS = 200


def backoff(
    attempt: int,
    rng: random.Random | None = None,
    *,
    first: float = _FIRST_PAUSE,
    most: float = _LONGEST_PAUSE,
) -> float:
    """Return the seconds to wait before try number `attempt` (0: the first repetition).

    Doubles from `first` to `most`; jittered down to a half, so that accounts which
    failed together do not come back together.
    """
    pick = (rng or random).uniform(0.5, 1.0)
    return float(min(most, first * 2.0 ** min(max(attempt, 0), 60)) * pick)


def waiting(seconds: float) -> str:
    """Return a length of time in words: "40 seconds", "5 minutes"."""
    if seconds < 90:
        count, unit = max(1, math.ceil(seconds)), "second"
    else:
        count, unit = math.ceil(seconds / 60), "minute"
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _http_date(text: str) -> float | None:
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _bounded(at: float, now: float) -> float:
    return min(max(at, now), now + LONGEST_WAIT)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return when (epoch, within the hour) Retry-After allows the next call; None where it does not say."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = _number(text)
    if seconds is not None:
        return _bounded(now + seconds, now)
    at = _http_date(text)
    return None if at is None else _bounded(at + _skew(headers, now), now)


def reset_time(text: str, now: float) -> float | None:
    """Return a reset header as an epoch: ISO time (Mastodon), epoch seconds (Bluesky), seconds from now."""
    text = text.strip()
    number = _number(text)
    if number is not None:
        if number < 0:
            return None
        if number > 1e11:  # milliseconds
            number /= 1000
        return number if number > 1e9 else now + number
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return _http_date(text)


def _skew(headers: Mapping[str, str], now: float) -> float:
    """Seconds our clock is ahead of the server's: its reset times are by its own clock."""
    date = headers.get("date", "")
    at = _http_date(date) if date else None
    return 0.0 if at is None or abs(now - at) < 2 else now - at


@dataclass(frozen=True, slots=True)
class Budget:
    """What a platform said is left of a limit."""

    limit: int
    remaining: int
    until: float  # epoch by our clock

    def open_for(self, writes: bool) -> bool:
        """Tell whether another call fits; reads leave the last few calls to writes."""
        return self.remaining > (0 if writes else int(self.limit * _RESERVE))


def budget(headers: Mapping[str, str], now: float) -> Budget | None:
    """Read X-RateLimit-* or ratelimit-*. None where absent or nonsense (0 of 0, a reset that is past)."""
    for prefix in ("x-ratelimit-", "ratelimit-"):
        limit = _number(headers.get(prefix + "limit", ""))
        remaining = _number(headers.get(prefix + "remaining", ""))
        reset = headers.get(prefix + "reset", "")
        at = reset_time(reset, now)
        if limit is None or remaining is None or at is None or limit < 1:
            continue
        if not _is_delta(reset):
            at += _skew(headers, now)
        if at <= now:
            continue
        return Budget(int(limit), max(0, int(remaining)), _bounded(at, now))
    return None


def _is_delta(reset: str) -> bool:
    number = _number(reset)
    return number is not None and number <= 1e9


@dataclass(slots=True)
class _Limits:
    blocked_until: float = 0.0
    budgets: dict[int, Budget] = field(default_factory=dict)  # by their limit: a platform has several
    paths: dict[str, int] = field(default_factory=dict)  # which budget a path draws on


class RateLimits:
    """The budgets of every host and account, as their answers told."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._of: dict[Key, _Limits] = {}

    def admit(self, key: Key, path: str, *, writes: bool, name: str) -> None:
        """Raise `RateLimitError` where the call would be refused anyway. Costs no network."""
        limits = self._of.get(key)
        if limits is None:
            return
        now = self._clock()
        until = limits.blocked_until if now < limits.blocked_until <= now + LONGEST_WAIT else 0.0
        known = limits.paths.get(_shape(path))
        for limit, left in tuple(limits.budgets.items()):
            if not now < left.until <= now + LONGEST_WAIT:  # over, or our clock was set back
                del limits.budgets[limit]
            elif known in (None, limit) and not left.open_for(writes):
                until = max(until, left.until)
        if until:
            raise self.error(name, until, now)

    def learn(self, key: Key, path: str, headers: Mapping[str, str]) -> None:
        """Take in the limit headers of an answer."""
        now = self._clock()
        left = budget(headers, now)
        if left is None:
            return
        limits = self._of.setdefault(key, _Limits())
        old = limits.budgets.get(left.limit)
        if old is not None and abs(old.until - left.until) < 1 and old.remaining < left.remaining:
            left = old  # answers overtook each other
        limits.budgets[left.limit] = left
        if len(limits.paths) < _MOST_PATHS:
            limits.paths[_shape(path)] = left.limit

    def refused(self, key: Key, headers: Mapping[str, str], name: str) -> RateLimitError:
        """Take in a 429 and return its error."""
        now = self._clock()
        until = retry_after(headers, now)
        if until is None and (left := budget(headers, now)) is not None:
            until = left.until
        if until is None:
            until = now + random.uniform(60, 90)
        self.block(key, until)
        return self.error(name, until, now)

    def block(self, key: Key, until: float) -> None:
        """Let no call of `key` through before `until` (epoch)."""
        limits = self._of.setdefault(key, _Limits())
        limits.blocked_until = max(limits.blocked_until, _bounded(until, self._clock()))

    def forget(self, account: str | None) -> None:
        """Drop what is known of `account`, or of all."""
        self._of = {} if account is None else {k: v for k, v in self._of.items() if k[1] != account}

    @staticmethod
    def error(name: str, until: float, now: float) -> RateLimitError:
        """Return the error that says how long to wait."""
        return RateLimitError(
            f"{name} asks Carelane to wait {waiting(until - now)}. It goes on by itself.", until=_utc(until)
        )


def _shape(path: str) -> str:
    """Return `path` with ids as "*", so that all posts share an entry."""
    return _ID.sub("/*", path.replace("/v1/", "/v-/").replace("/v2/", "/v=/"))


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    openings: int = 0  # in a row
    opened_at: float = 0.0
    until: float = 0.0
    probing: bool = False
    forced: bool = False
    why: str = ""


class Breakers:
    """A breaker for every host and account: closed, open until a time, or half open with one probe."""

    def __init__(self, clock: Callable[[], float], rng: random.Random | None = None) -> None:
        self._clock = clock
        self._rng = rng or random.Random()
        self._of: dict[Key, _Breaker] = {}

    def check(self, key: Key, name: str) -> None:
        """Raise `BreakerOpenError` while calls are paused."""
        breaker = self._of.get(key)
        if breaker is None or not breaker.until:
            return
        now = self._clock()
        if now < breaker.opened_at:  # the clock was set back
            breaker.until = now
        left = breaker.until - now
        if left <= 0 and not breaker.probing:
            return
        left = max(left, 1.0)
        why = breaker.why or f"{name} does not answer. Carelane tries again in {waiting(left)}."
        raise BreakerOpenError(why, until=_utc(now + left))

    def enter(self, key: Key, name: str) -> bool:
        """Check, then take the place of the probe where the breaker is half open; True tells that it did."""
        self.check(key, name)
        breaker = self._of.get(key)
        if breaker is None or not breaker.until:
            return False
        breaker.probing = True
        return True

    def succeeded(self, key: Key) -> None:
        """Close: the platform answered. A trip that came meanwhile stays."""
        breaker = self._of.get(key)
        if breaker is not None and not (breaker.forced and self._clock() < breaker.until):
            del self._of[key]

    def failed(self, key: Key, *, pause: float = 0.0) -> None:
        """Count a failure; open at the fifth in a row, when a probe fails, or for a `pause` asked for."""
        breaker = self._of.setdefault(key, _Breaker())
        was_probe, breaker.probing = breaker.probing, False
        breaker.failures += 1
        now = self._clock()
        if breaker.forced and now < breaker.until:
            return
        if not was_probe and now < breaker.until:  # a straggler from before it opened
            return
        if was_probe or pause or breaker.failures >= _FAILURES:
            wait = backoff(breaker.openings, self._rng)
            breaker.openings += 1
            breaker.forced, breaker.why = False, ""
            breaker.opened_at, breaker.until = now, now + max(wait, min(pause, _LONGEST_PAUSE))

    def left(self, key: Key) -> None:
        """The call ended without telling anything (it was cancelled): give the probe's place back."""
        breaker = self._of.get(key)
        if breaker is not None:
            breaker.probing = False

    def trip(self, key: Key, seconds: float, why: str) -> None:
        """Pause calls for `seconds`; `why` is the sentence that people then read."""
        now = self._clock()
        breaker = self._of.setdefault(key, _Breaker())
        breaker.forced, breaker.why, breaker.probing = True, why, False
        breaker.opened_at, breaker.until = now, now + max(0.0, seconds)

    def reset(self, account: str | None) -> None:
        """Close the breakers of `account`, or all."""
        self._of = {} if account is None else {k: v for k, v in self._of.items() if k[1] != account}
