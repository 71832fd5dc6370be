"""Trustpilot: service reviews of one business, and the one reply that each may have.

Requests are those of Trustpilot's own collection (github.com/trustpilot/documentation-bruno-collection, December
2024): private reviews, reply, business units, tokens. The shapes of answers are from developers.trustpilot.com.
"""

from __future__ import annotations

import asyncio
import ipaddress
import unicodedata
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import msgspec

from app import oauth
from app.connectors import _trustpilot_wire as wire
from app.connectors.base import (
    AppKeys,
    Basics,
    Capabilities,
    Idempotency,
    Meter,
    SaveSecret,
    SignInField,
    SignInForm,
    Thread,
)
from app.domain import Account, Gap, Identity, Kind, Mention, Page, Reply, Sent
from app.errors import GoneError, InputError, RefusedError, ServiceError, TokenExpiredError
from app.http import Http, Response, decode
from app.text import clean, length

API = "https://api.trustpilot.com"
TOKENS = "/v1/oauth/oauth-business-users-for-applications/"
STREAM = "reviews"
PER_PAGE = 100  # the most a page holds
OVERLAP = timedelta(days=7)  # read again each time, for edits and for replies made on the site
SLACK = timedelta(minutes=2)  # between our clock and theirs, beyond what the Date header tells
MAX_PAGES = 200  # in one pull; the next goes on
REFRESH_LIVES = timedelta(days=30)  # unchecked where the answer does not say so
LONGEST = 10_000  # unchecked: no limit is told; a text that is too long is refused and kept


class Mark(msgspec.Struct):
    """Reviews are read newest first, by date: what was read down to, and what is still open below."""

    newest: datetime
    below: datetime | None = None  # a walk that broke goes on from here
    floor: datetime | None = None  # down to here
    seen: dict[str, str] = {}  # ids of the overlap, with what they said


