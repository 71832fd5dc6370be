"""Sentences of our own, from which the model learns how customers of a business speak.

The public collections hold few messages to a business. `phrases-<language>.txt`
fills that hole with parts, which are put together here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

KINDS = ("problems", "questions", "praise", "plain", "noise")
_SHARES = (32, 21, 19, 20, 8)
_LANGUAGES = {"en": 60, "de": 8, "fr": 8, "es": 8, "pt": 8, "it": 8}
_GREETINGS = (
    "@shop ", "@shop ", "@shop ", "@shop ", "hi @shop ", "hey @shop, ", "hello ", "hi, ", "", "", ".@shop ",
    "@shop hi ", "@shop @friend ", "so ", "ok ", "dear @shop ",
)  # fmt: skip
_CALM = ("", "", "", "", "", "", " thanks", " please", " http://a.b", " thx", " :)", " @shop")
_ENDINGS = {
    "problems": (
        "",
        "",
        "",
        "",
        "",
        "",
        " thanks",
        " please",
        " #fail",
        " thank you",
        " 😡",
        " 😠",
        " :(",
        " http://a.b",
        " smh",
        " help",
        " pls",
        " #badservice",
        " @shop",
    ),
    "praise": ("", "", "", "", "", " 😊", " ❤️", " :)", " 👍", " xx", " #love", " http://a.b", " @shop", " 😍"),
    "noise": ("", " http://a.b", " 🔥🔥", " 💰", " !!!", " www.a.b"),
}


def _parts() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for language in _LANGUAGES:
        text = Path(__file__).with_name(f"phrases-{language}.txt").read_text(encoding="utf-8")
        here = found.setdefault(language, {})
        lines: list[str] = []
        for line in text.splitlines():
            if line.startswith("["):
                lines = here.setdefault(line.strip("[]"), [])
            elif line and not line.startswith("#"):
                lines.append(line)
    return found


def sentences(count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """Yield (text, kind, language) `count` times; the same for the same seed."""
    dice, parts = random.Random(seed), _parts()
    for _ in range(count):
        language = dice.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
        kind = dice.choices(KINDS, _SHARES)[0]
        here = parts[language]
        said = [_said(dice, here, kind) for _ in range(dice.choices((1, 2, 3), (5, 4, 2))[0])]
        if kind == "problems" and dice.random() < 0.35:  # thanks and praise beside a problem do not undo it
            other = "praise" if dice.random() < 0.3 else dice.choice(("plain", "questions"))
            said.insert(dice.randrange(len(said) + 1), _said(dice, here, other))
        elif kind in ("questions", "praise") and dice.random() < 0.35:
            said.insert(dice.randrange(len(said) + 1), _said(dice, here, "plain"))
        ending = dice.choice(_ENDINGS.get(kind, _CALM))
        greeting = "" if kind == "noise" and dice.random() < 0.7 else dice.choice(_GREETINGS)
        yield greeting + " ".join(said) + ending, kind, language


def _said(dice: random.Random, here: dict[str, list[str]], kind: str) -> str:
    text = dice.choice(here[kind])
    text = text.replace("{t}", dice.choice(here["things"])).replace("{d}", dice.choice(here["times"]))
    style = dice.random()
    if style < 0.3:
        text = text[0].upper() + text[1:]
    elif style < 0.36:
        text = text.upper()
    return text if text[-1] in "?!." else text + dice.choice(("", "", ".", ".", "!", "!!", "…"))
