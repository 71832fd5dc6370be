"""From a text to the grams that the triage model weighs. Training and scoring share this file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zlib import crc32

from app.triage.words import NEGATORS

BUCKETS = 1 << 18
REACH = 4  # words behind "not" that are marked as negated
SHORTEST, LONGEST = 2, 5  # characters of a gram inside a word

# Devanagari's vowel signs and Arabic's marks belong to their words, which Python's \w does not know
_LETTER = r"[^\W\d_]|[\u0900-\u097f\u0610-\u061a\u064b-\u065f]"
_TOKEN = re.compile(
    rf"(?P<word>(?:{_LETTER})(?:{_LETTER}|'(?=[^\W\d_]))*)|(?P<number>\d+(?:[.,:]\d+)*)|[#_]\w+|([!?.])\3*|[^\w\s]"
)
_LINK = re.compile(r"(?:https?(?:://\S*|(?!\w))|www\.\S+)", re.IGNORECASE)
_NAME = re.compile(r"@[\w.@-]*\w")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1\1+")
_INVISIBLE = re.compile("[\u0640\u064b-\u0652\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]")  # tatweel, marks, skin tones
_SAME = str.maketrans(
    # typographic apostrophes; Arabic letters that people write in more than one way
    {"\u2019": "'", "\u2018": "'", "\u0623": "\u0627", "\u0625": "\u0627", "\u0622": "\u0627",
     "\u0629": "\u0647", "\u0649": "\u064a"}
)  # fmt: skip
_ENDS = frozenset(".!?,;:)(-\u2026\u2013\u060c\u0964")
_NEGATORS = frozenset(NEGATORS.split())


def tokens(text: str) -> list[str]:
    """Return words, numbers, emoji and marks in small letters.

    Links and names are one token each, digits are zeros, drawn-out letters ("soooo") stand twice.
    """
    text = _INVISIBLE.sub("", text.translate(_SAME))
    text = _NAME.sub("@", _LINK.sub(" http ", text))
    found = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match.lastgroup == "number":
            token = "0" * min(len(token), 6)
        elif match.lastgroup == "word":
            token = token.lower()
            if len(token) > 3:
                token = _DRAWN_OUT.sub(r"\1\1", token)
        elif token[0] in "!?.":
            token = token[:3]
        else:
            token = token.lower()
        found.append(token)
    return found


def word_grams(token: str) -> Iterator[str]:
    """Yield a token and the characters in it, with the edges of the word."""
    yield f"w{token}"
    if len(token) > 1 or ord(token) > 0x2000:
        padded = f" {token} "
        for size in range(SHORTEST, LONGEST + 1):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]


def between_grams(found: list[str], text: str) -> Iterator[tuple[str, int]]:
    """Yield what stands between words: pairs, negated words, and the shape of the whole.

    The number is the place of the token that the gram ends with, -1 for the shape.
    """
    before, reach = "^", 0
    for place, token in enumerate(found):
        yield f"{before} {token}", place
        before = token
        if token in _NEGATORS:
            reach = REACH
        elif token[0] in _ENDS:
            reach = 0
        elif reach:
            yield f"N{token}", place
            reach -= 1
    yield f"L{min(len(found) // 6, 8)}", -1
    loud = sum(word.isupper() and len(word) > 3 for word in text.split())
    if loud:
        yield f"CAPS{min(loud, 3)}", -1
    if _DRAWN_OUT.search(text):
        yield "LONG", -1


def bucket(gram: str) -> int:
    """Return the gram's place in the weights."""
    return crc32(gram.encode("utf-8", "surrogatepass")) & (BUCKETS - 1)


def buckets(text: str) -> list[int]:
    """Return every gram's bucket, with repetitions of pairs but each word once, as the model counts them."""
    found = tokens(text)
    whole = [bucket(gram) for token in dict.fromkeys(found) for gram in word_grams(token)]
    whole.extend(bucket(gram) for gram, _ in between_grams(found, text))
    return whole
