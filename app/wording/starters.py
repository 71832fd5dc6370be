"""The templates that come with the program."""

from __future__ import annotations

from importlib import resources

import msgspec

from app.domain import Deeds, Template, TemplateText

LANGUAGES = ("en", "de", "fr", "es", "pt", "it")


class _About(msgspec.Struct, frozen=True):
    """A template without its texts."""

    key: str
    name: str
    folder: str
    shortcut: str
    deeds: Deeds = Deeds()


def starters() -> list[Template]:
    """All of them, for all clients, each in six languages. Reads files."""
    folder = resources.files("resources") / "templates"
    about = msgspec.json.decode((folder / "starters.json").read_bytes(), type=list[_About])
    texts = {
        language: msgspec.json.decode((folder / f"{language}.json").read_bytes(), type=dict[str, tuple[str, ...]])
        for language in LANGUAGES
    }
    return [
        Template(
            f"starter-{one.key}",
            one.name,
            tuple(TemplateText(to, texts[to][one.key]) for to in LANGUAGES),
            folder=one.folder,
            shortcut=one.shortcut,
            deeds=one.deeds,
        )
        for one in about
    ]
