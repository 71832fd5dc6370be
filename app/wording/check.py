"""A template as it is kept, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import structs

from app.domain import Deeds, Picture, Template, TemplateText
from app.text import clean
from app.wording import fields

LONGEST_NAME, LONGEST_FOLDER, LONGEST_SHORTCUT, LONGEST_TAG = 100, 200, 30, 30
MOST_PICTURES, LONGEST_ALT = 4, 2000


def line(text: str, limit: int) -> str:
    """Clean, on one line, at most `limit` characters."""
    return " ".join(clean(text, limit * 4).split())[:limit].strip()


def tidy(template: Template) -> Template:
    """The template as it is kept: clean texts, one entry a language, no empty wordings. Twice changes nothing."""
    texts: dict[str, list[str]] = {}
    for text in template.texts:
        wordings = texts.setdefault(line(text.language.replace("_", "-"), 35), [])
        for one in text.variants:
            words = clean(one, fields.LONGEST)
            if words and words not in wordings:
                wordings.append(words)
    deeds = template.deeds
    tags = tuple(dict.fromkeys(tag for one in deeds.tags if (tag := line(one, LONGEST_TAG))))
    folders = [part for one in template.folder.split("/") if (part := line(one, LONGEST_FOLDER))]
    return structs.replace(
        template,
        name=line(template.name, LONGEST_NAME),
        texts=tuple(TemplateText(language, tuple(words)) for language, words in texts.items() if words),
        folder="/".join(folders)[:LONGEST_FOLDER].strip(" /"),
        shortcut=line(template.shortcut, LONGEST_SHORTCUT).lstrip("/ "),
        deeds=Deeds(tags, line(deeds.snooze, 60), line(deeds.close, 60), deeds.private),
        pictures=_pictures(template.pictures),
    )


def _pictures(pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """None twice; what a platform knows one by belongs to a reply."""
    kept: dict[str, Picture] = {}
    for one in pictures:
        kept.setdefault(one.id, structs.replace(one, alt=line(one.alt, LONGEST_ALT), remote=""))
    return tuple(kept.values())


def hindrances(template: Template, taken: Collection[str]) -> list[str]:
    """What keeps it from being saved. `taken` are the shortcuts of others that are offered beside it, folded."""
    told = []
    if not template.name.strip():
        told.append("Give the template a name.")
    if not any(variant.strip() for text in template.texts for variant in text.variants):
        told.append("There is no text yet. Write one.")
    shortcut = template.shortcut.strip().lstrip("/")
    if any(sign.isspace() for sign in shortcut):
        told.append("A shortcut has no spaces. Join its words with a hyphen.")
    elif shortcut and shortcut.casefold() in taken:
        told.append(f"Another template has the shortcut /{shortcut} already. Choose another one.")
    bare = sum(not one.alt.strip() and not one.waived for one in template.pictures)
    if bare:
        which = "A picture has" if bare == 1 else f"{bare} pictures have"
        told.append(f"{which} no description for those who cannot see it. Say what it shows.")
    if len(template.pictures) > MOST_PICTURES:
        told.append(f"A template has {MOST_PICTURES} pictures at most. Take some out.")
    return told


def problems(template: Template, taken: Collection[str]) -> list[str]:
    """Everything that is wrong with a template, as sentences: first what keeps it from being saved."""
    told = hindrances(template, taken)
    several = len(template.texts) > 1
    for text in template.texts:
        for number, variant in enumerate(text.variants, 1):
            if not any(one.strip() for one in text.variants) and not several:
                continue  # said already
            where = _where(text, number) if several or len(text.variants) > 1 else ""
            told += [f"{where}{problem}" for problem in fields.problems(variant)]
    return list(dict.fromkeys(told))


def _where(text: TemplateText, number: int) -> str:
    parts = [text.language or "any language"] + ([f"wording {number}"] if len(text.variants) > 1 else [])
    return f"{', '.join(parts)}: "


def same(first: Template, second: Template) -> bool:
    """Whether two templates say the same, word for word, under the same name."""
    return first.name.casefold() == second.name.casefold() and first.texts == second.texts


def free_shortcut(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, with a number behind it if another has it."""
    if not wanted or wanted.casefold() not in taken:
        return wanted
    return next(
        made for n in range(2, 10_000) if (made := f"{wanted[: LONGEST_SHORTCUT - 5]}{n}").casefold() not in taken
    )


def folded(shortcuts: Sequence[str]) -> set[str]:
    """Shortcuts as they are compared."""
    return {shortcut.casefold() for shortcut in shortcuts if shortcut}
