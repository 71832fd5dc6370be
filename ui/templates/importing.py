"""What a file of templates holds, shown before anything of it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.domain import Template
from ui import ops, theme
from ui.conversation.words import one_line
from ui.ports import Runtime, TemplatePreview
from ui.rules.looks import sheet
from ui.widgets import Heading, Label, PrimaryButton, QuietButton

MOST = 500  # lines of each list
LONGEST_NAME, BREAK = 80, "\u200b"  # characters of a name; a place where a line may end


class ImportDialog(QDialog):
    """Non-modal. `then` once they are kept, and again when one press in the toast has taken them out."""

    def __init__(
        self,
        runtime: Runtime,
        preview: TemplatePreview,
        name: str,
        owner: str,
        then: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._runtime, self._preview, self._then = runtime, preview, then
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Take in templates"))
        count = len(preview.templates)
        source = self.tr("%1: %2").replace("%1", _breakable(name)).replace("%2", preview.source)
        whose = self.tr("They will be for %1.").replace("%1", _breakable(owner))
        self.found = Label(self._counted(count, preview.known), self, weight=600, wrap=True)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Templates in the file"))
        self._fill(self.list, [self._line(template) for template in preview.templates])
        self.bad_title = Label(self._left_out(len(preview.bad)), self, weight=600, colour="danger", wrap=True)
        self.bad = QListWidget(self)
        self.bad.setAccessibleName(self.tr("What cannot be used"))
        line = self.tr("Line %1: %2")
        self._fill(self.bad, [line.replace("%1", str(at)).replace("%2", one_line(why)) for at, why in preview.bad])
        self.cancel, self.keep = QuietButton(self.tr("Cancel"), self), PrimaryButton(self.tr("Take them in"), self)
        self.keep.setEnabled(bool(count))
        self.keep.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(lambda _on=False: self.take())
        self.list.setVisible(bool(count))
        for widget in (self.bad_title, self.bad):
            widget.setVisible(bool(preview.bad))
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addWidget(Heading(self.windowTitle(), self))
        self.source = Label(f"{source}. {whose}", self, colour="muted", wrap=True)
        self.source.setAccessibleName(self.source.text().replace(BREAK, ""))
        column.addWidget(self.source)
        column.addWidget(self.found)
        column.addWidget(self.list, 2)
        column.addWidget(self.bad_title)
        column.addWidget(self.bad, 1)
        if not count and not preview.bad:
            column.addStretch(1)
        column.addLayout(buttons)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self.resize(QSize(theme.px(600), theme.px(560)).boundedTo(self.screen().availableSize() * 0.9))
        (self.keep if count else self.cancel).setFocus()

    def take(self) -> None:
        """Keep them."""
        use, over, then = self._runtime.templates, self.parentWidget() or self, self._then

        def done(ids: Sequence[str]) -> None:
            kept = list(ids)
            then()
            self.accept()
            told = self.tr("One template was taken in.") if len(kept) == 1 else self.tr("%1 templates were taken in.")

            def undo() -> None:
                ops.run(over, use.delete(kept), done=lambda _none: then())

            ops.tell(over, told.replace("%1", str(len(kept))), action=self.tr("Undo"), then=undo)

        ops.run(self, use.take(self._preview), busy=self.keep, done=done)

    def _counted(self, count: int, known: int) -> str:
        found = self.tr("No new template.") if not count else self.tr("One new template.")
        if count > 1:
            found = self.tr("%1 new templates.").replace("%1", str(count))
        if known == 1:
            return f"{found} {self.tr('One is here already, word for word.')}"
        if known:
            return f"{found} {self.tr('%1 are here already, word for word.').replace('%1', str(known))}"
        return found

    def _left_out(self, count: int) -> str:
        if count == 1:
            return self.tr("One thing cannot be used:")
        return self.tr("%1 things cannot be used:").replace("%1", str(count))

    def _line(self, template: Template) -> str:
        short, count = one_line(_words(template)), len(template.pictures)
        pictures = self.tr("one picture") if count == 1 else self.tr("%1 pictures").replace("%1", str(count))
        name = one_line(template.name) + (f" \u00b7 {pictures}" if count else "")
        return f"{name}\n{short[:140]}{'…' if len(short) > 140 else ''}"

    def _fill(self, into: QListWidget, lines: list[str]) -> None:
        into.setWordWrap(True)
        into.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        into.addItems(lines[:MOST])
        if len(lines) > MOST:
            more = QListWidgetItem(self.tr("and %1 more").replace("%1", str(len(lines) - MOST)), into)
            more.setFlags(Qt.ItemFlag.NoItemFlags)

    def _restyle(self) -> None:
        self.setStyleSheet(sheet())


def _breakable(name: str) -> str:
    """One line of it that may be broken in words too: a long name would make the dialog wider than the screen."""
    name = one_line(name)
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 20]}\u2026{name[-19:]}"
    return re.sub(r"([_\-.])|(\S{12})", lambda found: found[0] + BREAK, name)


def _words(template: Template) -> str:
    return next((variant for text in template.texts for variant in text.variants), "")
