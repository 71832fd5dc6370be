"""Where everything lies in the composer: the widgets and their order, for the eyes and for Tab."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.rows import Concern, ReplyCost
from ui import theme
from ui.composer.advice import Advice
from ui.composer.asking import Asking
from ui.composer.body import Body
from ui.composer.cost import CostLine
from ui.composer.editor import RING, Editor
from ui.composer.fields import PublicLine, WarningLine
from ui.composer.foot import Foot
from ui.composer.lines import NoteLine
from ui.composer.marks import Marks
from ui.composer.pictures import PictureStrip
from ui.composer.promise import PromiseLine
from ui.composer.saved_replies import SavedReplies, SuggestionRow
from ui.composer.spelling import Spelling
from ui.composer.split_preview import SplitPreview
from ui.composer.stops import Stops
from ui.composer.who import WhoLine
from ui.ports import Composing, FollowUps, Templates


class Desk(QWidget):
    """Built once; what it does is the `Gate`'s and the `Composer`'s."""

    def __init__(
        self, composing: Composing, templates: Templates, followups: FollowUps, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._composing = composing
        self._build(templates, followups)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def conversation_id(self) -> str:
        """Whose reply is written; "" while there is none."""
        raise NotImplementedError

    def _look(self) -> Sequence[Concern]:
        raise NotImplementedError

    def _cost(self) -> ReplyCost | None:
        raise NotImplementedError

    def _build(self, templates: Templates, followups: FollowUps) -> None:
        self._who = WhoLine(self)
        self._as, self._take_private = self._who.words, self._who.link
        self._suggestions = SuggestionRow(self)
        self.editor = Editor(self)
        edit = self.editor.edit
        edit.setAccessibleName(self.tr("Your reply"))
        self.stops, self.marks = Stops(edit), Marks(edit)
        self.warning, self.public = WarningLine(self), PublicLine(self)
        self.pictures = PictureStrip(self._composing, self)
        self.advice = Advice(edit, self.marks, self._look, self)
        self.deeds, self.held = NoteLine(self), NoteLine(self, colour="warn", inset=RING)
        self.too_long = NoteLine(self)
        self.cost = CostLine(edit, self._cost, self)
        self.promise = PromiseLine(followups, self.conversation_id, self)
        self.saved = SavedReplies(edit, self.stops, templates, self._suggestions, self.deeds, self.conversation_id)
        self.spelling = Spelling(edit, self.marks, self._composing, self.conversation_id)
        self.asking, self.split = Asking(self), SplitPreview(self)
        self.foot = Foot(self)
        self._chip, self._count, self._later, self._send = (
            self.foot.chip, self.foot.count, self.foot.later, self.foot.send
        )  # fmt: skip
        self.later_menu = self.foot.later_menu
        self._column = QVBoxLayout(self)
        self._column.setSpacing(8)
        inset = QVBoxLayout()
        inset.setContentsMargins(RING, 0, RING, 0)
        inset.setSpacing(6)
        above = QVBoxLayout()
        above.setContentsMargins(RING, 0, RING, 0)
        for widget in (self.warning, self.public):
            above.addWidget(widget)
        for line in (
            self.pictures,
            self.too_long,
            self.cost,
            self.advice,
            self.deeds,
            self.promise,
            self.split,
            self.asking,
        ):
            inset.addWidget(line)
        self.body = Body(self)
        self.body.first = (self.asking, self.split, self.editor)
        self.body.column.addWidget(self._suggestions)
        self.body.column.addLayout(above)
        self.body.column.addWidget(self.editor)
        self.body.column.addLayout(inset)
        self._column.addWidget(self._who)  # as whom and to whom is never scrolled away
        self._column.addWidget(self.body)
        self._column.addWidget(self.held)
        self._column.addWidget(self.foot)
        lines = (self.too_long, self.cost, self.advice, self.deeds, self.promise)
        foot = self.foot
        order = [
            self.warning.field, *self.public.tab_stops(), edit, self._take_private, *self.pictures.note.tab_stops(),
            *(button for line in lines for button in line.tab_stops()),
            self.split.area, *self.split.tab_stops(), *self.asking.tab_stops(), *self.held.tab_stops(),
            foot.language, foot.picture, foot.more, self._later, self._send,
        ]  # fmt: skip
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)
        self.pictures.behind = self._suggestions.behind = self._take_private

    def add_line(self, line: QWidget) -> None:
        """Something that is said over the foot, below everything else."""
        self.body.column.addWidget(line)

    def fit(self, room: int) -> None:
        """Be at most `room` px high, with the foot always whole."""
        margins = self._column.contentsMargins()
        around = margins.top() + margins.bottom() + 2 * self._column.spacing()

        def left() -> int:
            wide = self.width() - margins.left() - margins.right()
            held = 0 if self.held.isHidden() else self.held.heightForWidth(wide) + self._column.spacing()
            return room - around - self.foot.sizeHint().height() - self._who.heightForWidth(wide) - held

        self.body.room = left
        self.body.fit()

    def _restyle(self) -> None:
        self._column.setContentsMargins(20 - RING, 12, 20 - RING, 14)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), c.panel)
        painter.fillRect(0, 0, self.width(), 1, c.line)
