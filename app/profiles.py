"""What a client's profile may hold. A sentence for each thing that is wrong; nothing is changed silently but spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from app.domain import Profile
from app.errors import InputError

MOST_WORDS = 200
LONGEST_WORD = 80
LONGEST_LINE = 200
LONGEST_ADDRESS = 500
MOST_SENDS = 100_000

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.ASCII)


def checked(profile: Profile) -> Profile:
    """The profile, tidied. Raises `InputError` with a sentence that says what to change."""
    review_url = profile.review_url.strip()
    if review_url and not _is_link(review_url):
        raise InputError(
            "The review address must be a link that begins with https:// or http://. Copy it from your browser."
        )
    if profile.sends_a_day is not None and not 1 <= profile.sends_a_day <= MOST_SENDS:
        raise InputError(f"Replies a day must be a number from 1 to {MOST_SENDS:,}. Leave it empty for no limit.")
    return Profile(
        agent=_line(profile.agent, "The name that signs replies"),
        words=_words(profile.words),
        domains=tuple(dict.fromkeys(_domain(each) for each in profile.domains if each.strip())),
        review_url=review_url,
        private_contact=_contact(profile.private_contact),
        currency=_currency(profile.currency),
        sends_a_day=profile.sends_a_day,
    )


def _line(text: str, what: str) -> str:
    line = " ".join(text.split())
    if len(line) > LONGEST_LINE:
        raise InputError(f"{what} is too long. Use {LONGEST_LINE} characters at most.")
    return line


def _words(given: Iterable[str]) -> tuple[str, ...]:
    """Each once, however it is written; the first way of writing it stays."""
    found: dict[str, str] = {}
    for each in given:
        word = " ".join(each.split())
        if not word:
            continue
        if len(word) > LONGEST_WORD:
            raise InputError(f"“{word[:30]}…” is too long. Use {LONGEST_WORD} characters at most for a product name.")
        if len(word) < 2 or not any(map(str.isalnum, word)):
            raise InputError(f"“{word}” is too short for a product name. Write it out, or take it away.")
        found.setdefault(word.casefold(), word)
    if len(found) > MOST_WORDS:
        raise InputError(f"These are {len(found)} product names. Keep {MOST_WORDS} at most.")
    return tuple(found.values())


def _is_link(text: str) -> bool:
    if len(text) > LONGEST_ADDRESS or any(letter.isspace() for letter in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _domain(text: str) -> str:
    given = text.strip()
    try:
        host = urlsplit(given if "://" in given else f"//{given}").hostname or ""
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        host = ""
    host = host.strip(".").removeprefix("www.")
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise InputError(f"“{given[:60]}” is not a web address. Write it like maplerye.com.")
    return host


def _contact(text: str) -> str:
    contact = _line(text, "The contact for private matters")
    if "://" in contact and not _is_link(contact):
        raise InputError("The contact for private matters must be a link that begins with https:// or http://.")
    return contact


def _currency(text: str) -> str:
    code = text.strip().upper()
    if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise InputError("The currency must be its three letters, like EUR or USD.")
    return code
