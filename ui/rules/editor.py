"""One rule: when it applies, and what it does."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs
from PySide6.QtCore import Qt, QTime, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain import Place
from app.errors import InputError
from app.rules import LONGEST_TAG, MOST_MINUTES, Rule, Then, When
from ui import theme
from ui.accounts.cards import Banner
from ui.ports import Priorities
from ui.rules import words
from ui.rules.choices import Choices
from ui.rules.looks import padded
from ui.rules.weights import Minutes
from ui.widgets import Heading, Label, PrimaryButton, QuietButton
from ui.widgets.check import TickBox
from ui.widgets.combo import Combo

Named = Sequence[tuple[str, str]]


class RuleEditor(QWidget):
    """`kept` carries the rule, `left` says that nothing is to change."""

    kept = Signal(object)
    left = Signal()

    def __init__(
        self, priorities: Priorities, platforms: Named, templates: Named, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._priorities = priorities
        self._rule: Rule | None = None
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._build(platforms, templates)

    def _build(self, platforms: Named, templates: Named) -> None:
        self.name = self._line(self.tr("Name"), self.tr("Wholesale orders"))
        self._group(self.tr("When"), self.tr("All of these must hold. What is left empty does not matter."))
        self.words = self._line(self.tr("It says"), self.tr("wholesale, big order, for our restaurant"))
        self.words.setToolTip(self.tr("Whole words or phrases with commas between them; one of them is enough"))
        any_ = self.tr("Any")
        self.kinds = self._choices(self.tr("Kind"), any_, words.kinds())
        self.platforms = self._choices(self.tr("Platform"), any_, platforms)
        self.moods = self._choices(self.tr("Mood"), any_, words.moods())
        self.languages = self._choices(self.tr("Language"), any_, words.languages())
        self.followers = QSpinBox(self)
        self.followers.setRange(0, 100_000_000)
        self.followers.setSingleStep(1000)
        self.followers.setSpecialValueText(any_)
        padded(self.followers)
        self._row(self.tr("Followers, at least"), self.followers)
        self.contacts = self._line(self.tr("From"), self.tr("@name@server, @name.example"))
        self.vip = TickBox(self.tr("a VIP"), self)
        self._row("", self.vip)
        self.days = self._choices(self.tr("Days"), any_, words.days())
        self.timed = TickBox(self.tr("Only between"), self)
        self.start, self.end = QTimeEdit(QTime(18, 0), self), QTimeEdit(QTime(8, 0), self)
        padded(self.start)
        padded(self.end)
        self.start.setAccessibleName(self.tr("Begins at"))
        self.end.setAccessibleName(self.tr("Ends at"))
        times = QWidget(self)
        line = QHBoxLayout(times)
        line.setContentsMargins(0, 0, 0, 0)
        for widget in (self.timed, self.start, Label(self.tr("and"), self, colour="muted"), self.end):
            line.addWidget(widget)
        line.addStretch(1)
        self.timed.toggled.connect(self._times)
        self._row(self.tr("Time of day"), times)
        self._group(self.tr("Then"), "")
        self.lane = Combo(self)
        self.lane.addItem(self.tr("leave it where it is"), "")
        for place in (Place.CARE, Place.NORMAL, Place.THANKS, Place.NOISE):
            self.lane.addItem(words.lane(place.value), place.value)
        self._row(self.tr("Put it"), self.lane)
        self.minutes = Minutes(self, most=MOST_MINUTES)
        self.minutes.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.minutes.setToolTip(self.tr("Minus is sooner, plus is later"))
        self._row(self.tr("Move it by"), self.minutes)
        self.tag = self._line(self.tr("Tag it"), "")
        self.tag.setMaxLength(LONGEST_TAG)
        self.template = Combo(self)
        self.template.addItem(self.tr("nothing") if templates else self.tr("nothing, there are no templates yet"), "")
        for key, name in templates:
            self.template.addItem(name, key)
        self.template.setEnabled(bool(templates))
        self._row(self.tr("Suggest"), self.template)
        self.banner = Banner(self)
        cancel, keep = QuietButton(self.tr("Back"), self), PrimaryButton(self.tr("Keep rule"), self)
        cancel.clicked.connect(self.left)
        keep.clicked.connect(self.keep)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.px(12), theme.px(8), theme.px(4))
        column.setSpacing(theme.px(12))
        column.addLayout(self._grid)
        column.addWidget(self.banner)
        column.addLayout(foot)
        column.addStretch(1)
        for edit in (self.name, self.words, self.contacts, self.tag):
            edit.returnPressed.connect(self.keep)

    def show_rule(self, rule: Rule) -> None:
        """Edit this one."""
        self._rule = rule
        when, then = rule.when, rule.then
        self.name.setText(rule.name)
        self.words.setText(", ".join(when.words))
        self.contacts.setText(", ".join(when.contacts))
        for choices, keys in (
            (self.kinds, when.kinds), (self.platforms, when.platforms), (self.moods, when.moods),
            (self.languages, when.languages), (self.days, tuple(map(str, when.days))),
        ):  # fmt: skip
            choices.choose(keys)
        self.followers.setValue(when.followers or 0)
        self.vip.setChecked(when.vip)
        self.timed.setChecked(when.start is not None)
        if when.start is not None and when.end is not None:
            self.start.setTime(QTime(when.start // 60 % 24, when.start % 60))
            self.end.setTime(QTime(when.end // 60 % 24, when.end % 60))
        self._times()
        self.lane.setCurrentIndex(max(0, self.lane.findData(then.lane)))
        self.minutes.setValue(then.minutes)
        self.tag.setText(then.tag)
        if then.template and self.template.findData(then.template) < 0:
            self.template.addItem(self.tr("a template that is gone"), then.template)
        self.template.setCurrentIndex(max(0, self.template.findData(then.template)))
        self.banner.clear()
        self.name.setFocus()

    def rule(self) -> Rule:
        """What is on the screen."""
        assert self._rule is not None, "no rule is shown"
        timed = self.timed.isChecked()
        when = When(
            words=_parts(self.words.text()), platforms=self.platforms.chosen(), kinds=self.kinds.chosen(),
            moods=self.moods.chosen(), languages=self.languages.chosen(), followers=self.followers.value() or None,
            contacts=_parts(self.contacts.text()), vip=self.vip.isChecked(),
            days=tuple(map(int, self.days.chosen())), start=_minute(self.start) if timed else None,
            end=_minute(self.end) if timed else None,
        )  # fmt: skip
        then = Then(
            self.lane.currentData(), self.minutes.value(), self.tag.text(), self.template.currentData()
        )  # fmt: skip
        return structs.replace(self._rule, name=self.name.text(), when=when, then=then)

    def keep(self) -> None:
        """Hand the rule out, or say what is missing."""
        try:
            rule = self._priorities.checked(self.rule())
        except InputError as error:
            self.banner.fails(str(error))
            return
        self.kept.emit(rule)

    def _times(self) -> None:
        for edit in (self.start, self.end):
            edit.setEnabled(self.timed.isChecked())

    def _line(self, label: str, example: str) -> QLineEdit:
        edit = QLineEdit(self)
        edit.setPlaceholderText(example)
        self._row(label, edit)
        return edit

    def _choices(self, label: str, none: str, choices: Named) -> Choices:
        made = Choices(label, none, choices, self)
        self._row(label, made, named=False)
        return made

    def _row(self, label: str, field: QWidget, *, named: bool = True) -> None:
        row = self._grid.rowCount()
        text = Label(label, self, colour="muted")
        text.setBuddy(field)
        if named and label:
            field.setAccessibleName(label)
        self._grid.addWidget(text, row, 0)
        self._grid.addWidget(field, row, 1)

    def _group(self, title: str, hint: str) -> None:
        row = self._grid.rowCount()
        self._grid.addWidget(Heading(title, self), row, 0)
        if hint:
            self._grid.addWidget(Label(hint, self, colour="faint", wrap=True), row, 1)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _minute(edit: QTimeEdit) -> int:
    return edit.time().hour() * 60 + edit.time().minute()
