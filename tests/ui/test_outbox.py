"""The outbox: each state says what happened and offers what can be done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain import Account, ReplyState
from app.errors import InputError
from app.events import Changes, NetworkState
from app.rows import OutboxRow, OutboxWarning
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime, a_reply
from tests.values import replace
from ui.bridge import Bridge
from ui.outbox import OutboxView
from ui.widgets import Toast


def row(state: ReplyState, author: str = "Arun S.", **more: object) -> OutboxRow:
    return OutboxRow(a_reply(state, "On its way.", **more), author, "@arun", "Maple & Rye", "mastodon")


@pytest.fixture
def core() -> Runtime:
    return Runtime()


@pytest.fixture
def view(themed: QApplication, core: Runtime) -> Iterator[OutboxView]:
    view = OutboxView(core, bridge=Bridge(core.bus))
    view.resize(1040, 620)
    view.show()
    yield view
    view.close()
    shiboken6.delete(view)


def show(view: OutboxView, core: Runtime, *rows: OutboxRow) -> None:
    core.outbox.listed = list(rows)
    view.refresh()


def test_empty_says_what_would_stand_here(view: OutboxView) -> None:
    assert view._empty.heading() == "Nothing waits to leave"
    assert view._card.isHidden()
    assert view.summary() == ""


@pytest.mark.parametrize(
    ("state", "more", "chip", "why", "keys"),
    [
        (ReplyState.SENT, {"url": "https://m.example/1"}, "Sent", "on the platform", ["see"]),
        (ReplyState.SENT, {}, "Sent", "on the platform", []),
        (ReplyState.CLAIMED, {}, "Sending", "sending", []),
        (ReplyState.BLOCKED, {"why": "He wrote again."}, "Held", "He wrote again.", ["open", "cancel"]),
        (ReplyState.UNCONFIRMED, {}, "Not confirmed", "The line broke", ["there", "not_there"]),
        (ReplyState.REFUSED, {"why": "Too long."}, "Refused", "Too long.", ["edit", "send_now", "cancel"]),
        (ReplyState.HELD, {"why": "No network since 12:51."}, "Waiting", "No network since 12:51.", ["edit", "cancel"]),
    ],
)
def test_states(
    view: OutboxView,
    core: Runtime,
    state: ReplyState,
    more: dict[str, object],
    chip: str,
    why: str,
    keys: list[str],
) -> None:
    show(view, core, row(state, **more))
    line = view.lines()[0]
    assert line.said()[0] == chip
    assert why in line.said()[1]
    assert list(line._keys) == keys
    assert line.accessibleName().startswith(f"{chip}: Arun S.")


def test_undo_window_counts_down(view: OutboxView, core: Runtime) -> None:
    show(view, core, row(ReplyState.HELD, not_before=datetime.now(UTC) + timedelta(seconds=7)))
    line = view.lines()[0]
    assert line.said() == ("Undo", "leaves in 7 s")
    assert view._tick.isActive()
    later = datetime.now(UTC) + timedelta(hours=5)
    show(view, core, row(ReplyState.HELD, id="later", not_before=later))
    assert view.lines()[0].said()[0] == "Later"
    show(view, core)
    assert not view._tick.isActive()


def test_summary_names_what_needs_a_person(view: OutboxView, core: Runtime) -> None:
    now = datetime.now(UTC)
    show(
        view,
        core,
        row(ReplyState.BLOCKED, id="1"),
        row(ReplyState.REFUSED, id="2"),
        row(ReplyState.HELD, id="3", why="No network.", tries=1),
        row(ReplyState.SENT, id="4", sent_at=now),
    )
    assert view.summary() == "2 need you \u00b7 1 waits for the network \u00b7 1 sent today"


async def test_network_that_goes_is_said(view: OutboxView, core: Runtime, settle: Settle) -> None:
    show(view, core, row(ReplyState.HELD, not_before=datetime.now(UTC) - timedelta(seconds=1)))
    core.bus.publish(NetworkState(False, datetime.now(UTC)))
    await settle()
    assert view.lines()[0].said() == ("Waiting", "Waiting for the network")


async def test_undo_leads_to_the_conversation(view: OutboxView, core: Runtime, settle: Settle) -> None:
    chosen: list[str] = []
    view.chosen.connect(chosen.append)
    show(view, core, row(ReplyState.HELD, not_before=datetime.now(UTC) + timedelta(seconds=7)))
    view.lines()[0].button("undo").click()
    await settle()
    assert core.outbox.calls == [("cancel", "r1")]
    assert chosen == ["1"]


async def test_actions_go_to_the_ledger(view: OutboxView, core: Runtime, settle: Settle) -> None:
    show(view, core, row(ReplyState.UNCONFIRMED, id="u"), row(ReplyState.REFUSED, id="f"))
    first, second = view.lines()
    first.button("there").click()
    await settle()
    first.button("not_there").click()
    second.button("send_now").click()
    await settle()
    assert core.outbox.calls == [("confirm", "u", True), ("confirm", "u", False), ("send_now", "f")]


async def test_what_is_held_is_decided_with_the_conversation_in_sight(view: OutboxView, core: Runtime) -> None:
    chosen: list[str] = []
    view.chosen.connect(chosen.append)
    show(view, core, row(ReplyState.BLOCKED))
    view.lines()[0].button("open").click()
    assert chosen == ["1"]
    assert core.outbox.calls == []


async def test_what_is_held_can_be_given_up(view: OutboxView, core: Runtime, settle: Settle) -> None:
    show(view, core, row(ReplyState.BLOCKED))
    view.lines()[0].button("cancel").click()
    await settle()
    assert core.outbox.calls == [("cancel", "r1")]


def test_dead_sign_in_is_offered(view: OutboxView, core: Runtime) -> None:
    core.inbox.accounts_list = [Account("m1", "maple", "mastodon", "", "1", "@m", "M", state="sign_in")]
    wanted: list[str] = []
    view.sign_in_wanted.connect(wanted.append)
    show(view, core, row(ReplyState.REFUSED, why="The sign-in has expired."))
    view.lines()[0].button("sign_in").click()
    assert wanted == ["m1"]


async def test_a_refusal_is_told(view: OutboxView, core: Runtime, settle: Settle) -> None:
    async def confirm(_id: str, _there: bool) -> None:
        raise InputError("Carelane cannot see it there yet. Look again in a minute.")

    core.outbox.confirm = confirm  # type: ignore[method-assign]
    show(view, core, row(ReplyState.UNCONFIRMED))
    view.lines()[0].button("there").click()
    await settle()
    assert view.window().findChild(Toast).text().startswith("Carelane cannot see it there yet.")


def test_see_it_opens_web_addresses_alone(view: OutboxView, core: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)
    show(
        view,
        core,
        row(ReplyState.SENT, url="file:///etc/passwd"),
        row(ReplyState.SENT, id="2", url="https://m.example/1"),
    )
    for line in view.lines():
        line.button("see").click()
    assert opened == ["https://m.example/1"]


async def test_unchanged_lines_are_kept(view: OutboxView, core: Runtime, settle: Settle) -> None:
    one, two = row(ReplyState.REFUSED, id="1"), row(ReplyState.CLAIMED, id="2")
    show(view, core, one, two)
    before = view.lines()
    core.outbox.listed = [one, replace(two, reply=replace(two.reply, state=ReplyState.SENT))]
    core.bus.publish(Changes(replies=frozenset(["2"])))
    await settle()
    after = view.lines()
    assert after[0] is before[0]
    assert after[1].said()[0] == "Sent"


def test_many_replies_are_built_in_steps(view: OutboxView, core: Runtime) -> None:
    show(view, core, *(row(ReplyState.SENT, id=str(n)) for n in range(120)))
    assert len(view.lines()) == 50
    view._more.click()
    view._more.click()
    assert len(view.lines()) == 120
    assert view._more.isHidden()


@pytest.mark.parametrize("width", [420, 700, 1100])
def test_nothing_overlaps_at_any_width(view: OutboxView, core: Runtime, width: int) -> None:
    view.resize(width, 620)
    show(view, core, row(ReplyState.UNCONFIRMED, "A name that is rather long for a line", why="A long reason. " * 8))
    QApplication.processEvents()
    line = view.lines()[0]
    assert line.height() >= line.heightForWidth(line.width())
    parts = [line._chip, line._age, line._who, line._where, line._text, line._why, *line._buttons]
    parts = [part for part in parts if part.isVisible()]
    for number, one in enumerate(parts):
        assert line.rect().contains(one.geometry())
        assert not any(one.geometry().intersects(other.geometry()) for other in parts[number + 1 :])


def test_warnings_stand_on_top_a_line_each(view: OutboxView, core: Runtime) -> None:
    show(view, core)
    assert view.warning.isHidden()
    core.outbox.warned = [OutboxWarning("m1", "The sign-in ends in 2 days."), OutboxWarning("m2", "3 of 50 are left.")]
    view.refresh()
    assert view.warning.isVisible()
    assert view.warning.texts() == ["The sign-in ends in 2 days.", "3 of 50 are left."]
    assert view.warning.accessibleName() == "The sign-in ends in 2 days. 3 of 50 are left."
    core.outbox.warned = []
    view.refresh()
    assert view.warning.isHidden()


def test_each_line_tells_its_age_and_its_part(view: OutboxView, core: Runtime) -> None:
    now = datetime.now(UTC)
    show(
        view,
        core,
        row(ReplyState.HELD, id="1", part=2, parts=3, not_before=now + timedelta(hours=5)),
        row(ReplyState.REFUSED, id="2", created_at=now - timedelta(hours=3)),
        row(ReplyState.SENT, id="3"),
    )
    assert [line.age() for line in view.lines()] == ["written just now", "written 3 h ago", ""]
    assert view.lines()[0].where() == "part 2 of 3 \u00b7 Maple & Rye \u00b7 Mastodon"
    assert view.lines()[1].where() == "Maple & Rye \u00b7 Mastodon"
    assert view._tick.isActive(), "they grow older"
    assert view._tick.interval() == 30_000
    show(view, core, row(ReplyState.SENT, id="3"))
    assert not view._tick.isActive()


@pytest.mark.parametrize(
    ("state", "more"),
    [
        (ReplyState.HELD, {"not_before": datetime(2500, 1, 1, tzinfo=UTC)}),
        (ReplyState.HELD, {"why": "No network.", "tries": 1}),
        (ReplyState.REFUSED, {}),
    ],
)
async def test_cancel_keeps_the_draft_and_stays_here(
    view: OutboxView, core: Runtime, settle: Settle, state: ReplyState, more: dict[str, object]
) -> None:
    chosen: list[str] = []
    view.chosen.connect(chosen.append)
    show(view, core, row(state, **more))
    view.lines()[0].button("cancel").click()
    await settle()
    assert core.outbox.calls == [("cancel", "r1")]
    assert chosen == []
    assert view.window().findChild(Toast).text() == "Taken back. The text is kept as a draft in its conversation."


async def test_all_of_it_by_keyboard(view: OutboxView, core: Runtime, settle: Settle) -> None:
    one, two = row(ReplyState.UNCONFIRMED, id="1"), row(ReplyState.REFUSED, "Dev", id="2")
    show(view, core, one, two)
    show(view, core, replace(one, reply=replace(one.reply, why="Look again.")), two)  # made later, stands above
    stops = [stop for line in view.lines() for stop in line.stops()]
    assert [stop.text() for stop in stops] == [
        "Arun S.", "It is not there", "I checked, it is there", "Dev", "Cancel", "Try again", "Edit",
    ]  # fmt: skip
    assert stops[0].accessibleName() == "Open Arun S."
    view.activateWindow()
    stops[0].setFocus()
    for stop in stops:
        assert view.window().focusWidget() is stop
        QTest.keyClick(stop, Qt.Key.Key_Tab)
    view.lines()[0].button("there").setFocus()
    core.outbox.listed = [two]
    QTest.keyClick(view.lines()[0].button("there"), Qt.Key.Key_Space)
    await settle()
    assert core.outbox.calls == [("confirm", "1", True)]
    assert view.window().focusWidget() is view.lines()[0].stops()[0], "the keyboard goes on from there"


@pytest.mark.parametrize("width", [420, 700, 1100])
def test_long_names_end_in_dots(view: OutboxView, core: Runtime, width: int) -> None:
    view.resize(width, 620)
    show(view, core, row(ReplyState.HELD, "Ana & " + "a name that goes on " * 9, why="No network.", tries=1))
    QApplication.processEvents()
    line = view.lines()[0]
    who = line.stops()[0]
    assert who.text().endswith("\u2026")
    assert who.text().startswith("Ana &&")
    assert who.toolTip().startswith("Ana & a name")
    assert not line._where.isVisible() or line._where.geometry().left() > who.geometry().right()
