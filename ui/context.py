"""The right column: why this is first, who wrote, what was before, and notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QHideEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from app.domain import Reason
from app.errors import ServiceError
from app.rows import ConversationDetail, Explanation, PastConversation
from app.rules import REASON
from ui import ops, theme
from ui.composer.editor import lines_of
from ui.conversation import words
from ui.feed.words import window_name
from ui.followups.box import FollowUpsBox
from ui.ports import Runtime
from ui.rules.words import deeds
from ui.widgets import Chips, Heading, Label, Line, LinkButton
from ui.widgets.check import TickBox

SAVE_AFTER = 500
EARLIER = 5
INSET = 7  # frame and padding of the notes


def answered_before(detail: ConversationDetail) -> bool:
    """Whether we answered before the clock started: then it is the clock of the next reply."""
    replies = [item.reply for item in detail.items if item.reply is not None]
    return any(reply.sent_at is not None and reply.sent_at <= detail.row.posted_at for reply in replies)


class Facts(QWidget):
    """Lines of a name and a value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(6)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(0, 1)
        self._lines: list[tuple[str, str]] = []

    def set_lines(self, lines: list[tuple[str, str]], total: tuple[str, str] | None = None) -> None:
        """Show these; `total` stands under a hairline."""
        shown = [*lines, *([total] if total else [])]
        if shown == self._lines:
            return
        self._lines = shown
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for number, (name, value) in enumerate(lines):
            self._add(number, name, value, 400)
        if total is not None:
            self._grid.addWidget(Line(self), len(lines), 0, 1, 2)
            self._add(len(lines) + 1, *total, 600)

    def lines(self) -> list[tuple[str, str]]:
        """What is shown."""
        return self._lines

    def _add(self, row: int, name: str, value: str, weight: int) -> None:
        left = Label(name, self, weight=weight, wrap=True)
        right = Label(value, self, weight=weight, colour="muted" if weight == 400 else "text", tabular=True)
        right.setAccessibleName(f"{name}: {value}")
        self._grid.addWidget(left, row, 0)
        self._grid.addWidget(right, row, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)


