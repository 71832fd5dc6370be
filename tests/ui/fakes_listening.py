"""Search streams and what can be done to a message, for tests of the window."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from app.domain import Account
from app.errors import InputError, ServiceError
from app.rows import Able, Found, Muted, Narrowing, StreamRow
from app.search_stream import Query, SearchStream
from tests.values import replace

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def a_stream(id_: str = "s1", name: str = "Our rye", client_id: str = "maple", **more: object) -> StreamRow:
    given: dict[str, object] = {
        "stream": SearchStream(id_, client_id, name, Query(words=("rye",), without=("whisky",))),
        "found": 12, "joined": 2, "passed": 7, "undecided": 3, "reads": 40, "cost": 0.0, "currency": "",
        "asks": ("@maplerye@mastodon.social",), "checked_at": AT, "why": "", "narrow": False, **more,
    }  # fmt: skip
    return StreamRow(**given)  # type: ignore[arg-type]


class FakeListening:
    """Keeps what was asked."""

    def __init__(self) -> None:
        self.rows: list[StreamRow] = []
        self.mutes: list[Muted] = []
        self.found: list[Found] = []
        self.calls: list[tuple[object, ...]] = []
        self.fails: ServiceError | None = None
        self.accounts: list[Account] = []
        self.told = Narrowing("s1", 21, (("whisky", 14),), (("x:1", "Bar", 6),))

    def _call(self, *what: object) -> None:
        self.calls.append(what)
        if self.fails is not None:
            raise self.fails

    def streams(self, client_id: str | None = None) -> list[StreamRow]:
        return [row for row in self.rows if client_id in (None, row.stream.client_id)]

    def able(self, client_id: str) -> list[Account]:
        return [account for account in self.accounts if account.client_id == client_id]

    def checked(self, one: SearchStream) -> SearchStream:
        if not any((one.query.words, one.query.phrases, one.query.handles, one.query.hashtags)):
            raise InputError("Type at least one word, phrase, handle or hashtag to listen for.")
        return one

    async def save(self, one: SearchStream) -> SearchStream:
        self._call("save", self.checked(one))
        kept = replace(one, id=one.id or "new", name=one.name or one.query.words[0])
        others = [row for row in self.rows if row.stream.id != kept.id]
        self.rows = [*others, a_stream(kept.id, kept.name, kept.client_id, stream=kept)]
        return kept

    async def delete(self, stream_id: str) -> None:
        self._call("delete", stream_id)
        self.rows = [row for row in self.rows if row.stream.id != stream_id]

    async def try_out(self, client_id: str, one: SearchStream) -> Sequence[Found]:
        self._call("try_out", client_id, self.checked(one))
        return self.found

    async def check(self, stream_id: str) -> int:
        self._call("check", stream_id)
        return 3

    async def join(self, ids: str | Collection[str]) -> None:
        self._call("join", ids)

    async def let_pass(self, ids: str | Collection[str]) -> None:
        self._call("let_pass", ids)

    def muted(self, client_id: str) -> list[Muted]:
        return self.mutes

    async def mute_author(self, conversation_id: str) -> int:
        self._call("mute_author", conversation_id)
        return 2

    async def mute_word(self, client_id: str, word: str) -> int:
        self._call("mute_word", client_id, word)
        return 1

    async def unmute(self, client_id: str, kind: str, value: str) -> None:
        self._call("unmute", client_id, kind, value)
        self.mutes = [one for one in self.mutes if one.value != value]

    def narrowing(self, stream_id: str) -> Narrowing:
        return self.told

    async def narrow(self, stream_id: str, without: Sequence[str] = ()) -> None:
        self._call("narrow", stream_id, tuple(without))

    def copies(self, conversation_id: str) -> list[str]:
        return []


class FakeModeration:
    """Can what the test says."""

    def __init__(self) -> None:
        self.can = Able()
        self.calls: list[tuple[object, ...]] = []

    def able(self, mention_id: str) -> Able:
        return self.can

    async def like(self, mention_id: str, liked: bool) -> None:
        self.calls.append(("like", mention_id, liked))

    async def hide(self, mention_id: str, reason: str) -> None:
        self.calls.append(("hide", mention_id, reason))

    async def show(self, mention_id: str) -> None:
        self.calls.append(("show", mention_id))

    async def mark_read(self, conversation_id: str) -> bool:
        self.calls.append(("mark_read", conversation_id))
        return True
