"""Files of templates with their pictures: looked into, kept, written. Everything here blocks: for a worker thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct, structs

from app.attachments import Attachments
from app.connectors.base import Capabilities, Idempotency
from app.domain import Picture, Template
from app.errors import GoneError, InputError
from app.store import templates as rows
from app.text import snippet
from app.wording import carried, check, formats

# A template is written once for every platform, so its pictures have the size that all of them take.
FITS = Capabilities(
    "A template", (), Idempotency.ASK, 1, max_pictures=check.MOST_PICTURES, picture_bytes=1_000_000, picture_side=2000,
)  # fmt: skip
MOST_PIXELS = 25_000_000  # of a picture in a file: a photograph, and no flat one that fills the memory


class ToTake(Protocol):
    """What `Templates.take` reads of a preview. All of its templates are one client's."""

    @property
    def templates(self) -> Sequence[Template]: ...
    @property
    def source(self) -> str: ...


class Preview(Struct, frozen=True):
    """What a file holds, before any template of it is kept."""

    templates: tuple[Template, ...]
    known: int
    bad: tuple[tuple[int, str], ...]
    source: str


def key(template: Template) -> tuple[str, object]:
    """What two templates have in common that are the same word for word."""
    return template.name.casefold(), template.texts


def look(db: sqlite3.Connection, attachments: Attachments, data: bytes, name: str, client_id: str) -> Preview:
    """Look into a file. Its pictures are made ready; those that nobody takes are thrown away like all unused ones.

    Raises `InputError`.
    """
    found = formats.read(data, name)
    there = {key(one) for one in rows.all_of(db, client_id)}
    bad = list(found.bad)
    made = [structs.replace(check.tidy(one), client_id=client_id) for one in found.templates]
    looked = 0
    for row in found.pictures:
        if key(made[row.at]) in there:
            continue  # it is not taken anyway
        pictures: list[Picture] = []
        for number, one in enumerate(row.pictures, 1):
            looked += 1
            why = _too_many(number, looked)
            if not why:
                try:
                    pictures.append(_made(attachments, one, number))
                except InputError as error:
                    why = str(error)
            if why:
                called = snippet(made[row.at].name, 40)
                bad.append((row.place, f"Picture {number} of “{called}” {why}. The template comes without it."))
            if looked > carried.MOST_PICTURES or number > check.MOST_PICTURES:
                break
        made[row.at] = check.tidy(structs.replace(made[row.at], pictures=tuple(pictures)))
    usable = [one for one in made if one.texts and one.name]
    return Preview(tuple(usable), sum(key(one) in there for one in usable), tuple(sorted(bad)), found.source)


def _too_many(number: int, looked: int) -> str:
    if looked > carried.MOST_PICTURES:
        return f"was not read: a file may have {carried.MOST_PICTURES} pictures"
    return f"was not read: a template has {check.MOST_PICTURES} at most" if number > check.MOST_PICTURES else ""


def _made(attachments: Attachments, one: carried.Carried, number: int) -> Picture:
    data = carried.unpack(one)
    try:
        made = attachments.add(data, f"picture {number}", FITS, pixels=MOST_PIXELS)
    except InputError as error:
        said = str(error).partition("” ")[2] or str(error)
        raise InputError(said.partition(". ")[0].rstrip(".")) from error
    return carried.described(made, one)


def check_there(attachments: Attachments, templates: Sequence[Template]) -> None:
    """Raise `InputError` if a picture of theirs is not on this computer any more."""
    for one in templates:
        for picture in one.pictures:
            try:
                attachments.read(picture.id)
            except GoneError as error:
                called = snippet(one.name, 40)
                raise InputError(
                    f"A picture of “{called}” is no longer on this computer. Take it out, or add it again."
                ) from error


def write(templates: Sequence[Template], attachments: Attachments, form: str) -> bytes:
    """All of them as "csv", without pictures, or "json", with them. Raises `InputError`."""
    if form == "csv":
        return formats.write_csv(templates)
    if form != "json":
        raise InputError("Templates are written as CSV or JSON. Choose one of the two.")
    if carried.size(templates) > carried.LARGEST:
        most = carried.LARGEST // 1_000_000
        raise InputError(
            f"With their pictures these templates make a file of more than {most} MB, which could not be read again."
            " Export one client's at a time, or as CSV, without pictures."
        )
    check_there(attachments, templates)
    return formats.write_json(templates, attachments.read)
