"""What the draft promises, and the day on which it comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QLocale, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.domain import Writing
from ui.composer.lines import NoteLine
from ui.composer.times import TimeDialog
from ui.conversation import words
from ui.ports import FollowUps

KINDS = ("refund", "call", "voucher", "replacement", "answer", "other")


def kind_words(kind: str) -> str:
    """What is promised, as it stands in a sentence."""
    return {
        "refund": words.say("a refund"),
        "call": words.say("a call"),
        "voucher": words.say("a voucher"),
        "replacement": words.say("a replacement"),
        "answer": words.say("an answer"),
    }.get(kind) or words.say("something")


def day_words(at: datetime) -> str:
    """ "Tue 1 Dec"."""
    here = at.astimezone()
    return f"{QLocale().dayName(here.isoweekday(), QLocale.FormatType.ShortFormat)} {words.short_day(at)}"


class PromiseLine(NoteLine):
    """ "Promises a refund · back on Tue 1 Dec". Noticed by its words, or set by hand."""

    changed = Signal()

    def __init__(self, followups: FollowUps, conversation: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(parent, name=self.tr("Promise"))
        self._followups, self._conversation = followups, conversation
        self._noticed = ""  # kind
        self._named: datetime | None = None  # the time that its words name
        self.kind = ""  # as the person has it: "" as noticed, "-" none
        self.at: datetime | None = None

    def start(self, writing: Writing) -> None:
        """Of another draft."""
        self.kind, self.at, self._noticed, self._named = writing.promise, writing.promise_at, "", None
        self._tell()

    def notice(self, text: str) -> None:
        """Look at what is written; called when the keys rest."""
        here = self._conversation()
        self._noticed = self._followups.noticed(text) if text.strip() and self.kind == "" else ""
        self._named = self._followups.due_of(here, text) if here and self._noticed else None
        self._tell()

    def summon(self) -> None:
        """Offer the kinds; without a promise the first is ready for Enter."""
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        above = self.parentWidget()
        anchor = self if self.isVisible() or above is None else above
        menu.popup(anchor.mapToGlobal(QPoint(0, -menu.sizeHint().height())))
        menu.setActiveAction(menu.actions()[0])

    def menu(self) -> QMenu:
        """What can be promised, when it comes back, and none."""
        menu, now = QMenu(self), self._now_kind()
        menu.setAccessibleName(self.tr("What is promised"))
        for kind in KINDS:
            action = menu.addAction(self.tr("Promises %1").replace("%1", kind_words(kind)))
            action.setCheckable(True)
            action.setChecked(kind == now)
            action.triggered.connect(lambda _on=False, kind=kind: self.set_promise(kind))
        menu.addSeparator()
        day = menu.addAction(self.tr("Choose the day\u2026"))
        day.setEnabled(bool(now))
        day.triggered.connect(lambda _on=False: self._ask_day())
        menu.addAction(self.tr("Promises nothing")).triggered.connect(lambda _on=False: self.set_promise("-"))
        return menu

    def set_promise(self, kind: str, at: datetime | None = None) -> None:
        """What the person says holds; "-" for nothing."""
        self.kind, self.at = kind, None if kind == "-" else at or self._usual(kind)
        self._tell()
        self.changed.emit()

    def _now_kind(self) -> str:
        return "" if self.kind == "-" else self.kind or self._noticed

    def _usual(self, kind: str) -> datetime:
        if self._named is not None and kind == self._noticed:
            return self._named
        return self._followups.usual_due(self._conversation(), kind)

    def _ask_day(self) -> None:
        dialog = TimeDialog(self.tr("When it comes back"), datetime.now(UTC), self)
        dialog.chosen.connect(lambda at: self.set_promise(self._now_kind(), at))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()

    def _tell(self) -> None:
        kind = self._now_kind()
        if not kind or not self._conversation():
            self.show_line("")
            return
        due = self.at or self._usual(kind)
        said = self.tr("Promises %1 \u00b7 back on %2").replace("%1", kind_words(kind)).replace("%2", day_words(due))
        self.show_line(
            said,
            [
                (self.tr("Change"), self.tr("Change the promise"), self.summon),
                (self.tr("None"), self.tr("This promises nothing"), lambda: self.set_promise("-")),
            ],
        )
