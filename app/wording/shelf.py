"""All templates made ready to be searched at every key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from operator import attrgetter

from app.domain import Template
from app.rules import fold
from app.wording.order import natural

_WORD = re.compile(r"\w+")
_RUN_ON = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


class _Entry:
    """A template with its words, each behind a blank, so that the beginning of a word can be looked for."""

    __slots__ = ("body", "name", "place", "shortcut", "template")

    def __init__(self, template: Template) -> None:
        self.template = template
        self.shortcut = fold(template.shortcut)
        self.name = _words(f"{template.name} {template.folder}")
        self.place = f"{natural(template.name)}\n{natural(template.folder)}\n{template.id}"
        self.body = _words(" ".join([variant for text in template.texts for variant in text.variants]))


def _words(text: str) -> str:
    return " " + " ".join(_WORD.findall(fold(text).replace("_", " ")))


class Shelf:
    """Templates by id. Reading may go on in one thread while another puts something in."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._uses: dict[str, int] = {}
        self._order: tuple[_Entry, ...] = ()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, id_: str) -> Template | None:
        """One template."""
        found = self._entries.get(id_)
        return None if found is None else found.template

    def uses(self, id_: str) -> int:
        """How often it was sent."""
        return self._uses.get(id_, 0)

    def of(self, client_id: str) -> list[Template]:
        """A client's and the shared ones."""
        return [one.template for one in self._order if one.template.client_id in ("", client_id)]

    def change(self, put: Iterable[Template], drop: Collection[str], uses: dict[str, int]) -> None:
        """Take in what changed."""
        self._uses = uses
        fresh = {one.id: _Entry(one) for one in put}
        if not fresh and self._entries.keys().isdisjoint(drop):
            return
        entries = self._entries | fresh
        for id_ in drop:
            entries.pop(id_, None)
        self._entries = entries
        self._order = tuple(sorted(entries.values(), key=attrgetter("place")))

    def search(self, query: str, client_id: str | None, limit: int) -> list[Template]:
        """Up to `limit` templates of a client and the shared ones, of all clients for None.

        Those whose shortcut begins with the query; then those with all its words, or their beginnings, in name and
        folder; then anywhere. Within each, the client's own before the shared ones, and what is used more first.
        """
        asked = fold(query.strip().lstrip("/")).strip()
        words = [word if _RUN_ON.search(word) else f" {word}" for word in _WORD.findall(asked.replace("_", " "))]
        if asked and not words:
            return []
        found: list[tuple[int, int, bool, int, int]] = []
        uses = self._uses
        for place, one in enumerate(order := self._order):
            if client_id is not None and one.template.client_id not in ("", client_id):
                continue
            if not asked:
                rank = 3
            elif one.shortcut and one.shortcut.startswith(asked):
                rank = 0
            else:
                name = one.name
                rank = 1
                for word in words:
                    if word not in name:
                        rank = 2
                        if word not in one.body:
                            rank = -1
                            break
                if rank < 0:
                    continue
            length = len(one.shortcut) if rank == 0 else 0
            found.append((rank, length, not one.template.client_id, -uses.get(one.template.id, 0), place))
        found.sort()
        return [order[place].template for *_, place in found[:limit]]
