"""A client, an offer, and the hands of somebody who works with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from app.domain import Amends, Client, Profile
from ui.followups.box import FollowUpsBox
from ui.followups.page import FollowUpsDialog
from ui.widgets import Label, Toast

MAPLE = Client("maple", "Maple & Rye", "#d9a441", "UTC", "", datetime(2026, 1, 1, tzinfo=UTC), Profile(currency="CHF"))
VOUCHER = Amends("a1", "1", "voucher", "20.00", "EUR", "by post", datetime(2026, 11, 1, tzinfo=UTC))


def told(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(Label) if label.isVisibleTo(widget)]


def press(box: FollowUpsBox | FollowUpsDialog, name: str) -> QPushButton:
    """Press what a screen reader calls by a name that starts like this."""
    button = next(one for one in box.links() if one.accessibleName().startswith(name))
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    return button


def toast(widget: QWidget) -> Toast:
    found = widget.window().findChild(Toast)
    assert isinstance(found, Toast)
    return found


def shown(box: QWidget, kind: type[Any]) -> Any:
    return next(one for one in box.findChildren(kind) if one.isVisible())
