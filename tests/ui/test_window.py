"""The window: feed first, widths, keys, and what stays when it is closed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import Lane
from app.events import Notice, RaiseWindow
from tests.ui.conftest import Settle
from tests.ui.fakes import NOW, FakeRuntime, make_row, picture_counts
from tests.values import replace
from ui import actions, theme
from ui.widgets import Toast
from ui.widgets.palette import CommandPalette
from ui.window import MainWindow


@pytest.fixture
async def window(themed: QApplication, runtime: FakeRuntime, settle: Settle, qtbot: QtBot) -> AsyncIterator[MainWindow]:
    made = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    yield made
    made.close()
    await settle()


def key(window: MainWindow, qtbot: QtBot, code: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    target = QApplication.focusWidget() or window
    qtbot.keyClick(target, code, modifier or Qt.KeyboardModifier.NoModifier)


async def test_feed_shows_before_the_rest_is_built(window: MainWindow, settle: Settle) -> None:
    assert window.feed.model.rowCount() == 8
    assert window.pane is None
    await settle()
    assert window.pane is not None
    assert window.pane.conversation_id == "1"
    assert window.feed.view.conversation() == "1"


def test_first_paint_needs_no_network_and_no_keyring() -> None:
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from ui import theme\nfrom ui.window import MainWindow\nfrom tests.ui.fakes import FakeRuntime\n"
        "app = QApplication([]); theme.apply(app)\n"
        "window = MainWindow(FakeRuntime()); window.show(); window.grab()\n"
        "late = {'httpx', 'holidays', 'keyring', 'authlib', 'numpy', 'sqlite_utils', 'oauthlib', 'qasync'}\n"
        "late |= {'ui.composer', 'ui.clients'}\n"
        "print(sorted(late & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


async def test_widths(window: MainWindow, settle: Settle) -> None:
    await settle()
    assert window.context is not None
    for width, side, context in ((1440, 224, True), (1320, 224, True), (1300, 224, False), (1180, 56, False)):
        window.resize(width, 720)
        await settle()
        assert window.side.width() == side, width
        assert window.context.isVisible() is context, width
    window.do("why")
    await settle()
    assert window.context.isVisible()
    window.resize(900, 600)
    window.do("why")
    window.do("why")
    await settle()
    assert window.size().width() == 900
    assert window.context.geometry().right() == window._inbox_page.width() - 1
    assert window.minimumSize().width() == 900


async def test_twice_the_text_fits(
    window: MainWindow, settle: Settle, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    await settle()
    monkeypatch.setenv("CARELANE_TEXT", "200")
    theme.refresh()
    await settle()
    assert window.side.width() == 112
    assert window.feed.width() < 700
    assert window.width() == 1440
    monkeypatch.setenv("CARELANE_TEXT", "100")
    theme.refresh()


async def test_keys(window: MainWindow, settle: Settle, qtbot: QtBot) -> None:
    await settle()
    with qtbot.waitActive(window):
        window.activateWindow()
    window.feed.view.setFocus()
    view = window.feed.view
    key(window, qtbot, Qt.Key.Key_J)
    assert view.conversation() == "2"
    key(window, qtbot, Qt.Key.Key_K)
    assert view.conversation() == "1"
    key(window, qtbot, Qt.Key.Key_I)
    assert window.context is not None
    assert window.context.isHidden()
    key(window, qtbot, Qt.Key.Key_Slash)
    assert window.feed.field.hasFocus()
    key(window, qtbot, Qt.Key.Key_J)
    assert window.feed.field.text() == "j"
    assert view.conversation() == "1"
    key(window, qtbot, Qt.Key.Key_Escape)
    assert view.hasFocus()
    key(window, qtbot, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert window.feed.model.lane is Lane.TODAY
    assert window.windowTitle() == "Due today · Carelane"


async def test_letters_do_not_fire_while_somebody_writes(window: MainWindow, settle: Settle, qtbot: QtBot) -> None:
    await settle()
    with qtbot.waitActive(window):
        window.activateWindow()
    window.do("reply")
    writer = QApplication.focusWidget()
    assert writer is not None
    assert window.pane is not None
    qtbot.keyClicks(writer, "jkres/i")
    assert "jkres/i" in window.pane.composer.text()
    assert window.feed.view.conversation() == "1"
    window.pane.composer.flush()
    await settle()


async def test_done_goes_on_to_the_next_and_can_be_undone(
    window: MainWindow, runtime: FakeRuntime, settle: Settle
) -> None:
    await settle()
    assert window.pane is not None
    window.pane.close_conversation("answered elsewhere")
    await settle()
    assert runtime.inbox.rows["1"].lane is Lane.DONE
    assert window.feed.view.conversation() == "2"
    assert window.pane.conversation_id == "2"
    toast = window.findChild(Toast)
    assert toast.text() == "Done: Jana Whitfield"
    toast._act()
    await settle()
    assert ("undo",) in runtime.inbox.calls


async def test_last_one_done_shows_what_is_next(window: MainWindow, runtime: FakeRuntime, settle: Settle) -> None:
    await settle()
    assert window.pane is not None
    runtime.inbox.drop(*(str(number) for number in range(2, 9)))
    runtime.inbox.put(make_row(50, lane=Lane.THANKS))
    await settle()
    window.pane.close_conversation("done")
    await settle()
    assert window.pane.conversation_id == ""
    assert window.feed.empty.heading() == "Nobody is waiting"


async def test_what_others_do_does_not_swap_the_conversation(
    window: MainWindow, runtime: FakeRuntime, settle: Settle
) -> None:
    await settle()
    assert window.pane is not None
    runtime.inbox.put(replace(runtime.inbox.rows["1"], lane=Lane.WAITING), new=False)
    runtime.inbox.put(make_row(70, due=1))
    await settle()
    assert window.pane.conversation_id == "1"
    window.do("next")
    assert window.pane.conversation_id != "1"


async def test_clients(window: MainWindow, runtime: FakeRuntime, settle: Settle) -> None:
    await settle()
    runtime.inbox.put(replace(make_row(60), client_id="northline"))
    await settle()
    window.show_client("northline")
    await settle()
    assert window.feed.view.conversation() == "60"
    window.show_client("okafor")
    await settle()
    assert window.pane is not None
    assert window.pane.conversation_id == ""


async def test_palette_lists_and_carries_out(window: MainWindow, settle: Settle, qtbot: QtBot) -> None:
    await settle()
    with qtbot.waitActive(window):
        window.activateWindow()
    window.do("palette")
    palette = window.findChild(CommandPalette)
    assert palette.list.count() == len([one for one in actions.COMMANDS if one.listed])
    qtbot.keyClicks(palette.field, "thank")
    assert palette.list.currentItem().text() == "Go to Thank-yous"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.feed.model.lane is Lane.THANKS
    assert palette.isHidden()
    window.do("palette")
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert palette.isHidden()


async def test_accounts(window: MainWindow, runtime: FakeRuntime, settle: Settle) -> None:
    await settle()
    window.side.account_chosen.emit("m1")
    window.do("check")
    assert runtime.accounts.checked == ["m1", None]


async def test_notices_and_second_start(window: MainWindow, runtime: FakeRuntime, settle: Settle) -> None:
    await settle()
    runtime.bus.publish(Notice("The sign-in has expired.", account_id="g1"))
    assert window.findChild(Toast).text() == "The sign-in has expired."
    window.showMinimized()
    runtime.bus.publish(RaiseWindow())
    assert not window.isMinimized()


async def test_first_start_welcomes(themed: QApplication, settle: Settle, qtbot: QtBot) -> None:
    runtime = FakeRuntime([])
    accounts, runtime.inbox.accounts_list = runtime.inbox.accounts_list, []
    window = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    await settle()
    assert type(window.pages.currentWidget()).__name__ == "Welcome"
    assert window.side.isHidden()
    runtime.inbox.accounts_list = accounts
    runtime.inbox.rows = {"1": make_row(1)}
    runtime.inbox.put(make_row(2))
    window.side.refresh()
    window._welcome()
    await settle()
    assert window.side.isVisible()
    assert window.feed.model.rowCount() == 2


async def test_geometry_and_columns_are_remembered(
    window: MainWindow, runtime: FakeRuntime, settle: Settle, qtbot: QtBot
) -> None:
    await settle()
    window.resize(1400, 760)
    window._feed_dragged(450, 1)
    with qtbot.waitSignal(window.gone):
        window.close()
    again = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    qtbot.addWidget(again)
    again.show()
    await settle()
    assert again.feed.width() == 450
    again.close()


@pytest.mark.parametrize("kept", [None, 5, {"geometry": "%%", "feed": "x"}, {"geometry": "AAAA"}, []])
async def test_odd_settings_do_not_stop_the_start(
    themed: QApplication, runtime: FakeRuntime, qtbot: QtBot, kept: object
) -> None:
    runtime.settings.set("window", kept)
    window = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    assert window.width() >= 900


async def test_closed_window_leaves_the_bus(window: MainWindow, runtime: FakeRuntime, settle: Settle) -> None:
    await settle()
    window.close()
    runtime.inbox.calls.clear()
    runtime.inbox.put(make_row(99))
    await settle()
    assert runtime.inbox.calls == []


def test_commands_have_words_help_and_keys_of_their_own() -> None:
    keys = [QKeySequence(command.key).toString() for command in actions.COMMANDS if command.key]
    assert len(set(keys)) == len(keys)
    assert len({command.name for command in actions.COMMANDS}) == len(actions.COMMANDS)
    assert all(actions.words(command) and actions.help_words(command) for command in actions.COMMANDS)
    assert next(one.name for one in actions.matching("snooze")) == "snooze"


async def test_every_command_is_carried_out(window: MainWindow, runtime: FakeRuntime, settle: Settle) -> None:
    await settle()
    runtime.inbox.lane_counts = picture_counts()
    for command in actions.COMMANDS:
        if command.name not in ("quit", "add_account", "done", "snooze", "outbox"):
            window.do(command.name)
            await settle()
