"""About a client: who signs, what must not leave through another client, and where happy and private words go."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.domain import Profile
from app.errors import GoneError, ServiceError
from ui import ops, theme
from ui.accounts.cards import Banner
from ui.conversation.words import one_line
from ui.ports import Runtime
from ui.rules.looks import sheet
from ui.widgets import Heading, Label, PrimaryButton, QuietButton


class ProfileDialog(QDialog):
    """Non-modal; nothing changes before Save."""

    def __init__(self, runtime: Runtime, client_id: str, parent: QWidget | None = None) -> None:
        """Raises `GoneError` when the client is gone."""
        client = {one.id: one for one in runtime.inbox.clients()}.get(client_id)
        if client is None:
            raise GoneError("This client is no longer there.")
        super().__init__(parent)
        self._runtime, self.client_id = runtime, client_id
        self._warned = False
        self.setWindowTitle(self.tr("About %1").replace("%1", one_line(client.name)))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.agent, self.review, self.private, self.currency = (QLineEdit(self) for _ in range(4))
        self.words, self.domains = QPlainTextEdit(self), QPlainTextEdit(self)
        self.budget = QSpinBox(self)
        self.budget.setRange(0, 10_000)
        self.budget.setSpecialValueText(self.tr("as many as the platforms take"))
        self.currency.setMaxLength(3)
        self.banner = Banner(self)
        self.cancel, self.save = QuietButton(self.tr("Cancel"), self), PrimaryButton(self.tr("Save"), self)
        self.save.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self.keep)
        self._build()
        self._show(client.profile)
        self._saved = self.profile()  # as the fields tell it
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self.resize(QSize(theme.px(560), theme.px(720)).boundedTo(self.screen().availableSize() * 0.9))

    def profile(self) -> Profile:
        """What stands in the fields."""
        return Profile(
            agent=self.agent.text().strip(),
            words=_lines(self.words),
            domains=_lines(self.domains),
            review_url=self.review.text().strip(),
            private_contact=self.private.text().strip(),
            currency=self.currency.text().strip().upper(),
            sends_a_day=self.budget.value() or None,
        )

    def keep(self) -> None:
        """Save; what is wrong is said and nothing is closed."""

        def failed(error: ServiceError) -> None:
            self.banner.fails(str(error))

        self.banner.clear()
        ops.run(
            self, self._runtime.clients.set_profile(self.client_id, self.profile()), busy=self.save,
            done=lambda _none: self.accept(), failed=failed,
        )  # fmt: skip

    def reject(self) -> None:
        """Escape, Cancel and the window's own cross: what is not saved is named once before it goes."""
        if self.profile() != self._saved and not self._warned:
            self._warned = True
            self.banner.fails(self.tr("Your changes are not saved. Close once more to drop them."))
        else:
            super().reject()

    def _build(self) -> None:
        body = QWidget(self)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(6)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field, name, note in (
            (self.agent, self.tr("Who signs replies"), self.tr("Stands in templates as {agent}.")),
            (
                self.words,
                self.tr("Words of this client alone, one on a line"),
                self.tr("Products and the like. A reply for another client that holds one of them is held, and you are"
                        " asked."),
            ),
            (self.domains, self.tr("Its websites, one on a line"), ""),
            (self.review, self.tr("Where a review is written"), self.tr("Stands in templates as {review_link}.")),
            (
                self.private,
                self.tr("Private contact"),
                self.tr("A link or address, offered where a platform has no direct messages."),
            ),
            (self.currency, self.tr("Currency of what you offer"), ""),
            (self.budget, self.tr("Replies a day at the most"), ""),
        ):  # fmt: skip
            field.setAccessibleName(name)
            title = Label(name, self, weight=600)
            title.setContentsMargins(0, 0 if field is self.agent else 8, 0, 0)
            form.addRow(title, field)
            if note:
                field.setAccessibleDescription(note)
                form.addRow(Label(note, self, size=11, colour="muted", wrap=True))
        self.currency.setPlaceholderText("EUR")
        self.review.setPlaceholderText("https://")
        for box in (self.words, self.domains):
            box.setTabChangesFocus(True)
        for before, after in pairwise((
            self.agent, self.words, self.domains, self.review, self.private, self.currency, self.budget, self.cancel,
            self.save,
        )):  # fmt: skip
            QWidget.setTabOrder(before, after)
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 12, 0)  # beside the scroll bar
        inside.addLayout(form)
        inside.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(Heading(self.windowTitle(), self))
        column.addWidget(scroll, 1)
        column.addWidget(self.banner)
        column.addLayout(buttons)

    def _show(self, profile: Profile) -> None:
        self.agent.setText(profile.agent)
        self.words.setPlainText("\n".join(profile.words))
        self.domains.setPlainText("\n".join(profile.domains))
        self.review.setText(profile.review_url)
        self.private.setText(profile.private_contact)
        self.currency.setText(profile.currency)
        self.budget.setValue(profile.sends_a_day or 0)

    def _restyle(self) -> None:
        c = theme.tokens()
        self.setStyleSheet(
            sheet() + f"QPlainTextEdit {{ background: {c.panel.name()}; color: {c.text.name()};"
            f" border: 1px solid {c.line.name()}; border-radius: 7px; padding: {theme.px(4)}px {theme.px(6)}px; }}"
            f"QPlainTextEdit:focus {{ border: 1px solid {c.accent.name()}; }}"
        )
        for box in (self.words, self.domains):
            box.setFixedHeight(3 * box.fontMetrics().lineSpacing() + theme.px(16))


def _lines(box: QPlainTextEdit) -> tuple[str, ...]:
    return tuple(line.strip() for line in box.toPlainText().splitlines() if line.strip())


def open_profile(parent: QWidget, runtime: Runtime, client_id: str) -> ProfileDialog | None:
    """Show it, or say why it cannot be shown. One dialog a client."""
    for open_ in parent.findChildren(ProfileDialog):
        if open_.isVisible() and open_.client_id == client_id:
            open_.raise_()
            open_.activateWindow()
            return open_
    try:
        dialog = ProfileDialog(runtime, client_id, parent)
    except ServiceError as error:
        ops.tell(parent, str(error))
        return None
    dialog.show()
    return dialog
