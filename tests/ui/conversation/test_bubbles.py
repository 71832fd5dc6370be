"""Messages and replies as they are shown: where they stand, their links, wordings and pictures."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QDesktopServices, QImage, QTextDocumentFragment
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import Contact, Kind, ReplyState, Visibility
from app.events import NetworkState
from app.rows import ThreadItem
from tests.ui.conftest import Settle
from tests.ui.conversation.conftest import meta
from tests.ui.fakes_conversation import FIRST, Runtime, a_reply, jana, said, today, with_picture
from tests.values import replace
from ui.conversation import links, words
from ui.conversation.bubbles import Bubble, Message
from ui.conversation.pane import ConversationPane


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
