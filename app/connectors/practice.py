"""Practice: a bakery that does not exist, behind the same calls as a real platform. No network.

`Account.data` holds `{"as": "Mastodon" | "Bluesky" | "Google reviews", "seed": 1, "speed": 1.0}`.
The secret holds no secret but the little that the world must remember, see `World.save`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from app.clock import Clock, now
from app.connectors._practice_world import KEPT, REVIEWS, SentRow, World
from app.connectors.base import (
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    SaveSecret,
    SignInForm,
    Thread,
)
from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Picture, Reply, Sent, Visibility
from app.errors import GoneError, InputError, RefusedError, UncertainError
from app.http import Http
from app.matching import matches
from app.search_stream import Query

PAGE = 40
OVERLAP = timedelta(minutes=1)
STREAMS = ("notifications", "own")
POSTS = (Kind.MENTION, Kind.REPLY, Kind.MESSAGE)
NOTE = "A shop that does not exist: nothing leaves this computer."
ALL = frozenset(("words", "phrases", "handles", "hashtags", "without", "places", "languages"))

CAPABILITIES = {
    "Mastodon": Capabilities(
        "Mastodon", STREAMS, Idempotency.LOOK, 500, url_length=23, private_reply=True, direct_messages=True,
        spoilers=True, max_pictures=4, picture_bytes=8_000_000, max_alt=1500, picture_direct=True, kinds=POSTS,
        likes=True, hides=True, marks_read=True, searches=ALL, notes=(NOTE,),
    ),
    "Bluesky": Capabilities(
        "Bluesky", STREAMS, Idempotency.LOOK, 300, max_bytes=3_000, private_reply=True, direct_messages=True,
        max_pictures=4, picture_bytes=1_000_000, picture_side=2000, max_alt=2000, max_graphemes_direct=1000,
        max_bytes_direct=10_000, kinds=POSTS, likes=True, hides=True, marks_read=True, searches=ALL, notes=(NOTE,),
    ),
    REVIEWS: Capabilities(
        REVIEWS, STREAMS, Idempotency.LOOK, 4_096, max_bytes=4_096, threads=False, kinds=(Kind.REVIEW,), notes=(NOTE,),
    ),
}  # fmt: skip


class PracticeConnector(Basics):
    """One account of the practice shop."""

    platform: ClassVar[str] = "practice"
    local: ClassVar[bool] = True  # what it keeps is no secret and needs no keyring
    form: ClassVar[SignInForm] = SignInForm(
        fields=(),
        can=("Read and answer 120 messages to a bakery that does not exist",),
        never=("Send anything to anybody. Nothing leaves this computer",),
    )
    clock: Clock = staticmethod(now)

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        self._world = World(account, secret.get("world", ""))
        self._save_secret = save_secret
        self._lock = asyncio.Lock()
        self.capabilities = CAPABILITIES[self._world.platform]

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Return an identity of the shop; `fields` may hold "as" and "seed"."""
        name = fields.get("as", "Mastodon")
        if name not in CAPABILITIES:
            raise InputError(f"The practice shop has no account on {name}.")
        handles = {"Mastodon": "@maplerye@town.example", "Bluesky": "maplerye.example", REVIEWS: "Maple & Rye"}
        data = json.dumps({"as": name, "seed": int(fields.get("seed", "1")), "speed": 1.0})
        remote_id = f"practice-{name.lower().replace(' ', '-')}"
        return Identity(remote_id, handles[name], "Maple & Rye", "", {"world": "{}"}, data=data)

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Not offered: practice needs no browser."""
        raise InputError("Practice needs no sign-in.")

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """Not offered: practice needs no browser."""
        raise InputError("Practice needs no sign-in.")

    async def _enter(self) -> datetime:
        """Open the shop door: return the time, or raise what is wrong with the platform just now."""
        moment = self.clock()
        async with self._lock:
            if self._world.visit(moment):
                await self._save()
        trouble = self._world.trouble(moment)
        if trouble is not None:
            raise trouble
        return moment

    async def _save(self) -> None:
        await self._save_secret({"world": self._world.save()})

    async def check(self) -> str:
        """Return "": everything works, but for the outages that belong to it."""
        await self._enter()
        return ""

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Yield what changed after `mark`, oldest first. A mark is a time in ISO form."""
        moment = await self._enter()
        begin = since if mark is None else min(datetime.fromisoformat(mark), moment) - OVERLAP
        changes: list[tuple[datetime, Mention | OwnPost | str]] = []
        if stream == "own":
            changes += [(post.posted_at, post) for post in self._world.own() if begin <= post.posted_at]
        else:
            changes += self._changes(begin, moment)
        changes.sort(key=lambda change: change[0])
        for start in range(0, max(len(changes), 1), PAGE):
            chunk = changes[start : start + PAGE]
            last = start + PAGE >= len(changes)
            yield Page(
                mentions=tuple(what for _, what in chunk if isinstance(what, Mention)),
                own=tuple(what for _, what in chunk if isinstance(what, OwnPost)),
                gone=tuple(what for _, what in chunk if isinstance(what, str)),
                mark=(moment if last else chunk[-1][0]).isoformat(),
            )

    async def like(self, mention: Mention, liked: bool) -> None:
        """The practice customers do not see it."""
        await self._touch(mention)

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """As on a real platform; here nobody else reads along."""
        await self._touch(mention)

    async def mark_read(self, mention: Mention) -> None:
        """Nothing but the visit."""
        await self._touch(mention)

    async def _touch(self, mention: Mention) -> None:
        moment = await self._enter()
        found = (m for m in self._world.messages(moment) if m.mention.remote_id == mention.remote_id)
        if not any(not m.is_gone(moment) for m in found):
            raise GoneError("The message is no longer there.", status=404)

    async def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """What people say about the shop without naming its account. A mark is a time in ISO form."""
        moment = await self._enter()
        begin = since if mark is None else datetime.fromisoformat(mark) - OVERLAP
        found = [m.at(moment) for m in self._world.messages(moment) if not m.is_gone(moment)]
        kept = [m for m in found if m.kind is Kind.SEARCH and m.posted_at >= begin]
        wanted = [m for m in kept if matches(query, m.text, m.language)]
        yield Page(mentions=tuple(sorted(wanted, key=lambda m: m.posted_at)), mark=moment.isoformat())

    def _changes(self, begin: datetime, until: datetime) -> list[tuple[datetime, Mention | OwnPost | str]]:
        found: list[tuple[datetime, Mention | OwnPost | str]] = []
        for message in self._world.messages(until):
            if message.mention.kind is Kind.CONTEXT:
                continue
            if message.is_gone(until):
                if message.gone_at is not None and message.gone_at >= begin:
                    found.append((message.gone_at, message.mention.remote_id))
                continue
            shown = message.at(until)
            changed_at = shown.edited_at or shown.posted_at
            if changed_at >= begin:
                found.append((changed_at, shown))
        return found

    async def thread(self, mention: Mention) -> Thread:
        """Return the whole conversation around `mention`, with what third persons said."""
        moment = await self._enter()
        root = mention.thread or mention.remote_id
        found = [m for m in self._world.messages(moment) if m.mention.thread == root]
        shown = [m.at(moment) for m in found if not m.is_gone(moment)]
        own = [post for post in self._world.own() if post.thread == root]
        return Thread(
            mentions=tuple(sorted(shown, key=lambda item: item.posted_at)),
            own=tuple(sorted(own, key=lambda post: post.posted_at)),
            gone=tuple(m.mention.remote_id for m in found if m.is_gone(moment)),
        )

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read these messages again. What this world has never heard of is not called gone."""
        moment = await self._enter()
        wanted = set(remote_ids)
        found = [m for m in self._world.messages(moment) if m.mention.remote_id in wanted]
        return Thread(
            mentions=tuple(m.at(moment) for m in found if not m.is_gone(moment)),
            own=tuple(post for post in self._world.own() if post.remote_id in wanted),
            gone=tuple(m.mention.remote_id for m in found if m.is_gone(moment)),
        )

    def prepare(self, reply: Reply) -> str:
        """Return "{}": the id of a reply follows from its key."""
        return "{}"

    async def upload(self, picture: Picture, data: bytes, *, direct: bool) -> str:
        """Look at the picture and forget it: the practice customers cannot see."""
        await self._enter()
        if not self._takes_pictures(direct):
            raise RefusedError(f"{self.capabilities.name} takes no pictures here. Send the reply without them.")
        if len(data) > self.capabilities.picture_bytes:
            raise RefusedError(f"The picture is too large for {self.capabilities.name}.", status=413)
        return json.dumps({"id": picture.id})

    def _takes_pictures(self, direct: bool) -> bool:
        return self.capabilities.max_pictures > 0 and (self.capabilities.picture_direct or not direct)

    async def send(self, reply: Reply) -> Sent:
        """Keep `reply` and let the customer think about it. Now and then the answer gets lost."""
        moment = await self._enter()
        self._refuse(reply)
        async with self._lock:
            known = self._find(reply)
            if known is not None:
                return known
            ours = next((row for row in self._world.sent if row.id == reply.to_remote_id), None)
            to = ours.to if ours is not None else reply.to_remote_id  # the next part of a thread of ours
            target = next((m for m in self._world.messages(moment) if m.mention.remote_id == to), None)
            if target is None or target.is_gone(moment):
                raise GoneError("The message is no longer there, so it cannot be answered.", status=404)
            thread = target.mention.thread
            row = SentRow(_own_id(reply), to, thread, reply.text, moment, reply.visibility)
            self._world.sent = [*self._world.sent, row][-KEPT:]
            self._world.count += 1
            await self._save()
        if self._world.uncertain():
            name = self.capabilities.name
            raise UncertainError(f"{name} did not confirm the reply. Carelane looks whether it is there. (Practice)")
        return Sent(row.id, row.at)

    def _refuse(self, reply: Reply) -> None:
        if not reply.text.strip():
            raise RefusedError("The reply is empty.", status=422)
        if reply.pictures:
            direct = reply.visibility is Visibility.DIRECT
            if not self._takes_pictures(direct) or len(reply.pictures) > self.capabilities.max_pictures:
                raise RefusedError(f"{self.capabilities.name} does not take this many pictures here.", status=422)
            if not all(picture.remote for picture in reply.pictures):
                raise RefusedError("A picture of this reply was not handed over. Take it out and add it again.")
        able = self.capabilities.in_direct() if reply.visibility is Visibility.DIRECT else self.capabilities
        limit = able.max_graphemes
        if len(reply.text) > limit and _graphemes(reply.text) > limit:
            name = self.capabilities.name
            raise RefusedError(f"The reply is too long: {name} takes {limit} characters.", status=422)

    def _find(self, reply: Reply) -> Sent | None:
        id_ = _own_id(reply)
        return next((Sent(row.id, row.at) for row in self._world.sent if row.id == id_), None)

    async def find(self, reply: Reply) -> Sent | None:
        """Look whether `reply` is there; None: surely not."""
        await self._enter()
        return self._find(reply)

    async def close(self) -> None:
        """Nothing is held."""


def _own_id(reply: Reply) -> str:
    return "own-" + hashlib.sha256(reply.id.encode()).hexdigest()[:12]


def _graphemes(text: str) -> int:
    import regex  # only for the rare long text

    return len(regex.findall(r"\X", text))


CONNECTOR = PracticeConnector
