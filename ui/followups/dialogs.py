"""Small windows: what is promised and until when, and what was offered to make it right."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.errors import ServiceError
from ui import ops, theme
from ui.accounts.cards import Banner
from ui.clients.fields import MomentBox
from ui.followups import words
from ui.rules.looks import beside, sheet
from ui.widgets import Heading, Label, PrimaryButton, QuietButton
from ui.widgets.combo import Combo

Change = Coroutine[Any, Any, object]


class _Form(QDialog):
    """A title, whom it is about, lines of name and field, Save and Cancel. Non-modal, open until it is kept."""

    def __init__(self, title: str, who: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.keep, self.cancel = PrimaryButton(self.tr("Save"), self), QuietButton(self.tr("Cancel"), self)
        self.keep.setDefault(True)
        self.keep.clicked.connect(lambda _on=False: self._keep())
        self.cancel.clicked.connect(self.reject)
        self.banner = Banner(self)
        self._last: QWidget = self
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.keep)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(10)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(Heading(title, self))
        self.who = Label(who, self, colour="muted", wrap=True)
        self.who.setVisible(bool(who))
        head.addWidget(self.who)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addLayout(head)
        column.addLayout(self.form)
        column.addWidget(self.banner)
        column.addLayout(buttons)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def line(self, name: str, field: QWidget) -> None:
        """A field beside its name."""
        self.form.addRow(beside(name, field, self), field)
        QWidget.setTabOrder(self._last, field)
        for before, after in pairwise((field, self.cancel, self.keep)):
            QWidget.setTabOrder(before, after)
        if self._last is self:
            field.setFocus()
        self._last = field

    def change(self) -> Change:
        """What Save does."""
        raise NotImplementedError

    def _keep(self) -> None:
        def failed(error: ServiceError) -> None:
            self.banner.fails(str(error))

        self.banner.clear()
        ops.run(self, self.change(), busy=self.keep, done=lambda _none: self.accept(), failed=failed)

    def _restyle(self) -> None:
        self.setStyleSheet(sheet())
        self.setMinimumWidth(theme.px(400))


class PromiseDialog(_Form):
    """What, and until when. `save` gets the kind and an aware time in UTC."""

    def __init__(
        self,
        title: str,
        who: str,
        kind: str,
        due_at: datetime,
        save: Callable[[str, datetime], Change],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, who, parent)
        self._save = save
        self.kind = Combo(self)
        for name in words.PROMISES:
            self.kind.addItem(words.promise_kind(name), name)
        self.kind.setCurrentIndex(max(0, self.kind.findData(kind)))
        self.until = MomentBox(due_at, self.tr("Until"), self)
        self.until.set_earliest(min(due_at, datetime.now(UTC)))
        self.line(self.tr("What you promised"), self.kind)
        self.line(self.tr("Until"), self.until)
        note = self.tr("The conversation is back in Care now that day, even if nobody writes.")
        self.form.addRow(Label(note, self, size=11, colour="muted", wrap=True))

    def change(self) -> Change:
        """See `_Form`."""
        return self._save(str(self.kind.currentData()), self.until.at())


class OfferDialog(_Form):
    """Kind, amount, currency and a note. `save` gets them as text."""

    def __init__(
        self, who: str, currency: str, save: Callable[[str, str, str, str], Change], parent: QWidget | None = None
    ) -> None:
        super().__init__(words.offered_title(), who, parent)
        self._save = save
        self.kind = Combo(self)
        for name in words.OFFERS:
            self.kind.addItem(words.offer_kind(name), name)
        self.kind.setCurrentIndex(self.kind.findData("voucher"))
        self.amount, self.currency, self.note = QLineEdit(self), QLineEdit(currency, self), QLineEdit(self)
        self.amount.setPlaceholderText(self.tr("None"))
        self.currency.setMaxLength(3)
        self.currency.setPlaceholderText("EUR")
        self.line(self.tr("What you offered"), self.kind)
        self.line(self.tr("Amount"), self.amount)
        self.line(self.tr("Currency"), self.currency)
        self.line(self.tr("Note"), self.note)

    def change(self) -> Change:
        """See `_Form`."""
        currency = self.currency.text().strip().upper()
        return self._save(
            str(self.kind.currentData()), self.amount.text().strip(), currency, self.note.text().strip()
        )  # fmt: skip
