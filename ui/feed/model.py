"""The rows of a lane around the viewport: a window of keyset pages that stands for a million rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.domain import Lane
from app.events import Changes
from app.rows import FeedKey, FeedRow
from ui.feed.delegate import ROW_ROLE
from ui.feed.words import spoken, tr

PAGE = 100
KEPT = 1_200  # rows in memory at most; the far end is let go
NAMED = 150  # changes to more rows than this re-read the window instead

_NOWHERE = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex
_Place = tuple[int, int, int, str]


class FeedSource(Protocol):
    """What the model asks of the inbox. Each call is a keyset read below a millisecond."""

    def feed_page(
        self,
        lane: Lane,
        *,
        client: str | None = None,
        after: FeedKey | None = None,
        before: FeedKey | None = None,
        limit: int = 100,
    ) -> list[FeedRow]:
        """Up to `limit` rows next to a key, in the lane's order."""

    def feed_rows(self, ids: Collection[str]) -> dict[str, FeedRow]:
        """These conversations as they are now; those that are gone are missing."""

    def search(self, words: str, *, client: str | None = None, limit: int = 50) -> list[FeedRow]:
        """Conversations that hold the words, newest first."""


def place(key: FeedKey) -> _Place:
    """The lane's order as Python sorts it. Ids that are numbers sort as numbers, as they do in the store."""
    return (key.at, 0, int(key.id), "") if key.id.isdecimal() else (key.at, 1, 0, key.id)


