"""Liking, hiding with a reason, showing again; and that criticism is never hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import Mention, Visibility
from app.errors import InputError, RefusedError, ServiceError
from app.moderation import CRITICISM, Moderation
from tests.app.desk import Desk
from tests.app.platform import FakeConnector

PHONE = "The bread was awful and I am furious. Call its owner at home: +44 20 7946 0958"


class Able(FakeConnector):
    """Keeps what it was asked to do."""

    did: list[tuple[str, str, bool]]
    refuse: ServiceError | None = None

    async def like(self, mention: Mention, liked: bool) -> None:
        self._do("like", mention, liked)

    async def hide(self, mention: Mention, hidden: bool) -> None:
        self._do("hide", mention, hidden)

    async def mark_read(self, mention: Mention) -> None:
        self._do("read", mention, True)

    def _do(self, what: str, mention: Mention, on: bool) -> None:
        if Able.refuse is not None:
            raise Able.refuse
        Able.did.append((what, mention.remote_id, on))


@pytest.fixture
def room(tmp_path: Path):  # type: ignore[no-untyped-def]
    desk = Desk(tmp_path)
    desk.shop.pool._make = Able
    Able.did, Able.refuse = [], None
    desk.shop.world.able = {"likes": True, "hides": True, "marks_read": True}
    desk.moderation = Moderation(desk.shop.db, desk.shop.pool, desk.shop.bus, now=desk.shop.clock)  # type: ignore
    yield desk
    desk.shop.db.close()


async def test_liking_and_taking_it_back(room) -> None:  # type: ignore[no-untyped-def]
    await room.write("m1", "Lovely bread")
    assert room.moderation.able("a1/m1").likes
    await room.moderation.like("a1/m1", True)
    assert room.moderation.able("a1/m1").liked
    assert room.inbox.conversation("1").items[0].liked
    await room.moderation.like("a1/m1", False)
    assert not room.moderation.able("a1/m1").liked
    assert Able.did == [("like", "m1", True), ("like", "m1", False)]
    assert room.activity()[-2:] == ["liked", "unliked"]


async def test_criticism_is_never_hidden(room) -> None:  # type: ignore[no-untyped-def]
    await room.write("m1", "The bread was stale and awful, I want my money back")
    able = room.moderation.able("a1/m1")
    assert (able.hide_reasons, able.why_not) == ((), CRITICISM)
    for reason in ("spam", "abuse", "personal_data"):
        with pytest.raises(InputError, match="criticism"):
            await room.moderation.hide("a1/m1", reason)
    assert not Able.did


async def test_hiding_asks_for_the_reason_is_logged_and_can_be_taken_back(room) -> None:  # type: ignore[no-untyped-def]
    await room.write("m1", PHONE)
    assert room.moderation.able("a1/m1").hide_reasons == ("personal_data",)
    with pytest.raises(InputError, match="Choose why"):
        await room.moderation.hide("a1/m1", "I do not like it")
    await room.moderation.hide("a1/m1", "personal_data")
    assert room.inbox.conversation("1").items[0].hidden == "personal_data"
    data = room.shop.db.reader().execute("SELECT data FROM activity ORDER BY n DESC LIMIT 1").fetchone()[0]
    assert "personal_data" in data
    assert "m1" in data
    await room.moderation.show("a1/m1")
    assert room.moderation.able("a1/m1").hidden == ""
    assert Able.did == [("hide", "m1", True), ("hide", "m1", False)]


async def test_what_the_platform_refuses_is_not_stored(room) -> None:  # type: ignore[no-untyped-def]
    await room.write("m1", PHONE)
    Able.refuse = RefusedError("Fake refused this.")
    with pytest.raises(RefusedError):
        await room.moderation.hide("a1/m1", "personal_data")
    assert room.moderation.able("a1/m1").hidden == ""
    assert not await room.moderation.mark_read("1")


async def test_direct_messages_and_platforms_without_hiding(room) -> None:  # type: ignore[no-untyped-def]
    await room.write("m1", PHONE, visibility=Visibility.DIRECT)
    assert room.moderation.able("a1/m1").hide_reasons == ()
    room.shop.world.able = {}
    able = room.moderation.able("a1/m1")
    assert able == type(able)()
    assert not await room.moderation.mark_read("1")


async def test_marking_as_read(room) -> None:  # type: ignore[no-untyped-def]
    await room.write("m1")
    assert await room.moderation.mark_read("1")
    assert Able.did == [("read", "m1", True)]
