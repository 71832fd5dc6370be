"""Which hunspell dictionaries are on this computer, and which one is meant by a language. Nothing is installed."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# the region that is meant where none is said and it is not the language's own letters, as CLDR's likely subtags have it
_REGIONS = {
    "ar": "EG", "ca": "ES", "cs": "CZ", "da": "DK", "el": "GR", "en": "US", "et": "EE", "eu": "ES", "fa": "IR",
    "gl": "ES", "he": "IL", "hi": "IN", "ko": "KR", "nb": "NO", "nn": "NO", "pt": "BR", "sl": "SI", "sq": "AL",
    "sr": "RS", "sv": "SE", "uk": "UA", "vi": "VN",
}  # fmt: skip
_SAME = {"no": "nb", "iw": "he", "in": "id"}


def library() -> Path | None:
    """Return the folder of the hunspell library, None where it is not installed. Imports nothing."""
    try:
        found = importlib.util.find_spec("hunspell")
    except (ImportError, ValueError):
        return None
    return Path(found.origin).parent if found and found.origin and found.submodule_search_locations else None


def folders(own: Path) -> list[Path]:
    """Return where dictionaries may lie, in the order in which they count; `own` is for those that a person adds."""
    home = Path.home()
    named = [Path(each) for each in os.environ.get("DICPATH", "").split(os.pathsep) if each]
    if sys.platform == "win32":
        programs = [Path(os.environ[name]) for name in ("ProgramFiles", "ProgramFiles(x86)") if name in os.environ]
        places: list[Path] = []
        offices = [each / "LibreOffice/share/extensions" for each in programs]
    elif sys.platform == "darwin":
        places = [home / "Library/Spelling", Path("/Library/Spelling"), Path("/opt/homebrew/share/hunspell")]
        offices = [Path("/Applications/LibreOffice.app/Contents/Resources/extensions")]
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
        places = [data / "hunspell", *(Path(f"{root}/share/hunspell") for root in ("/usr/local", "/usr", "/app"))]
        places += [Path("/usr/share/myspell/dicts"), Path("/usr/share/myspell")]
        offices = [Path("/usr/lib/libreoffice/share/extensions"), *Path("/opt").glob("libreoffice*/share/extensions")]
    bundled = library()  # American English comes with it
    last = [bundled / "dictionaries"] if bundled is not None else []
    return [own, *named, *places, *(part for office in offices for part in sorted(office.glob("dict-*"))), *last]


def found(places: Iterable[Path]) -> dict[str, Path]:
    """Return each dictionary by its tag: the path of its files, without the ending. The first of a tag counts."""
    known: dict[str, Path] = {}
    for place in places:
        try:
            names = {entry.name for entry in os.scandir(place)}
        except OSError:
            continue
        # shorter names first: "de_DE" before "de_DE_frami"
        for stem in sorted((name[:-4] for name in names if name.endswith(".aff")), key=lambda stem: (len(stem), stem)):
            if f"{stem}.dic" in names and (tag := tag_of(stem)):
                known.setdefault(tag, place / stem)
    return known


def tag_of(stem: str) -> str:
    """Return the BCP 47 tag of a file's name: "pt_BR" is pt-BR, "de_DE_frami" de-DE; "" where it names no language."""
    parts = re.split(r"[-_.]", stem)
    if not re.fullmatch(r"[a-z]{2,3}", parts[0]):
        return ""
    script = next((part for part in parts[1:] if re.fullmatch(r"[A-Z][a-z]{3}", part)), "")
    region = next((part for part in parts[1:] if re.fullmatch(r"[A-Z]{2}", part)), "")
    return "-".join(part for part in (parts[0], script, region) if part)


def base(tag: str) -> str:
    """Return the language of a tag, without region and script."""
    language = re.split(r"[-_]", tag.strip().lower())[0]
    return _SAME.get(language, language)


def best(tag: str, known: Mapping[str, Path]) -> str:
    """Return the tag of the dictionary that fits a message's language best, "" for none."""
    language = base(tag)
    same = sorted(each for each in known if base(each) == language)
    if not language or not same:
        return ""
    region = next((part for part in re.split(r"[-_]", tag)[1:] if re.fullmatch(r"[A-Za-z]{2}", part)), "").upper()
    usual = _REGIONS.get(language, language.upper())
    wanted = [f"{language}-{region}"] if region else []
    wanted += [f"{language}-{usual}", language] if not region else [language, f"{language}-{usual}"]
    return next((each for each in wanted if each in same), same[0])
