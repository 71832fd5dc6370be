"""The front door: tasks are kept, faults are told, bugs are loud, and a gone widget ends its job."""

from __future__ import annotations

import asyncio

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.errors import NetworkError, ServiceError
from tests.ui.conftest import Settle
from ui import ops
from ui.widgets import Toast


@pytest.fixture
def window(themed: QApplication, qtbot: QtBot) -> QWidget:
    window = QWidget()
    window.resize(600, 400)
    qtbot.addWidget(window)
    window.show()
    return window


def toast(window: QWidget) -> str:
    found = window.findChild(Toast)
    return found.text() if found is not None else ""


async def test_result_goes_to_done(window: QWidget) -> None:
    got: list[int] = []

    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    job = ops.run(window, answer(), done=got.append)
    assert job.running
    await job.wait()
    await asyncio.sleep(0)
    assert got == [42]
    assert not ops._running


async def test_fault_is_told_in_its_own_words_with_try_again(window: QWidget) -> None:
    tries: list[int] = []

    async def fail() -> None:
        raise NetworkError("No answer from mastodon.social. Check the network.")

    await ops.run(window, fail(), retry=lambda: tries.append(1)).wait()
    await asyncio.sleep(0)
    assert toast(window) == "No answer from mastodon.social. Check the network."
    button = window.findChild(Toast).findChild(QPushButton)
    assert button.text() == "Try again"
    button.click()
    assert tries == [1]


async def test_fault_that_will_not_pass_offers_no_second_try(window: QWidget) -> None:
    async def fail() -> None:
        raise ServiceError("The password was changed. Sign in again.")

    await ops.run(window, fail(), retry=lambda: None).wait()
    await asyncio.sleep(0)
    assert toast(window)
    assert window.findChild(Toast).findChild(QPushButton).isHidden()


async def test_quiet_and_own_handler_show_no_toast(window: QWidget) -> None:
    seen: list[str] = []

    async def fail() -> None:
        raise ServiceError("no")

    await ops.run(window, fail(), quiet=True).wait()
    await ops.run(window, fail(), failed=lambda error: seen.append(str(error))).wait()
    await asyncio.sleep(0)
    assert toast(window) == ""
    assert seen == ["no"]


async def test_bug_reaches_the_excepthook(window: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[type] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, trace: caught.append(kind))

    async def bug() -> None:
        raise KeyError("x")

    def bad(_result: object) -> None:
        raise ZeroDivisionError

    async def fine() -> None: ...

    await ops.run(window, bug()).wait()
    await ops.run(window, fine(), done=bad).wait()
    await asyncio.sleep(0)
    assert caught == [KeyError, ZeroDivisionError]
    assert toast(window) == ""


async def test_busy_widget_is_given_back_with_its_focus(window: QWidget, qtbot: QtBot) -> None:
    button = QPushButton("Go", window)
    button.show()
    window.activateWindow()
    button.setFocus()
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    job = ops.run(window, wait(), busy=button)
    assert not button.isEnabled()
    gate.set()
    await job.wait()
    await asyncio.sleep(0)
    assert button.isEnabled()
    assert button.hasFocus()


async def test_widget_that_goes_takes_its_job_along(themed: QApplication, settle: Settle) -> None:
    ended: list[str] = []
    widget = QWidget()

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    job = ops.run(widget, wait(), done=lambda _none: ended.append("done"))
    await settle()
    shiboken6.delete(widget)
    await settle()
    await job.wait()
    assert ended == ["cancelled"]


def test_without_a_loop_nothing_is_run_and_nothing_is_left_hanging(themed: QApplication) -> None:
    done: list[object] = []
    owner, button = QWidget(), QWidget()

    async def work() -> int:
        return 1

    job = ops.run(owner, work(), busy=button, done=done.append)
    assert not ops.ready()
    assert not job.running
    assert button.isEnabled()
    job.cancel()
    assert done == []


async def test_within_a_loop_it_can() -> None:
    assert ops.ready()