class Notes(QPlainTextEdit):
    """Looks like text until it is written in; as high as what it holds."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(1)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self.setPlaceholderText(self.tr("What you want to remember about this person."))
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def _restyle(self) -> None:
        c = theme.tokens()
        self.setStyleSheet(
            f"QPlainTextEdit {{ border: 1px solid transparent; background: transparent; padding: 2px 5px;"
            f" color: {c.muted.name()}; }}"
            f"QPlainTextEdit:hover {{ border: 1px solid {c.line.name()}; }}"
            f"QPlainTextEdit:focus {{ border: 1px solid {c.accent.name()}; color: {c.text.name()}; }}"
        )
        self._grow()

    def _grow(self) -> None:
        self.setFixedHeight(max(3, lines_of(self, 12)) * QFontMetrics(self.font()).lineSpacing() + 14)


class ContextPanel(QScrollArea):
    """Fed by `ConversationPane.detail_changed`. `chosen` asks for an earlier conversation."""

    chosen = Signal(str)
    insert_wanted = Signal(str, str)  # a text for the reply, and what it asks the customer for

    def __init__(self, runtime: Runtime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runtime = runtime
        self._detail: ConversationDetail | None = None
        self._saved = ""
        self._contact = 0
        self._jobs: list[ops.Job[object]] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName(self.tr("Why this is first, and who wrote"))
        body = self._body = _Ground(self)
        whole = QVBoxLayout(body)
        whole.setContentsMargins(16 - INSET, 16, 16 - INSET, 16)
        whole.setSpacing(8)
        column = QVBoxLayout()
        column.setContentsMargins(INSET, 0, INSET, 0)
        column.setSpacing(8)
        whole.addLayout(column)
        self._why_title = Heading(self.tr("Why this is first"), body, level=3)
        self._why = Facts(body)
        self.chips = Chips(body)
        self.unsure = Label(
            self.tr("Not sure about this one. Press U if it is not urgent, N if it is noise."),
            body, colour="muted", wrap=True,
        )  # fmt: skip
        self._who_title = Heading("", body, level=3)
        self._who_title.setWordWrap(True)
        self._who = Facts(body)
        self.vip = TickBox(self.tr("VIP"), body)
        self.vip.setToolTip(self.tr("VIPs have a promise of their own, and rules can ask for them"))
        self.vip.clicked.connect(self._set_vip)
        self.follow_ups = FollowUpsBox(runtime, body)
        self.follow_ups.insert_wanted.connect(self.insert_wanted)
        self._earlier_title = Heading(self.tr("Earlier"), body, level=3)
        self._earlier = QVBoxLayout()
        self._earlier.setSpacing(6)
        self._note_title = Heading(self.tr("Notes, only you"), body, level=3)
        self.note = Notes(body)
        self.note.setAccessibleName(self.tr("Notes about this person, only you see them"))
        for widget in (
            self._why_title, self._why, self.chips, self.unsure, self._who_title, self._who, self.vip,
            self.follow_ups, self._earlier_title,
        ):  # fmt: skip
            column.addWidget(widget)
            if widget in (self.unsure, self.vip, self.follow_ups):
                column.addSpacing(10)
        column.addLayout(self._earlier)
        column.addSpacing(10)
        column.addWidget(self._note_title)
        whole.addWidget(self.note)  # its text stands in line with the rest, its frame a little outside
        whole.addStretch(1)
        self.setWidget(body)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_AFTER)
        self._timer.timeout.connect(self.flush)
        self.note.textChanged.connect(self._timer.start)
        self.note.left.connect(self.flush)
        theme.signals.changed.connect(self.update)
        self.show_conversation(None)

    def show_conversation(self, detail: ConversationDetail | None) -> None:
        """Show what belongs to this conversation; None empties the panel."""
        other = detail is None or self._detail is None or detail.row.id != self._detail.row.id
        if other:
            self.flush()
        self._detail = detail
        self._body.setVisible(detail is not None)
        self.follow_ups.show_detail(detail)
        if detail is None:
            self._put_note("")
            return
        if other or (not self.note.hasFocus() and self.note.toPlainText() == self._saved):
            self._put_note(detail.note)
        self._tell_why(detail)
        if other:
            self._weigh_words(detail.row.id)
        name = words.one_line(detail.row.author) or words.one_line(detail.row.handle)
        self._who_title.setText(name)
        facts = []
        if detail.first_contact is not None:
            facts.append((self.tr("Customer since"), words.month(detail.first_contact)))
        facts.append((self.tr("Conversations"), str(max(1, detail.conversations))))
        mood = words.mood(detail.usual_mood)
        if mood:
            facts.append((self.tr("Usual mood"), mood))
        if detail.followers is not None:
            facts.append((self.tr("Followers"), words.many(detail.followers)))
        self._who.set_lines(facts)
        self._show_vip(detail.row.id, name)
        self._tell_earlier(detail)

    def why(self) -> list[tuple[str, str]]:
        """The lines of "Why this is first"."""
        return self._why.lines()

    def who(self) -> list[tuple[str, str]]:
        """The lines about the person."""
        return self._who.lines()

    def flush(self) -> None:
        """Save the note, if it changed."""
        self._timer.stop()
        text = self.note.toPlainText()
        if self._detail is None or text == self._saved:
            return
        self._saved = text
        self._jobs = [job for job in self._jobs if job.running]
        self._jobs.append(ops.run(self, self._runtime.inbox.set_note(self._detail.row.id, words.cleaned(text))))

    async def close_down(self) -> None:
        """Save what is unsaved; await it before the program ends."""
        self.flush()
        for job in self._jobs:
            await job.wait()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.flush()  # the window closes, or the panel is put away while a note is being written

    def _put_note(self, text: str) -> None:
        if self.note.toPlainText() != text:
            self.note.blockSignals(True)
            self.note.setPlainText(text)
            self.note.blockSignals(False)
        self._saved = self.note.toPlainText()
        self._timer.stop()

    def _tell_why(self, detail: ConversationDetail) -> None:
        timed = detail.due_at is not None
        self._why_title.setText(self.tr("Why this is first") if timed else self.tr("No timer"))
        if detail.due_at is None:
            self._why.set_lines([(self.tr("Nobody waits for a reply here."), "")])
            return
        strongest = sorted(detail.reasons, key=lambda reason: reason.minutes)
        lines = self._clocks(detail, detail.due_at)
        lines += [line for r in strongest if (line := self._reason(r)) is not None]
        total = None if detail.care_by is None else (self.tr("Care by"), words.moment(detail.care_by))
        self._why.set_lines(lines, total)

    def _weigh_words(self, conversation: str) -> None:
        """What triage went by, once it is worked out: the words, and whether it is sure."""
        self.chips.show_texts((), "")
        self.unsure.hide()

        def tell(found: Explanation) -> None:
            if self._detail is None or self._detail.row.id != conversation:
                return
            self.chips.show_texts([words.one_line(word) for word in found.words], self.tr("Words that weighed"))
            self.chips.setToolTip(self.tr("The words of the message that weighed the most"))
            self.unsure.setVisible(found.unsure)

        ops.run(self, self._runtime.inbox.explain(conversation), done=tell, quiet=True)

    def _clocks(self, detail: ConversationDetail, due_at: datetime) -> list[tuple[str, str]]:
        """Our promise and the platform's window, the one that counts first."""
        first = not answered_before(detail)
        due = self.tr("First reply due") if first else self.tr("Next reply due")
        if detail.target_name == "promise":
            due = self.tr("What was promised is due")
        elif detail.target_name:
            due = (self.tr("First reply due (%1)") if first else self.tr("Next reply due (%1)")).replace(
                "%1", detail.target_name
            )
        window = detail.row.window_closes_at
        if window is None:
            return [(due, words.moment(due_at))]
        closes = self.tr("%1 closes").replace("%1", window_name(detail.row))
        promised = detail.promised_at or due_at
        lines = [(promised, due), (window, closes)]
        if window <= due_at and detail.promised_at is None:  # when the promise ends is not known, and later anyhow
            lines = lines[1:]
        return [(name, words.moment(at)) for at, name in sorted(lines)]

    def _reason(self, reason: Reason) -> tuple[str, str] | None:
        """A line of the sum. A rule stands under its own name, with all that it did."""
        minutes = words.minutes(reason.minutes) if reason.minutes else ""
        if not reason.name.startswith(REASON):
            return (words.reason(reason.name), minutes) if minutes else None
        rule = self._runtime.priorities.rule(reason.name.removeprefix(REASON))
        if rule is None:
            return (self.tr("A rule that was deleted"), minutes)
        did = deeds(rule.then, moved=False)
        named = self.tr("Rule \u201c%1\u201d").replace("%1", words.one_line(rule.name))
        return (f"{named}: {', '.join(did)}" if did else named, minutes)

    def _show_vip(self, conversation: str, name: str) -> None:
        found = self._runtime.priorities.contact(conversation)
        self.vip.setVisible(found is not None)
        if found is not None:
            self._contact = found[0]
            self.vip.setChecked(found[1])
            self.vip.setAccessibleName(self.tr("%1 is a VIP").replace("%1", name))

    def _set_vip(self, vip: bool) -> None:
        ops.run(self, self._runtime.priorities.set_vip(self._contact, vip), busy=self.vip, failed=self._no_vip)

    def _no_vip(self, error: ServiceError) -> None:
        self.vip.setChecked(not self.vip.isChecked())
        ops.tell(self, str(error))

    def _tell_earlier(self, detail: ConversationDetail) -> None:
        while (item := self._earlier.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self._earlier_title.setVisible(bool(detail.earlier))
        for past in detail.earlier[:EARLIER]:
            self._earlier.addWidget(Past(past, self._body, self.chosen.emit))


class Past(QWidget):
    """A line under "Earlier": what was written, when, and how soon it was answered."""

    def __init__(self, past: PastConversation, parent: QWidget, chosen: Callable[[str], object]) -> None:
        super().__init__(parent)
        text = words.one_line(past.text)
        cut = text if len(text) <= 90 else text[:89].rstrip() + "\u2026"
        quote = Label(f"\u201c{cut}\u201d", self, colour="muted", wrap=True)
        when = words.short_day(past.at)
        if past.answered_after is not None:
            when = self.tr("%1, answered in %2").replace("%1", when).replace("%2", words.span(past.answered_after))
        link = LinkButton(when, self, name=self.tr("Open the conversation of %1").replace("%1", when))
        link.clicked.connect(lambda _on=False: chosen(past.id))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(quote)
        column.addWidget(link)
        link.setStyleSheet("QPushButton { text-align: left; padding: 1px 0; }")


class _Ground(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().panel)