class TrustpilotConnector(Basics):
    """One business unit."""

    platform: ClassVar[str] = "trustpilot"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField("domain", "Your shop's web address", placeholder="maplerye.example",
                        hint="As your page on Trustpilot names it."),
            SignInField("username", "User", placeholder="you@maplerye.example",
                        hint="The e-mail address with which you sign in to Trustpilot Business."),
            SignInField("password", "Password", secret=True, hint="Used once, and not kept."),
            SignInField("user_id", "Your business user id", optional=True,
                        hint="Needed where Trustpilot does not know who replies. Its support tells it to you."),
        ),
        can=("read your service reviews, with their stars", "reply to a review, once, and change that reply"),
        never=("reports or tags a review", "invites anybody to write one", "keeps your password"),
        help_text="Your plan must include the API. In Trustpilot Business it is found under Integrations.",
        help_url="https://developers.trustpilot.com/",
        app=AppKeys(
            family="trustpilot",
            fields=(
                SignInField("client_id", "API key"),
                SignInField("client_secret", "API secret", secret=True),
            ),
            help_text="In Trustpilot Business open Integrations, Developers, APIs. Make an application and copy both.",
            help_url="https://businessapp.b2b.trustpilot.com/",
        ),
    )  # fmt: skip

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`account.remote_id` is the business unit's id."""
        self._account = account
        self._http = http
        self._base = account.server.rstrip("/")
        self._keeper = oauth.Keeper(secret, save_secret, self._renewed)
        self._ahead = timedelta()  # our clock minus theirs, as their answers tell it
        self.capabilities = Capabilities(
            name="Trustpilot",
            streams=(STREAM,),
            idempotency=Idempotency.LOOK,
            max_graphemes=LONGEST,
            history_days=90,
            threads=False,
            kinds=(Kind.REVIEW,),
            replaces=True,
            # Trustpilot recommends to stay below 833 calls in 5 minutes and 10,000 an hour; second hand, November 2026
            meters=(Meter("calls", "Calls this hour", "hour", limit=10_000, shared=True),),
            notes=(
                "A review takes one reply. A second one takes the place of the first.",
                "Reviewers cannot be written to in private, and likes, hiding and reports are left to Trustpilot's "
                "site.",
                "The API belongs to Trustpilot's paid plans.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Find the business by its address, then sign in as its user. The password is not kept."""
        app = oauth.app_of(fields)
        if not all(app):
            raise InputError("Type the API key and the API secret first.")
        base = _server_of(fields, API)
        domain = fields.get("domain", "").strip().lower()
        domain = (urlsplit(domain).hostname or "" if "://" in domain else domain.split("/")[0]).removeprefix("www.")
        if not domain:
            raise InputError("Type the web address of your shop, as Trustpilot names it.")
        if not fields.get("username", "").strip() or not fields.get("password"):
            raise InputError("Type the user and the password of Trustpilot Business.")
        try:
            answer = await http.send("GET", f"{base}/v1/business-units/find", params={"name": domain},
                                     headers={"apikey": app[0]}, platform=cls.platform, errors=_find_error,
                                     home=base)  # fmt: skip
        except GoneError:
            raise InputError(f"Trustpilot knows no business at {domain}. Type it as your page there does.") from None
        unit = await decode(answer, wire.Unit, platform=cls.platform)
        form = {"grant_type": "password", "username": fields["username"].strip(), "password": fields["password"]}
        token = await _token(http, base, "accesstoken", app, form)
        secret = oauth.secret_of(token, app, datetime.now(UTC), refresh_lives=REFRESH_LIVES)
        if user := fields.get("user_id", "").strip():
            secret["user_id"] = user
        name = clean(unit.displayName or "", 200) or domain
        return Identity(unit.id, domain, name, base, secret)

    async def check(self) -> str:
        """Ask for one review."""
        await self._call("GET", self._reviews, params={"perPage": "1", "page": "1"})
        return ""

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read newest first. Pages are asked for by date and not by number: numbers shift when a review goes."""
        if stream != STREAM:
            raise InputError(f"Trustpilot has no stream named {stream}.")
        known = _known(mark)
        if known is not None and known.below is not None:
            async for page in self._walk(known, known.below, known.floor or since):
                yield page
        floor = since if known is None else known.newest - OVERLAP
        async for page in self._walk(known or Mark(since), None, floor):
            yield page

    async def _walk(self, mark: Mark, below: datetime | None, floor: datetime) -> AsyncIterator[Page]:
        met: set[str] = set()
        number, largest, top = 1, 0, below is None
        before = msgspec.json.encode(mark).decode()
        for _ in range(MAX_PAGES):
            params = {
                "orderBy": "createdat.desc",
                "perPage": str(PER_PAGE),
                "page": str(number),
                "startDateTime": _stamp(floor),
                # one second more: whether the end itself belongs to it is unchecked
                "endDateTime": _stamp(below + timedelta(seconds=1)) if below else None,
            }
            answer = await self._call("GET", self._reviews, params=params)
            raws = (await decode(answer, wire.Reviews, platform=self.platform)).reviews
            reviews, damaged = await asyncio.to_thread(wire.decoded, raws)
            fresh = [each for each in reviews if each.id not in met]
            met.update(each.id for each in fresh)
            now = datetime.now(UTC)
            times = [at for each in reviews if (at := wire.moment(each.createdAt, now))]
            oldest = min(times, default=None)
            # a page that holds one second alone, or nothing new, is gone through by number
            moved = oldest is not None and bool(fresh) and (below is None or oldest < below)
            # a short page alone is no end: a page may hold fewer than were asked for
            ends = not raws or (not fresh and len(raws) < largest) or (oldest is not None and oldest < floor)
            largest = max(largest, len(raws))
            if moved:
                below, number = oldest, 1
            else:
                number += 1
            if top and times:
                mark.newest = max(mark.newest, *times)
            mark.below, mark.floor = (None, None) if ends else (below, floor)
            page = self._page(fresh, damaged, mark, floor, now)
            if page.mentions or page.own or page.gap or (ends and page.mark != before):
                yield page
            if ends:
                return
        why = "There are too many reviews to read them at once. The next round goes on."
        yield Page(gap=Gap(STREAM, floor, below, why))

    def _page(self, reviews: list[wire.Review], damaged: int, mark: Mark, floor: datetime, now: datetime) -> Page:
        mentions, own = [], []
        for review in reviews:
            said = _print(review)
            if mark.seen.get(review.id) == said:
                continue
            mention = wire.mention_of(review, self._account.id, now)
            if mention.posted_at < floor:
                continue
            mark.seen[review.id] = said
            mentions.append(mention)
            if reply := wire.own_of(review, self._account.id, now):
                own.append(reply)
        mark.seen = dict(list(mark.seen.items())[-2 * PER_PAGE * 5 :])
        gap = None
        if damaged:
            count = "A review" if damaged == 1 else f"{damaged} reviews"
            gap = Gap(STREAM, None, None, f"{count} came damaged and could not be read. Look at Trustpilot's site.")
        return Page(tuple(mentions), tuple(own), mark=msgspec.json.encode(mark).decode(), gap=gap)

    async def thread(self, mention: Mention) -> Thread:
        """The review and our reply."""
        return await self.look([mention.remote_id])

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read reviews one by one; a 404 is a deletion."""
        found: list[wire.Review] = []
        gone: list[str] = []
        for each in dict.fromkeys(remote_ids):
            review_id = each.removesuffix("/reply")
            try:
                review = await self._review(review_id)
            except GoneError:
                gone.append(each)
                continue
            found.append(review)
            if each != review_id and wire.own_of(review, self._account.id, datetime.now(UTC)) is None:
                gone.append(each)
        return await asyncio.to_thread(wire.thread_of, found, self._account.id, tuple(gone))

    def prepare(self, reply: Reply) -> str:
        """A review takes one reply: sent twice, it stands there once."""
        return ""

    async def send(self, reply: Reply) -> Sent:
        """POST the reply. What the answer holds is unchecked, so nothing in it is needed."""
        text = reply.text.strip()
        if not text:
            raise RefusedError("The reply is empty. Write something, then send it.")
        if (count := length(text)) > (limit := self.capabilities.max_graphemes):
            raise RefusedError(f"The reply is {count} characters long. Trustpilot takes {limit}. Shorten it.")
        review_id = reply.to_remote_id.removesuffix("/reply")
        body = {"message": text}
        if user := self._keeper.secret.get("user_id", ""):
            body["authorBusinessUserId"] = user
        await self._call("POST", f"/v1/private/reviews/{quote(review_id, safe='')}/reply", json=body, writes=True)
        return self._sent(review_id, datetime.now(UTC))

    async def find(self, reply: Reply) -> Sent | None:
        """Read the review: its one reply is ours if it says the same and is not older than what we wrote."""
        review_id = reply.to_remote_id.removesuffix("/reply")
        try:
            review = await self._review(review_id)
        except GoneError:
            return None
        own = wire.own_of(review, self._account.id, datetime.now(UTC) + timedelta(days=1))  # not drawn back to now
        if (
            own is None
            or _essence(own.text) != _essence(reply.text)
            or own.posted_at + self._ahead < reply.created_at - SLACK
        ):
            return None
        return self._sent(review_id, min(own.posted_at, datetime.now(UTC)))

    def _sent(self, review_id: str, at: datetime) -> Sent:
        return Sent(wire.reply_id(review_id), at, f"{wire.SITE}/reviews/{review_id}")

    async def revoke(self) -> None:
        """Tell Trustpilot to forget the tokens; one that does not answer is left alone."""
        secret = self._keeper.secret
        headers = _basic(_app(secret))
        for key in ("token", "refresh_token"):
            try:
                await self._http.send("POST", f"{self._base}{TOKENS}revoke", data={"token": secret.get(key, "")},
                                      headers=headers, platform=self.platform, home=self._base)  # fmt: skip
            except ServiceError:
                continue

    @property
    def _reviews(self) -> str:
        return f"/v1/private/business-units/{quote(self._account.remote_id, safe='')}/reviews"

    async def _review(self, review_id: str) -> wire.Review:
        answer = await self._call("GET", f"/v1/private/reviews/{quote(review_id, safe='')}")
        return await decode(answer, wire.Review, platform=self.platform)

    async def _call(self, method: str, path: str, *, writes: bool = False, **more: Any) -> Response:
        self._http.afford(self._account.id, "calls", writes=writes)
        token = await self._keeper.token()
        try:
            answer = await self._once(method, path, token, writes=writes, **more)
        except TokenExpiredError:
            token = await self._keeper.token(dead=token)
            answer = await self._once(method, path, token, writes=writes, **more)
        self._ahead = answer.ahead(self._ahead)
        return answer

    async def _once(self, method: str, path: str, token: str, **more: Any) -> Response:
        self._http.spend(self._account.id, "calls")
        return await self._http.send(
            method, self._base + path, account=self._account.id, platform=self.platform, errors=wire.error_of,
            headers={"Authorization": f"Bearer {token}"}, home=self._base, **more,
        )  # fmt: skip

    async def _renewed(self, secret: Mapping[str, str]) -> dict[str, str]:
        form = {"grant_type": "refresh_token", "refresh_token": secret["refresh_token"]}
        token = await _token(self._http, self._base, "refresh", _app(secret), form)
        fresh = oauth.secret_of(token, _app(secret), datetime.now(UTC), refresh_lives=REFRESH_LIVES, before=secret)
        return fresh | {key: secret[key] for key in ("user_id",) if secret.get(key)}


class _Token(msgspec.Struct):
    access_token: str
    refresh_token: str = ""
    expires_in: float | None = None
    refresh_token_expires_in: float | None = None

    def __repr__(self) -> str:
        return "_Token()"


async def _token(http: Http, base: str, what: str, app: tuple[str, str], form: dict[str, str]) -> oauth.Token:
    """Ask for a token. Its seconds may come as text, which `oauth.Token` does not take."""
    answer = await http.send("POST", f"{base}{TOKENS}{what}", data=form, headers=_basic(app), platform="trustpilot",
                             errors=wire.sign_in_error, home=base)  # fmt: skip
    raw = await decode(answer, dict[str, Any], platform="trustpilot")
    try:
        token = msgspec.convert(raw, _Token, strict=False)
    except msgspec.ValidationError:
        token = _Token(str(raw.get("access_token") or ""), str(raw.get("refresh_token") or ""))
    if not token.access_token:
        raise ServiceError("Trustpilot gave no access. Try again later.")
    return oauth.Token(
        token.access_token, token.refresh_token, token.expires_in, token.refresh_token_expires_in
    )  # fmt: skip


def _find_error(answer: Response) -> ServiceError | None:
    return wire.sign_in_error(answer) if answer.status in (401, 403) else wire.error_of(answer)


def _basic(app: tuple[str, str]) -> dict[str, str]:
    return {"Authorization": oauth.basic(*app)}


def _app(secret: Mapping[str, str]) -> tuple[str, str]:
    return secret.get("client_id", ""), secret.get("client_secret", "")


def _server_of(fields: Mapping[str, str], default: str) -> str:
    """Return the API's base address; another one is taken only where it is this computer."""
    typed = fields.get("server", "").strip().rstrip("/")
    host = (urlsplit(typed).hostname or "") if typed else ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    return typed if loopback else default


def _known(mark: str | None) -> Mark | None:
    try:
        return msgspec.json.decode(mark, type=Mark) if mark else None
    except msgspec.DecodeError:
        return None


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _print(review: wire.Review) -> str:
    reply = review.companyReply
    said: list[Any] = [review.stars, review.title, review.text, str(review.updatedAt)]
    said += [reply.text, str(reply.updatedAt)] if reply else []
    return format(zlib.crc32(msgspec.json.encode(said)), "x")


def _essence(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


CONNECTOR = TrustpilotConnector
