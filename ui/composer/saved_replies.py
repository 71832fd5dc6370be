"""Saved replies in the composer: suggestions by number, "/" for all, and what a template does besides its words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.domain import Deeds, Writing
from app.errors import ServiceError
from app.rows import Filled, Suggestion, TemplateHit
from ui import ops, theme
from ui.composer.editor import RING, TextEdit
from ui.composer.lines import NoteLine
from ui.composer.places import to_qt
from ui.composer.stops import Stops
from ui.composer.templates_popover import TemplatesPopover
from ui.conversation import words
from ui.ports import Templates
from ui.widgets import DashedButton

SUGGEST_AFTER = 120  # ms on a conversation: who only walks past asks for nothing
SHOWN = 3


class _Suggested(DashedButton):
    """Its words end in "…" where they do not fit: three of them never make the window wider."""

    def __init__(self, number: int, suggestion: Suggestion, parent: QWidget) -> None:
        name = words.one_line(suggestion.name)
        key = "\u2318" if sys.platform == "darwin" else "Ctrl+"
        self._whole = f"{key}{number + 1}  {name}"
        self._short = f"{number + 1}  {name}"
        super().__init__("", parent, name=name)
        self.setAccessibleDescription(words.one_line(suggestion.why))
        why, text = words.one_line(suggestion.why), words.one_line(suggestion.text)
        self.setToolTip("\n".join(part for part in (text, why) if part).replace("<", "\u2039"))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(theme.px(56))
        self._fit(10_000)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(self.width() - theme.px(24))

    def _fit(self, room: int) -> None:
        self.setMaximumWidth(QFontMetrics(self.font()).horizontalAdvance(self._whole) + theme.px(28))
        metrics = QFontMetrics(self.font())
        # the word of the key is the first to go: the number stands for it
        whole = self._whole if metrics.horizontalAdvance(self._whole) <= room else self._short
        shown = metrics.elidedText(whole, Qt.TextElideMode.ElideRight, room)
        self.setText(shown.replace("&", "&&"))


class SuggestionRow(QWidget):
    """Up to three; hidden while there are none."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.behind: QWidget | None = None  # what Tab comes from
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(RING, 0, RING, 0)
        self._row.setSpacing(8)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_these(self, suggestions: Sequence[Suggestion]) -> None:
        """In the order of their keys."""
        while (item := self._row.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        before = self.behind
        for number, one in enumerate(suggestions[:SHOWN]):
            button = _Suggested(number, one, self)
            button.clicked.connect(lambda _on=False, n=number: self.chosen.emit(n))
            self._row.addWidget(button, 10)
            if before is not None:
                QWidget.setTabOrder(before, button)
            before = button
        self._row.addStretch(1)
        self.setVisible(bool(suggestions))

    def buttons(self) -> list[DashedButton]:
        """Those that are shown."""
        return [one for one in self.findChildren(DashedButton) if not one.isHidden()]


def deeds_words(deeds: Deeds) -> str:
    """ "Then: closes, tags refund, snoozes until tomorrow 9"; "" for nothing."""
    parts = []
    if deeds.close:
        parts.append(words.say("closes"))
    if deeds.tags:
        parts.append(words.say("tags %1").replace("%1", ", ".join(words.one_line(tag) for tag in deeds.tags)))
    if deeds.snooze:
        parts.append(words.say("snoozes until %1").replace("%1", words.one_line(deeds.snooze)))
    return words.say("Then: %1").replace("%1", ", ".join(parts)) if parts else ""


class SavedReplies(QObject):
    """`put_in` follows a template that came into the text, with its pictures and deeds."""

    put_in = Signal(object)  # Filled

    def __init__(
        self,
        edit: TextEdit,
        stops: Stops,
        templates: Templates,
        row: SuggestionRow,
        line: NoteLine,
        conversation: Callable[[], str],
    ) -> None:
        super().__init__(edit)
        self._edit, self._stops, self._templates, self._row, self._line = edit, stops, templates, row, line
        self._conversation = conversation
        self._suggestions: Sequence[Suggestion] = ()
        self._job: ops.Job[Sequence[Suggestion]] | None = None
        self._popover: TemplatesPopover | None = None
        self.template, self.language, self.variant, self.deeds = "", "", 0, Deeds()
        self._timer = QTimer(self, singleShot=True, interval=SUGGEST_AFTER)
        self._timer.timeout.connect(self._suggest)
        row.chosen.connect(self.take_suggestion)
        edit.keys.append(self._key)

    # What the composer calls

    def start(self, writing: Writing) -> None:
        """Another draft."""
        self.template, self.language, self.variant = writing.template, writing.language, writing.variant
        self.set_deeds(writing.deeds)
        if self._popover is not None:
            self._popover.leave()

    def start_suggesting(self) -> None:
        """Another conversation, or a new message in it."""
        if self._job is not None:
            self._job.cancel()
        self._timer.start()

    def clear(self) -> None:
        """The text is gone, and with it what its template brought."""
        if self.template or self.deeds != Deeds():
            self.start(Writing())

    def set_deeds(self, deeds: Deeds) -> None:
        """What follows the reply."""
        self.deeds = deeds
        said = deeds_words(deeds)
        drop = ("\u00d7", self.tr("Do only what I do myself"), self._drop)
        self._line.show_line(said, [drop] if said else ())

    def summon(self) -> None:
        """Open the list of all where the cursor is."""
        self.popover().summon()

    def popover(self) -> TemplatesPopover:
        """The list, made when it is first needed."""
        if self._popover is None:
            # made late, yet first to be asked for keys: while it is open, they are its
            self._popover = TemplatesPopover(self._edit, self._search)
            self._popover.taken.connect(self._take)
            self._edit.keys.insert(0, self._edit.keys.pop())
        return self._popover

    def show_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """These are offered by number."""
        self._suggestions = tuple(suggestions)
        self._row.show_these(self._suggestions)

    def take_suggestion(self, number: int) -> None:
        """Put the suggestion in at the cursor."""
        if number >= len(self._suggestions) or self._edit.isReadOnly():
            return
        one = self._suggestions[number]
        if one.template_id:
            cursor = self._edit.textCursor()
            self._fill(one.template_id, cursor.selectionStart(), cursor.selectionEnd())
        else:
            self._edit.textCursor().insertText(one.reply_text or one.text)
            self._edit.setFocus()

    def insert(self, filled: Filled, start: int, end: int) -> None:
        """Put it in instead of what stands from `start` to `end`: one undo takes it out again."""
        cursor = self._edit.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(filled.text)
        places = to_qt(filled.text, [place for from_, to, _name in filled.stops for place in (from_, to)])
        pairs = zip(places[::2], places[1::2], strict=True)
        self._stops.add(
            (start + from_, start + to, stop[2]) for (from_, to), stop in zip(pairs, filled.stops, strict=True)
        )
        self._edit.setTextCursor(cursor)
        self._edit.setFocus()
        if filled.stops:
            cursor.setPosition(start)
            self._edit.setTextCursor(cursor)
            self._stops.go(1)
        self.template, self.language, self.variant = filled.template_id, filled.language, filled.variant
        self.set_deeds(filled.deeds)
        self.put_in.emit(filled)

    # Inside

    def _key(self, event: QKeyEvent) -> bool:
        # the list is made at the first "/", and asked for that key at once
        if event.text() == "/" and self._popover is None:
            self.popover()
            return self._edit.keys[0](event)
        return False

    def _search(self, query: str) -> Sequence[TemplateHit]:
        return self._templates.search(query, self._conversation())

    def _take(self, hit: TemplateHit, start: int, end: int) -> None:
        self._fill(hit.id, start, end)

    def _fill(self, template_id: str, start: int, end: int) -> None:
        try:
            filled = self._templates.fill(template_id, self._conversation())
        except ServiceError as error:
            ops.tell(self, str(error))
            return
        self.insert(filled, start, end)

    def _drop(self) -> None:
        self.set_deeds(replace(Deeds(), private=self.deeds.private))
        self._edit.textChanged.emit()
        self._edit.setFocus()

    def _suggest(self) -> None:
        conversation = self._conversation()
        if not conversation or not ops.ready():
            return

        def done(found: Sequence[Suggestion]) -> None:
            if conversation == self._conversation():
                self.show_suggestions(found)

        self._job = ops.run(self, self._templates.suggest(conversation, SHOWN), done=done, quiet=True)
