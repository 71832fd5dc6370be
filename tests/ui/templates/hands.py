"""Three templates, and the hands of somebody who works with them."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.domain import Deeds, TemplateText
from tests.ui.fakes_answering import a_template
from ui.templates.window import TemplatesWindow
from ui.widgets import LinkButton, Toast

SORRY = a_template(
    "sorry", "Sorry, to DM", folder="Complaints/Refund", shortcut="sorry", client_id="maple",
    texts=(
        TemplateText("", ("Hi {first_name}, I am so sorry.", "Oh no, {first_name}.")),
        TemplateText("de", ("Das tut mir leid.",)),
    ),
    deeds=Deeds(("Refund",), "tomorrow 9", "answered", True),
)  # fmt: skip
THANKS = a_template("thanks", "Thank you", "You made our day.", folder="Praise")
HOURS = a_template("hours", "Opening hours", "We open at nine.")


def toast(page: QWidget) -> Toast:
    found = page.window().findChild(Toast)
    assert isinstance(found, Toast)
    return found


def press(page: QWidget) -> None:
    """The one thing that a toast offers."""
    button = toast(page).findChild(LinkButton)
    assert isinstance(button, LinkButton)
    button.click()


def gone(page: QWidget) -> bool:
    """Whether it is deleted, not only hidden."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return not shiboken6.isValid(page)


def choose(page: TemplatesWindow, id_: str) -> None:
    page.tree.point_at("")
    item = next(one for one in page.tree._items() if one.data(0, Qt.ItemDataRole.UserRole) == id_)
    page.tree.setCurrentItem(item)