class FeedModel(QAbstractTableModel):
    """One column. Row 0 is the window's first row, which is the lane's first while `at_top` holds.

    `about_to_change` and `changed` surround every insertion and removal, so that the view can hold still.
    """

    about_to_change = Signal()
    changed = Signal(list)  # ids that were inserted by `Changes`
    replaced = Signal()  # another lane, client or search

    def __init__(self, source: FeedSource, now: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source, self._now = source, now
        self._rows: list[FeedRow] = []
        self._places: list[_Place] = []
        self._place_of: dict[str, _Place] = {}
        self.lane: Lane = Lane.CARE
        self.client: str | None = None
        self.words = ""
        self.at_top = self.at_end = True
        self.marked: Collection[str] = ()  # several rows that are acted upon together; the view's
        self._changing = False

    # what Qt asks

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        at = index.row()
        if not 0 <= at < len(self._rows):
            return None
        if role == ROW_ROLE:
            return self._rows[at]
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole):
            words = spoken(self._rows[at], self._now())
            return tr("selected, {row}").format(row=words) if self._rows[at].id in self.marked else words
        return None

    def canFetchMore(self, parent: _Index = _NOWHERE) -> bool:
        # a view asks while rows are on their way in or out, too: then its scroll position means nothing
        return not parent.isValid() and not self.at_end and not self._changing

    def fetchMore(self, parent: _Index = _NOWHERE) -> None:
        if self.canFetchMore(parent):
            self.fetch_after()

    # reading

    def row(self, at: int) -> FeedRow | None:
        """The row at a place in the window."""
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def find(self, conversation: str) -> int:
        """Where a conversation is in the window, -1 if it is not."""
        wanted = self._place_of.get(conversation)
        if wanted is None:
            return -1
        if self.words:
            return next((i for i, row in enumerate(self._rows) if row.id == conversation), -1)
        at = bisect_left(self._places, wanted)
        while at < len(self._rows) and self._rows[at].id != conversation:
            at += 1
        return at if at < len(self._rows) else -1

    def show(self, lane: Lane, client: str | None) -> None:
        """Show a lane from its top."""
        self.lane, self.client, self.words = lane, client, ""
        page = self._page()
        self._reset(page, at_top=True, at_end=len(page) < PAGE)

    def show_found(self, words: str) -> None:
        """Show what a search finds."""
        self.words = words
        self._reset(self._source.search(words, client=self.client), at_top=True, at_end=True)

    def show_top(self) -> None:
        """Go to the first page; nothing is read if it is there."""
        if not self.at_top:
            self.show(self.lane, self.client)

    def show_end(self) -> None:
        """Go to the last page, wherever the window was."""
        if not self.at_end:
            page = self._page(before=FeedKey(2**62, ""))
            self._reset(page, at_top=len(page) < PAGE, at_end=True)

    def fetch_after(self) -> int:
        """Append a page; lets rows at the top go when there are too many. Returns how many came."""
        if self.at_end or not self._rows:
            return 0
        page = self._page(after=self._rows[-1].key)
        self.at_end = len(page) < PAGE
        self._begin()
        self._insert(len(self._rows), page)
        if len(self._rows) > KEPT:
            self._remove(0, len(self._rows) - KEPT)
            self.at_top = False
        self._end([])
        return len(page)

    def fetch_before(self) -> int:
        """Prepend a page; lets rows at the end go when there are too many. Returns how many came."""
        if self.at_top or not self._rows:
            return 0
        page = self._page(before=self._rows[0].key)
        self._begin()
        self.at_top = len(page) < PAGE
        self._insert(0, page)
        if len(self._rows) > KEPT:
            self._remove(KEPT, len(self._rows) - KEPT)
            self.at_end = False
        self._end([])
        return len(page)

    # following the store

    def follow(self, changes: Changes, near: int = 0) -> None:
        """Take in what a write touched: only these rows are read. `near` is a row on the screen."""
        if self.words:
            self._refresh_found(changes)
            return
        touched = changes.conversations | changes.new
        if changes.everything or len(touched) > NAMED:
            self._reread(near)
        elif touched:
            self._merge(touched, self._source.feed_rows(touched))

    def _refresh_found(self, changes: Changes) -> None:
        touched = self._place_of.keys() if changes.everything else changes.conversations & self._place_of.keys()
        if touched:
            for row in self._source.feed_rows(set(touched)).values():
                self._replace(self.find(row.id), row)

    def _reread(self, near: int) -> None:
        """Read the rows around the screen again, and take the difference in."""
        first, stop = max(0, near - PAGE), max(0, near) + PAGE  # what is around the screen: the read stays small
        if first or stop < len(self._rows):
            self._begin()
            self._cut(first, stop)
            self._end([])
        limit = max(PAGE, len(self._rows))
        start = None if self.at_top or not self._rows else FeedKey(self._rows[0].key.at - 1, "")
        page = self._source.feed_page(self.lane, client=self.client, after=start, limit=limit)
        found = {row.id: row for row in page}
        last = place(page[-1].key) if len(page) == limit else None
        # what was pushed out of the page is not known any more: it goes, and is read again when it is scrolled to
        gone = self._place_of.keys() - found.keys()
        self.at_end = last is None
        self._merge(gone | found.keys(), found, whole=True)

    def _cut(self, first: int, stop: int) -> None:
        """Keep only the rows `first` to `stop`."""
        if stop < len(self._rows):
            self._remove(stop, len(self._rows) - stop)
            self.at_end = False
        if first:
            self._remove(0, first)
            self.at_top = False

    def _merge(self, touched: Iterable[str], found: dict[str, FeedRow], *, whole: bool = False) -> None:
        """Take in rows as they are now. `whole`: they lie side by side, so none is left out at the ends."""
        leave: list[int] = []
        come: list[FeedRow] = []
        for conversation in touched:
            row = found.get(conversation)
            here = row is not None and row.lane == self.lane and self.client in (None, row.client_id)
            old = self._place_of.get(conversation)
            if old is not None and row is not None and here and place(row.key) == old:
                self._replace(self.find(conversation), row)
                continue
            if old is not None:
                leave.append(self.find(conversation))
            if row is not None and here:
                come.append(row)
        if not leave and not come:
            return
        moved = {self._rows[at].id for at in leave}
        first, last = (self._places[0], self._places[-1]) if self._places else (None, None)
        come = [
            row
            for row in come
            if whole
            or (
                (self.at_top or first is None or place(row.key) > first)
                and (self.at_end or last is None or place(row.key) < last)
            )
        ]
        self._begin()
        for start, stop in _runs_down(sorted(leave)):
            self._remove(start, stop - start)
        for at, rows in _slots(self._places, sorted(come, key=lambda row: place(row.key))):
            self._insert(at, rows)
        if len(self._rows) > KEPT + PAGE:
            self._remove(KEPT, len(self._rows) - KEPT)
            self.at_end = False
        self._end([row.id for row in come if row.id not in moved])

    def _begin(self) -> None:
        self._changing = True
        self.about_to_change.emit()

    def _end(self, new: list[str]) -> None:
        self.changed.emit(new)
        self._changing = False

    def _page(self, *, after: FeedKey | None = None, before: FeedKey | None = None) -> list[FeedRow]:
        return self._source.feed_page(self.lane, client=self.client, after=after, before=before, limit=PAGE)

    def _reset(self, rows: list[FeedRow], *, at_top: bool, at_end: bool) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self._places = [place(row.key) for row in rows]
        self._place_of = {row.id: place(row.key) for row in rows}
        self.at_top, self.at_end = at_top, at_end
        self.endResetModel()
        self.replaced.emit()

    def _insert(self, at: int, rows: Sequence[FeedRow]) -> None:
        rows = [row for row in rows if row.id not in self._place_of]
        if not rows:
            return
        self.beginInsertRows(_NOWHERE, at, at + len(rows) - 1)
        places = [place(row.key) for row in rows]
        self._rows[at:at] = rows
        self._places[at:at] = places
        self._place_of.update((row.id, where) for row, where in zip(rows, places, strict=True))
        self.endInsertRows()

    def _remove(self, at: int, count: int) -> None:
        self.beginRemoveRows(_NOWHERE, at, at + count - 1)
        for row in self._rows[at : at + count]:
            del self._place_of[row.id]
        del self._rows[at : at + count]
        del self._places[at : at + count]
        self.endRemoveRows()

    def _replace(self, at: int, row: FeedRow) -> None:
        if at >= 0 and self._rows[at] != row:
            self._rows[at] = row
            index = self.index(at, 0)
            self.dataChanged.emit(index, index)


def _runs_down(places: list[int]) -> list[tuple[int, int]]:
    """Neighbouring row numbers as (start, stop), the last first: removing one leaves the others true."""
    runs: list[tuple[int, int]] = []
    for at in places:
        if runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs[::-1]


def _slots(places: list[_Place], rows: list[FeedRow]) -> list[tuple[int, list[FeedRow]]]:
    """Where sorted rows go, the last first; rows that land between the same neighbours go in at once."""
    slots: list[tuple[int, list[FeedRow]]] = []
    for row in rows:
        at = bisect_left(places, place(row.key))
        if slots and slots[-1][0] == at:
            slots[-1][1].append(row)
        else:
            slots.append((at, [row]))
    return slots[::-1]
