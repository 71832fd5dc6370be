"""Putting away until later: words to choose from, a line to type into, and what both of its times will be."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QCoreApplication, QLocale, QPoint, Qt, QTime, Signal
from PySide6.QtWidgets import QApplication, QListWidgetItem, QVBoxLayout, QWidget

from app.domain import WHEN_THEY_ANSWER
from app.errors import InputError
from app.rows import SnoozePlan
from ui import theme
from ui.conversation import words
from ui.widgets import Label
from ui.widgets.popover import END, Popover

Planner = Callable[[Collection[str], str], SnoozePlan]
_CHOOSE = "?"  # stands for "Choose a time" in the list
_WORDS = Qt.ItemDataRole.UserRole


def tr(text: str) -> str:
    """Translate in the context "Snooze"."""
    return QCoreApplication.translate("Snooze", text)


def offers() -> list[tuple[str, str]]:
    """What the list says, and the words that `app.snooze` reads for it."""
    return [
        (tr("In 2 hours"), "in 2 hours"),
        (tr("This evening"), "this evening"),
        (tr("Tomorrow morning"), "tomorrow 9"),
        (tr("In 3 days"), "in 3 days 9:00"),
        (tr("Monday morning"), "monday 9"),
        (tr("When they answer"), "when they answer"),
    ]


def moment(at: datetime, zone: str, now: datetime) -> str:
    """ "16:00", "tomorrow 09:00", "Monday 09:00", "7 Dec 09:00" by the client's clock, and by ours if it differs."""
    there = at.astimezone(ZoneInfo(zone))
    clock = _clock(there)
    apart = (there.date() - now.astimezone(ZoneInfo(zone)).date()).days
    if apart == 1:
        clock = tr("tomorrow %1").replace("%1", clock)
    elif apart == -1:
        clock = tr("yesterday %1").replace("%1", clock)
    elif 1 < apart < 7:
        clock = f"{QLocale().dayName(there.isoweekday())} {clock}"
    elif apart:
        clock = f"{words.short_day(at, now)} {clock}"
    here = at.astimezone()
    if here.utcoffset() != there.utcoffset():
        clock = tr("%1 (%2 here)").replace("%1", clock).replace("%2", _clock(here))
    return clock


def brought_back(plan: SnoozePlan, now: datetime, count: int = 1) -> str:
    """ "Back at 19:06 for the promise": what stands over the times that a promise comes before."""
    zone = ZoneInfo(plan.zone)
    if plan.back.astimezone(zone).date() == now.astimezone(zone).date():
        words = tr("Back at %1 for the promise") if count == 1 else tr("The first is back at %1 for its promise")
    else:
        words = tr("Back %1 for the promise") if count == 1 else tr("The first is back %1 for its promise")
    return words.replace("%1", moment(plan.back, plan.zone, now))


def _clock(at: datetime) -> str:
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        return f"{at:%H:%M}"
    return locale.toString(QTime(at.hour, at.minute), QLocale.FormatType.ShortFormat)


def told(plan: SnoozePlan, now: datetime, count: int = 1) -> str:
    """When it comes back, and which promise brings it back before."""
    answer = plan.until == WHEN_THEY_ANSWER
    if answer:
        first = tr("Comes back when they answer.") if count == 1 else tr("They come back when somebody answers.")
    else:
        back = moment(plan.until, plan.zone, now)
        first = (tr("Comes back %1.") if count == 1 else tr("They come back %1.")).replace("%1", back)
    if plan.due is not None:
        if count > 1:
            rest = tr("The first promise ends %1, so that one comes back at %2.")
        else:
            rest = tr("Its promise ends %1, so it comes back at %2.")
        due, back = moment(plan.due, plan.zone, now), moment(plan.back, plan.zone, now)
        return f"{first} {rest.replace('%1', due).replace('%2', back)}"
    if plan.late:
        return f"{first} {tr('Its promise has ended already.') if count == 1 else tr('Some are late already.')}"
    return first


