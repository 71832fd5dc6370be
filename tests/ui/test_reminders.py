"""Desktop reminders without a tray: asked once a minute, silent when it is quiet, a click opens the conversation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from app.reminders import AWAY, LATE, WARN, Note, Wishes
from tests.ui.conftest import Settle
from tests.ui.fakes import NOW, FakeRuntime, FakeSettings
from ui.reminders import KEY, Reminders, Tray
from ui.reminders_dialog import THANKS, RemindersDialog
from ui.widgets import Toast
from ui.window import MainWindow

DUE = NOW + timedelta(minutes=11)


class FakeSpeaker:
    """Remembers what it was to say."""

    able = True

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.then: list[Callable[[], object]] = []

    def say(self, title: str, text: str, then: Callable[[], object]) -> bool:
        self.said.append((title, text))
        self.then.append(then)
        return self.able


class Desk:
    """A window and its reminders; the time is moved by hand."""

    def __init__(self, runtime: FakeRuntime) -> None:
        self.window, self.now = QWidget(), NOW.astimezone().replace(hour=12)
        self.speaker, self.opened, self.runtime = FakeSpeaker(), [], runtime
        self.opened: list[str] = []
        self.reminders = Reminders(
            self.window, runtime.inbox, runtime.settings, lambda: self.now, self.opened.append, self.speaker
        )

    def asked(self) -> list[datetime | None]:
        return [call[1] for call in self.runtime.inbox.calls if call[0] == "remind"]


@pytest.fixture
def desk(themed: QApplication, runtime: FakeRuntime, qtbot: QtBot) -> Desk:
    made = Desk(runtime)
    qtbot.addWidget(made.window)
    return made


def note(kind: str = WARN, count: int = 1, conversation: str = "4") -> Note:
    names = ("Jana Whitfield", "Dev Patel", "Sofia Marín")[:count]
    return Note(kind, conversation, names, count, DUE)


async def test_what_is_due_is_said_and_a_click_opens_it(desk: Desk, settle: Settle) -> None:
    desk.runtime.inbox.notes = [[note(), note(LATE, 5)]]
    desk.reminders.look()
    await settle()
    due = desk.reminders.words(note())[1].rpartition("Due ")[2]
    assert desk.speaker.said == [
        ("A reply is due soon", f"Jana Whitfield. Due {due}"),
        ("5 replies are late", f"Jana Whitfield, Dev Patel, Sofia Marín and 2 more. Due {due}"),
    ]
    desk.speaker.then[0]()
    assert desk.opened == ["4"]


async def test_each_look_tells_when_the_last_one_was(desk: Desk, settle: Settle) -> None:
    first = desk.now
    for _ in range(2):
        desk.reminders.look()
        await settle()
        desk.now += timedelta(minutes=1)
    assert desk.asked() == [None, first]


async def test_quiet_hours_are_not_asked_in_and_count_as_away(desk: Desk, settle: Settle) -> None:
    first = desk.now
    desk.reminders.look()
    await settle()
    desk.now = first.replace(hour=23)
    desk.reminders.look()
    await settle()
    desk.now = first.replace(hour=9) + timedelta(days=1)
    desk.reminders.look()
    await settle()
    assert desk.asked() == [None, first]
    desk.runtime.settings.set(KEY, Wishes(on=False).to_kept())
    desk.reminders.look()
    await settle()
    assert len(desk.asked()) == 2


async def test_without_a_tray_the_window_says_it(desk: Desk, settle: Settle) -> None:
    desk.speaker.able = False
    desk.window.show()
    desk.runtime.inbox.notes = [[note(AWAY, 3)]]
    desk.reminders.look()
    await settle()
    toast = desk.window.findChild(Toast)
    assert toast.text().startswith("3 promises ended while nobody looked. Jana Whitfield, Dev Patel, Sofia Marín.")
    toast._act()
    assert desk.opened == ["4"]


def test_a_desktop_without_a_tray_breaks_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: False))
    assert not Tray(desk.window).say("A reply is late", "Jana", lambda: None)


async def test_nothing_is_asked_after_the_window_has_gone(desk: Desk, settle: Settle) -> None:
    desk.reminders.start()
    desk.reminders.stop()
    desk.reminders.look()
    await settle()
    assert desk.asked() == []


async def test_the_window_brings_itself_and_the_conversation_to_the_front(
    themed: QApplication, runtime: FakeRuntime, qtbot: QtBot, settle: Settle
) -> None:
    window = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    await settle()
    window.showMinimized()
    window.reminders._show("3")
    await settle()
    assert not window.isMinimized()
    assert window.feed.view.conversation() == "3"
    window.close()
    await settle()


def test_wishes_are_saved_together(themed: QApplication, qtbot: QtBot) -> None:
    settings = FakeSettings()
    dialog = RemindersDialog(settings)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.on.setChecked(False)
    dialog.quiet_from.setTime(dialog.quiet_from.time().addSecs(3600))
    dialog.thanks.setValue(0)
    assert dialog.thanks.text() == "never"
    assert settings.kept == {}, "nothing before Save"
    dialog._save()
    assert Wishes.from_kept(settings.kept[KEY]) == Wishes(False, time(21), time(7))
    assert settings.kept[THANKS] == 0
