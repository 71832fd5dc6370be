"""X, by its API v2 and an app of the person's own, which X charges for every post that is read or written.

Facts are from docs.x.com (pricing, rate limits, changelog) and the API's own description, 2.166 and 2.167. Likes,
follows and quotes were taken from all self-serve apps on 20 April 2026 (docs.x.com/changelog), so they are not offered.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import msgspec

from app.connectors import _x_pull as reading
from app.connectors import _x_search as searching
from app.connectors import _x_session as calls
from app.connectors import _x_sign_in as signing
from app.connectors import _x_wire as wire
from app.connectors._x_session import Json, list_at, object_at, texts
from app.connectors.base import (
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    Meter,
    Price,
    SaveSecret,
    SignInForm,
    Thread,
)
from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Reply, Sent, Visibility
from app.errors import ForbiddenError, GoneError, InputError, RefusedError, SignInError, UncertainError
from app.http import Http
from app.search_stream import Query
from app.text import all_links, length

STREAMS = ("mentions", "own", "messages")
SLACK = timedelta(minutes=2)  # between our clock and X's
UNKNOWN = timedelta(minutes=15)  # so far ahead our clock may be before X has answered anything
LOOK_FOR = timedelta(
    days=1
)  # each look costs as much as the first: older posts are read again before they are answered
FIND_PAGES = 5
MESSAGES_EVERY = 90.0  # seconds: X takes 15 calls for messages in 15 minutes, and 429 would stop the mentions too
_SHOWN = 800  # docs.x.com/x-api/posts/timelines: the newest 800 mentions
_OWN_TOO_MANY = "Each read costs, so older posts of your own were left out: what they answered may still show as open."
_SEARCH_TOO_MANY = "There are more new posts than Carelane buys at once. Make the search narrower."

METERS = (
    Meter("usd", "Cost this month", "month", shared=True, capped=True, currency="USD"),
    Meter("reads", "Posts read this month", "month", limit=3_000_000, shared=True),
    Meter("posts", "Replies in 24 hours", "24h", limit=10_000, shared=True),
    Meter("messages_read", "Direct messages read this month", "month", shared=True),
    Meter("messages", "Direct messages sent in 24 hours", "24h", limit=1_440),
)
NOTES = (
    "X charges your own app for each post that is read or written: set a monthly limit here and at console.x.com.",
    "Only people who named or quoted your account can be answered; others are answered on x.com.",
    "Quotes that do not name your account are found by a search stream alone.",
    "Likes cannot be given: X took them from programs in April 2026.",
    "Pictures cannot be attached yet, and direct messages cannot be marked as read.",
    "Encrypted messages (XChat) are not in the API.",
    "Searches reach back seven days.",
)


class XConnector(Basics):
    """One account on X."""

    platform: ClassVar[str] = "x"
    title: ClassVar[str] = "X"
    form: ClassVar[SignInForm] = signing.FORM

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` is awaited every two hours: refresh tokens are used once."""
        self._account = account
        self._session = calls.Session(account, secret, http, save_secret)
        self._me = wire.Me(account.id, account.remote_id, account.handle.strip("@"))
        self._names = wire.Vocabulary.TWEETS
        self._messages_at = float("-inf")  # on the monotonic clock
        known = _settings(account.data)
        self._direct = known.get("direct") is not False
        self.capabilities = Capabilities(
            name="X",
            streams=STREAMS if self._direct else STREAMS[:2],
            idempotency=Idempotency.LOOK,
            max_graphemes=signing.length_of(texts(known, "subscription")),
            max_graphemes_direct=10_000,  # docs.x.com/x-api/direct-messages/manage
            url_length=23,
            weighted=True,
            private_reply=self._direct,
            direct_messages=self._direct,
            history_days=7,  # reads are paid for
            kinds=(Kind.MENTION, Kind.REPLY, Kind.QUOTE, *((Kind.MESSAGE,) if self._direct else ()), Kind.SEARCH),
            no_reply=calls.NO_REPLY,
            hides=True,
            searches=searching.FIELDS,
            meters=METERS,
            price=Price("USD", calls.POST, calls.WRITE, calls.WRITE_WITH_LINK, calls.WRITE_MESSAGE),
            notes=NOTES,
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """There is no password to sign in with."""
        raise InputError("X is signed in to in the browser.")

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """With "client_id" and, for a “Web app”, "client_secret"."""
        return await signing.begin(fields, redirect_uri)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """`code`: the code, or the address that the browser ended at."""
        return await signing.finish(http, authorization, code)

    async def check(self) -> str:
        """Ask whose token this is."""
        user = object_at(await self._session.me(signing.ME), "data")
        if texts(user, "id") != self._account.remote_id:
            raise SignInError("This sign-in belongs to another account. Sign in again.")
        return "" if self._direct else "Direct messages were not allowed at the sign-in."

    async def close(self) -> None:
        """A renewal that is under way brings the only tokens that still work."""
        await self._session.keeper.close()

    async def revoke(self) -> None:
        """Both tokens."""
        await self._session.revoke()

    # --- reading -----------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Mentions, our own posts, direct messages. See `_x_pull` for marks and gaps."""
        if stream == "messages":
            if time.monotonic() - self._messages_at < MESSAGES_EVERY:
                return
            self._messages_at = time.monotonic()
            # small pages: the newest are read again and again, and charged once a day
            listed = reading.List(stream, self._fetch_messages, self._read_messages, 10)
            pages = reading.messages(listed, mark, since)
        elif stream == "mentions":
            pages = reading.pull(self._list(stream, "mentions", 100, holds=_SHOWN), mark, since)
        elif stream == "own":
            most = 2 if mark is None else reading.MAX_PAGES
            listed = self._list(stream, "tweets", 100, most=most, too_many=_OWN_TOO_MANY)
            pages = reading.pull(listed, mark, since)
        else:
            raise InputError(f"X has no stream named {stream}.")
        async for page in pages:
            yield page

    async def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Recent search: a hundred posts at once at most, since each is paid for."""
        text = searching.text_of(query, self._me.handle)
        # X refuses a `since_id` that is older than what it searches
        oldest = datetime.now(UTC) - timedelta(days=searching.DAYS) + timedelta(minutes=30)

        async def fetch(params: Mapping[str, str]) -> Json:
            floor = max(params["since_id"], wire.id_at(oldest), key=int)
            asked = {**params, "since_id": floor, "query": text}
            return await self._read("/2/tweets/search/recent", asked, calls.POST)

        def read(answer: Json) -> list[wire.Item]:
            return self._items(answer, kind=Kind.SEARCH)

        listed = reading.List("search", fetch, read, 25, most=4, too_many=_SEARCH_TOO_MANY)
        async for page in reading.pull(listed, mark, max(since, oldest)):
            yield page

    def _list(self, stream: str, path: str, size: int, **more: Any) -> reading.List:
        async def fetch(params: Mapping[str, str]) -> Json:
            reposts = {"exclude": "retweets"} if stream == "own" else {}
            return await self._read(f"/2/users/{self._me.remote_id}/{path}", {**params, **reposts}, calls.OWNED)

        return reading.List(stream, fetch, self._items, size, **more)

    async def _read(self, path: str, params: Mapping[str, str], price: float) -> Json:
        """Ask with the names that X takes: where it refuses or overlooks one set, with the other.

        What was answered without times and authors is asked for again: the same item costs once a day.
        """
        expected = int(params.get("max_results", "1")) if "pagination_token" in params else 1
        try:
            answer = await self._session.get(
                path, {**params, **self._names.value}, price=price, expected=expected
            )  # fmt: skip
        except RefusedError as error:
            if "field" not in str(error).lower() and "expansion" not in str(error).lower():
                raise
        else:
            entries = [one for one in list_at(answer, "data") if isinstance(one, dict)]
            if not entries or any("created_at" in one for one in entries):
                return answer
        other = self._names.other
        answer = await self._session.get(path, {**params, **other.value}, price=price, expected=expected)
        self._names = other
        return answer

    def _items(self, answer: Json, *, kind: Kind | None = None) -> list[wire.Item]:
        beside = wire.Included.of(answer)
        return [wire.post(one, beside, self._me, kind=kind) for one in list_at(answer, "data")]

    async def _fetch_messages(self, params: Mapping[str, str], path: str = "/2/dm_events") -> Json:
        expected = int(params["max_results"]) if "pagination_token" in params else 1
        asked = {**params, **wire.MESSAGE_FIELDS}
        return await self._session.get(path, asked, price=calls.MESSAGE, expected=expected)

    def _read_messages(self, answer: Json) -> list[wire.Item]:
        beside = wire.Included.of(answer)
        return [wire.message(one, beside, self._me) for one in list_at(answer, "data")]

    async def thread(self, mention: Mention) -> Thread:
        """The message, what it answers and how it began; and what its author and we wrote since.

        The words of third persons below are left out, since each costs and none can be answered.
        """
        extra = wire.extra_of(mention.extra)
        if extra.dm:
            path = f"/2/dm_conversations/{_talk(extra)}/dm_events"
            return _thread(self._read_messages(await self._fetch_messages({"max_results": "10"}, path)))
        around = [mention.remote_id, mention.reply_to, mention.thread]
        items, gone = await self._posts([one for one in around if one.isdigit()])
        if mention.remote_id in gone:
            return Thread(gone=(mention.remote_id,))
        at = wire.time_of(mention.remote_id)
        if mention.thread and extra.author and at and datetime.now(UTC) - at < timedelta(days=searching.DAYS):
            items += await self._since(mention.thread, extra.author)
        return _thread(items)

    async def _since(self, root: str, author: str) -> list[wire.Item]:
        params = {
            "query": f"conversation_id:{root} (from:{author} OR from:{self._me.remote_id})", "max_results": "50",
        }  # fmt: skip
        return self._items(await self._read("/2/tweets/search/recent", params, calls.POST))

    async def _posts(self, ids: Sequence[str]) -> tuple[list[wire.Item], list[str]]:
        """Posts in their newest version, and the ids of those that are gone."""
        found: list[wire.Item] = []
        gone: list[str] = []
        wanted = list(dict.fromkeys(ids))
        while wanted:
            some, wanted = wanted[:100], wanted[100:]
            answer = await self._read("/2/tweets", {"ids": ",".join(some)}, calls.POST)
            items = self._items(answer)
            found += [one for one in items if not one.newest]
            wanted += [one.newest for one in items if one.newest]
            for one in list_at(answer, "errors"):
                if texts(one, "type").endswith("/resource-not-found") and texts(one, "resource_id") in some:
                    gone.append(texts(one, "resource_id"))
        return found, gone

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Posts of the last day, since each is charged every day anew; messages cannot be changed."""
        now = datetime.now(UTC)
        young = [one for one in remote_ids if one.isdigit() and (at := wire.time_of(one)) and now - at < LOOK_FOR]
        items, gone = await self._posts(young)
        found = _thread(items)
        return Thread(found.mentions, found.own, tuple(gone))

    # --- answering ---------------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing is chosen beforehand: X takes no key."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """Post the reply, or the message."""
        extra, text = wire.extra_of(reply.to_extra), reply.text.strip()
        direct = _is_direct(reply)
        able = self.capabilities.in_direct() if direct else self.capabilities
        if not text:
            raise RefusedError("The reply is empty. Write something, then send it.")
        if (count := length(text, able.url_length, weighted=True)) > able.max_graphemes:
            raise RefusedError(f"The reply is {count} characters long. X takes {able.max_graphemes}. Shorten it.")
        if direct:
            return await self._send_message(extra, text)
        if extra.no_reply:
            raise ForbiddenError(calls.NO_REPLY, code="not-engaged")
        price = calls.WRITE_WITH_LINK if all_links(text) else calls.WRITE
        body = {"text": text, "reply": {"in_reply_to_tweet_id": extra.current or reply.to_remote_id}}
        id_ = texts(await self._session.write("/2/tweets", body, price=price, unit="posts"), "data", "id")
        if not wire.time_of(id_):
            raise UncertainError("X did not say where the reply is. Carelane looks before it tries again.")
        return self._sent(id_)

    def _sent(self, id_: str) -> Sent:
        at = min(wire.time_of(id_) or datetime.now(UTC), datetime.now(UTC))
        url = f"https://x.com/{self._me.handle}/status/{id_}"
        return Sent(id_, at, url, wire.Extra(id_, self._me.remote_id).json())

    async def _send_message(self, extra: wire.Extra, text: str) -> Sent:
        path = f"/2/dm_conversations/{_talk(extra)}/messages"
        try:
            answer = await self._session.write(path, {"text": text}, price=calls.WRITE_MESSAGE, unit="messages")
        except ForbiddenError as error:
            if error.code in ("scope", "oauth1-permissions", "client-not-enrolled"):
                raise
            raise ForbiddenError(
                "X does not let you write to this person: they take messages only from people they follow. Answer in"
                " public, and ask them to write to you.",
                code=error.code, status=error.status,
            ) from error  # fmt: skip
        id_ = texts(answer, "data", "dm_event_id")
        if not wire.time_of(id_):
            raise UncertainError("X did not say where the message is. Carelane looks before it tries again.")
        talk = texts(answer, "data", "dm_conversation_id") or extra.dm
        at = min(wire.time_of(id_) or datetime.now(UTC), datetime.now(UTC))
        return Sent(wire.DM + id_, at, "https://x.com/messages", wire.Extra(id_, extra.author, talk).json())

    async def find(self, reply: Reply) -> Sent | None:
        """Look among what we wrote since just before the reply was: the same parent, the same words.

        Raises `UncertainError` where it would have to read too far.
        """
        extra, wanted = wire.extra_of(reply.to_extra), wire.essence(reply.text)
        floor, direct, token = self._floor(reply), _is_direct(reply), ""
        parents = {reply.to_remote_id, extra.current}
        for _ in range(FIND_PAGES):
            params = {"max_results": "20"} | ({"pagination_token": token} if token else {})
            if direct:
                path = f"/2/dm_conversations/{_talk(extra)}/dm_events"
                answer = await self._fetch_messages(params, path)
                items = self._read_messages(answer)
            else:
                path = f"/2/users/{self._me.remote_id}/tweets"
                answer = await self._read(path, {**params, "since_id": floor, "exclude": "retweets"}, calls.OWNED)
                items = self._items(answer)
            floor = self._floor(reply)
            for own in (one.own for one in items if one.own and one.id.isdigit() and int(one.id) >= int(floor)):
                if wire.essence(own.text) == wanted and (direct or own.reply_to in parents):
                    return Sent(own.remote_id, own.posted_at, own.url, own.extra)
            token = texts(answer, "meta", "next_token")
            if not token or any(one.id.isdigit() and int(one.id) < int(floor) for one in items):
                return None
        raise UncertainError("There are too many newer posts to be sure that this reply is not among them.")

    def _floor(self, reply: Reply) -> str:
        """The id that a post by X's clock would have had just before the reply was written by ours."""
        ahead = UNKNOWN if self._session.ahead is None else max(self._session.ahead, timedelta())
        return wire.id_at(reply.created_at - SLACK - ahead)

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """Only below a post of our own; docs.x.com/x-api/posts/hide-replies."""
        current = wire.extra_of(mention.extra).current or mention.remote_id
        path = f"/2/tweets/{current}/hidden"
        try:
            answer = await self._session.write(path, {"hidden": hidden}, price=calls.MANAGE, method="PUT")
        except ForbiddenError as error:
            if error.code == "scope":
                raise
            text = "X hides replies only in conversations that began with a post of yours. This one did not."
            raise ForbiddenError(text, code=error.code, status=error.status) from error
        if object_at(answer, "data").get("hidden") is not hidden:
            raise GoneError("X did not hide this reply. It may be gone: look at x.com.")


def _is_direct(reply: Reply) -> bool:
    return reply.visibility is Visibility.DIRECT or reply.to_remote_id.startswith(wire.DM)


def _talk(extra: wire.Extra) -> str:
    """Where a message goes, as a piece of the path: to a person, or into a group."""
    if extra.author.isdigit() and (not extra.dm or "-" in extra.dm):
        return f"with/{extra.author}"
    if extra.dm.isdigit():
        return extra.dm
    raise ForbiddenError("X did not say who wrote this, so no direct message can be sent. Answer on x.com.")


def _thread(items: Sequence[wire.Item]) -> Thread:
    mentions: dict[str, Mention] = {}
    own: dict[str, OwnPost] = {}
    for one in sorted(items, key=lambda one: int(one.id) if one.id.isdigit() else 0):
        if one.mention is not None:
            mentions[one.mention.remote_id] = one.mention
        if one.own is not None:
            own[one.own.remote_id] = one.own
    return Thread(
        tuple(sorted(mentions.values(), key=lambda one: one.posted_at)),
        tuple(sorted(own.values(), key=lambda one: one.posted_at)),
    )


def _settings(text: str) -> Json:
    try:
        return msgspec.json.decode(text or "{}", type=Json)
    except msgspec.DecodeError:
        return {}


CONNECTOR = XConnector
