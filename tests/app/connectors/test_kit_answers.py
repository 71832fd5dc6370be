"""What every connector must stand of a platform that answers oddly: see `kit.World`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest

from app.connectors.base import Idempotency
from app.errors import BadAnswerError, RefusedError, ServiceError, UncertainError
from tests.app.connectors.driver import Kept, Wire, answer_to, read, settle
from tests.app.connectors.kit import World
from tests.app.connectors.worlds import NOW, SINCE, WORLDS, answering, backlog, each_platform, first

NO_ANSWER = {
    "nothing": b"",
    "a web page": b"<!doctype html><title>Sign in to this network</title>",
    "half of it": b'{"data": [{"id": "1", "te',
    "another form": b'"maintenance"',
    "not text": b"\xff\xfe\x00\x81",
}
ODD: list[Any] = [None, [], {}, "", "odd \ud83d", -1, 1e308, True, [None], {"id": None}]


@pytest.fixture
def wire(platform: str) -> Wire:
    return Wire(WORLDS[platform]())


class Spoiling:
    """Stands for a world, and spoils what it answers; asked and told as the world itself."""

    def __init__(self, world: World, spoil: Callable[[httpx.Request, httpx.Response], httpx.Response]) -> None:
        self._world, self._spoil = world, spoil

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self._spoil(request, self._world(request))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)


def _leaves(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of everything in a JSON value, its lists and objects too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(one for key, each in inner for one in _leaves(each, (*place, key)))]


def _put(value: Any, place: tuple[Any, ...], odd: Any) -> Any:
    if not place:
        return odd
    value[place[0]] = _put(value[place[0]], place[1:], odd)
    return value


@each_platform
async def test_one_odd_value_anywhere_is_no_crash_and_no_silence_afterwards(platform: str) -> None:
    """Whatever a server sends, what comes of it is a page, a gap or a sentence; later messages still come."""
    for seed in range(40):
        dice, world = Random(seed), WORLDS[platform]()
        backlog(world, 6)

        def spoil(request: httpx.Request, answer: httpx.Response, dice: Random = dice) -> httpx.Response:
            if answer.status_code >= 300 or "json" not in answer.headers.get("content-type", ""):
                return answer
            value = json.loads(answer.content or b"null")
            places = _leaves(value)
            for _ in range(dice.choice((0, 1, 1, 2))):
                place = dice.choice(places)
                try:
                    value = _put(value, place, dice.choice(ODD))
                except (TypeError, KeyError, IndexError):
                    continue  # it lay in what is spoilt already
            return httpx.Response(
                answer.status_code, content=json.dumps(value), headers={"content-type": "application/json"}
            )

        wire, kept = Wire(Spoiling(world, spoil)), Kept()  # type: ignore[arg-type]
        shop, _ = wire.connect()
        for _ in range(2):
            try:
                await read(shop, kept, since=SINCE)
                some = list(kept.mentions.values())[:1]
                await shop.look([one.remote_id for one in some])
                for one in some:
                    await shop.thread(one)
                await shop.check()
            except ServiceError as error:
                said = str(error)
                if not said.endswith("."):
                    pytest.fail(f"{seed}: {said}")
        wire.world = world
        late = world.write("Later", at=datetime.now(UTC).replace(microsecond=0))
        shop, _ = wire.connect()
        await settle(shop, kept, since=SINCE)
        assert late in kept.mentions, f"{seed}: what came later is lost"


@each_platform
@pytest.mark.parametrize("what", sorted(NO_ANSWER))
async def test_what_is_no_answer_is_told_and_costs_nothing(wire: Wire, what: str) -> None:
    written = backlog(wire.world, 3)

    def no_answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=NO_ANSWER[what], headers={"content-type": "application/json"})

    wire.world.fail = no_answer
    kept = Kept()
    shop, _ = wire.connect()
    told = False
    try:
        await read(shop, kept, since=SINCE)
    except ServiceError as error:
        told = isinstance(error, BadAnswerError) or str(error).endswith(".")
    assert told or kept.gaps, "silence would look like quiet"
    wire.world.fail = lambda _: None
    shop, _ = wire.connect()
    await settle(shop, kept, since=SINCE)
    assert set(kept.mentions) == set(written)


@answering
@pytest.mark.parametrize("what", sorted(NO_ANSWER))
async def test_an_answer_to_a_send_that_cannot_be_read(wire: Wire, what: str) -> None:
    """It was carried out, and its answer is lost."""
    world = wire.world
    written = world.write("Where is my order?", at=NOW)
    shop, _ = wire.connect()
    mention = await first(shop, written)
    reply = answer_to(shop, mention, "It is on its way")

    def spoil(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not world.is_send(request):
            return answer
        return httpx.Response(200, content=NO_ANSWER[what], headers={"content-type": "application/json"})

    wire.world = Spoiling(world, spoil)  # type: ignore[assignment]
    shop, _ = wire.connect()
    try:
        sent = await shop.send(reply)
    except UncertainError:
        sent = None
    # a platform whose answer need not be read may know all the same
    assert sent is None or sent.remote_id
    assert len(world.ours()) == 1
    wire.world = world
    shop, _ = wire.connect()
    if shop.capabilities.idempotency is not Idempotency.ASK:
        assert await shop.find(reply) is not None
    if shop.capabilities.idempotency is Idempotency.RECORD:
        await shop.send(reply)
        assert len(world.ours()) == 1


@each_platform
@pytest.mark.parametrize("mark", ["nonsense", "{}", "[]", '{"at": 5}', "null", "9" * 400])
async def test_a_mark_that_is_not_ours_reads_everything_anew(wire: Wire, mark: str) -> None:
    written = backlog(wire.world, 5)
    shop, _ = wire.connect()
    kept = Kept()
    kept.marks = dict.fromkeys(shop.capabilities.streams, mark)
    await settle(shop, kept, since=SINCE)
    assert set(kept.mentions) == set(written)


@each_platform
async def test_a_conversation_holds_what_it_was_asked_for(wire: Wire) -> None:
    written = wire.world.write("Where is my order?", at=NOW - timedelta(minutes=3))
    shop, _ = wire.connect()
    mention = await first(shop, written)
    thread = await shop.thread(mention)
    if thread.mentions or thread.own:
        assert written in {one.remote_id for one in thread.mentions}
        found = next(one for one in thread.mentions if one.remote_id == written)
        assert found.kind == mention.kind
        assert found.posted_at == mention.posted_at
    assert not thread.gone
    looked = await shop.look([written])
    assert written not in looked.gone


@answering
async def test_what_is_too_long_or_empty_is_refused_and_nothing_leaves(wire: Wire) -> None:
    world = wire.world
    written = world.write("Where is my order?", at=NOW)
    shop, _ = wire.connect()
    mention = await first(shop, written)
    direct = mention.visibility.value == "direct"
    able = shop.capabilities.in_direct() if direct else shop.capabilities
    most = max(able.max_graphemes, able.max_bytes or 0)
    for text in ("", "  \n ", "word " * (most // 5 + 40)):
        try:
            await shop.send(answer_to(shop, mention, text))
        except RefusedError:
            continue
        pytest.fail(f"{len(text)} characters were taken, {most} are allowed")
    assert world.ours() == []
