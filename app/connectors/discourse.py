"""Discourse communities: what names, answers or quotes one user, topics that they watch, and private messages.

docs.discourse.org (the API's description), and Discourse's own source where it is silent. The key is made by the
community's administrator; it is sent as Api-Key, with the user as Api-Username.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec

from app.connectors import _discourse_pull as reading
from app.connectors import _discourse_search as searching
from app.connectors import _discourse_sign_in as signing
from app.connectors import _discourse_wire as wire
from app.connectors.base import Basics, Capabilities, Idempotency, SaveSecret, SignInField, SignInForm, Thread
from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Reply, Sent
from app.errors import ForbiddenError, GoneError, InputError, RefusedError, SignInError, UncertainError
from app.http import Http, Response, decode
from app.search_stream import Query
from app.text import clean, parse_time

NAME = "Discourse"
STREAMS = (reading.STREAM, "own")
OWN = "5,12"  # UserAction: replies, and messages that were begun (unchecked whether replies to messages are told)
OWN_PAGES = 10
LONGEST = 32_000  # site setting max_post_length, as it is delivered
SLACK = timedelta(minutes=2)
FAR = datetime(9000, 1, 1, tzinfo=UTC)
LIKE = "2"  # post_action_type_id
THREAD = 200  # posts of a topic around the asked one


class _Action(msgspec.Struct):
    created_at: str = ""
    post_id: int | str | None = None


class _Actions(msgspec.Struct):
    user_actions: list[_Action]


class _Made(msgspec.Struct):
    """A post, or one that waits for a moderator ("enqueued")."""

    id: int = 0
    action: str = ""
    created_at: str = ""
    topic_id: int = 0
    post_number: int = 0
    topic_slug: str = ""
    pending_post: dict[str, Any] | None = None


class DiscourseConnector(Basics):
    """One user of one community."""

    platform: ClassVar[str] = "discourse"
    title: ClassVar[str] = "Discourse community"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField("server", "Address of the community", placeholder="community.maplerye.com"),
            SignInField("user", "User name", hint="The user in whose name you answer, without the @."),
            SignInField(
                "key", "API key", secret=True,
                hint="Made by an administrator at Admin, API keys, for a single user. It is shown once.",
            ),
        ),
        can=(
            "read what names, answers or quotes your user, topics that it watches, and its messages",
            "post the replies that you send, and like posts",
            "search the community",
        ),
        never=(
            "deletes, closes or hides anything",
            "acts as another user",
            "changes settings of the community",
        ),
        help_text=(
            "Open your community's Admin, Advanced, API keys (/admin/api/keys) and choose “Add API key”: user level"
            " “Single user”, your user, scope “Global”. Only administrators see that page."
        ),
        help_url="https://meta.discourse.org/t/create-and-configure-an-api-key/230124",
    )  # fmt: skip

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` is never needed: keys do not rotate."""
        self._account = account
        self._http = http
        self._key = secret.get("key", "")
        self._base = account.server.rstrip("/")
        self._me = wire.Me(account.id, account.handle.lstrip("@").partition("@")[0], self._base)
        self._ahead = timedelta()
        self._private: dict[int, bool] = {}  # topics that were looked up: whether they are messages
        self._site = reading.Site(self._notifications, self._topic, self._posts, self._me)
        self.capabilities = Capabilities(
            name=self.title,
            streams=STREAMS,
            idempotency=Idempotency.LOOK,
            max_graphemes=LONGEST,
            direct_messages=True,
            history_days=90,
            kinds=(Kind.MENTION, Kind.REPLY, Kind.QUOTE, Kind.COMMENT, Kind.MESSAGE, Kind.SEARCH),
            likes=True,
            marks_read=True,
            searches=searching.FIELDS,
            notes=(
                "Posts come by your user's notifications: watch the categories that you answer in.",
                "A short reply may be refused: most communities want 20 characters.",
                "Chat is not read. Answer it in the community.",
                "Who can read a category is not told: every post that is no message counts as public.",
                "Discourse takes a like back only for some minutes.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Ask who the key's user is."""
        return await signing.sign_in(http, fields)

    async def check(self) -> str:
        """Ask for what only the key's user may see."""
        await self._notifications(0)
        path = f"/u/{quote(self._me.username, safe='')}.json"
        me = await decode(await self._call("GET", path), signing.Profile, platform=NAME)
        if str(me.user.id) != self._account.remote_id:
            raise SignInError("This key belongs to another user. Sign in again.")
        return ""

    # --- reading -------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read notifications, or our own posts; see `_discourse_pull`."""
        if stream not in STREAMS:
            raise InputError(f"Discourse has no stream named {stream}.")
        pages = self._own(mark, since) if stream == "own" else reading.pull(self._site, mark, since)
        async for page in pages:
            yield page

    async def _own(self, mark: str | None, since: datetime) -> AsyncIterator[Page]:
        """What we wrote, wherever: newest first, so the mark moves once all of it was read."""
        now = datetime.now(UTC)
        floor = (parse_time(mark, now) or since) if mark else since
        found: dict[str, datetime] = {}
        offset, newest = 0, floor
        for _ in range(OWN_PAGES):
            params = {"username": self._me.username, "filter": OWN, "offset": str(offset)}
            answer = await self._call("GET", "/user_actions.json", params=params)
            actions = (await decode(answer, _Actions, platform=NAME)).user_actions
            times = [parse_time(one.created_at, now) or now for one in actions]
            for one, at in zip(actions, times, strict=True):
                if one.post_id and at > floor:
                    found[str(one.post_id)] = at
            newest = max([newest, *times])
            if not actions or min(times) <= floor:
                break
            offset += len(actions)
        ids = sorted(found, key=lambda id_: found[id_])
        own: list[OwnPost] = []
        for start in range(0, len(ids), reading.CHUNK):
            some = ids[start : start + reading.CHUNK]
            own = list((await self.look(some)).own)
            yield Page(own=tuple(own), mark=found[some[-1]].isoformat())
        if mark is None and not ids:
            yield Page(mark=floor.isoformat())

    async def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Search the community; see `_discourse_search`."""
        async for page in searching.search(self._call, self._me, query, mark, since):
            yield page

    async def _notifications(self, offset: int) -> wire.Notifications:
        params = {"limit": str(reading.LIMIT), "offset": str(offset)}
        answer = await self._call("GET", "/notifications.json", params=params, errors=signing.key_error)
        return await decode(answer, wire.Notifications, platform=NAME)

    async def _topic(self, topic: int) -> wire.Topic:
        found = await decode(await self._call("GET", f"/t/{topic}.json"), wire.Topic, platform=NAME)
        self._private[topic] = found.archetype == "private_message"
        return found

    async def _is_private(self, topic: int) -> bool:
        """Whether a topic is a message; a post alone does not tell. What cannot be looked up is not called public."""
        if topic not in self._private:
            try:
                await self._topic(topic)
            except (GoneError, ForbiddenError):
                return True
        return self._private[topic]

    async def _posts(self, topic: int, ids: list[int]) -> list[msgspec.Raw]:
        answer = await self._call("GET", f"/t/{topic}/posts.json", params=[("post_ids[]", str(id_)) for id_ in ids])
        return (await decode(answer, wire.Topic, platform=NAME)).post_stream.posts

    async def thread(self, mention: Mention) -> Thread:
        """The topic around the post, a hundred to each side."""
        known = _extra(mention.extra)
        number, topic_id = known.get("number", 0), known.get("topic", 0)
        try:
            if not topic_id:
                post = await self._post(mention.remote_id)
                number, topic_id = post.post_number, post.topic_id
            topic = await self._topic(topic_id)
            first, last = max(1, number - THREAD // 2), number + THREAD // 2
            posts, _, _ = await reading.span(self._site, topic, topic_id, first, last)
        except GoneError:
            return Thread(gone=(mention.remote_id,))
        private = topic.archetype == "private_message"
        by_number = {post.post_number: post.id for post in posts}
        mentions: list[Mention] = []
        own: list[OwnPost] = []
        gone = [str(post.id) for post in posts if wire.is_gone(post)]
        for post in posts:
            if wire.is_gone(post) or post.post_type not in (1, 4):
                continue
            if wire.is_ours(post, self._me):
                own.append(wire.own(post, self._me, private=private, by_number=by_number))
            else:
                kind = mention.kind if str(post.id) == mention.remote_id else None
                mentions.append(wire.mention(post, self._me, private=private, by_number=by_number, kind=kind))
        ids = topic.post_stream.stream
        if ids and mention.remote_id.isdecimal() and int(mention.remote_id) not in ids:
            gone.append(mention.remote_id)
        return Thread(tuple(mentions), tuple(own), tuple(dict.fromkeys(gone)))

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read posts again, one by one. Only the community's own word makes one gone."""
        mentions: list[Mention] = []
        own: list[OwnPost] = []
        gone: list[str] = []
        for name in dict.fromkeys(remote_ids):
            try:
                post = await self._post(name)
            except GoneError as error:
                if error.code or error.status == 410:
                    gone.append(name)
                continue
            except ForbiddenError:
                continue
            if wire.is_gone(post):
                gone.append(name)
                continue
            private = await self._is_private(post.topic_id)
            if wire.is_ours(post, self._me):
                own.append(wire.own(post, self._me, private=private, by_number={}))
            else:
                mentions.append(wire.mention(post, self._me, private=private, by_number={}))
        return Thread(tuple(mentions), tuple(own), tuple(gone))

    async def _post(self, remote_id: str) -> wire.Post:
        answer = await self._call("GET", f"/posts/{quote(remote_id, safe='')}.json")
        return await decode(answer, wire.Post, platform=NAME)

    # --- answering -----------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing has to stay the same."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """POST /posts.json below the post, in its topic or message, once it is known to be there."""
        if not clean(reply.text).strip():
            raise RefusedError("The reply is empty. Write something, then send it.")
        raw = wire.markdown(reply.text)
        if len(raw) > LONGEST:
            raise RefusedError(f"The community takes {LONGEST} characters. Shorten the reply, then send it again.")
        parent = await self._post(reply.to_remote_id)
        if wire.is_gone(parent):
            raise GoneError("The post was deleted.")
        body: dict[str, Any] = {"raw": raw, "topic_id": parent.topic_id}
        if parent.post_number > 1:
            body["reply_to_post_number"] = parent.post_number
        try:
            answer = await self._call("POST", "/posts.json", json=body, writes=True)
        except RefusedError:
            # the same words within minutes are refused (unique_posts_mins): they may be this very reply
            if (there := await self.find(reply)) is not None:
                return there
            raise
        made = await decode(answer, _Made, platform=NAME)
        now = datetime.now(UTC)
        if made.action == "enqueued":
            waits = (made.pending_post or {}).get("id")
            return Sent(f"pending:{waits or reply.id}", now)
        if not made.id:
            raise UncertainError("The community did not say where the reply is. Carelane looks before it tries again.")
        return self._sent(made.id, made.topic_id, made.post_number, made.topic_slug, parse_time(made.created_at, now))

    def _sent(self, id_: int, topic: int, number: int, slug: str, at: datetime | None) -> Sent:
        url = f"{self._base}/t/{quote(slug or '-', safe='')}/{topic}/{number}"
        return Sent(str(id_), at or datetime.now(UTC), url)

    async def find(self, reply: Reply) -> Sent | None:
        """Look at the end of the topic for our own words below the same post, written since `reply` was."""
        try:
            parent = await self._post(reply.to_remote_id)
            topic = await self._topic(parent.topic_id)
        except GoneError:
            return None
        last = len(topic.post_stream.stream)
        first, earliest = max(parent.post_number, 1), reply.created_at - SLACK
        posts, damaged, whole = await reading.span(
            self._site, topic, parent.topic_id, max(first, last - THREAD), reading.END
        )
        wanted = wire.essence(reply.text)
        numbers = {"", str(parent.post_number)} if parent.post_number == 1 else {str(parent.post_number)}
        for post in posts:
            at = parse_time(post.created_at, FAR)  # by the community's clock, which may be ahead
            if not wire.is_ours(post, self._me) or (at is not None and at + self._ahead < earliest):
                continue
            if str(post.reply_to_post_number or "") in numbers and wire.essence(wire.text_of(post)) == wanted:
                return self._sent(post.id, post.topic_id, post.post_number, post.topic_slug, at)
        if damaged or not whole:
            raise UncertainError("Not all of the topic could be read. Look there for this reply, then decide.")
        return None

    async def like(self, mention: Mention, liked: bool) -> None:
        """Like it, or take that back, which Discourse allows for some minutes only."""
        if liked:
            body = {"id": int(mention.remote_id), "post_action_type_id": int(LIKE)}
            await self._call("POST", "/post_actions.json", json=body)
        else:
            path = f"/post_actions/{quote(mention.remote_id, safe='')}.json"
            await self._call("DELETE", path, params={"post_action_type_id": LIKE})

    async def mark_read(self, mention: Mention) -> None:
        """Mark the notification that brought it; one that is not among the newest is left alone."""
        known = _extra(mention.extra)
        note = known.get("notification") or await self._note(known.get("topic", 0), known.get("number", 0))
        if note:
            await self._call("PUT", "/notifications/mark-read.json", json={"id": note})

    async def _note(self, topic: int, number: int) -> int:
        for raw in (await self._notifications(0)).notifications:
            try:
                one = msgspec.json.decode(raw, type=wire.Notification)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
            if topic and (one.topic_id, one.post_number) == (topic, number):
                return one.id
        return 0

    async def _call(self, method: str, path: str, *, errors: Any = wire.error_of, **more: Any) -> Response:
        answer = await self._http.send(
            method, self._base + path, account=self._account.id, platform=NAME, home=self._base,
            headers=signing.headers(self._me.username, self._key), errors=errors, **more,
        )  # fmt: skip
        date = answer.headers.get("date", "")
        if (at := parse_time(date, FAR) if date else None) is not None:
            self._ahead = datetime.now(UTC) - at
        return answer


def _extra(text: str) -> dict[str, int]:
    try:
        known = msgspec.json.decode(text or "{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}
    return {key: value for key, value in known.items() if type(value) is int}


CONNECTOR = DiscourseConnector