class SnoozePopover(Popover):
    """`chosen` carries a time, aware and in UTC."""

    chosen = Signal(object)
    ask_wanted = Signal()  # date and time from a calendar

    def __init__(self, plan: Planner, parent: QWidget, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self._now = now or (lambda: datetime.now(UTC))
        self._ids: list[str] = []
        self._typed = False
        self.setAccessibleName(self.tr("Snooze until"))
        self.field.setPlaceholderText(self.tr("tomorrow 9, fri 14:30, in 3 days …"))
        self.field.setAccessibleName(self.tr("Until when, in words"))
        self.list.setAccessibleName(self.tr("Times"))
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.preview = Label("", self, colour="muted", wrap=True)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        inset = QVBoxLayout()
        inset.setContentsMargins(8, 0, 8, 4)
        inset.addWidget(self.preview)
        column.addLayout(inset)
        self.field.textEdited.connect(self._type)
        self.field.returnPressed.connect(self._take)
        self.list.itemClicked.connect(self._click)
        self.list.currentRowChanged.connect(lambda _row: self._show())

    def open_for(self, ids: Collection[str], anchor: QWidget) -> None:
        """Offer times for these conversations, under `anchor`."""
        self._ids = list(ids)
        before = QApplication.focusWidget()
        self._before = before if before is not None and not self.isAncestorOf(before) else self._before
        self.field.clear()
        self._typed = False
        self._fill()
        self._place(anchor)
        self.come()

    def _fill(self) -> None:
        self.list.clear()
        plans: dict[datetime, tuple[str, str, SnoozePlan]] = {}
        for label, said in offers():
            try:
                plan = self._plan(self._ids, said)
            except InputError:  # this evening is over
                continue
            plans.setdefault(plan.until, (label, said, plan))
        for own in (True, False):
            group = [one for one in plans.values() if (one[2].due is None) is own]
            if group and not own:  # whichever of these is chosen, it is the promise that brings it back
                self.list.head(brought_back(group[0][2], self._now(), len(self._ids)))
            for label, said, plan in group:
                self._add(label, said, plan)
        item = QListWidgetItem(self.tr("Choose a time…"), self.list)
        item.setData(_WORDS, _CHOOSE)
        self.list.setCurrentRow(self.list.first())

    def _add(self, label: str, said: str, plan: SnoozePlan) -> None:
        item = QListWidgetItem(label, self.list)
        item.setData(_WORDS, said)
        item.setData(END, "" if plan.until == WHEN_THEY_ANSWER else moment(plan.until, plan.zone, self._now()))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{label}: {told(plan, self._now(), len(self._ids))}")

    def _place(self, anchor: QWidget) -> None:
        over = self._over
        width = min(theme.px(380), over.width() - 32)
        rows = sum(max(1, self.list.sizeHintForRow(at)) for at in range(self.list.count()))
        self.list.setFixedHeight(rows + 2)
        self.preview.setFixedHeight(theme.px(18) * 3)
        self._column.activate()
        height = min(self._column.sizeHint().height(), over.height() - 32)
        corner = anchor.mapTo(over, QPoint(anchor.width() - width, anchor.height() + 4))
        left = max(16, min(corner.x(), over.width() - width - 16))
        top = corner.y() if corner.y() + height <= over.height() - 16 else max(16, over.height() - height - 16)
        self.setGeometry(left, top, width, height)

    def _said(self) -> str:
        if self._typed and self.field.text().strip():
            return self.field.text()
        item = self.list.currentItem()
        return "" if item is None else str(item.data(_WORDS))

    def _type(self, text: str) -> None:
        self._typed = bool(text.strip())
        self.list.blockSignals(True)
        self.list.setCurrentRow(-1 if self._typed else self.list.first())
        self.list.blockSignals(False)
        self._show()

    def _show(self) -> None:
        said = self._said()
        colour = "muted"
        if said in ("", _CHOOSE):
            text = self.tr("Pick date and time from a calendar.") if said else ""
        else:
            try:
                text = told(self._plan(self._ids, said), self._now(), len(self._ids))
                colour = "text"
            except InputError as error:
                text = str(error)
        self.preview.set_colour(colour)
        self.preview.setText(text)
        self.preview.setAccessibleName(text)

    def _click(self, item: QListWidgetItem) -> None:
        if not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self._typed = False
        self._take()

    def _take(self) -> None:
        said = self._said()
        if said == _CHOOSE:
            self.leave()
            self.ask_wanted.emit()
            return
        try:
            plan = self._plan(self._ids, said)
        except InputError:
            self._show()  # it says so already; what was typed stays
            return
        self.leave()
        self.chosen.emit(plan.until)

    def step(self, by: int) -> None:
        self._typed = False
        super().step(by)
