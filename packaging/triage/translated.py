"""Tweets put into other languages, so that what English words tell is known of theirs, too.

Apertium's rules do Spanish, Italian, Portuguese and French; FreeDict's dictionaries do
German, Arabic and Hindi word by word. Both are Debian packages; what is not installed
is left out. The texts are read once and kept nowhere.
"""

from __future__ import annotations

import gzip
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# by language: the steps of Apertium from English
STEPS = {
    "spanish": ("eng-spa",), "italian": ("eng-spa", "spa-ita"), "portuguese": ("eng-spa", "es-pt"),
    "french": ("eng-spa", "es-fr"),
}  # fmt: skip
DICTIONARIES = {"german": "eng-deu", "arabic": "eng-ara", "hindi": "eng-hin"}
EACH = 2  # languages a tweet is put into; all seven take thrice the time
MOST = 12  # meanings of a word that are looked at
_DICTIONARIES_AT = Path("/usr/share/dictd")
_HEADWORD = re.compile(r"([A-Za-z'-]+) /.*?/")
_OTHER_HEAD = re.compile(r"\S.*?/.*/")  # of several words
_REMARK = re.compile(r"\s*(?:Synonym|see|Note|Cross|Antonym)")
_BRACKETS = re.compile(r'<[^>]*>|\([^)]*\)|\[[^]]*\]|\{[^}]*\}|"[^"]*"')
_WORD = re.compile(r"(?<![@#\w])[A-Za-z']+")


def translations(texts: Sequence[str], used: Mapping[str, Counter[str]], seed: int) -> Iterator[tuple[int, str, str]]:
    """Yield (place in `texts`, language, translation), `EACH` for every text; the same for the same seed.

    `used` counts the words of real texts by language: of a word's meanings the commonest is taken.
    """
    dice = random.Random(seed)
    languages = [*STEPS, *DICTIONARIES]
    picked: dict[str, list[int]] = {language: [] for language in languages}
    for place in range(len(texts)):
        for language in dice.sample(languages, EACH):
            picked[language].append(place)
    for language, places in picked.items():
        chosen = [" ".join(texts[place].split()) for place in places]
        if language in STEPS:
            made = chosen
            for step in STEPS[language]:
                made = apertium(made, step)
        else:
            meanings = dictionary(DICTIONARIES[language], used[language])
            made = [word_by_word(text, meanings) for text in chosen] if meanings else []
        yield from ((place, language, text) for place, text in zip(places, made, strict=False) if text)


def apertium(lines: Sequence[str], step: str) -> list[str]:
    """Translate line by line; nothing if Apertium or the pair is not there."""
    if not lines or shutil.which("apertium") is None:
        return []
    done = subprocess.run(["apertium", "-u", step], input="\n".join(lines), capture_output=True, text=True, check=False)
    made = done.stdout.split("\n")
    return made[: len(lines)] if done.returncode == 0 and len(made) >= len(lines) else []


def dictionary(name: str, used: Counter[str]) -> dict[str, str]:
    """English words in small letters with the meaning that is used the most; empty if it is not installed."""
    path = _DICTIONARIES_AT / f"freedict-{name}.dict.dz"
    if not path.exists():
        return {}
    found: dict[str, list[str]] = {}
    head = None
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        match = _HEADWORD.match(line)
        if match:
            head = match[1].lower()
        elif _OTHER_HEAD.match(line):
            head = None
        elif head and line.strip() and not line.startswith("      ") and not _REMARK.match(line):
            plain = re.sub(r"^\s*\d+\.", "", _BRACKETS.sub("", line))
            parts = (part.strip(" .:-~").lower() for part in re.split("[,;\u060c]", plain))
            kept = found.setdefault(head, [])
            kept.extend(part for part in parts if part and len(part.split()) <= 2 and ":" not in part)
    return {head: max(kept[:MOST], key=lambda part: _common(part, used)) for head, kept in found.items() if kept}


def _common(part: str, used: Counter[str]) -> int:
    return min((used[word] for word in re.findall(r"\w+", part)), default=0)


def word_by_word(text: str, meanings: Mapping[str, str]) -> str:
    """Put every known word into the other language; names and tags stay."""
    return _WORD.sub(lambda match: meanings.get(match[0].lower(), match[0]), text)
