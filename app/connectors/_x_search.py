"""A standing search in X's query language: docs.x.com/x-api/posts/search/integrate/operators."""

from __future__ import annotations

import re

from app.errors import InputError
from app.search_stream import Query

FIELDS = frozenset({"words", "phrases", "handles", "hashtags", "without", "languages"})
LONGEST = 512  # characters, for apps that pay per use
DAYS = 7  # what recent search looks at
_PLAIN = re.compile(r"\w+", re.UNICODE)
_LANGUAGES = {"he": ("iw",), "id": ("in",), "zh": ("zh-CN", "zh-TW"), "nb": ("no",), "nn": ("no",)}


def _term(text: str) -> str:
    """A word, or a phrase in quotes; what has a meaning of its own in the language is quoted too."""
    said = " ".join(text.replace('"', " ").replace("\\", " ").split())
    if _PLAIN.fullmatch(said) and said.upper() not in ("OR", "AND", "NOT"):
        return said
    return f'"{said}"' if said else ""


def _tag(text: str, sign: str) -> str:
    name = "".join(_PLAIN.findall(text))
    return sign + name if name else ""


def _any(terms: list[str]) -> str:
    found = list(dict.fromkeys(filter(None, terms)))
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})" if found else ""


def text_of(query: Query, handle: str) -> str:
    """The query, without reposts and without what `handle` itself wrote. Raises `InputError` where it is too long."""
    wanted = [_term(one) for one in (*query.words, *query.phrases)]
    wanted += [_tag(one, "@") for one in query.handles] + [_tag(one, "#") for one in query.hashtags]
    either = _any(wanted)
    if not either:
        raise InputError("Type at least one word, phrase, handle or hashtag to listen for.")
    languages = []
    for one in query.languages:
        short = one.partition("-")[0].lower()
        languages += [f"lang:{code}" for code in _LANGUAGES.get(short, (short,)) if code.replace("-", "").isalpha()]
    parts = [either, *(f"-{term}" for one in query.without if (term := _term(one))), _any(languages)]
    parts += ["-is:retweet", f"-from:{handle}" if handle else ""]
    text = " ".join(filter(None, parts))
    if len(text) > LONGEST:
        raise InputError(f"X takes a search of at most {LONGEST} characters. Make two searches of it.")
    return text
