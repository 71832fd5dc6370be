"""Searches with their yield, narrowing, muting; and the editor that tries a search before it is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain import Account
from app.errors import NetworkError
from app.rows import Found, Muted
from app.search_stream import Query, SearchStream
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime
from tests.ui.fakes_listening import AT, FakeListening, a_stream
from tests.ui.followups.hands import MAPLE
from tests.values import replace
from ui.bridge import Bridge
from ui.listening import words
from ui.listening.editor import SearchDialog
from ui.listening.window import SearchesDialog


@pytest.fixture
def listening(core: Runtime) -> FakeListening:
    core.listening.rows = [
        a_stream(), a_stream("s2", "Bread in Leeds", undecided=0, narrow=True, why="@maplerye: The line broke."),
        a_stream("s3", "Bikes", "north", reads=900, cost=4.5, currency="USD"),
    ]  # fmt: skip
    core.listening.mutes = [Muted("author", "x:1", "Deals", AT), Muted("word", "vodka", "vodka", AT)]
    core.listening.accounts = [
        Account("a1", "maple", "mastodon", "https://m.example", "1", "@maplerye@m.example", "M", service="Mastodon"),
        Account("a2", "maple", "bluesky", "https://b.example", "2", "maplerye.com", "Maple", service="Bluesky"),
    ]
    core.inbox.clients_list = [MAPLE, replace(MAPLE, id="north", name="Northline Cycles")]
    return core.listening


@pytest.fixture
def page(themed: QApplication, core: Runtime, listening: FakeListening) -> Iterator[SearchesDialog]:
    page = SearchesDialog(core, "maple", None, bridge=Bridge(core.bus))  # type: ignore[arg-type]
    page.show()
    page.activateWindow()
    yield page
    if shiboken6.isValid(page):
        shiboken6.delete(page)


def press(page: SearchesDialog, begins: str) -> None:
    link = next(one for one in page.links() if one.accessibleName().startswith(begins))
    link.click()


def test_what_they_bring_and_cost(page: SearchesDialog) -> None:
    texts = page.texts()
    assert texts[0] == "Searches"
    assert texts[1:4] == [
        "Our rye",
        "rye, without whisky",
        "12 found in 30 days \u00b7 2 joined \u00b7 7 let pass \u00b7 3 to look at",
    ]
    assert texts[4].startswith("@maplerye@mastodon.social \u00b7 read ")
    assert "@maplerye: The line broke." in texts
    assert not any("Bikes" in text for text in texts), "the wall"
    assert all(link.accessibleName() for link in page.links())


def test_all_clients_are_told_apart(page: SearchesDialog) -> None:
    page.show_client(None)
    assert any(text.startswith("Bikes \u00b7 Northline") for text in page.texts())
    assert any("reading it cost" in text and "4.50" in text for text in page.texts())


async def test_narrowing_is_offered_and_done(page: SearchesDialog, listening: FakeListening, settle: Settle) -> None:
    assert "You let all 21 of its finds pass. Leave out what they have in common?" in page.texts()
    press(page, "Leave out \u201cwhisky\u201d, in 14")
    await settle()
    press(page, "No, keep it")
    await settle()
    assert [call for call in listening.calls if call[0] == "narrow"] == [
        ("narrow", "s1", ("whisky",)),
        ("narrow", "s1", ()),
    ]


async def test_muted_ones_are_heard_of_again(page: SearchesDialog, listening: FakeListening, settle: Settle) -> None:
    assert "Everything by Deals" in page.texts()
    press(page, "Hear of it again: Posts with")
    await settle()
    assert ("unmute", "maple", "word", "vodka") in listening.calls
    assert "Posts with \u201cvodka\u201d" not in page.texts()


async def test_reading_now_and_deleting(page: SearchesDialog, listening: FakeListening, settle: Settle) -> None:
    press(page, "Read now: Our rye")
    await settle()
    press(page, "Delete: Our rye")
    await settle()
    assert listening.calls == [("check", "s1"), ("delete", "s1")]
    assert "Our rye" not in page.texts()


def test_without_any_it_says_what_searches_are_for(
    themed: QApplication, core: Runtime, listening: FakeListening
) -> None:
    listening.rows, listening.mutes = [], []
    page = SearchesDialog(core, "maple", None)  # type: ignore[arg-type]
    page.show()
    assert page.texts()[0] == "Nothing is listened for yet"
    assert [link.text() for link in page.links()] == ["New search"]
    shiboken6.delete(page)


@pytest.fixture
def editor(page: SearchesDialog) -> SearchDialog:
    return page.edit(SearchStream("", "maple", "", Query()))


async def test_a_search_is_tried_and_kept(
    editor: SearchDialog, page: SearchesDialog, listening: FakeListening, settle: Settle
) -> None:
    QTest.keyClicks(editor.fields["words"], "rye, sourdough")
    QTest.keyClicks(editor.fields["without"], "whisky")
    QTest.keyClicks(editor.fields["hashtags"], "maplerye")
    listening.found = [Found("Lena", "@lena", "rye <b>bread</b>", AT, "https://x.example", "@maplerye")]
    editor.try_it.click()
    await settle()
    assert editor.results() == ["rye <b>bread</b>"]
    assert "1 post" in editor.banner.text()
    listening.accounts = []
    editor.keep.click()
    await settle()
    kept = listening.calls[-1][1]
    assert isinstance(kept, SearchStream)
    assert kept.query == Query(words=("rye", "sourdough"), without=("whisky",), hashtags=("maplerye",))
    assert kept.accounts == ()
    assert "rye" in page.texts()


async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    editor: SearchDialog, listening: FakeListening, settle: Settle
) -> None:
    QTest.keyClicks(editor.name, "Mine")
    editor.keep.click()
    await settle()
    assert editor.isVisible()
    assert "at least one word" in editor.banner.text()
    QTest.keyClicks(editor.fields["words"], "rye")
    listening.fails = NetworkError("Mastodon cannot be reached.")
    editor.try_it.click()
    await settle()
    assert "cannot be reached" in editor.banner.text()
    assert editor.name.text() == "Mine"


async def test_one_of_two_accounts(editor: SearchDialog, listening: FakeListening, settle: Settle) -> None:
    editor.accounts["a2"].setChecked(False)
    editor.fields["words"].setText("rye")
    assert editor.search().accounts == ("a1",)
    editor.accounts["a1"].setChecked(False)
    assert editor.search().accounts == (), "none ticked is all"


def test_terms() -> None:
    assert words.split(" rye,bread;\nmaple and rye ,, ") == ("rye", "bread", "maple and rye")
    query = Query(("a",), ("b c",), ("@d",), ("e",), ("f",), ("r/g",), ("de",))
    assert words.told(query) == "a or \u201cb c\u201d or @d or #e, without f, in r/g, in German"
