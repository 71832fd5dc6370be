"""One front door from a click to a use case.

`run` keeps the task, tells a `ServiceError` in plain words, and hands every
other exception to `sys.excepthook`: environment faults are told, our bugs
are loud. A job ends with the widget that asked for it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from app.errors import ServiceError
from ui.widgets import Toast

_T = TypeVar("_T")
SHOW_BUSY_AFTER = 300  # ms; what is quicker needs no sign that it runs

# asyncio itself holds tasks weakly: a job nobody keeps could vanish half-way
_running: set[Job[Any]] = set()


class Job(Generic[_T]):
    """A use case on its way. `cancel()` stops it."""

    def __init__(
        self,
        parent: QObject,
        coroutine: Coroutine[Any, Any, _T],
        busy: QWidget | None,
        done: Callable[[_T], object] | None,
        failed: Callable[[ServiceError], object] | None,
        quiet: bool,
        retry: Callable[[], object] | None,
    ) -> None:
        self._parent, self._done, self._failed, self._quiet = parent, done, failed, quiet
        self._retry = retry
        self._busy = _Busy(busy) if busy is not None and ready() else None
        self._task: asyncio.Task[_T] | None = None
        if not ready():  # a late timer of a window whose program has ended: there is nobody left to do it for
            coroutine.close()
            return
        self._task = asyncio.get_running_loop().create_task(coroutine)
        _running.add(self)
        self._task.add_done_callback(self._over)
        parent.destroyed.connect(self.cancel)

    @property
    def running(self) -> bool:
        """Whether it is still on its way."""
        return self._task is not None and not self._task.done()

    def cancel(self) -> None:
        """Stop it, if it is not over. Nobody is told."""
        if self._task is not None and not self._task.done():
            self._task.cancel()

    async def wait(self) -> None:
        """Return when it is over, however it ended."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def _over(self, task: asyncio.Task[_T]) -> None:
        _running.discard(self)
        if self._busy is not None:
            self._busy.end()
        alive = shiboken6.isValid(self._parent)
        if alive:
            self._parent.destroyed.disconnect(self.cancel)
        if task.cancelled():
            return
        error = task.exception()
        try:
            if error is None:
                if alive and self._done is not None:
                    self._done(task.result())
            elif not isinstance(error, ServiceError):
                raise error
            elif alive and self._failed is not None:
                self._failed(error)
            elif alive and not self._quiet:
                tell(self._parent, str(error), retry=self._retry if error.retry else None)
        except Exception:  # noqa: BLE001 - the excepthook is where bugs belong; asyncio would only log them
            sys.excepthook(*sys.exc_info())


class _Busy:
    """Disables a widget while a job runs, and gives it back as it was, focus and all."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._focus = widget.hasFocus()
        self._enabled = widget.isEnabled()
        widget.setEnabled(False)
        self._timer = QTimer(widget)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._show)
        self._timer.start(SHOW_BUSY_AFTER)

    def _show(self) -> None:
        self._widget.setCursor(Qt.CursorShape.BusyCursor)

    def end(self) -> None:
        widget = self._widget
        if not shiboken6.isValid(widget):
            return
        self._timer.stop()
        self._timer.deleteLater()
        widget.unsetCursor()
        if self._enabled:
            widget.setEnabled(True)
        if self._focus and widget.isVisible():
            widget.setFocus(Qt.FocusReason.OtherFocusReason)


def ready() -> bool:
    """Whether a use case can be run: a timer may still ask when the loop is about to end."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def run(
    parent: QObject,
    coroutine: Coroutine[Any, Any, _T],
    *,
    busy: QWidget | None = None,
    done: Callable[[_T], object] | None = None,
    failed: Callable[[ServiceError], object] | None = None,
    quiet: bool = False,
    retry: Callable[[], object] | None = None,
) -> Job[_T]:
    """Carry out `coroutine` on the running loop; it is cancelled when `parent` goes.

    `busy` is disabled meanwhile. `done` gets the result. A `ServiceError` goes
    to `failed`, or into a toast over `parent`'s window with "Try again" when
    `retry` is given and trying again makes sense; `quiet` drops it instead, for
    what runs unasked in the background.
    """
    return Job(parent, coroutine, busy, done, failed, quiet, retry)


def tell(
    parent: QObject,
    text: str,
    *,
    action: str = "",
    then: Callable[[], object] | None = None,
    retry: Callable[[], object] | None = None,
) -> None:
    """Say `text` in a toast over the window that `parent` belongs to."""
    while not isinstance(parent, QWidget):
        above = parent.parent()
        if above is None:
            return
        parent = above
    window = parent.window()
    toast = window.findChild(Toast, options=Qt.FindChildOption.FindDirectChildrenOnly) or Toast(window)
    if retry is not None and not action:
        action, then = toast.tr("Try again"), retry
    toast.say(text, action=action, then=then, seconds=max(8.0, len(text) / 12))
