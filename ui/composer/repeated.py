""" "Save this as a template?": offered quietly when answers of a month are alike, and never again after "Not now"."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from app.rows import Repeated
from ui import ops
from ui.composer.lines import NoteLine
from ui.conversation import words
from ui.ports import Runtime

BETWEEN = 60.0  # seconds: comparing a month's answers is not worth doing after each of them
SHOWN = 60  # characters of the answer


class RepeatedOffer(NoteLine):
    """`look` after a reply has gone to the outbox; shows only what belongs to the client that is answered for."""

    def __init__(self, runtime: Runtime, parent: QWidget | None = None) -> None:
        super().__init__(parent, inset=3)
        self._runtime = runtime
        self._client = ""
        self._looked = -BETWEEN
        self.clock: Callable[[], float] = time.monotonic

    def for_client(self, client_id: str) -> None:
        """Another client's answers are not shown here."""
        if client_id != self._client:
            self._client = client_id
            self.show_line("")

    def look(self) -> None:
        """Ask whether there is something to offer."""
        if self.clock() - self._looked < BETWEEN or not self._client:
            return
        self._looked = self.clock()
        client = self._client

        def done(found: Sequence[Repeated]) -> None:
            mine = next((one for one in found if one.client_id == client == self._client), None)
            if mine is not None:
                self._offer(mine)

        ops.run(self, self._runtime.templates.repeated(), done=done, quiet=True)

    def _offer(self, one: Repeated) -> None:
        text = words.one_line(one.text)
        start = f"{text[:SHOWN]}\u2026" if len(text) > SHOWN else text
        said = self.tr("%1 answers of this month are like \u201c%2\u201d. Save it as a template?")
        self.setToolTip(text.replace("<", "\u2039"))
        self.show_line(
            said.replace("%1", str(one.count)).replace("%2", start),
            [
                (self.tr("Save\u2026"), self.tr("Save it as a template"), lambda: self._save(one)),
                (self.tr("Not now"), self.tr("Do not offer this again"), lambda: self._decline(one)),
            ],
        )

    def _save(self, one: Repeated) -> None:
        from ui.templates.window import TemplatesWindow

        self.show_line("")
        above = self.window()
        page = next((page for page in above.findChildren(TemplatesWindow) if page.isVisible()), None)
        page = page or TemplatesWindow(self._runtime, one.client_id, above)
        page.show()
        page.make(one.text, one.client_id)
        page.raise_()
        page.activateWindow()

    def _decline(self, one: Repeated) -> None:
        self.show_line("")
        ops.run(self, self._runtime.templates.decline(one), quiet=True)
