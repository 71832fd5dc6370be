"""What every connector must stand in sending, in strange words and with secrets: see `kit.World`."""

from __future__ import annotations

import asyncio
import logging
import traceback
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.connectors.base import Connector, Idempotency
from app.errors import NetworkError, RateLimitError, ServiceError, SignInError, UncertainError
from app.text import clean
from tests.app.connectors.driver import HALF, NUL, Kept, Wire, answer_to, read, settle
from tests.app.connectors.kit import World
from tests.app.connectors.worlds import NOW, SINCE, WORLDS, answering, each_platform, first, kind_of


@pytest.fixture
def wire(platform: str) -> Wire:
    return Wire(WORLDS[platform]())


@answering
async def test_each_status_on_a_send(platform: str) -> None:
    wrong = []
    world = WORLDS[platform]()
    wire = Wire(world)
    written = world.write("Hello", at=NOW)
    shop, _ = wire.connect()
    mention = await first(shop, written)
    for status in range(400, 600):
        world.fail = lambda request, status=status: httpx.Response(status) if world.is_send(request) else None
        shop, _ = wire.connect()
        try:
            await shop.send(answer_to(shop, mention, "On its way"))
        except ServiceError as error:
            if not str(error).endswith("."):
                wrong.append((status, str(error)))
            if status >= 500 or status in (408, 425):
                right = isinstance(error, UncertainError)
            elif status == 429:
                right = isinstance(error, RateLimitError)
            elif status == 401:
                right = isinstance(error, SignInError)
            else:
                right = not isinstance(error, UncertainError)
            if not right:
                wrong.append((status, kind_of(error)))
        else:
            wrong.append((status, None))
    assert not wrong, wrong[:12]
    assert world.ours() == []


@answering
@pytest.mark.parametrize("trouble", ["lost on the way", "lost on the way back", "slow", "gateway"])
async def test_an_unclear_send_never_becomes_two_posts(wire: Wire, trouble: str) -> None:
    world = wire.world
    written = world.write("Where is my order?", at=NOW)
    shop, _ = wire.connect()
    mention = await first(shop, written)
    reply = answer_to(shop, mention, "It is on its way")
    hit = {"lost on the way": "cut_before", "lost on the way back": "cut_after"}.get(trouble)
    if hit is not None:
        setattr(wire, hit, lambda request: httpx.ReadError("cut") if world.is_send(request) else None)
    elif trouble == "slow":
        shop = _slow_send(wire)
    else:
        world.fail = lambda request: httpx.Response(502) if world.is_send(request) else None
    with pytest.raises(UncertainError):
        await shop.send(reply)
    wire.cut_before = wire.cut_after = lambda _: None
    world.fail = lambda _: None
    shop, _ = wire.connect()
    if shop.capabilities.idempotency is Idempotency.ASK:
        assert len(world.ours()) == (1 if trouble in ("lost on the way back", "slow") else 0)
        return
    found = await shop.find(reply)
    arrived = trouble in ("lost on the way back", "slow")
    assert (found is not None) == arrived
    sent = found or await shop.send(reply)
    assert sent.remote_id
    assert len(world.ours()) == 1
    again = await shop.find(reply)
    assert again is not None
    assert again.remote_id == sent.remote_id


def _slow_send(wire: Wire) -> Connector:
    """A platform that takes the reply at once, and answers after our patience has ended."""
    shop, http = wire.connect()

    async def slow(request: httpx.Request) -> httpx.Response:
        answer = await wire(request)
        if wire.world.is_send(request):
            await asyncio.sleep(0.5)
        return answer

    http._transport = httpx.MockTransport(slow)
    http.patience = 0.15
    return shop


@each_platform
async def test_a_platform_that_answers_slowly(wire: Wire) -> None:
    written = wire.world.write("Hello", at=NOW)
    shop, http = wire.connect()
    http.patience, wire.delay = 0.05, 0.4
    with pytest.raises(NetworkError) as caught:
        await read(shop, Kept(), since=SINCE)
    assert not isinstance(caught.value, UncertainError)
    wire.delay, http.patience = 0.0, 5.0
    shop, _ = wire.connect()
    assert await first(shop, written)


@answering
async def test_an_older_equal_reply_is_not_ours(wire: Wire) -> None:
    world = wire.world
    written = world.write("Where is my order?", at=NOW - timedelta(days=1))
    if not world.answer(written, "It is on its way", at=NOW - timedelta(hours=20)):
        pytest.skip("its own site's replies cannot be seen here")
    shop, _ = wire.connect()
    if shop.capabilities.idempotency is Idempotency.ASK or shop.capabilities.replaces:
        pytest.skip("a person decides, or the new one takes the place of the old")
    mention = await first(shop, written)
    assert await shop.find(answer_to(shop, mention, "It is on its way")) is None


@answering
@pytest.mark.parametrize("minutes", [-10, 10])
async def test_our_reply_is_found_by_a_server_with_another_time(wire: Wire, minutes: int) -> None:
    """Its clock is behind: what it took from us just now looks older than our reply is."""
    world = wire.world
    wire.ahead = timedelta(minutes=minutes)
    theirs = datetime.now(UTC).replace(microsecond=0) + wire.ahead
    written = world.write("Where is my order?", at=theirs - timedelta(minutes=5))
    shop, _ = wire.connect()
    if shop.capabilities.idempotency not in (Idempotency.LOOK, Idempotency.KEY):
        pytest.skip("it is known by its key, or a person decides")
    mention = await first(shop, written)
    reply = answer_to(shop, mention, "It is on its way")
    wire.cut_before = lambda request: httpx.ReadError("cut") if world.is_send(request) else None
    with pytest.raises(UncertainError):
        await shop.send(reply)
    if not world.answer(written, "It is on its way", at=theirs + timedelta(seconds=1)):
        pytest.skip("what stands there can only be told by sending it")
    try:
        found = await shop.find(reply)
    except UncertainError:
        return  # a person decides, which is no second post
    # the server's clock is told by the Date header of its answers; what lies ahead of ours is drawn back to now as it
    # is read, so such a time says nothing
    assert found is not None, "it would be sent again"


