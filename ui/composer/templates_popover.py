"""Saved replies under the cursor: "/" opens the list, what is typed behind it chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.rows import TemplateHit
from ui import theme
from ui.composer.editor import TextEdit
from ui.composer.lines import told
from ui.conversation import words
from ui.widgets import Label

_Index = QModelIndex | QPersistentModelIndex
LONGEST = 60  # characters of a query; what is longer is a text that begins with "/"
SHOWN = 6


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hits: Sequence[TemplateHit] = ()

    def rowCount(self, _parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(self.hits)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.hits):
            return None
        hit = self.hits[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return words.one_line(hit.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            key = f", /{hit.shortcut}" if hit.shortcut else ""
            return f"{words.one_line(hit.name)}{key}, {words.one_line(hit.text)}"
        return None

    def show_hits(self, hits: Sequence[TemplateHit]) -> None:
        self.beginResetModel()
        self.hits = hits
        self.endResetModel()


class _Delegate(QStyledItemDelegate):
    """Name and shortcut, and under them one line of the text."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        high = QFontMetrics(theme.font(13)).height() + QFontMetrics(theme.font(12)).height()
        return QSize(200, high + theme.px(10))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        c, model = theme.tokens(), index.model()
        assert isinstance(model, _Model)
        hit = model.hits[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(c.sel)
            painter.drawRoundedRect(QRectF(option.rect), 6, 6)
        box = option.rect.adjusted(theme.px(8), theme.px(4), -theme.px(8), -theme.px(4))
        name, small = theme.font(13, 600), theme.font(12)
        first = QRect(box.left(), box.top(), box.width(), QFontMetrics(name).height())
        second = QRect(box.left(), first.bottom() + 2, box.width(), QFontMetrics(small).height() + 2)
        right = " \u00b7 ".join(
            part for part in (words.one_line(hit.folder), hit.shortcut and f"/{hit.shortcut}") if part
        )
        metrics = QFontMetrics(small)
        right = metrics.elidedText(right, Qt.TextElideMode.ElideLeft, box.width() // 2)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(small)
        painter.setPen(c.muted)
        painter.drawText(first, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        text = metrics.elidedText(words.one_line(hit.text), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(second, left, text)
        painter.setFont(name)
        painter.setPen(c.text)
        room = box.width() - metrics.horizontalAdvance(right) - theme.px(12)
        elided = QFontMetrics(name).elidedText(words.one_line(hit.name), Qt.TextElideMode.ElideRight, room)
        painter.drawText(first, left, elided)
        painter.restore()


class TemplatesPopover(QWidget):
    """Lies over the window that `edit` is in; the focus stays in the text.

    `taken` carries the hit and the start and end of "/query" in UTF-16 units.
    """

    taken = Signal(object, int, int)

    def __init__(self, edit: TextEdit, search: Callable[[str], Sequence[TemplateHit]]) -> None:
        super().__init__(edit.window())
        self._edit, self._search = edit, search
        self._start: QTextCursor | None = None  # before the "/"
        self._ours = False  # the "/" was put there by a command, not typed
        self.model = _Model(self)
        self.list = QListView(self)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Templates"))
        self.list.setMouseTracking(True)
        self.list.clicked.connect(lambda index: self._take(index.row()))
        self.empty = Label(self.tr("No template matches. Esc leaves what you typed."), self, size=12, colour="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.list)
        column.addWidget(self.empty)
        self.setAccessibleName(self.tr("Templates"))
        self.hide()
        edit.keys.append(self._key)
        edit.textChanged.connect(self._follow)
        edit.cursorPositionChanged.connect(self._follow)
        edit.focused.connect(lambda on: None if on else self.leave())

    def summon(self) -> None:
        """Open the whole list where the cursor is."""
        cursor = self._edit.textCursor()
        before = self._edit.document().characterAt(cursor.selectionStart() - 1) if cursor.selectionStart() else ""
        cursor.insertText(" /" if before and not before.isspace() and before != "\u2029" else "/")
        self._edit.setTextCursor(cursor)
        self._edit.setFocus()
        self._ours = True
        self._begin(cursor.position() - 1)

    def leave(self) -> None:
        """Close; what was typed stays."""
        self._start = None
        self.hide()

    def _begin(self, start: int) -> None:
        self._start = QTextCursor(self._edit.document())
        self._start.setPosition(start)
        self._start.setKeepPositionOnInsert(True)
        self._refresh()

    def _key(self, event: QKeyEvent) -> bool:
        if self.isHidden():
            if event.text() == "/" and self._may_begin():
                self._ours = False
                self._edit.textCursor().insertText("/")
                self._begin(self._edit.textCursor().position() - 1)
                return True
            return False
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: SHOWN, Qt.Key.Key_PageUp: -SHOWN}
        if key in steps and self.model.hits:
            self._step(steps[key], wrap=abs(steps[key]) == 1)
            return True
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab) and plain and self.model.hits:
            self._take(self.list.currentIndex().row())
            return True
        if key == Qt.Key.Key_Escape:
            query = self._query()
            if self._ours and not query and self._start is not None:
                self._start.setPosition(self._start.position())
                self._start.deleteChar()
            self.leave()
            return True
        return False

    def _may_begin(self) -> bool:
        at = self._edit.textCursor().selectionStart()
        before = self._edit.document().characterAt(at - 1) if at else "\n"
        return not self._edit.isReadOnly() and (before.isspace() or before == "\u2029")

    def _query(self) -> str | None:
        if self._start is None:
            return None
        span = QTextCursor(self._edit.document())
        span.setPosition(self._start.position())
        here = self._edit.textCursor().position()
        if here <= span.position():
            return None
        span.setPosition(here, QTextCursor.MoveMode.KeepAnchor)
        text = span.selectedText()
        if not text.startswith("/") or "\u2029" in text or len(text) > LONGEST or text.startswith("/ "):
            return None
        return text[1:]

    def _follow(self) -> None:
        if self._start is not None:
            self._refresh()

    def _refresh(self) -> None:
        query = self._query()
        if query is None:
            self.leave()
            return
        hits = self._search(query)
        if not hits and " " in query:
            self.leave()
            return
        if hits != self.model.hits or self.isHidden():
            self.model.show_hits(hits)
            self.list.setVisible(bool(hits))
            self.empty.setVisible(not hits)
            if hits:
                self._go(0)
        self._place()

    def _step(self, by: int, *, wrap: bool) -> None:
        count, at = len(self.model.hits), self.list.currentIndex().row() + by
        self._go(at % count if wrap else min(count - 1, max(0, at)))

    def _go(self, row: int) -> None:
        index = self.model.index(row, 0)
        self.list.setCurrentIndex(index)
        told(self.list, str(self.model.data(index, Qt.ItemDataRole.AccessibleTextRole)))

    def _take(self, row: int) -> None:
        if self._start is None or not 0 <= row < len(self.model.hits):
            return
        hit, start, end = self.model.hits[row], self._start.position(), self._edit.textCursor().position()
        self.leave()
        self.taken.emit(hit, start, end)

    def _place(self) -> None:
        window = self._edit.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        wide = min(theme.px(380), window.width() - 16)
        rows = min(SHOWN, len(self.model.hits))
        one = self.list.sizeHintForRow(0) if rows else 0
        self.list.setFixedHeight(max(1, one * rows))
        high = (one * rows if rows else self.empty.sizeHint().height() + 8) + 12
        corner = self._edit.cursorRect()
        over = self._edit.viewport().mapTo(window, corner.topLeft())
        under = self._edit.viewport().mapTo(window, corner.bottomLeft())
        x = max(8, min(over.x(), window.width() - wide - 8))
        below = window.height() - under.y() - 12
        y = under.y() + 4 if below >= high else max(8, over.y() - high - 4)
        self.setGeometry(QRect(QPoint(x, y), QSize(wide, high)))
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(c.line)
        painter.setBrush(c.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
