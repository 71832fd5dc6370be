"""The feed on the screen. It stands still while somebody reads, and repaints only the rings that moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QFocusEvent, QKeyEvent, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QScrollBar,
    QTableView,
    QWidget,
)

from app.rows import FeedRow
from ui import theme
from ui.feed.delegate import FeedDelegate, row_height
from ui.feed.marks import Marks
from ui.feed.model import FeedModel
from ui.feed.ring import RingFace, face
from ui.feed.words import tr

_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class FeedView(QTableView):
    """A one-column table: a QListView lays out every row on each change, a table with fixed rows does not."""

    chosen = Signal(str)  # a conversation, by a person: never because the list moved
    opened = Signal(str)  # Enter or double click
    new_changed = Signal(int)  # how many arrived above the screen
    ticked = Signal()  # once a second while on the screen

    def __init__(self, model: FeedModel, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._feed, self._now = model, now
        self._row = row_height()
        self._chosen = ""
        self._resume = 0  # the row to go on from when the chosen one has left
        self._held: list[tuple[str, int]] = []  # row and pixel position, the most important first
        self._busy = 0
        self._extra = 0  # how far the scroll range reaches beyond the rows, so that a short list can hold still
        self._faces: dict[str, RingFace] = {}
        self._tick_region = QRegion()
        self._minute = -1
        self._above: set[str] = set()
        self._delegate = FeedDelegate(now, self)
        self.marks = Marks(self, model)
        self._delegate.marked = self.marks.ids
        self._slider = QScrollBar(Qt.Orientation.Vertical, self)  # over the rows, so that they keep their width
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._tick)
        self._set_up()

    def _set_up(self) -> None:
        self.setModel(self._feed)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(tr("Feed"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAutoScroll(False)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        across = self.horizontalHeader()
        across.setVisible(False)
        across.setStretchLastSection(True)
        down = self.verticalHeader()
        down.setVisible(False)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._slider.hide()
        self._restyle()
        theme.signals.changed.connect(self._restyle)
        self._feed.about_to_change.connect(self._hold)
        self._feed.changed.connect(self._let_go)
        self._feed.replaced.connect(self._replaced)
        self.selectionModel().selectionChanged.connect(self._selected)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.valueChanged.connect(self._place_handle)
        bar.rangeChanged.connect(self._place_handle)
        self._slider.valueChanged.connect(bar.setValue)
        self.activated.connect(lambda index: self._open(index))

    # what the window asks

    def conversation(self) -> str:
        """The chosen conversation, "" if none is. It stays chosen when its row moves or leaves."""
        return self._chosen

    def choose(self, at: int) -> bool:
        """Choose the row at a place in the window, and bring it into view."""
        row = self._feed.row(at)
        if row is None:
            return False
        self.marks.clear()
        index = self._feed.index(at, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)
        return True

    def choose_conversation(self, conversation: str) -> bool:
        """Choose a conversation if the window holds it."""
        return self.choose(self._feed.find(conversation))

    def step(self, by: int) -> None:
        """Go to the next row or the one before. If the chosen row has left, go on where it was."""
        at = self._feed.find(self._chosen) if self._chosen else -1
        if at >= 0:
            self.choose(max(0, at + by))
        else:
            self.choose(min(max(0, self._resume + (by if by < 0 else 0)), max(0, self._feed.rowCount() - 1)))

    def step_off(self) -> None:
        """Go on from a row that is finished: to the one below, at the end to the one above."""
        at = self._feed.find(self._chosen)
        if at < 0:
            self.choose(min(self._resume, self._feed.rowCount() - 1))
        elif not self.choose(at + 1):
            self.choose(at - 1)

    def choose_first(self) -> None:
        """Go to the lane's first row."""
        self._feed.show_top()
        self.choose(0)
        self.verticalScrollBar().setValue(0)

    def choose_last(self) -> None:
        """Go to the lane's last row, however many there are."""
        with self._quiet():
            self._feed.show_end()
        self.choose(self._feed.rowCount() - 1)

    def forget(self) -> None:
        """No row is chosen."""
        self._chosen = ""
        self.selectionModel().clear()

    def show_new(self) -> None:
        """Scroll to the newest arrivals above."""
        places = [at for conversation in self._above if (at := self._feed.find(conversation)) >= 0]
        self._above.clear()
        self._tell_new()
        self.verticalScrollBar().setValue(min(places, default=0) * self._row)

    def row_at(self, y: int) -> FeedRow | None:
        """The row at a height of the screen."""
        return self._feed.row(self.rowAt(y))

    def near(self) -> int:
        """The first row on the screen."""
        return max(0, self.rowAt(0))

    def new_above(self) -> int:
        """How many arrived above the screen and have not been looked at."""
        return len(self._above)

    # holding still

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1

    def _reading(self) -> bool:
        return self.verticalScrollBar().value() > 0 or bool(self._chosen) or self._under_cursor() >= 0

    def _under_cursor(self) -> int:
        if not self.isVisible() or not self.viewport().underMouse():
            return -1
        return self.rowAt(self.viewport().mapFromGlobal(QCursor.pos()).y())

    def _hold(self) -> None:
        """Note where the rows on the screen are: the one under the cursor counts most, then the chosen."""
        self._busy += 1
        self._held = []
        if self._feed.at_top and not self._reading():
            return  # at the top of a lane what is new may show
        top = self.verticalScrollBar().value()
        first = self.near()
        last = min(self._feed.rowCount() - 1, first + self.viewport().height() // self._row + 1)
        shown = list(range(first, last + 1))
        chosen = self._feed.find(self._chosen) if self._chosen else -1
        self._resume = chosen if chosen >= 0 else self._resume
        cursor = self._under_cursor()
        lead = cursor if cursor >= 0 else chosen if chosen in shown else first
        shown.sort(key=lambda at: (at > lead, abs(at - lead)))
        for at in shown:
            row = self._feed.row(at)
            if row is not None:
                self._held.append((row.id, at * self._row - top))

    def _let_go(self, new: list[str]) -> None:
        self.executeDelayedItemsLayout()
        for conversation, y in self._held:
            at = self._feed.find(conversation)
            if at >= 0:
                want = max(0, at * self._row - y)
                bar = self.verticalScrollBar()
                self._extra = want
                if bar.maximum() < want:
                    bar.setMaximum(want)
                bar.setValue(want)
                break
        self._held = []
        self._select_again()
        self._busy -= 1
        first = self.near()
        top = self.verticalScrollBar().value()
        for conversation in new:
            at = self._feed.find(conversation)
            if at >= 0 and (at < first or (at == first and top % self._row)):
                self._above.add(conversation)
        self._tell_new()

    def _select_again(self) -> None:
        at = self._feed.find(self._chosen) if self._chosen else -1
        flags = QItemSelectionModel.SelectionFlag
        if at < 0:
            self.selectionModel().clear()
        elif self.currentIndex().row() != at or not self.selectionModel().hasSelection():
            self.selectionModel().setCurrentIndex(self._feed.index(at, 0), flags.ClearAndSelect | flags.Rows)

    def _replaced(self) -> None:
        self._extra = 0
        self._above.clear()
        self._tell_new()
        with self._quiet():
            self.verticalScrollBar().setValue(0)
            self._select_again()

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        value = bar.value()
        self._busy += 1
        super().updateGeometries()
        if self._extra > bar.maximum():
            bar.setMaximum(self._extra)
            bar.setValue(min(value, self._extra))
        bar.setSingleStep(max(1, self._row // 3))
        self._busy -= 1

    def _place_handle(self) -> None:
        # not by the signal's value: a page that came in meanwhile has moved on from it
        bar = self.verticalScrollBar()
        self._slider.blockSignals(True)
        self._slider.setRange(0, bar.maximum())
        self._slider.setPageStep(self.viewport().height())
        self._slider.setValue(bar.value())
        self._slider.blockSignals(False)
        self._slider.setVisible(bar.maximum() > 0)

    def _scrolled(self, value: int) -> None:
        if self._busy:
            return
        height = self.viewport().height()
        natural = max(0, self._feed.rowCount() * self._row - height)
        if value < self._extra:  # the person scrolls back: the room below the rows is no longer needed
            self._extra = 0 if value <= natural else value
            self.verticalScrollBar().setMaximum(max(natural, self._extra))
        if natural - value < 3 * height and not self._feed.at_end:
            self._feed.fetch_after()
        elif value < 3 * height and not self._feed.at_top and not self._slider.isSliderDown():
            self._feed.fetch_before()
        if self._above:
            first = value // self._row
            self._above = {one for one in self._above if 0 <= self._feed.find(one) < first}
            self._tell_new()

    # choosing

    def _selected(self) -> None:
        chosen = self.selectionModel().selectedRows()
        if self._busy or not chosen:
            return
        row = self._feed.row(chosen[0].row())
        if row is not None and row.id != self._chosen:
            self._chosen = row.id
            self.marks.clear()
            self.chosen.emit(row.id)

    def _open(self, index: QModelIndex) -> None:
        row = self._feed.row(index.row())
        if row is not None:
            self.opened.emit(row.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._show_focus(True)
        if event.key() == Qt.Key.Key_Home:
            self.choose_first()
        elif event.key() == Qt.Key.Key_End:
            self.choose_last()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._show_focus(event.reason() in _KEYBOARD)
        super().focusInEvent(event)

    def _show_focus(self, shown: bool) -> None:
        if shown != self._delegate.show_focus:
            self._delegate.show_focus = shown
            self.viewport().update()

    # the tick

    def paintEvent(self, event: QPaintEvent) -> None:
        self._delegate.rings_only = not self._tick_region.isEmpty() and event.region() == self._tick_region
        self._tick_region = QRegion()
        super().paintEvent(event)
        self._delegate.rings_only = False
        if not self._timer.isActive():
            self._timer.start()

    def _tick(self) -> None:
        window = self.window().windowHandle()
        if not self.isVisible() or self.window().isMinimized() or window is None or not window.isExposed():
            self._timer.stop()  # the next paint starts it again
            return
        now = self._now()
        self.ticked.emit()
        if now.minute != self._minute:
            self._minute = now.minute
            self._faces.clear()
            self.viewport().update()
            return
        region = self.stale_rings(now)
        if not region.isEmpty():
            self._tick_region = region
            self.viewport().update(region)

    def stale_rings(self, now: datetime) -> QRegion:
        """The part of the screen whose rings show something else than a second ago."""
        region = QRegion()
        faces: dict[str, RingFace] = {}
        first, top = self.near(), self.verticalScrollBar().value()
        for at in range(first, first + self.viewport().height() // self._row + 2):
            row = self._feed.row(at)
            if row is None:
                break
            shown = faces[row.id] = face(row, now)
            if self._faces.get(row.id, shown) != shown:
                region += QRegion(self._delegate.ring_box(at * self._row - top).toAlignedRect())
        self._faces = faces
        return region

    # looks

    def _restyle(self) -> None:
        self._row = row_height()
        down = self.verticalHeader()
        down.setMinimumSectionSize(self._row)
        down.setDefaultSectionSize(self._row)
        self.viewport().update()
        self._place_slider()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_slider()

    def _tell_new(self) -> None:
        self.new_changed.emit(len(self._above))

    def _place_slider(self) -> None:
        self._slider.setGeometry(self.width() - 8, 0, 8, self.height())
        self._slider.raise_()