@answering
async def test_the_token_dies_before_a_send(wire: Wire) -> None:
    world = wire.world
    written = world.write("Where is my order?", at=NOW)
    shop, _ = wire.connect()
    mention = await first(shop, written)
    reply = answer_to(shop, mention, "It is on its way")
    world.end_token()
    if world.renewable:
        assert (await shop.send(reply)).remote_id
        assert world.ours() == ["It is on its way"] or "It is on its way" in world.ours()[0]
        assert len(wire.saved) == 1
    else:
        with pytest.raises(SignInError):
            await shop.send(reply)
    assert len(world.ours()) == (1 if world.renewable else 0)


@answering
async def test_a_limit_on_a_send_is_no_doubt(wire: Wire) -> None:
    world = wire.world
    written = world.write("Where is my order?", at=NOW)
    shop, _ = wire.connect()
    mention = await first(shop, written)
    world.fail = lambda request: world.limited() if world.is_send(request) else None
    with pytest.raises(RateLimitError) as caught:
        await shop.send(answer_to(shop, mention, "It is on its way"))
    assert caught.value.until > datetime.now(UTC)
    assert world.ours() == []


# --- words -------------------------------------------------------------------------------------------

HOSTILE = [
    "\u202eevil\u202c \u2066right\u2069", f"a{NUL}b", f"half {HALF} of an emoji", "e" + "\u0301" * 60, "\ufeffmark",
    "line\u2028separator", "\x1b[31mred", "\U000e0041tags",
]  # fmt: skip
HONEST = [
    "שלום, איפה ההזמנה שלי?", "متى تفتحون؟", "\u200fמ-\u200eA",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 and \U0001f44d\U0001f3fd and \U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001d518\U0001d52b \U00020bb7野家 \U0001f9c1", "Ça va? naïve Zürich \ufb01ne", "ಕನ್ನಡ हिन्दी ไทย",
    "“quotes” & <brackets> \\ 100 % #1",
]  # fmt: skip


@each_platform
async def test_words_of_every_kind_are_kept_clean(wire: Wire) -> None:
    texts = [*HOSTILE, *HONEST]
    written = {wire.world.write(text, at=NOW - timedelta(minutes=40 - n)): text for n, text in enumerate(texts)}
    shop, _ = wire.connect()
    kept = Kept()
    await settle(shop, kept, since=SINCE)
    assert set(kept.mentions) == set(written)
    for id_, text in written.items():
        found = kept.mentions[id_].text
        assert found == clean(found), ascii(text)
        assert not any(0xD800 <= ord(sign) < 0xE000 or sign == "\0" for sign in found)
        if text in HONEST:
            assert _same(found, clean(text)), f"{text!a} became {found!a}"


@answering
async def test_words_of_every_kind_leave_as_written(platform: str) -> None:
    for text in HONEST:
        world = WORLDS[platform]()
        wire = Wire(world)
        written = world.write("Hello", at=NOW)
        shop, _ = wire.connect()
        mention = await first(shop, written)
        reply = answer_to(shop, mention, text)
        await shop.send(reply)
        assert text in world.ours()[-1], ascii(world.ours()[-1])
        if shop.capabilities.idempotency is not Idempotency.ASK:
            assert await shop.find(reply) is not None, ascii(text)


def _same(left: str, right: str) -> bool:
    """But for how a platform writes spaces and composed letters."""
    plain = [" ".join(unicodedata.normalize("NFC", text).split()) for text in (left, right)]
    return plain[0] == plain[1]


# --- secrets -----------------------------------------------------------------------------------------


def _troubles(world: World) -> Iterator[str]:
    for status in (200, 400, 401, 403, 404, 422, 429, 500, 503):
        world.fail = lambda _, status=status: None if status == 200 else httpx.Response(status, text="s3 cret? no")
        yield str(status)


@each_platform
async def test_nothing_secret_in_a_log_a_repr_or_an_error(platform: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = WORLDS[platform]()
    wire = Wire(world)
    told = [repr(world.account())]
    written = world.write("Hello", at=NOW)
    shop, _ = wire.connect()
    mention = await first(shop, written)
    told += [repr(mention), repr(shop), repr(shop.capabilities)]
    for _ in _troubles(world):
        for cut in (None, httpx.ReadError("cut")):
            wire.cut_before = lambda _, cut=cut: cut
            shop, _http = wire.connect()
            for call in (lambda s=shop: read(s, Kept(), since=SINCE), lambda s=shop: s.check(), lambda s=shop: s.send(
                    answer_to(s, mention, "On its way")) if s.capabilities.replies else s.look([written])):  # fmt: skip
                try:
                    await call()  # type: ignore[no-untyped-call]
                except ServiceError as error:
                    told += ["".join(traceback.format_exception(error)), repr(error), error.code]
    assert "s3cret" not in caplog.text
    assert not [text for text in told if "s3cret" in text]
