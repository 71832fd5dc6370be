"""Messages from a file: they are shown and closed, and never answered from here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.connectors.archive import CONNECTOR, name_of
from app.connectors.base import Thread
from app.domain import Account, Contact, Mention, Picture, Reply, ReplyState, Visibility
from app.errors import InputError, RefusedError
from app.http import Http
from tests.values import replace

AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
ACCOUNT = Account("a1", "c1", "archive", "c1", "google", "Google (file)", "Google", data='{"name":"Google"}')
MENTION = Mention("a1", "r-1", Contact("ana", "Ana", "ana"), "hello", AT)
REPLY = Reply("r1", "1", "a1", "r-1", "Hi", Visibility.PUBLIC, ReplyState.HELD, AT, AT)


async def _nothing(_secret: dict[str, str]) -> None:
    return None


def connector() -> CONNECTOR:  # type: ignore[valid-type]
    return CONNECTOR(ACCOUNT, {}, Http(), _nothing)


@pytest.mark.parametrize("data", ["", "{", "[]", '{"name": 5}', '{"name": ""}'])
def test_a_damaged_name_stops_nothing(data: str) -> None:
    assert name_of(replace(ACCOUNT, data=data)) == "File"


async def test_it_reads_nothing_and_sends_nothing() -> None:
    archive = connector()
    assert archive.capabilities.name == "Google"
    assert archive.capabilities.streams == ()
    assert CONNECTOR.local
    assert [page async for page in archive.pull("any", None, since=AT)] == []
    assert await archive.thread(MENTION) == await archive.look(["r-1"]) == Thread()
    assert await archive.check() == archive.prepare(REPLY) == ""
    assert await archive.find(REPLY) is None
    with pytest.raises(RefusedError, match="came from a file"):
        await archive.send(REPLY)
    with pytest.raises(RefusedError, match="came from a file"):
        await archive.upload(Picture("a" * 64, "image/png", 1, 1, 1), b"x", direct=False)
    assert not archive.capabilities.max_pictures
    assert not archive.capabilities.threads
    await archive.close()


async def test_nobody_signs_in_to_a_file() -> None:
    for call in (CONNECTOR.sign_in(Http(), {}), CONNECTOR.begin(Http(), {}, ""), CONNECTOR.finish(Http(), None, "")):  # type: ignore[arg-type]
        with pytest.raises(InputError, match="carelane import"):
            await call
