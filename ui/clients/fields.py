"""Fields that are read while somebody types: what is wrong stands under them; and lists that are searched by typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QDateEdit, QDateTimeEdit, QLineEdit, QVBoxLayout, QWidget

from app.errors import InputError
from ui import theme
from ui.widgets import Label
from ui.widgets.combo import paint_chevron

_T = TypeVar("_T")


class Checked(QWidget, Generic[_T]):
    """A line of text that `read` understands or refuses with a sentence."""

    changed = Signal()

    def __init__(self, name: str, read: Callable[[str], _T], parent: QWidget | None = None, *, hint: str = "") -> None:
        super().__init__(parent)
        self._read = read
        self._value: _T | None = None
        self.edit = QLineEdit(self)
        self.edit.setAccessibleName(name)
        self.edit.setPlaceholderText(hint)
        self.error = Label("", self, size=12, colour="danger", wrap=True)
        self.error.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.edit)
        column.addWidget(self.error)
        self.edit.textChanged.connect(self._typed)
        self._typed()

    def set_text(self, text: str) -> None:
        """Show this, as if it had been typed."""
        self.edit.setText(text)

    def value(self) -> _T | None:
        """What was read; None while it cannot be."""
        return self._value

    def valid(self) -> bool:
        """Whether it can be read. What is greyed out does not count."""
        return self._value is not None or not self.isEnabled()

    def _typed(self) -> None:
        try:
            self._value = self._read(self.edit.text())
            why = ""
        except InputError as error:
            self._value, why = None, str(error)
        self.error.setText(why)
        self.error.setVisible(bool(why))
        self.edit.setAccessibleDescription(why)
        border = f"border: 1px solid {theme.tokens().danger.name()};" if why else ""
        self.edit.setStyleSheet(f"QLineEdit {{ {border} }}" if border else "")
        self.changed.emit()


class DateBox(QDateEdit):
    """A date with a calendar. It does not change when somebody scrolls past it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("chevron", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCalendarPopup(True)
        self.setDisplayFormat("d MMM yyyy")

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # with the focus on it, too: the page scrolls

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_chevron(self)


class Box(QComboBox):
    """A list whose choice does not change when somebody scrolls past it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("chevron", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        edit = self.lineEdit()
        assert edit is not None
        edit.setAccessibleName(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # with the focus on it, too: the page scrolls

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_chevron(self)


class SearchBox(Box):
    """A list that is searched by typing a part of a name. `picked` follows a choice, never a half-typed word."""

    picked = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setMaxVisibleItems(14)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        edit, completer = self.lineEdit(), QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        assert edit is not None
        edit.editingFinished.connect(self._settle)
        self.currentIndexChanged.connect(lambda _index: self.picked.emit())

    def set_items(self, items: Sequence[tuple[str, str]], chosen: str) -> None:
        """Data and words of each; `chosen` is the data that is picked. Nobody is told."""
        self.blockSignals(True)
        self.clear()
        for data, words in items:
            self.addItem(words, data)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        self.blockSignals(False)

    def data(self) -> str:
        """The data of what is picked, "" for nothing."""
        return str(self.currentData() or "")

    def pick(self, data: str) -> None:
        """Choose by data, as a click does."""
        self.setCurrentIndex(self.findData(data))

    def _settle(self) -> None:
        typed = self.currentText().strip()
        found = self.findText(typed, Qt.MatchFlag.MatchFixedString)
        if found < 0 and typed:  # a part of a name will do where no other has it, too
            like = [row for row in range(self.count()) if typed.casefold() in self.itemText(row).casefold()]
            found = like[0] if len(like) == 1 else -1
        if found >= 0:
            self.setCurrentIndex(found)
        self.setEditText(self.itemText(self.currentIndex()))


class MomentBox(QDateTimeEdit):
    """A day and a time on this computer's clock, with a calendar. It does not change when somebody scrolls past it."""

    def __init__(self, at: datetime, name: str, parent: QWidget | None = None) -> None:
        super().__init__(_qt(at), parent)
        self.setAccessibleName(name)
        self.setProperty("chevron", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCalendarPopup(True)
        shape = QLocale().timeFormat(QLocale.FormatType.ShortFormat)
        self.setDisplayFormat("ddd d MMM yyyy  " + ("HH:mm" if QLocale().language() == QLocale.Language.C else shape))

    def at(self) -> datetime:
        """What is chosen; aware, UTC."""
        return datetime.fromtimestamp(self.dateTime().toMSecsSinceEpoch() / 1000, UTC)

    def set_earliest(self, at: datetime) -> None:
        """Nothing before this can be chosen."""
        self.setMinimumDateTime(_qt(at))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_chevron(self)


def _qt(at: datetime) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(int(at.timestamp() * 1000))
