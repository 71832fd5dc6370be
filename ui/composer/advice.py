"""The tone mirror: one quiet line with what matters most. It advises and never blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QMenu, QWidget

from app.rows import Concern
from ui.composer.editor import TextEdit
from ui.composer.lines import Action, NoteLine
from ui.composer.marks import Marks
from ui.composer.places import to_qt
from ui.conversation import words

AFTER = 200  # ms without a key
ORDER = ("other_client", "blank", "blame", "no_apology", "name", "no_time", "capitals", "alt")


def by_weight(concerns: Sequence[Concern]) -> list[Concern]:
    """What matters most comes first."""
    known = {kind: number for number, kind in enumerate(ORDER)}
    return sorted(concerns, key=lambda one: (not one.holds, known.get(one.kind, len(ORDER)), one.start))


class Advice(NoteLine):
    """Shows `look()` once the keys rest. What was dismissed stays away for this draft."""

    def __init__(
        self, edit: TextEdit, marks: Marks, look: Callable[[], Sequence[Concern]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, name=self.tr("Advice"))
        self._edit, self._marks, self._look = edit, marks, look
        self._dismissed = False
        self._found: list[Concern] = []
        self._timer = QTimer(self, singleShot=True, interval=AFTER)
        self._timer.timeout.connect(self.look_again)

    def touch(self) -> None:
        """The text changed."""
        self._timer.start()

    def start(self) -> None:
        """Another draft."""
        self._dismissed = False
        self.show_concerns(())
        self._timer.start()

    def look_again(self) -> None:
        """Ask now, without waiting for the keys to rest."""
        self._timer.stop()
        self.show_concerns(self._look())

    def show_concerns(self, concerns: Sequence[Concern], *, asked: bool = False) -> None:
        """Mark them in the text, and tell the one that matters most; what holds it not while it is `asked` about."""
        self._found = by_weight(concerns)
        quiet = [] if self._dismissed else [one for one in self._found if not one.holds]
        self._marks.show_layer("holds", self._places([one for one in self._found if one.holds]))
        self._marks.show_layer("advice", self._places(quiet))
        said = [one for one in self._found if one.holds and not asked] + quiet
        if not said:
            self.show_line("")
            return
        actions: list[Action] = []
        if len(said) > 1:
            more = self.tr("%n more", "", len(said) - 1).replace("%n", str(len(said) - 1))
            actions.append((more, self.tr("%1, list all").replace("%1", more), self.list_all))
        if quiet:
            actions.append(("\u00d7", self.tr("No advice for this draft"), self.dismiss))
        self.show_line(words.one_line(said[0].text), actions)
        self.setToolTip("\n".join(words.one_line(one.text) for one in said).replace("<", "\u2039"))

    def dismiss(self) -> None:
        """No more of it for this draft; what holds a reply is told all the same."""
        self._dismissed = True
        self.show_concerns(self._found)
        self._edit.setFocus()

    def menu(self) -> QMenu:
        """All of them; choosing one goes to its words."""
        menu = QMenu(self)
        menu.setAccessibleName(self.tr("Advice"))
        for one in self._found:
            action = menu.addAction(words.one_line(one.text).replace("&", "&&"))
            action.triggered.connect(lambda _on=False, one=one: self._go(one))
        return menu

    def list_all(self) -> None:
        """Open the list over the line."""
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _places(self, concerns: Sequence[Concern]) -> list[tuple[int, int]]:
        text = self._edit.whole()
        flat = to_qt(text, [place for one in concerns if one.end > one.start for place in (one.start, one.end)])
        return list(zip(flat[::2], flat[1::2], strict=True))

    def _go(self, concern: Concern) -> None:
        self._edit.setFocus()
        if concern.end > concern.start:
            (start, end), *_ = self._places([concern])
            cursor = self._edit.textCursor()
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            self._edit.setTextCursor(cursor)
