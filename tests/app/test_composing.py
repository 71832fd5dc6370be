"""What helps while a reply is being written, from the store to the sentence."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from app.composing import Composing, characters
from app.connectors.base import Capabilities, Idempotency
from app.domain import Account, Client, Picture, Profile, Writing
from app.errors import InputError
from app.store import accounts
from app.store import clients as client_rows
from tests.app.desk import Desk
from tests.app.platform import START
from tests.values import replace

DOOR = Client("c2", "Café Blaue Tür", "#112233", "UTC", "", START, Profile(words=("Mohnzopf",)))
CAKE = Picture("ab" * 32, "image/png", 2, 1, 99, "A cake")


def second_client(db: sqlite3.Connection) -> None:
    accounts.add_client(db, DOOR)
    account = Account("a2", "c2", "fake", "https://example.social", "you", "@blauetuer", "Blaue Tür")
    accounts.add_account(db, account, START)


@pytest.fixture
def composing(desk: Desk) -> Composing:
    desk.shop.db.submit(second_client).result()
    unused = cast(Any, None)  # pictures and spelling have tests of their own
    return Composing(desk.shop.db, desk.shop.puller._pool, unused, unused)


def able(desk: Desk, monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    given: dict[str, object] = {"max_graphemes": 60, **more}
    found = Capabilities("Fake", (), Idempotency.LOOK, **given)  # type: ignore[arg-type]
    monkeypatch.setattr(desk.shop.puller._pool, "capabilities", lambda account: found)


async def test_another_client_holds(desk: Desk, composing: Composing) -> None:
    await desk.write("1")
    (found,) = composing.concerns("1", "Come to cafe blaue tür", Writing())
    assert (found.kind, found.start, found.end, found.holds) == ("other_client", 8, 22, True)
    assert "Café Blaue Tür" in found.text
    assert "Maple & Rye" in found.text
    assert composing.holds("1", "Come to cafe blaue tür") == found.text
    assert composing.holds("1", "Come to Maple & Rye") == ""
    assert composing.holds("99", "Come to Café Blaue Tür") == ""


async def test_what_the_customer_says_may_be_said(desk: Desk, composing: Composing) -> None:
    await desk.write("1", "Is this the Café Blaue Tür?")
    assert composing.concerns("1", "No, this is not the Café Blaue Tür.", Writing()) == []


async def test_words_beside_the_text_are_looked_at_too(desk: Desk, composing: Composing) -> None:
    await desk.write("1")
    for writing in (
        Writing(public_line="Mohnzopf for you"),
        Writing(spoiler="Mohnzopf"),
        Writing(pictures=(replace(CAKE, alt="A Mohnzopf"),)),
    ):
        (found,) = composing.concerns("1", "Good news", writing)
        assert (found.kind, found.start, found.end, found.holds) == ("other_client", 0, 0, True)


async def test_what_a_client_is_called_is_known_at_once(desk: Desk, composing: Composing) -> None:
    await desk.write("1")
    assert composing.holds("1", "the Rosinenschnecke") == ""
    profile = Profile(words=("Rosinenschnecke",))
    desk.shop.db.submit(lambda db: client_rows.set_profile(db, "c2", profile)).result()
    assert composing.holds("1", "the Rosinenschnecke") != ""
    assert composing.holds("1", "the Mohnzopf") == ""


async def test_blanks_that_a_template_left_hold(desk: Desk, composing: Composing) -> None:
    await desk.write("1")
    text = "🎂 Order [order] left"
    (found,) = composing.concerns("1", text, Writing(text, stops=((9, 16),)))  # the cake is two units
    assert (found.kind, text[found.start : found.end], found.holds) == ("blank", "[order]", True)
    (found,) = composing.concerns("1", text, Writing(text))
    assert (found.kind, found.holds) == ("blank", False)


async def test_pictures_want_words(desk: Desk, composing: Composing) -> None:
    await desk.write("1")
    bare = replace(CAKE, alt=" ")
    (found,) = composing.concerns("1", "Here it is", Writing(pictures=(CAKE, bare, replace(bare, waived=True))))
    assert (found.kind, found.holds) == ("alt", True)
    (found,) = composing.concerns("1", "Here it is", Writing(pictures=(bare, bare)))
    assert found.text.startswith("2 pictures have")


async def test_an_angry_customer_wants_an_apology_once(desk: Desk, composing: Composing) -> None:
    await desk.write("1", "This is outrageous, my cake was stale and nobody answers me!!")
    text = "Hi Jana, a new cake is on its way to you."
    assert [one.kind for one in composing.concerns("1", text, Writing())] == ["no_apology"]
    await desk.shop.outbox.answer("1", "We are so sorry, Jana.")
    assert composing.concerns("1", text, Writing()) == []


async def test_the_name_is_theirs(desk: Desk, composing: Composing) -> None:
    await desk.write("1")
    (found,) = composing.concerns("1", "Hi Janna, we open at nine", Writing())
    assert (found.kind, found.start, found.end) == ("name", 3, 8)


async def test_a_conversation_that_is_gone_has_no_concerns(composing: Composing) -> None:
    assert composing.concerns("99", "Hi Janna", Writing()) == []
    assert composing.public_line("99") == ""
    assert composing.parts("99", " Hi ") == ("Hi",)


async def test_it_ends_when_nothing_of_it_reads_the_store_any_more(
    composing: Composing, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, over = threading.Event(), threading.Event(), []

    def warm() -> None:
        begun.set()
        go_on.wait(30)
        over.append(True)

    monkeypatch.setattr(composing, "warm", warm)
    running = asyncio.create_task(composing.run())
    await asyncio.to_thread(begun.wait)
    running.cancel()
    await asyncio.sleep(0.02)
    assert not running.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert over == [True]


async def test_a_long_text_becomes_a_thread(desk: Desk, composing: Composing, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.write("1")
    text = "We are sorry about the cake. " * 4
    able(desk, monkeypatch)
    found = composing.parts("1", text)
    assert list(found) == [f"We are sorry about the cake. ({n}/4)" for n in (1, 2, 3, 4)]
    assert composing.parts("1", " We open at nine. ") == ("We open at nine.",)
    assert len(composing.parts("1", " We open at nine. ", "what we bake" * 4)) > 1, "a warning takes its room"
    able(desk, monkeypatch, threads=False)
    assert composing.parts("1", text) == (text.strip(),)
    able(desk, monkeypatch, max_graphemes_direct=200)
    assert composing.parts("1", text, direct=True) == (text.strip(),)
    assert len(composing.parts("1", text)) == 4
    able(desk, monkeypatch, weighted=True, url_length=23)
    assert len(composing.parts("1", "日本語" * 12)) == 2
    with pytest.raises(InputError):
        composing.parts("1", "x" * 20_000)


@pytest.mark.parametrize(
    ("text", "language", "line"),
    [
        ("Where is my order? It did not come and I want it.", "", "Hi Jana, we have sent you a direct message"),
        ("Wo ist meine Bestellung? Sie ist nicht da.", "", "Hallo Jana, wir haben gerade eine Direktnachricht"),
        ("???", "fr", "Bonjour Jana, nous venons"),
        ("???", "es-MX", "Hola, Jana: acabamos de enviar"),
        ("???", "pt", "Olá, Jana, acabámos de enviar"),
        ("???", "pt-BR", "Olá, Jana, acabamos de enviar"),
        ("???", "it", "Buongiorno Jana, abbiamo appena"),
        ("???", "nl", "Hi Jana, we have sent you"),
    ],
)
async def test_the_public_line_is_in_their_language(
    desk: Desk, composing: Composing, text: str, language: str, line: str
) -> None:
    await desk.write("1", text, language=language)
    found = composing.public_line("1")
    assert found.startswith(line)
    assert len(found) < 140
    assert found.endswith(".")


async def test_no_name_no_greeting(desk: Desk, composing: Composing) -> None:
    from tests.app.platform import JANA

    await desk.write("1", author=replace(JANA, name="@cake_99"))
    assert composing.public_line("1") == "We have sent you a direct message so that we can sort this out."


def test_units_of_qt_become_characters() -> None:
    assert characters("abc", ((0, 1), (2, 9), (2, 1))) == [(0, 1)]
    assert characters("🎂a🎂", ((2, 3), (0, 5), (1, 3), (3, 5))) == [(1, 2), (0, 3), (2, 3)]
    assert characters("", ()) == []


async def test_every_key_is_quick(desk: Desk, composing: Composing) -> None:
    await desk.write("1", "This is outrageous, my cake was stale!!")
    text = ("We are so sorry, Jana, and a new cake is on its way to you, if you like it. " * 50)[:3000]
    writing = Writing(text, stops=((3, 9),))
    composing.concerns("1", text, writing)
    best = 1.0
    for _ in range(20):
        began = time.process_time()
        composing.concerns("1", text, writing)
        best = min(best, time.process_time() - began)
    assert best < 0.01  # 1.6 ms on a quiet machine


async def test_the_lists_are_read_before_the_first_key(desk: Desk, composing: Composing) -> None:
    running = asyncio.create_task(composing.run())
    await asyncio.sleep(0.5)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    composing.warm()


def test_the_runtime_hands_it_to_the_window(tmp_path: Path) -> None:
    from app.paths import Paths
    from app.runtime import Runtime

    runtime = Runtime(Paths.find(tmp_path), locked=False)
    try:
        assert isinstance(runtime.composing, Composing)
        assert runtime.composing is runtime.composing
    finally:
        runtime.db.close()
