"""Files of templates: Carelane's own CSV and JSON, and what other tools write.

Everything in such a file is hostile. Nothing of it is run, sizes are bounded,
and a line that makes no sense is named and left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from app.domain import Deeds, Template, TemplateText
from app.errors import InputError
from app.wording import carried, foreign
from app.wording.fields import LONGEST

LARGEST = 10_000_000  # bytes of a file without pictures
MOST = 5_000  # templates of a file
MOST_TAGS = 1_000  # of a text in HTML: reading tags within tags takes longer the more there are
MOST_BAD = 500  # lines that are named before the rest is given up
LONGEST_NAME, LONGEST_SHORTCUT = 100, 30
COLUMNS = (
    "id", "folder", "name", "shortcut", "language", "variant", "text", "tags", "snooze", "close", "private",
)  # fmt: skip
OWN, TABLE = "Carelane templates", "A table of replies"
_DEFUSED = ("=", "+", "-", "@", "\t", "\r", "'")  # what a spreadsheet would run, and our own mark

_FOUND_AS = {
    "text": (
        "text", "message", "content", "body", "bodytext", "bodyhtml", "comment", "commentvalue", "commentvaluehtml",
        "reply", "savedreply", "response", "replytext", "messagetext", "publiccomment", "macrotext", "template",
    ),
    "name": ("name", "title", "macrotitle", "macroname", "savedreplytitle", "subject", "macro", "label"),
    "shortcut": ("shortcut", "shortcode", "code", "abbreviation", "key"),
    "folder": ("folder", "category", "categoryname", "group", "foldername"),
    "language": ("language", "locale", "lang"),
    "tags": ("tags", "settags", "labels"),
    "actions": ("actions",),
    "active": ("active", "enabled"),
    "intent": ("intent",),
}  # fmt: skip


class Found(Struct, frozen=True):
    """What a file holds; `bad` are lines (or places in a list) and what is wrong with them."""

    templates: tuple[Template, ...]
    bad: tuple[tuple[int, str], ...]
    source: str
    pictures: tuple[carried.Row, ...] = ()


class _Bad:
    """The lines that cannot be used."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []

    def __call__(self, line: int, why: str) -> None:
        if len(self.lines) == MOST_BAD:
            self.lines.append((line, "There are too many such lines. The rest of the file was not read."))
        elif len(self.lines) < MOST_BAD:
            self.lines.append((line, why))

    @property
    def full(self) -> bool:
        return len(self.lines) > MOST_BAD


# --- reading -------------------------------------------------------------------------------------


def read(data: bytes, name: str = "") -> Found:
    """Read a file. Raises `InputError` for one that holds nothing of the kind."""
    _check_size(len(data), carried.LARGEST)
    text = _decode(data)
    if not text.strip():
        raise InputError("The file is empty. Choose another one.")
    bad, pictures = _Bad(), list[carried.Row]()
    if text.lstrip()[:1] in "[{" and not name.casefold().endswith((".csv", ".tsv")):
        found, source = _json(text, bad, pictures)
        _check_size(len(data), carried.LARGEST if source == OWN else LARGEST)
    else:
        _check_size(len(data), LARGEST)
        found, source = _csv(text, name, bad)
    if not found and not bad.lines:
        raise InputError("There are no templates in this file. Choose another one.")
    return Found(tuple(found), tuple(bad.lines), source, tuple(pictures))


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise InputError(f"The file is larger than {most // 1_000_000} MB. Split it, then try again.")


