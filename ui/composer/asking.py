"""What Send asks about before a reply leaves: once each, inline, never in a window of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.rows import ConversationDetail
from ui.composer.lines import AskBar
from ui.conversation import words

SWITCHED = 5.0  # seconds in which the hands may still be with the client before
AGAIN = 0.25  # a second press that is quicker was one press with a shaking hand


@dataclass(frozen=True, slots=True)
class Question:
    """`key` tells it apart from others: what was answered is not asked again."""

    key: str
    text: str
    yes: str


class Asking(AskBar):
    """Remembers what was answered, until the text or the conversation changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clock: Callable[[], float] = time.monotonic
        self._answered: set[str] = set()
        self._shown: Question | None = None
        self._since = 0.0
        self._client: tuple[str, str] | None = None  # id and name of the client that was looked at last
        self._switch: tuple[str, float] | None = None  # the name before, and when

    def looked_at(self, detail: ConversationDetail | None) -> None:
        """Another conversation is shown."""
        self.forget()
        self._answered.discard("switch")
        if detail is None:
            return
        client = detail.row.client_id
        if self._client is not None and self._client[0] != client:
            self._switch = (self._client[1], self.clock())
        self._client = (client, words.one_line(detail.client_name))

    def switched(self, now_client: str) -> Question | None:
        """The question of somebody who was with another client a moment ago."""
        # asked within the time and answered behind it: it is the same question
        asked = self._shown is not None and self._shown.key == "switch"
        if self._switch is None or (self.clock() - self._switch[1] > SWITCHED and not asked):
            return None
        text = self.tr("You were just with %1. Send this for %2?")
        text = text.replace("%1", self._switch[0]).replace("%2", words.one_line(now_client))
        return Question("switch", text, self.tr("Send for %1").replace("%1", words.one_line(now_client)))

    def pass_all(self, questions: Sequence[Question]) -> bool:
        """Whether all are answered; the first that is not is shown. Sending again answers the one that is shown."""
        shown = self._shown
        if shown is not None and not self.isHidden():
            if self.clock() - self._since < AGAIN:
                return False
            self._answered.add(shown.key)
            if shown.key == "switch":
                self._switch = None
        for question in questions:
            if question.key not in self._answered:
                self._shown, self._since = question, self.clock()
                self.ask(question.text, question.yes)
                return False
        self._put_away()
        return True

    def answered(self, start: str) -> bool:
        """Whether a question whose key begins like this was answered with yes."""
        return any(key.startswith(start) for key in self._answered)

    def forget(self) -> None:
        """The text changed: what it says is asked again; where the hands were is not."""
        self._put_away()
        self._answered = {key for key in self._answered if key == "switch"}

    def _put_away(self) -> None:
        self._shown = None
        self.hide()
