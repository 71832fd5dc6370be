"""Files of templates: what another tool wrote taken in, and all of them given out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from ui import ops, saving
from ui.ports import Runtime, TemplatePreview
from ui.templates.importing import ImportDialog


def _tr(text: str) -> str:
    return QCoreApplication.translate("TemplateFiles", text)


class TemplateFiles:
    """For the window `over`, whose `busy` button waits meanwhile. `then` follows once something was taken in.

    `owner` returns the id of the client that is looked at, None for all, and its name, "" for all.
    """

    def __init__(
        self, runtime: Runtime, over: QWidget, busy: QPushButton, owner: Callable[[], tuple[str | None, str]],
        then: Callable[[], object],
    ) -> None:  # fmt: skip
        self._runtime, self._use, self._over, self._busy = runtime, runtime.templates, over, busy
        self._owner, self._then = owner, then

    def offer(self, menu: QMenu) -> None:
        """Put them into a menu."""
        menu.addAction(_tr("Take in a file\u2026")).triggered.connect(self.ask_import)
        menu.addAction(self._csv_words()).triggered.connect(lambda: self.ask_export("csv"))
        menu.addAction(_tr("Save all as JSON\u2026")).triggered.connect(lambda: self.ask_export("json"))

    def ask_import(self) -> None:
        """A file of templates: shown first, kept then."""
        kinds = _tr("Templates (*.csv *.json *.txt)")
        path, _filter = QFileDialog.getOpenFileName(self._over, _tr("Take in templates"), "", kinds)
        if path:
            self.read_file(Path(path))

    def read_file(self, path: Path) -> None:
        """See `ask_import`."""
        try:
            data = path.read_bytes()
        except OSError as error:
            ops.tell(self._over, _tr("The file could not be read: %1").replace("%1", error.strerror or ""))
            return
        client_id, name = self._owner()
        owner = name or _tr("all clients")

        def done(preview: TemplatePreview) -> None:
            ImportDialog(self._runtime, preview, path.name, owner, self._then, self._over).show()

        ops.run(self._over, self._use.read(data, path.name, client_id or ""), busy=self._busy, done=done)

    def ask_export(self, form: str) -> None:
        """All templates into a file that is asked for."""
        title, kinds = _tr("Save templates"), f"{form.upper()} (*.{form})"
        path, _filter = QFileDialog.getSaveFileName(self._over, title, f"templates.{form}", kinds)
        if path:
            self.write_file(Path(path), form)

    def write_file(self, path: Path, form: str) -> None:
        """See `ask_export`. What a CSV file leaves out is said."""
        count = self._pictures() if form == "csv" else 0
        left = _tr("One picture is not in it: JSON has it along.") if count == 1 else ""
        if count > 1:
            left = _tr("%1 pictures are not in it: JSON has them along.").replace("%1", str(count))
        job = self._use.write(self._owner()[0], form)
        ops.run(self._over, job, busy=self._busy, done=lambda data: saving.write(self._over, path, data, left))

    def _csv_words(self) -> str:
        count = self._pictures()
        if count > 1:
            return _tr("Save all as CSV, without %1 pictures\u2026").replace("%1", str(count))
        return _tr("Save all as CSV, without one picture\u2026") if count else _tr("Save all as CSV\u2026")

    def _pictures(self) -> int:
        """How many there are in what an export holds."""
        return sum(len(one.pictures) for one in self._use.all(self._owner()[0]))