def _decode(data: bytes) -> str:
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _text(data.decode(codec, "replace"))
    head = data[:2000]
    if head.count(0) > len(head) // 4:  # UTF-16 without its mark: every other byte is zero
        odd = head[1::2].count(0) > head[::2].count(0)
        return _text(data.decode("utf-16-le" if odd else "utf-16-be", "replace"))
    try:
        return _text(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _text(data.decode("cp1252", "replace"))


def _text(text: str) -> str:
    head = text[:4000]
    strange = sum((sign < " " and sign not in "\t\r\n") or sign == "\ufffd" for sign in head)
    if strange > max(2, len(head) // 50):
        raise InputError("This is no text. Choose a CSV or JSON file.")
    return text.replace("\x00", "")


def _json(text: str, bad: _Bad, pictures: list[carried.Row]) -> tuple[list[Template], str]:
    try:
        data = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError("The file is not JSON that can be read. Export it again, then try once more.") from error
    own = isinstance(data, dict) and data.get("format") == "carelane-templates"
    rows = data
    if isinstance(data, dict):
        lists = (data.get(key) for key in ("templates", "macros", "data", "payload", "canned_responses", "replies"))
        rows = next((one for one in lists if isinstance(one, list)), None)
    if not isinstance(rows, list):
        raise InputError("There is no list of templates in this file. Choose another one.")
    if own:
        return _own_list(rows, bad, pictures), OWN
    found, sources = [], []
    for place, row in enumerate(rows[:MOST], 1):
        if bad.full:
            break
        if not isinstance(row, dict):
            bad(place, "This is no template.")
            continue
        cells = {_column(key): value for key, value in row.items() if isinstance(key, str)}
        made, source = _other(place, cells, bad)
        if made is not None:
            found.append(made)
            sources.append(source)
    return found, next((one for one in sources if one), "A list of replies")


def _own_list(rows: Sequence[object], bad: _Bad, pictures: list[carried.Row]) -> list[Template]:
    found: list[Template] = []
    for place, row in enumerate(rows[:MOST], 1):
        if (one := _own_json(place, row, bad)) is None:
            continue
        if one.pictures:
            pictures.append(carried.Row(len(found), place, one.pictures))
        texts = tuple(text for text in one.texts if text.variants)
        found.append(Template("", one.name, texts, folder=one.folder, shortcut=one.shortcut, deeds=one.deeds))
    return found


def _own_json(place: int, row: object, bad: _Bad) -> _Own | None:
    try:
        one = msgspec.convert(row, _Own)
    except msgspec.ValidationError as error:
        bad(place, f"This template cannot be read: {str(error)[:120]}.")
        return None
    if not any(text.variants for text in one.texts) or not one.name.strip():
        bad(place, "It has no name or no text.")
        return None
    return one


class _Own(Struct, frozen=True, omit_defaults=True):
    name: str
    texts: tuple[TemplateText, ...]
    folder: str = ""
    shortcut: str = ""
    deeds: Deeds = Deeds()
    pictures: tuple[carried.Carried, ...] = ()


def _column(name: str) -> str:
    bare = re.sub(r"[\W_]+", "", name.casefold())
    return next((ours for ours, theirs in _FOUND_AS.items() if bare in theirs), name.strip().casefold())


def _rows(text: str, bad: _Bad) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row. A quotation mark that is never closed costs its own line alone."""
    lines = io.StringIO(text, newline="").readlines()
    first = lines[0] if lines else ""
    sign = max(",;\t|", key=first.count)
    at = 0
    while at < len(lines) and not bad.full:
        reader = csv.reader((lines[n] for n in range(at, len(lines))), delimiter=sign, strict=True)
        seen = 0
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield at + seen + 1, row
                seen = reader.line_num
            return
        except csv.Error as error:
            why = "A quotation mark is not closed" if "limit" not in str(error) else "A cell is far too long"
            bad(at + seen + 1, f"{why}. The line was left out.")
            at += seen + 1


def _csv(text: str, name: str, bad: _Bad) -> tuple[list[Template], str]:
    rows = _rows(text.removeprefix("\ufeff"), bad)
    _, head = next(rows, (0, []))
    exact = [cell.strip().casefold() for cell in head]
    if {"folder", "name", "variant", "text"} <= set(exact):
        return _own_csv(exact, rows, bad), OWN
    columns = [_column(cell) for cell in head]
    rest: Iterator[tuple[int, list[str]]] = rows
    if "text" not in columns and "actions" not in columns:
        if len(head) > 3 or not head:
            raise InputError(
                "No column of this file is called text, message or content. Name its columns in the first line."
            )
        columns = ["text"] if len(head) == 1 else ["name", "text", "shortcut"][: len(head)]
        rest = _again(head, rows)
    found: list[Template] = []
    sources: list[str] = []
    for line, row in rest:
        if len(found) >= MOST:
            bad(line, f"There may be {MOST:,} templates in a file. The rest was not read.")
            break
        cells: dict[str, Any] = {}
        for column, cell in zip(columns, row, strict=False):
            if cell.strip() and not cells.get(column):
                cells[column] = cell
        made, source = _other(line, cells, bad)
        if made is not None:
            found.append(made)
            sources.append(source)
    told = next((one for one in sources if one), "")
    raw = {cell.strip().casefold() for cell in head}
    if not told and {"short_code", "content"} <= raw:
        told = "Chatwoot canned responses"
    if not told and (raw == {"title", "message"} or "hootsuite" in name.casefold()):
        told = "Hootsuite saved replies"
    return found, told or TABLE


def _again(head: list[str], rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield 1, head
    yield from rows


def _other(place: int, cells: Mapping[str, Any], bad: _Bad) -> tuple[Template | None, str]:
    """One saved reply of another tool; None for one that cannot be used."""
    source, deeds = "", Deeds(tags=foreign.tags(cells.get("tags")))
    body = cells.get("text")
    actions = cells.get("actions")
    if isinstance(actions, str):
        try:
            actions = msgspec.json.decode(actions)
        except (msgspec.DecodeError, RecursionError):
            actions = None
    if isinstance(actions, list):
        macro = foreign.Foreign(actions)
        source, body, deeds = macro.source, macro.text or body, macro.deeds()
    if str(cells.get("active", "")).casefold() in ("false", "no", "0", "inactive"):
        bad(place, "It is switched off in the other program and was left out.")
        return None, source
    if not isinstance(body, str) or not body.strip():
        bad(place, "There is no text in it.")
        return None, source
    if len(body) > LONGEST * 6 or body.count("<") > MOST_TAGS:
        bad(place, f"Its text is longer than {LONGEST:,} characters, or has too much mark-up.")
        return None, source
    text = foreign.template(foreign.plain(body))
    if not text or len(text) > LONGEST:
        bad(place, "There is no text in it." if not text else f"Its text is longer than {LONGEST:,} characters.")
        return None, source
    shortcut = _one(cells.get("shortcut"), LONGEST_SHORTCUT).lstrip("/").replace(" ", "-")
    name, folder = _one(cells.get("name"), 300), _one(cells.get("folder"), LONGEST_NAME)
    if "::" in name:  # how Zendesk writes folders
        *folders, name = [part.strip() for part in name.split("::") if part.strip()] or [""]
        folder = folder or "/".join(folders)[:LONGEST_NAME]
    name = name[:LONGEST_NAME] or shortcut or _one(text, 40)
    if "short_code" in cells or (cells.get("shortcut") and not source and not cells.get("name")):
        source = source or "Chatwoot canned responses"
    if cells.get("intent") and not source:
        source = "Gorgias macros"
    language = re.sub(r"[^A-Za-z0-9-]", "", _one(cells.get("language"), 20).replace("_", "-"))
    return (
        Template("", name, (TemplateText(language, (text,)),), folder=folder, shortcut=shortcut, deeds=deeds),
        source or foreign.guess(body),
    )


def _one(value: object, limit: int) -> str:
    return " ".join(foreign.plain(value).split())[:limit].strip() if isinstance(value, str) else ""


def _own_csv(columns: Sequence[str], rows: Iterator[tuple[int, list[str]]], bad: _Bad) -> list[Template]:
    made: dict[str, Template] = {}
    for line, row in rows:
        cells = {column: _armed(cell) for column, cell in zip(columns, row, strict=False)}
        name, text = cells.get("name", ""), cells.get("text", "")
        if not name.strip() or not text.strip() or len(text) > LONGEST:
            bad(line, "It has no name, or no text, or too long a one.")
            continue
        key = cells.get("id") or "\n".join((cells.get("folder", ""), name, cells.get("shortcut", "")))
        if key not in made:
            if len(made) >= MOST:
                bad(line, f"There may be {MOST:,} templates in a file. The rest was not read.")
                break
            made[key] = Template(
                "", name, (), folder=cells.get("folder", ""), shortcut=cells.get("shortcut", ""),
                deeds=Deeds(
                    tags=_list(cells.get("tags", "")), snooze=cells.get("snooze", ""), close=cells.get("close", ""),
                    private=cells.get("private", "").casefold() in ("yes", "true", "1"),
                ),
            )  # fmt: skip
        one, language = made[key], cells.get("language", "")
        texts = list(one.texts)
        at = next((place for place, old in enumerate(texts) if old.language == language), None)
        if at is None:
            texts.append(TemplateText(language, (text,)))
        else:
            texts[at] = TemplateText(language, (*texts[at].variants, text))
        made[key] = msgspec.structs.replace(one, texts=tuple(texts))
    return list(made.values())


# --- writing -------------------------------------------------------------------------------------


def write_json(templates: Sequence[Template], read: Callable[[str], bytes]) -> bytes:
    """All but counts, readable for people too; `read` returns the bytes of a picture."""
    rows = [
        _Own(one.name, one.texts, one.folder, one.shortcut, one.deeds, carried.carry(one, read)) for one in templates
    ]
    whole = {"format": "carelane-templates", "version": 1, "templates": rows}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"


def write_csv(templates: Sequence[Template]) -> bytes:
    """A row a wording. What a spreadsheet would take for a formula begins with an apostrophe, as does what has one."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for number, one in enumerate(templates, 1):
        deeds = one.deeds
        for text in one.texts:
            for place, words in enumerate(text.variants, 1):
                row = (
                    one.id or str(number), one.folder, one.name, one.shortcut, text.language, str(place), words,
                    _cell(deeds.tags), deeds.snooze, deeds.close, "yes" if deeds.private else "",
                )  # fmt: skip
                writer.writerow([_defused(cell) for cell in row])
    return ("\ufeff" + file.getvalue()).encode()


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_DEFUSED) else cell


def _armed(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_DEFUSED) else cell


def _cell(values: Sequence[str]) -> str:
    if not values:
        return ""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="").writerow(values)
    return file.getvalue()


def _list(cell: str) -> tuple[str, ...]:
    return tuple(next(iter(csv.reader(io.StringIO(cell, newline=""))), ())) if cell else ()
