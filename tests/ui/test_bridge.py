"""The bridge: one signal per turn of the loop, and silence after it left."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.events import Bus, Changes, NetworkState, Notice, RaiseWindow, SyncProgress
from ui.bridge import Bridge


def test_a_burst_of_changes_is_one_signal(qapp: QApplication, qtbot: QtBot) -> None:
    bus = Bus()
    bridge = Bridge(bus)
    got: list[Changes] = []
    bridge.changes.connect(got.append)
    for number in range(500):
        bus.publish(Changes(conversations=frozenset([str(number)]), counts=number == 3))
    assert got == []
    qtbot.waitUntil(lambda: len(got) == 1)
    assert len(got[0].conversations) == 500
    assert got[0].counts
    bus.publish(Changes())
    qtbot.wait(10)
    assert len(got) == 1


def test_new_conversations_are_gathered_but_nothing_else_waits(qapp: QApplication, qtbot: QtBot) -> None:
    bus = Bus()
    bridge = Bridge(bus)
    got: list[Changes] = []
    bridge.changes.connect(got.append)
    bus.publish(Changes(new=frozenset("1"), counts=True))
    qapp.processEvents()
    assert len(got) == 1
    bus.publish(Changes(new=frozenset("2"), counts=True))
    bus.publish(Changes(new=frozenset("3"), counts=True))
    qapp.processEvents()
    assert len(got) == 1
    qtbot.waitUntil(lambda: len(got) == 2)
    assert got[1].new == {"2", "3"}
    bus.publish(Changes(new=frozenset("4"), counts=True))
    bus.publish(Changes(conversations=frozenset("5")))
    qapp.processEvents()
    assert got[2].new == {"4"}
    assert got[2].conversations == {"5"}


def test_each_event_has_its_signal(qapp: QApplication, qtbot: QtBot) -> None:
    bus = Bus()
    bridge = Bridge(bus)
    got: list[object] = []
    for signal in (bridge.progress, bridge.network, bridge.notice):
        signal.connect(got.append)
    bridge.raise_window.connect(lambda: got.append("raise"))
    events = [
        SyncProgress("m1", 3, True),
        NetworkState(False, datetime.now(UTC)),
        Notice("The disk is full."),
    ]
    for event in events:
        bus.publish(event)
    bus.publish(RaiseWindow())
    assert got == [*events, "raise"]
    assert not bridge.online


def test_closed_bridge_is_silent(qapp: QApplication, qtbot: QtBot) -> None:
    bus = Bus()
    bridge = Bridge(bus)
    got: list[object] = []
    bridge.changes.connect(got.append)
    bus.publish(Changes(counts=True))
    bridge.close()
    bus.publish(Changes(everything=True))
    qtbot.wait(10)
    assert got == []
