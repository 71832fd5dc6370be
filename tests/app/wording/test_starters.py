"""The templates that come with the program."""

from __future__ import annotations

import pytest

from app.domain import Template
from app.text import graphemes
from app.wording import check, fields
from app.wording.starters import LANGUAGES, starters

ALL = starters()
LONG = {
    "first_name": "Maximiliane", "name": "Maximiliane Mustermann", "handle": "@maximiliane", "order": "AB-1234567",
    "opening_hours": "aujourd’hui 9:00–12:30 et 13:30–18:00, demain 9:00–12:30 et 13:30–18:00",  # noqa: RUF001
    "agent": "Alexandra", "client": "Maple & Rye Bakery", "private_contact": "hello@maplerye.example",
}  # fmt: skip


def test_there_are_twenty_with_names_and_shortcuts_of_their_own() -> None:
    assert len(ALL) == 20
    assert len({one.id for one in ALL}) == len({one.name for one in ALL}) == len({one.shortcut for one in ALL}) == 20
    assert all(one.client_id == "" and one.folder for one in ALL)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_each_is_whole_in_six_languages(one: Template) -> None:
    assert check.problems(one, set()) == []
    assert check.tidy(one) == one
    assert tuple(text.language for text in one.texts) == LANGUAGES
    used = []
    for text in one.texts:
        assert len(text.variants) >= 2
        read = [fields.parse(variant).parts for variant in text.variants]
        used.append({field.name for parts in read for field in fields.names(parts)})
        for parts in read:
            for values in (LONG, {}):
                filled = fields.fill(parts, values).text
                assert graphemes(filled) <= 300, filled
                assert "!" not in filled
                assert "  " not in filled
    assert all(names == used[0] for names in used), used
