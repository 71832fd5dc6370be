"""Hours and promises of a client: when somebody is there, and how soon they answer. Says what would change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from PySide6.QtCore import QDate, QLocale, QSize, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.errors import InputError, ServiceError
from app.events import RankingProgress
from app.timers import OpeningHours, Targets, due_at
from ui import ops, theme
from ui.accounts.cards import Banner
from ui.clients.days import DaysEditor, day_words
from ui.clients.fields import SearchBox
from ui.clients.targets import TargetsEditor
from ui.clients.week import LABELS, WeekEditor
from ui.ports import HolidayPlace, Promises, Runtime
from ui.widgets import Heading, Label, PrimaryButton, QuietButton

WIDTH, HEIGHT, SIDE = 760, 720, 32
FRIDAY, LATE = 4, (16, 45)  # the example that everybody knows


def language() -> str:
    """The language of the screen, as holidays are named in it."""
    name = QLocale().name()
    return "en_US" if name == "C" or name.startswith("en") else name.split("_")[0]


def country_name(code: str) -> str:
    """A country in words; its code where there are none."""
    territory = QLocale.codeToTerritory(code)
    return QLocale.territoryToString(territory) if territory != QLocale.Country.AnyTerritory else code


class HoursDialog(QDialog):
    """Non-modal. Nothing changes before Save."""

    def __init__(
        self,
        runtime: Runtime,
        client_id: str,
        parent: QWidget | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Raises `ServiceError` when the client is gone or its hours cannot be read."""
        kept = runtime.clients.promises(client_id)
        super().__init__(parent)
        self._runtime, self._client_id = runtime, client_id
        self._now = now or (lambda: datetime.now(UTC))
        self._kept: Promises = kept
        self._ready = False
        self._saving: ops.Job[int] | None = None
        self._looking: ops.Job[HolidayPlace] | None = None
        self.destroyed.connect(runtime.bus.subscribe(RankingProgress, self._ranked))
        self.setModal(False)
        self.setWindowTitle(self.tr("Hours and promises of %1").replace("%1", self._kept.client.name))
        self._build()
        self._show_kept()
        self.resize(QSize(theme.px(WIDTH), theme.px(HEIGHT)).boundedTo(self.screen().availableSize() * 0.9))
        ops.run(self, runtime.clients.places(), done=self._places_known)
        self._look()

    # Building

    def _build(self) -> None:
        kept = self._kept
        today = self._now().astimezone(kept.hours.tz).date()
        page = QWidget(self)
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(SIDE, 28, SIDE, 16)
        self._column.setSpacing(10)
        self._column.addWidget(Heading(self.windowTitle(), page, level=1))
        self.zone = SearchBox(self.tr("Time zone"), page)
        self.week = WeekEditor(page)
        self.country = SearchBox(self.tr("Country of the public holidays"), page)
        self.region = SearchBox(self.tr("Region of the public holidays"), page)
        self.next = Label("", page, colour="muted", wrap=True)
        self.days = DaysEditor(today, page)
        self.targets = TargetsEditor(kept.platforms, page)
        self._section(self.tr("When somebody is there"), self._pair(self.tr("Time zone"), self.zone), self.week)
        self._section(
            self.tr("Public holidays"),
            self._pair(self.tr("Country"), self.country),
            self._pair(self.tr("Region"), self.region),
            self.next,
        )
        self._section(self.tr("Days that are different"), self.days)
        rule = Label("", page, colour="muted", wrap=True)
        rule.setText(self.tr("In opening hours. Where several fit a message, the shortest promise holds."))
        self._section(self.tr("How soon you answer"), rule, self.targets)
        self._column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        self.banner = Banner(self)
        self.example = Label("", self, wrap=True)
        self.cancel = QuietButton(self.tr("Cancel"), self)
        self.save = PrimaryButton(self.tr("Save"), self)
        self.cancel.clicked.connect(self.close)
        self.save.clicked.connect(self.keep)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.example, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.save)
        below = QVBoxLayout()
        below.setContentsMargins(SIDE, 12, SIDE, 20)
        below.setSpacing(10)
        below.addWidget(self.banner)
        below.addLayout(foot)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addLayout(below)
        self.zone.picked.connect(self._edited)
        self.country.picked.connect(self._moved)
        self.region.picked.connect(self._look)
        for editor in (self.week, self.days, self.targets):
            editor.changed.connect(self._edited)

    def _section(self, title: str, *parts: QWidget) -> None:
        self._column.addSpacing(12)
        self._column.addWidget(Heading(title, level=2))
        for part in parts:
            self._column.addWidget(part)

    def _pair(self, words: str, field: QWidget) -> QWidget:
        line = QWidget(self)
        grid = QGridLayout(line)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        label = Label(words, line, colour="muted")
        label.setFixedWidth(theme.px(LABELS))
        label.setBuddy(field)
        grid.addWidget(label, 0, 0)
        grid.addWidget(field, 0, 1)
        return line

    # Showing

    def _show_kept(self) -> None:
        hours = self._kept.hours
        self.zone.set_items([(hours.zone, hours.zone)], hours.zone)
        none = ("", self.tr("No public holidays"))
        country = [(hours.country, country_name(hours.country))] if hours.country else []
        self.country.set_items([none, *country], hours.country)
        region = [(hours.region, hours.region)] if hours.region else []
        self.region.set_items([("", self.tr("The whole country")), *region], hours.region)
        self.week.show_hours(hours)
        self.days.show_days(hours.one_off_days())
        self.targets.show_targets(self._kept.targets)
        self.week.days[0].edit.setFocus()
        self._ready = True
        self._edited()

    def _places_known(self, found: tuple[list[str], list[str]]) -> None:
        zones, countries = found
        zone, country = self.zone.data(), self.country.data()
        self.zone.set_items([(name, name) for name in sorted({*zones, zone})], zone)
        names = sorted(((code, country_name(code)) for code in {*countries, *([country] if country else [])}),
                       key=lambda pair: pair[1].casefold())  # fmt: skip
        self.country.set_items([("", self.tr("No public holidays")), *names], country)

    def _moved(self) -> None:
        self.region.set_items([("", self.tr("The whole country"))], "")
        self._look()

    def _look(self) -> None:
        """Read the chosen place, off this thread; an earlier look that is still on its way no longer matters."""
        if self._looking is not None:
            self._looking.cancel()
        country = self.country.data()
        self.region.setEnabled(bool(country))
        if not country:
            self._looking = None
            self.next.setText(self.tr("Choose a country, and its public holidays count as closed."))
            self._edited()
            return
        self.next.setText(self.tr("Looking up the holidays\u2026"))
        today = self._now().astimezone(self._kept.hours.tz).date()
        look = self._runtime.clients.place(country, self.region.data(), today, language())
        self._looking = ops.run(self, look, done=self._place_known, failed=self._failed)

    def _place_known(self, place: HolidayPlace) -> None:
        region = self.region.data()
        self.region.set_items([("", self.tr("The whole country")), *place.regions], region)
        coming = "\n".join(f"{day_words(day)} \u00b7 {name}" for day, name in place.next)
        self.next.setText(coming or self.tr("No coming holidays are known for this place."))
        self._edited()

    # What is typed

    def hours(self) -> OpeningHours:
        """What is typed. Raises `InputError`."""
        return OpeningHours(
            self.week.week(), (), self.zone.data() or "UTC", self.country.data(), self.region.data(),
            self.days.days(), self.week.around.isChecked(),
        )  # fmt: skip

    def valid(self) -> bool:
        """Whether it can be saved."""
        return self.week.valid() and self.targets.valid()

    def _edited(self) -> None:
        if not self._ready:
            return
        self.banner.clear()
        self.save.setEnabled(self.valid() and self._saving is None)
        self.example.setText(self._example() if self.valid() else self.tr("Mend what is marked, then save."))

    def _example(self) -> str:
        """ "A complaint on Friday 16:45 is due Monday 09:15", and when it was before, if that is another time."""
        try:
            hours, targets = self.hours(), self.targets.targets()
        except InputError as error:
            return str(error)
        new, old = self._due(hours, targets), self._due(self._kept.hours, self._kept.targets)
        if not new:
            return ""
        text = self.tr("A complaint on Friday %1 is due %2").replace("%1", f"{LATE[0]}:{LATE[1]}").replace("%2", new)
        return f"{text}. " + self.tr("Until now: %1.").replace("%1", old) if old and old != new else f"{text}."

    def _due(self, hours: OpeningHours, targets: Targets) -> str:
        today = self._now().astimezone(hours.tz)
        friday = today.date() + timedelta(days=(FRIDAY - today.weekday()) % 7)
        asked = datetime(friday.year, friday.month, friday.day, *LATE, tzinfo=hours.tz).astimezone(UTC)
        if not hours.at_hand(asked):  # holidays are still being looked up
            return ""
        due, _name = due_at("mention", "negative", (), asked, hours, targets)
        return _when(due.astimezone(hours.tz), friday)

    # Saving

    def keep(self) -> None:
        """Save, and follow the open conversations until each has its new due time."""
        if not self.valid() or self._saving is not None:
            return
        try:
            hours, targets = self.hours(), self.targets.targets()
        except InputError as error:
            self._failed(error)
            return
        save = self._runtime.clients.set_promises(self._client_id, hours=hours, targets=targets)
        self.save.setEnabled(False)
        self.example.setText(self.tr("Saving\u2026"))
        self._saving = ops.run(self, save, done=self._saved, failed=self._failed)

    def _ranked(self, progress: RankingProgress) -> None:
        if self._saving is None or progress.client_id != self._client_id:
            return
        words = self.tr("Working out due times again: %1 of %2. You may close this.")
        self.example.setText(words.replace("%1", f"{progress.done:,}").replace("%2", f"{progress.total:,}"))

    def _saved(self, _count: int) -> None:
        self._saving = None
        self.accept()

    def _failed(self, error: ServiceError) -> None:
        self._saving = None
        self._edited()
        self.banner.fails(str(error))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.done(QDialog.DialogCode.Rejected)
        super().closeEvent(event)


def _when(at: datetime, asked: date) -> str:
    """ "Monday 09:15"; with its date when that is more than six days off."""
    day = QDate(at.year, at.month, at.day)
    words = QLocale().toString(day, "dddd" if (at.date() - asked).days < 7 else "d MMMM")
    return f"{words} {at:%H:%M}"


def open_hours(window: QWidget, runtime: Runtime, client_id: str) -> HoursDialog | None:
    """Show the dialog over `window`; a second call brings the open one to the front. None for a client that is gone."""
    for open_one in window.findChildren(HoursDialog):
        if open_one.isVisible():
            open_one.raise_()
            open_one.activateWindow()
            return open_one
    try:
        dialog = HoursDialog(runtime, client_id, window)
    except ServiceError as error:
        ops.tell(window, str(error))
        return None
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog
