"""The conversation: safe text, states in words, nothing lost on the way from one to the next."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QColor, QDesktopServices, QImage, QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import Contact, ConversationState, Kind, ReplyState, Visibility
from app.errors import NetworkError, StoreError
from app.events import Changes, NetworkState
from app.rows import ThreadItem
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import FIRST, Runtime, a_reply, jana, said, today, with_picture
from tests.values import replace
from ui.bridge import Bridge
from ui.context import ContextPanel
from ui.conversation import links, words
from ui.conversation.bubbles import Bubble, Message
from ui.conversation.pane import ConversationPane
from ui.widgets import Toast


@pytest.fixture
def core() -> Runtime:
    return Runtime(jana(), jana("2", items=(said(7, "Do you have gluten free?", today(9)),)))


@pytest.fixture
def pane(themed: QApplication, core: Runtime) -> Iterator[ConversationPane]:
    pane = ConversationPane(core, bridge=Bridge(core.bus))
    pane.resize(540, 800)
    pane.show()
    yield pane
    pane.close()
    shiboken6.delete(pane)


def meta(pane: ConversationPane) -> list[str]:
    return [bubble.meta() for bubble in pane.messages.bubbles()]


async def test_opens_from_the_store_and_refreshes(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    assert meta(pane) == ["12:41 \u00b7 seen by 2.1k followers", "12:58"]
    assert pane.header.where() == "@janaw@mastodon.social \u00b7 Mastodon \u00b7 public post"
    assert pane.messages.notes() == ["Today"]
    await settle()
    assert core.inbox.called("open") == [("1",)]


async def test_no_network_shows_the_stored_thread_without_a_complaint(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.inbox.fails["open"] = NetworkError("No network.")
    pane.show_conversation("1")
    await settle()
    assert len(pane.messages.bubbles()) == 2
    assert pane.window().findChild(Toast) is None


async def test_unchanged_bubbles_are_kept(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    before = pane.messages.bubbles()
    detail = core.inbox.details["1"]
    new = said(3, "Thank you, I will come over.", today(13, 2))
    core.inbox.details["1"] = replace(detail, items=(*detail.items, new))
    core.bus.publish(Changes(conversations=frozenset(["1"])))
    await settle()
    after = pane.messages.bubbles()
    assert after[:2] == before
    assert len(after) == 3


async def test_other_conversations_do_not_disturb(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    await settle()
    seen: list[object] = []
    pane.detail_changed.connect(seen.append)
    core.bus.publish(Changes(conversations=frozenset(["2"])))
    await settle()
    assert seen == []
    core.bus.publish(Changes(everything=True))
    await settle()
    assert len(seen) == 1


async def test_conversation_that_is_gone_leaves_the_empty_state(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    pane.show_conversation("1")
    del core.inbox.details["1"]
    core.bus.publish(Changes(conversations=frozenset(["1"])))
    await settle()
    assert pane.conversation_id == ""
    assert not pane.composer.isVisible()


@pytest.mark.parametrize(
    ("state", "more", "expected", "buttons"),
    [
        (ReplyState.HELD, {"not_before": timedelta(seconds=7)}, "leaves in 7 s", ["Undo"]),
        (ReplyState.SENT, {}, "sent ", []),
        (ReplyState.CLAIMED, {}, "sending", []),
        (
            ReplyState.UNCONFIRMED,
            {"why": "The line broke."},
            "Not confirmed: The line broke.",
            ["I checked, it is there", "It is not there"],
        ),
        (ReplyState.REFUSED, {"why": "Too long."}, "Refused: Too long.", ["Edit", "Try again"]),
        (ReplyState.BLOCKED, {"why": "Jana wrote again."}, "Held: Jana wrote again.", ["Edit", "Send it all the same"]),
        (ReplyState.HELD, {"why": "No network.", "tries": 1}, "No network.", ["Edit"]),
    ],
)
def test_reply_says_where_it_stands(
    pane: ConversationPane,
    core: Runtime,
    state: ReplyState,
    more: dict[str, object],
    expected: str,
    buttons: list[str],
) -> None:
    now = datetime.now(UTC)
    if isinstance(more.get("not_before"), timedelta):
        more = more | {"not_before": now + more["not_before"]}  # type: ignore[operator]
    reply = a_reply(state, **more)
    bubble = Bubble(ThreadItem(None, reply), None, images=None, main_author="", first=False)
    bubble.fit(440)
    assert bubble.meta().startswith(expected)
    assert [button.text() for button in bubble.buttons()] == buttons
    assert bubble.accessibleDescription() == bubble.meta()


async def test_waiting_for_the_network_is_said(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    held = a_reply(ReplyState.HELD, not_before=datetime.now(UTC) - timedelta(seconds=1))
    core.inbox.details["1"] = jana(items=(said(1, FIRST, today(12, 41)), ThreadItem(None, held)))
    pane.show_conversation("1")
    core.bus.publish(NetworkState(False, datetime.now(UTC)))
    await settle()
    assert meta(pane)[-1] == "Waiting for the network"
    core.bus.publish(NetworkState(True, datetime.now(UTC)))
    await settle()
    assert meta(pane)[-1] == "leaving now"


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("I checked, it is there", ("confirm", "r1", True)),
        ("It is not there", ("confirm", "r1", False)),
    ],
)
async def test_unconfirmed_is_settled_by_a_person(
    pane: ConversationPane, core: Runtime, settle: Settle, text: str, call: tuple[object, ...]
) -> None:
    core.inbox.details["1"] = jana(items=(ThreadItem(None, a_reply(ReplyState.UNCONFIRMED)),))
    pane.show_conversation("1")
    next(b for b in pane.messages.bubbles()[0].buttons() if b.text() == text).click()
    await settle()
    assert core.outbox.calls == [call]


def test_hostile_text_is_shown_as_text(themed: QApplication, qtbot: QtBot) -> None:
    hostile = (
        "<img src='https://evil.example/x.png'><script>alert(1)</script> <b>bold</b>\n"
        "\u202egnp.exe\u202c \x00\x07 &amp; javascript:alert(1) file:///etc/passwd"
    )
    label = Message(hostile)
    qtbot.addWidget(label)
    shown = QTextDocumentFragment.fromHtml(label.text()).toPlainText()
    assert "<script>alert(1)</script>" in shown
    assert "<b>bold</b>" in shown
    assert "&amp;" in shown
    assert re.findall(r'href="([^"]*)"', label.text()) == ["https://evil.example/x.png"]  # words, not a picture
    assert "<img" not in label.text()
    assert not set(shown) & set("\u202e\u202c\x00\x07")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.org/menu.", ["https://example.org/menu"]),
        ("(http://x.org/a_(b))", ["http://x.org/a_(b)"]),
        ("ftp://x.org mailto:a@b.c javascript:alert(1) www.x.org", []),
        ('https://x.org/"onmouseover="x', ["https://x.org/"]),
        ("https:///nohost", []),
        ("a https://x.org, b https://y.org!", ["https://x.org", "https://y.org"]),
    ],
)
def test_only_web_addresses_become_links(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in links.find(text)] == found


def test_link_tells_its_real_host_and_opens_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)
    assert links.host("https://mastodon.social@evil.example/login") == "evil.example"
    assert links.host("https://m\u0430stodon.social/") == "xn--mstodon-2fg.social"
    assert not links.open_link("file:///etc/passwd")
    assert not links.open_link("javascript:alert(1)")
    assert links.open_link("https://example.org/menu")
    assert opened == ["https://example.org/menu"]


async def test_edited_shows_the_earlier_wording_on_a_press(pane: ConversationPane, core: Runtime) -> None:
    now = today(12, 50)
    edited = replace(
        said(1, FIRST, today(12, 41), edited_at=now), history=((now, "Ordered a cake. <i>Nobody</i> knows."),)
    )
    core.inbox.details["1"] = jana(items=(edited, replace(said(2, "Gone", today(12, 58)), deleted=True)))
    pane.show_conversation("1")
    first, second = pane.messages.bubbles()
    assert first.meta().endswith("\u00b7 edited")
    assert second.meta() == "12:58 \u00b7 deleted by its author"
    height = first.height()
    first.buttons()[0].click()
    QApplication.processEvents()
    assert any("Nobody" in label.accessibleName() for label in first.findChildren(Message))
    assert first.height() > height
    first.buttons()[0].click()
    QApplication.processEvents()
    assert first.height() == height


async def test_third_persons_are_named_and_quieter(pane: ConversationPane, core: Runtime) -> None:
    kit = Contact("kit", "coffee\u202ewithkit", "@kit")
    core.inbox.details["1"] = jana(
        items=(said(5, "Same here!", today(12, 30), kit, kind=Kind.CONTEXT), said(1, FIRST, today(12, 41)))
    )
    pane.show_conversation("1")
    assert pane.messages.bubbles()[0].accessibleName() == "coffeewithkit: Same here!"


async def test_pictures_load_only_when_they_come_into_view(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    url = "https://files.example.org/cake.png"
    core.pictures.known[url] = _png()
    filler = tuple(said(n, "A long message. " * 20, today(10, n)) for n in range(10, 30))
    core.inbox.details["1"] = jana(items=(with_picture(1, url), *filler))
    pane.show_conversation("1")
    await settle()
    assert core.pictures.asked == []
    pane.messages.verticalScrollBar().setValue(0)
    await settle()
    assert core.pictures.asked == [url]


def _png() -> bytes:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("#d9a441"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


async def test_long_thread_opens_with_the_newest_and_shows_the_rest_on_request(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    start = datetime.now(UTC) - timedelta(hours=10)
    items = tuple(said(n, f"Message {n}. " * 12, start + timedelta(minutes=n)) for n in range(500))
    core.inbox.details["1"] = jana(items=items)
    began = time.perf_counter()
    pane.show_conversation("1")
    took = time.perf_counter() - began
    assert took < 1.0  # only catches building all 500
    assert len(pane.messages.bubbles()) == 16
    bar = pane.messages.verticalScrollBar()
    for _n in range(100):
        await settle()
        if len(pane.messages.bubbles()) == 60:
            break
    assert bar.value() == bar.maximum()
    bar.setValue(0)
    at_top = pane.messages.bubbles()[0]
    pane.messages._earlier.click()
    assert len(pane.messages.bubbles()) == 120
    await settle()
    assert bar.value() > 0
    assert at_top.isVisible()
    for _n in range(7):
        pane.messages._earlier.click()
    assert len(pane.messages.bubbles()) == 500
    assert pane.messages._earlier.isHidden()


async def test_snooze_and_done_are_carried_out(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    done: list[str] = []
    pane.finished.connect(done.append)
    until = datetime.now(UTC) + timedelta(hours=3)
    pane.open_snooze()
    assert pane.snoozer is not None
    pane.snoozer.chosen.emit(until)
    pane.header.done_menu.actions()[1].trigger()
    await settle()
    assert core.inbox.called("snooze") == [("1", until)]
    assert core.inbox.called("close") == [("1", "no_answer")]
    assert done == ["1", "1"]


async def test_done_can_be_reopened(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.inbox.details["1"] = jana(row=replace(jana().row, state=ConversationState.CLOSED))
    pane.show_conversation("1")
    assert pane.header._done.isHidden()
    pane.header._reopen.click()
    await settle()
    assert core.inbox.called("reopen") == [("1",)]


async def test_a_store_that_fails_is_told(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.inbox.fails["close"] = StoreError("The disk is full. Free some space, then try again.")
    pane.show_conversation("1")
    pane.close_conversation("spam")
    await settle()
    assert pane.window().findChild(Toast).text() == "The disk is full. Free some space, then try again."


async def test_why_tells_which_clock_runs_and_the_platforms_own(core: Runtime, qtbot: QtBot, themed: object) -> None:
    panel = ContextPanel(core)
    qtbot.addWidget(panel)
    reasons: dict[str, Any] = {"reasons": (), "care_by": None, "target_name": "same day"}
    answered = ThreadItem(None, a_reply(sent_at=today(12, 20)))
    first, *rest = jana().items
    clock = replace(jana().row, posted_at=today(12, 41), platform="facebook", kind=Kind.MESSAGE)
    panel.show_conversation(jana(**reasons, row=clock))
    assert panel.why() == [("First reply due (same day)", "13:11")]
    panel.show_conversation(jana(**reasons, row=clock, items=(answered, first, *rest)))
    assert panel.why() == [("Next reply due (same day)", "13:11")]
    after = ThreadItem(None, a_reply(ReplyState.HELD))
    panel.show_conversation(jana(**reasons, row=clock, items=(first, *rest, after)))
    assert panel.why()[0][0] == "First reply due (same day)", "a reply that has not left is none"
    later = replace(clock, window_closes_at=today(17, 30))
    panel.show_conversation(jana(**reasons, row=later))
    assert panel.why() == [("First reply due (same day)", "13:11"), ("Messenger closes", "17:30")]
    sooner = replace(clock, window_closes_at=today(13, 11))
    panel.show_conversation(jana(**reasons, row=sooner, promised_at=today(18)))
    assert panel.why() == [("Messenger closes", "13:11"), ("First reply due (same day)", "18:00")]
    panel.show_conversation(jana(**reasons, row=sooner))
    assert panel.why() == [("Messenger closes", "13:11")]


async def test_why_and_who(pane: ConversationPane, core: Runtime, qtbot: QtBot) -> None:
    panel = ContextPanel(core)
    qtbot.addWidget(panel)
    pane.detail_changed.connect(panel.show_conversation)
    pane.show_conversation("1")
    assert panel.why() == [
        ("First reply due (30 min target)", "13:11"),
        ("Angry tone", "\u221220 min"),
        ("Second message", "\u221215 min"),
        ("Asks for a refund", "\u221210 min"),
        ("Care by", "12:26"),
    ]
    assert panel.who() == [
        ("Customer since", "Mar 2025"),
        ("Conversations", "4"),
        ("Usual mood", "Friendly"),
        ("Followers", "2.1k"),
    ]
    core.inbox.details["2"] = jana("2", due_at=None, care_by=None, earlier=())
    pane.show_conversation("2")
    assert panel.why() == [("Nobody waits for a reply here.", "")]


async def test_note_is_saved_for_the_one_it_was_written_about(
    pane: ConversationPane, core: Runtime, qtbot: QtBot, settle: Settle
) -> None:
    panel = ContextPanel(core)
    qtbot.addWidget(panel)
    panel.show()
    pane.detail_changed.connect(panel.show_conversation)
    pane.show_conversation("1")
    panel.note.setPlainText("Likes rye.")
    pane.show_conversation("2")
    await settle()
    assert core.inbox.called("set_note") == [("1", "Likes rye.")]
    assert panel.note.toPlainText() == jana().note


async def test_note_is_saved_when_the_panel_is_put_away(core: Runtime, themed: QApplication, settle: Settle) -> None:
    panel = ContextPanel(core)
    panel.show()
    panel.show_conversation(jana())
    panel.note.setPlainText("Ask Tom.")
    panel.hide()
    await panel.close_down()
    shiboken6.delete(panel)
    assert core.inbox.called("set_note") == [("1", "Ask Tom.")]


def test_words_for_times() -> None:
    now = today(12)
    assert words.moment(today(13, 5), now) == "13:05"
    assert words.moment(today(9) + timedelta(days=1), now) == "tomorrow 09:00"
    assert words.span(540) == "9 min"
    assert words.span(5400) == "1 h 30 min"
    assert [words.many(n) for n in (7, 2100, 18000, 999_600, 1_250_000)] == ["7", "2.1k", "18k", "1M", "1.2M"]
    assert words.who_sees(Visibility.DIRECT, "Jana") == "only Jana can see this"
    assert words.who_sees(Visibility.PUBLIC, "Jana") == "everyone can see this"
    assert words.cleaned("a\x00b\r\nc\td") == "ab\nc\td"


async def test_keys_from_the_window(pane: ConversationPane, core: Runtime) -> None:
    left: list[bool] = []
    pane.left.connect(lambda: left.append(True))
    pane.show_conversation("1")
    pane.window().activateWindow()
    pane.reply()
    assert pane.composer.editor.edit.hasFocus()
    QTest.keyClick(pane.composer.editor.edit, Qt.Key.Key_Escape)
    assert left == [True]
