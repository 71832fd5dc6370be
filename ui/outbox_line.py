"""A line of the outbox, and the words on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.domain import Reply, ReplyState
from app.rows import OutboxRow
from ui import theme
from ui.conversation import words
from ui.conversation.replies import UNDO_WINDOW, Action, actions
from ui.feed.words import platform_words
from ui.widgets import Chip, ElidedLabel, Label, LinkButton, PrimaryButton, QuietButton

CHIPS, ROOM, PAD, PAD_TOP = 120, 400, 18, 14
NEEDS_YOU = (ReplyState.BLOCKED, ReplyState.UNCONFIRMED, ReplyState.REFUSED)


def chip(reply: Reply, online: bool, now: datetime) -> tuple[str, str]:
    """The word and tone in front of a line."""
    match reply.state:
        case ReplyState.SENT:
            return words.say("Sent"), "ok"
        case ReplyState.CLAIMED:
            return words.say("Sending"), "info"
        case ReplyState.BLOCKED:
            return words.say("Held"), "warn"
        case ReplyState.UNCONFIRMED:
            return words.say("Not confirmed"), "warn"
        case ReplyState.REFUSED:
            return words.say("Refused"), "danger"
        case ReplyState.HELD if reply.why or reply.tries or (not online and reply.not_before <= now):
            return words.say("Waiting"), "plain"
        case ReplyState.HELD if reply.not_before - now > UNDO_WINDOW:
            return words.say("Later"), "plain"
        case ReplyState.HELD:
            return words.say("Undo"), "info"
        case _:
            return words.say("Taken back"), "plain"


def told(reply: Reply, online: bool, now: datetime) -> str:
    """The sentence of a line: the chip has said the state already."""
    match reply.state:
        case ReplyState.SENT:
            return words.say("%1, on the platform").replace("%1", words.moment(reply.sent_at or reply.created_at, now))
        case ReplyState.BLOCKED:
            return reply.why or words.say("The conversation changed since this was written.")
        case ReplyState.UNCONFIRMED:
            return reply.why or words.say("The line broke after sending. Please look whether it is there.")
        case ReplyState.REFUSED:
            return reply.why or words.say("The platform gave no reason.")
        case ReplyState.HELD if reply.why:
            return reply.why
        case _:
            return words.reply_state(reply, online=online, now=now)


def offered(reply: Reply, online: bool, now: datetime, sign_in: bool) -> list[Action]:
    """As in the thread, but what needs the whole conversation in sight leads there."""
    if reply.state is ReplyState.BLOCKED:
        return [Action("open", words.say("Look and decide")), Action("cancel", words.say("Cancel"))]
    found = actions(reply, online=online, now=now)
    if reply.state is ReplyState.REFUSED or (reply.state is ReplyState.HELD and found and found[0].key == "edit"):
        found = [*found, Action("cancel", words.say("Cancel"))]  # in the thread, Edit alone does both
    if sign_in and reply.state in (ReplyState.HELD, ReplyState.REFUSED):
        return [Action("sign_in", words.say("Sign in again")), *found[:1]]
    return found


class OutboxLine(QWidget):
    """One reply with what can be done about it. In four columns, or stacked where there is no room for them."""

    acted = Signal(str, str, str)  # reply id, conversation id, action

    def __init__(self, row: OutboxRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = row
        reply = row.reply
        self._keys: tuple[str, ...] = ()
        self._offered: list[Action] = []
        self._buttons: list[QPushButton] = []
        self._column = 0
        self._chip = Chip("", self)
        self._age = Label("", self, size=11, colour="muted", tabular=True)
        self._name = words.one_line(row.author or row.handle)
        self._who = LinkButton("", self, name=self.tr("Open %1").replace("%1", self._name))
        self._who.clicked.connect(lambda _on=False: self.acted.emit(reply.id, reply.conversation_id, "open"))
        platform = platform_words(row.platform, service=row.service)
        where = f"{words.one_line(row.client_name)} \u00b7 {platform}"
        if reply.parts > 1:
            part = words.say("part %1 of %2").replace("%1", str(reply.part)).replace("%2", str(reply.parts))
            where = f"{part} \u00b7 {where}"
        self._where = ElidedLabel(where, self, colour="muted")
        self._text = ElidedLabel(words.one_line(reply.text), self, colour="muted")
        self._why = Label("", self, colour="muted", wrap=True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def tell(self, online: bool, now: datetime, sign_in: bool = False) -> bool:
        """Say where it stands; True while that changes by the second. `sign_in`: its account needs that first."""
        reply = self.row.reply
        word, tone = chip(reply, online, now)
        if self._chip.text() != word:
            self._chip.set_text(word, tone)
        why = told(reply, online, now)
        if self._why.text() != why:
            self._why.setText(why)
            self._again()
        if reply.state is not ReplyState.SENT:
            passed = (now - reply.created_at).total_seconds()
            age = words.say("written %1 ago").replace("%1", words.span(passed))
            if passed < 60:
                age = words.say("written just now")
            if self._age.text() != age:
                self._age.setText(age)
                self._again()
        self._offered = offered(reply, online, now, sign_in)
        keys = tuple(action.key for action in self._offered)
        if keys != self._keys:
            self._keys = keys
            self._make_buttons()
        self.setAccessibleName(f"{word}: {words.one_line(self.row.author)}, {why}")
        left = reply.not_before - now
        return reply.state is ReplyState.HELD and timedelta(0) < left < UNDO_WINDOW + timedelta(minutes=1)

    def said(self) -> tuple[str, str]:
        """Chip and sentence."""
        return self._chip.text(), self._why.text()

    def age(self) -> str:
        """How long ago it was written, "" once it is sent."""
        return self._age.text()

    def where(self) -> str:
        """Client, platform, and which part of a thread it is."""
        return self._where.whole()

    def button(self, key: str) -> QPushButton:
        """The button of this action."""
        return self._buttons[self._keys.index(key)]

    def stops(self) -> list[QPushButton]:
        """What can be pressed, left to right."""
        return [self._who, *reversed(self._buttons)]

    def holds_focus(self) -> bool:
        """Whether one of them has the focus."""
        return any(stop.hasFocus() for stop in self.stops())

    def buttons_width(self) -> int:
        """What its buttons need; the view gives all lines the widest, so that the columns stand in line."""
        return sum(button.sizeHint().width() for button in self._buttons) + 8 * max(0, len(self._buttons) - 1)

    def set_buttons_width(self, width: int) -> None:
        """See `buttons_width`."""
        if self._column != width:
            self._column = width
            self._again()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(width, move=False)

    def sizeHint(self) -> QSize:
        return QSize(400, self._place(max(400, self.width()), move=False))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 40)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(self.width(), move=True)

    def _place(self, width: int, *, move: bool) -> int:
        """Lay out within `width` and return the height that this takes."""
        chips, gap = theme.px(CHIPS), 14
        buttons = max(self._column, self.buttons_width())
        room = width - 2 * PAD - chips - buttons - 3 * gap
        wide = room >= theme.px(ROOM)
        middle = room * 5 // 9 if wide else width - 2 * PAD
        why = room - middle if wide else middle
        top, text = self._who.sizeHint().height(), self._text.sizeHint().height()
        said = self._why.heightForWidth(why)
        high = max((button.sizeHint().height() for button in self._buttons), default=0)
        chip_size, age_size = self._chip.sizeHint(), self._age.sizeHint()
        below = age_size.height() + 4 if self._age.text() else 0
        if wide:
            height = max(top + text + 2, said, high, chip_size.height() + below) + 2 * PAD_TOP
            centre = height // 2
            chip_y = centre - (chip_size.height() + below) // 2
            age_at = (PAD, chip_y + chip_size.height() + 4)
            places = (
                (PAD, chip_y),
                (PAD + chips + gap, centre - (top + text + 2) // 2),
                (PAD + chips + gap + middle + gap, centre - said // 2),
                centre - high // 2,
            )
        else:
            age_at = (PAD + chip_size.width() + 10, PAD_TOP + (chip_size.height() - age_size.height()) // 2)
            y_middle = PAD_TOP + chip_size.height() + 6
            y_why = y_middle + top + text + 2 + 6
            y_buttons = y_why + said + 8
            height = (y_buttons + high if self._buttons else y_why + said) + PAD_TOP
            places = ((PAD, PAD_TOP), (PAD, y_middle), (PAD, y_why), y_buttons)
        if move:
            (chip_x, chip_y), (mid_x, mid_y), (why_x, why_y), buttons_y = places
            self._chip.setGeometry(chip_x, chip_y, chip_size.width(), chip_size.height())
            self._age.setGeometry(*age_at, age_size.width(), age_size.height())
            who = self._name_within(middle if middle < theme.px(ROOM) // 2 else middle * 2 // 3)
            self._who.setGeometry(mid_x, mid_y, who, top)
            where_high = self._where.sizeHint().height()
            left = middle - who - 6
            self._where.setGeometry(mid_x + who + 6, mid_y + (top - where_high) // 2, max(1, left), where_high)
            self._where.setVisible(left > theme.px(24))
            self._text.setGeometry(mid_x, mid_y + top + 2, middle, text)
            self._why.setGeometry(why_x, why_y, why, said)
            x = width - PAD
            for button in self._buttons:
                size = button.sizeHint()
                x -= size.width()
                button.setGeometry(x, buttons_y, size.width(), size.height())
                x -= 8
        return height

    def _name_within(self, width: int) -> int:
        """Show as much of the name as there is room for, and return what that takes."""
        metrics = QFontMetrics(theme.font(13, 600))
        shown = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, width - 4).replace("&", "&&")
        if self._who.text() != shown:
            self._who.setText(shown)
            self._who.setToolTip("" if shown == self._name.replace("&", "&&") else self._name)
        return min(self._who.sizeHint().width(), width)

    def _make_buttons(self) -> None:
        for old in self._buttons:
            old.hide()
            old.deleteLater()
        self._buttons = []
        reply = self.row.reply
        for action in self._offered:
            strong = not self._buttons and (reply.state in NEEDS_YOU or action.key == "sign_in")
            button = (PrimaryButton if strong else QuietButton)(action.label, self)
            button.clicked.connect(
                lambda _on=False, key=action.key: self.acted.emit(reply.id, reply.conversation_id, key)
            )
            button.show()
            self._buttons.append(button)
        for before, after in pairwise(self.stops()):
            QWidget.setTabOrder(before, after)
        self._again()

    def _again(self) -> None:
        self.updateGeometry()
        self._place(self.width(), move=True)

    def _restyle(self) -> None:
        c = theme.tokens()
        self._who.setStyleSheet(
            f"QPushButton {{ color: {c.text.name()}; font-weight: 600; padding: 0; border: 0; text-align: left; }}"
            f"QPushButton:hover, QPushButton:focus {{ color: {c.accent.name()}; text-decoration: underline; }}"
        )
        self._again()
