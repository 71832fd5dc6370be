"""Pausing and removing an account, from whichever window; and the menu of an account in the side bar."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import shiboken6
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from app.domain import Account
from app.errors import ServiceError
from ui import ops
from ui.conversation import words as said
from ui.sign_in_ports import Accounts


def tr(text: str) -> str:
    """Translated, in the window's context."""
    return QCoreApplication.translate("Accounts", text)


def pause(asker: QWidget, accounts: Accounts, account_id: str, handle: str, paused: bool) -> None:
    """Pause it, or let it go on, and tell; the toast takes it back."""
    shape = tr("%1 is paused. Nothing is read or sent until it goes on.") if paused else tr("%1 goes on.")
    action = tr("Go on") if paused else tr("Pause")

    def told(_none: object) -> None:
        back = partial(pause, asker, accounts, account_id, handle, not paused)
        ops.tell(asker, shape.replace("%1", handle), action=action, then=back)

    ops.run(asker, accounts.pause(account_id, paused), done=told)


def remove(asker: QWidget, accounts: Accounts, account_id: str, handle: str, over: Callable[[], object]) -> None:
    """Remove it, and tell what its platform was told. Goes on when `asker` is closed; `over` is not called then."""
    host = asker.parentWidget() or asker

    def tell(text: str) -> None:
        there = shiboken6.isValid(asker) and asker.isVisible()
        ops.tell(asker if there else host, text)
        if there:
            over()

    def failed(error: ServiceError) -> None:
        tell(str(error))

    def done(sentence: str) -> None:
        tell(tr("%1 was removed. %2").replace("%1", handle).replace("%2", sentence))

    ops.run(host, accounts.remove(account_id), done=done, failed=failed)


def menu(parent: QWidget, account: Account, *, signs_in: bool, meters: bool, do: Callable[[str], object]) -> QMenu:
    """What can be done to an account; `do` gets a key of `AccountLine.buttons`, or "show". Pop it up with `popup`."""
    made = QMenu(parent)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    made.setAccessibleName(said.one_line(account.handle))
    paused = account.state == "paused"
    read = made.addAction(tr("Read now"), lambda: do("read"))
    read.setEnabled(not paused)
    if signs_in:
        made.addAction(tr("Sign in again"), lambda: do("sign_in"))
    if meters:
        made.addAction(tr("Limits and costs"), lambda: do("limits"))
    made.addAction(tr("Go on") if paused else tr("Pause"), lambda: do("pause"))
    made.addSeparator()
    made.addAction(tr("All accounts"), lambda: do("show"))
    made.addAction(tr("Remove\u2026"), lambda: do("remove"))
    return made


def pop_up(made: QMenu, at: QPoint) -> None:
    """Show it there, on the screen, with its first line chosen for the keyboard."""
    made.popup(at)
    first = next((action for action in made.actions() if action.isEnabled()), None)
    if first is not None:
        made.setActiveAction(first)
