"""One search: what it looks for, through which accounts, and what it would find now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.errors import ServiceError
from app.rows import Found
from app.search_stream import Query, SearchStream
from ui import ops, theme
from ui.accounts.cards import Banner
from ui.conversation import words as said
from ui.listening import words
from ui.ports import Listening
from ui.rules.looks import beside, outlined, sheet
from ui.widgets import Heading, Label, Line, PrimaryButton, QuietButton
from ui.widgets.check import TickBox

SHOWN = 10  # of what a try finds


class SearchDialog(QDialog):
    """Non-modal, open until it is kept. `kept` carries the `SearchStream`."""

    kept = Signal(object)

    def __init__(self, listening: Listening, one: SearchStream, client: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._listening, self._one = listening, one
        self._job: ops.Job[Sequence[Found]] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = self.tr("Edit a search") if one.id else self.tr("New search")
        self.setWindowTitle(title)
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(10)
        column.addWidget(Heading(title, body))
        hint = self.tr("For %1. Divide several by commas. What it finds has no timer until you join in.")
        column.addWidget(Label(hint.replace("%1", client), body, colour="muted", wrap=True))
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.name = QLineEdit(one.name, body)
        self.name.setPlaceholderText(self.tr("As you want to call it"))
        self._form.addRow(beside(self.tr("Name"), self.name, body), self.name)
        self.fields: dict[str, QLineEdit] = {}
        for field in words.FIELDS:
            edit = QLineEdit(", ".join(getattr(one.query, field)), body)
            edit.setPlaceholderText(words.example(field))
            self._form.addRow(beside(words.label(field), edit, body), edit)
            self.fields[field] = edit
        column.addLayout(self._form)
        self.accounts = self._ticks(body, column)
        self.enabled = TickBox(self.tr("Read it every few minutes"), body)
        self.enabled.setChecked(one.enabled)
        column.addWidget(self.enabled)
        self.banner = Banner(body)
        column.addWidget(self.banner)
        self._found = QVBoxLayout()
        self._found.setSpacing(6)
        column.addLayout(self._found)
        column.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(body)
        self.try_it = QuietButton(self.tr("Try it"), self, hint=self.tr("See what it would find now"))
        self.cancel = QuietButton(self.tr("Cancel"), self)
        self.keep = PrimaryButton(self.tr("Save"), self)
        self.keep.setDefault(True)
        self.try_it.setAutoDefault(False)
        self.try_it.clicked.connect(lambda _on=False: self.try_out())
        self.cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(lambda _on=False: self.save())
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 8, 24, 18)
        foot.setSpacing(10)
        foot.addWidget(self.try_it)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.keep)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(foot)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self.resize(QSize(theme.px(600), theme.px(640)).boundedTo(self.screen().availableSize() * 0.9))
        self.fields["words"].setFocus()

    def _ticks(self, body: QWidget, column: QVBoxLayout) -> dict[str, TickBox]:
        found: dict[str, TickBox] = {}
        able = self._listening.able(self._one.client_id)
        if len(able) > 1:
            column.addWidget(Label(self.tr("Look through"), body, colour="muted"))
        for account in able:
            box = TickBox(f"{said.one_line(account.handle)} \u00b7 {account.service or account.platform}", body)
            box.setChecked(not self._one.accounts or account.id in self._one.accounts)
            box.setVisible(len(able) > 1)
            column.addWidget(box)
            found[account.id] = box
        if not able:
            text = self.tr(
                "None of this client's accounts can be searched. Connect one that can, as Mastodon or Bluesky."
            )
            column.addWidget(Label(text, body, colour="warn", wrap=True))
        return found

    def search(self) -> SearchStream:
        """As it is typed."""
        query = Query(**{field: words.split(edit.text()) for field, edit in self.fields.items()})
        ticked = tuple(id_ for id_, box in self.accounts.items() if box.isChecked())
        chosen = () if len(ticked) in (0, len(self.accounts)) else ticked
        return replace(
            self._one, name=self.name.text().strip(), query=query, accounts=chosen, enabled=self.enabled.isChecked()
        )

    def save(self) -> None:
        """Keep it and close; what is wrong is said here."""
        self._run(self._listening.save(self.search()), self._keep)

    def _keep(self, one: object) -> None:
        self.kept.emit(one)
        self.accept()

    def try_out(self) -> None:
        """Show what it would find now."""
        self._show([])
        self._run(self._listening.try_out(self._one.client_id, self.search()), self._tried)

    def results(self) -> list[str]:
        """The texts that a try found."""
        items = [self._found.itemAt(n) for n in range(self._found.count())]
        labels = [item.widget() for item in items if item is not None]
        return [label.text() for label in labels if isinstance(label, Label) and label.property("found")]

    def _run(self, change: object, done: Callable[[object], object]) -> None:
        def failed(error: ServiceError) -> None:
            self.banner.fails(str(error))
            self._scroll.ensureWidgetVisible(self.banner)

        self.banner.clear()
        ops.run(self, change, busy=self.try_it, done=done, failed=failed)  # type: ignore[arg-type]

    def _tried(self, found: object) -> None:
        posts = list(found) if isinstance(found, list | tuple) else []
        if posts:
            n = len(posts)
            what = self.tr("It finds 1 post.") if n == 1 else self.tr("It finds %n posts.", None, n)
            self.banner.works(self.tr("Of the last seven days"), what)
        else:
            text = self.tr("Nothing in the last seven days. Try fewer or other words.")
            self.banner.works(self.tr("It finds nothing now"), text)
        self._show(posts)

    def _show(self, posts: list[Found]) -> None:
        while (item := self._found.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for post in posts[:SHOWN]:
            who = f"{said.one_line(post.author or post.handle)} \u00b7 {said.moment(post.posted_at)}"
            self._found.addWidget(Label(who, self, size=11, weight=600, colour="muted"))
            text = Label(said.one_line(post.text)[:280], self, wrap=True)
            text.setProperty("found", True)
            self._found.addWidget(text)
            self._found.addWidget(Line(self))

    def _restyle(self) -> None:
        self.setStyleSheet(sheet())
        for box in (*self.accounts.values(), self.enabled):
            outlined(box)
