"""Suggestions for a message, and what is answered again and again; out of one client's own past alone."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta

from app import clock
from app.clock import EPOCH
from app.domain import Template
from app.events import Changes
from app.rows import Repeated, Suggestion
from app.rules import REASON, TEMPLATE
from app.store import priorities
from app.store import templates as rows
from app.store.db import Database
from app.text import snippet
from app.wording import matters, similar, values
from app.wording.memory import MOST, Idea, Memory, Past, as_template

CLIENTS = 4  # whose replies are remembered at a time; some 10 MB each
OVERLAP = 2 * 86_400_000  # ms: a reply that was sent before may be noticed later
OFTEN = 10  # answers of a month that make a template worth while
QUOTED = 48
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


class Suggesting:
    """Remembers what was answered, a client at a time. `look` is called from worker threads."""

    def __init__(self, db: Database, now: clock.Clock) -> None:
        self._db, self._now = db, now
        self._memories: OrderedDict[str, Memory] = OrderedDict()
        self._lock = threading.Lock()

    def follow(self, changes: Changes) -> None:
        """Forget everything where too much changed to name it: somebody may have been erased."""
        if changes.everything:
            with self._lock:
                self._memories.clear()

    def look(
        self,
        db: sqlite3.Connection,
        conversation_id: str,
        asked: rows.Asked,
        templates: Sequence[Template],
        limit: int,
        line: Callable[[Template], str],
    ) -> list[Suggestion]:
        """Suggestions for the newest message: what a rule names first, then what answered messages like it."""
        by_id = {one.id: one for one in templates}
        found = [
            Suggestion(by_id[id_].name, line(by_id[id_]), why, 1.0, id_)
            for id_, why in self._ruled(db, conversation_id, asked).items()
            if id_ in by_id
        ][:limit]
        if asked.texts and asked.texts[0].strip():
            with self._lock:
                memory = self._memory(db, asked.client_id, templates)
                ideas = memory.ideas(
                    asked.texts[0],
                    limit + len(found),
                    besides=int(conversation_id),
                    private=asked.private,
                    about=matters.of_message(asked.texts[0], asked.mood, asked.tags),
                )
            ruled = {one.template_id for one in found}
            for idea in ideas:
                if len(found) < limit and not (idea.template and idea.template in ruled):
                    found.append(self._told(idea, asked, by_id, line))
        return found

    def _memory(self, db: sqlite3.Connection, client_id: str, templates: Sequence[Template]) -> Memory:
        memory = self._memories.get(client_id)
        if memory is None:
            memory = self._memories[client_id] = Memory()
        self._memories.move_to_end(client_id)
        while len(self._memories) > CLIENTS:
            self._memories.popitem(last=False)
        since = None if memory.mark is None else (memory.mark[0], memory.mark[1] - OVERLAP)
        fresh = memory.mark is None
        memory.add([Past(*one) for one in rows.answers(db, client_id, most=MOST, since=since)])
        memory.offer(templates)
        if fresh:
            memory.warm()
        return memory

    @staticmethod
    def _ruled(db: sqlite3.Connection, conversation_id: str, asked: rows.Asked) -> dict[str, str]:
        """Templates that rules name for the newest message, and the reason in words."""
        named = [tag.removeprefix(TEMPLATE) for tag in asked.tags if tag.startswith(TEMPLATE)]
        if not named:
            return {}
        held = {name.removeprefix(REASON) for name in rows.reasons(db, int(conversation_id)) if name.startswith(REASON)}
        by_template: dict[str, str] = {}
        for rule in (*priorities.rules(db, ""), *priorities.rules(db, asked.client_id)):
            if rule.then.template and (rule.id in held or rule.then.template not in by_template):
                by_template[rule.then.template] = rule.name
        return {
            id_: f"Your rule “{by_template[id_]}” suggests it." if id_ in by_template else "A rule suggests it."
            for id_ in dict.fromkeys(named)
        }

    def _told(
        self, idea: Idea, asked: rows.Asked, by_id: dict[str, Template], line: Callable[[Template], str]
    ) -> Suggestion:
        score = round(idea.score, 4)
        if idea.template:
            template = by_id[idea.template]
            return Suggestion(template.name, line(template), self._why_template(idea), score, template.id)
        past = idea.newest
        assert past is not None, "an idea without a template is a past reply"
        name = values.first_name(asked.author)
        names = (past.author, values.first_name(past.author))
        orders = values.order_number([past.asked]), values.order_number(asked.texts)
        text, stops = similar.again(past.text, past.asked, names, name, *orders)
        who, when = values.short_name(past.author, past.handle), self._day(past.at)
        why = f"You answered {who} with this on {when}."
        if idea.times > 1:
            why = f"You answered {idea.times} messages like this with it, last {who} on {when}."
        return Suggestion(f"As to {who}", snippet(text, 160), why, score, reply_text=text, stops=stops)

    @staticmethod
    def _why_template(idea: Idea) -> str:
        if idea.nearest is None and not idea.words:
            return f"For messages {matters.WORDS[idea.about]}."
        if idea.nearest is None:
            shared = ", ".join(f"“{word}”" for word in idea.words)
            return f"Its words are like this message: {shared}."
        said = snippet(idea.nearest.asked, QUOTED)
        return f"Answered {idea.times} messages like this: “{said}”" if idea.times > 1 else f"Answered “{said}”"

    def _day(self, ms: int) -> str:
        at, now = EPOCH + timedelta(milliseconds=ms), self._now()
        day = f"{at.day} {_MONTHS[at.month - 1]}"
        return day if at.year == now.year else f"{day} {at.year}"


def repeated_groups(replies: Sequence[tuple[str, str, str, str]]) -> list[Repeated]:
    """Near-identical replies by client, the largest group first; `replies` are client, text, author and handle.

    They come oldest first, so that a group shows its newest text.
    """
    by_client: dict[str, list[tuple[str, str]]] = {}
    for client_id, text, author, _ in replies:
        by_client.setdefault(client_id, []).append((text, author))
    found = []
    for client_id, texts in by_client.items():
        if len(texts) < OFTEN:
            continue
        for places in similar.groups([similar.bare(text, (author,)) for text, author in texts], similar.SAME):
            if len(places) < OFTEN:
                break
            text, author = texts[places[-1]]
            found.append(Repeated(client_id, as_template(text, author), len(places)))
    return sorted(found, key=lambda one: -one.count)
