"""The text of a post as Mastodon counts, names and marks it up; pure functions."""

from __future__ import annotations

import re
import unicodedata

from app.text import length

_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w@/])@[\w.-]*\w(?:@[\w.-]*\w(?::\d+)?)?")
_DRESS = re.compile(r"[\s*_~`#>\u200b-\u200f\u2060\ufe0f\\-]+")


def essence(text: str) -> str:
    """Return what stays of a text when a server has marked it up: no names, links, spaces or emphasis."""
    return _DRESS.sub("", _NAME.sub("", _LINK.sub("", unicodedata.normalize("NFKC", text)))).casefold()


def counted(text: str, url_length: int) -> int:
    """Return the characters that Mastodon counts: a link as `url_length`, no server in a name.

    docs.joinmastodon.org/user/posting: "All links are counted as 23 characters …, and the
    domain part of mentions does not count".
    """
    return length(re.sub(r"(@[\w.-]*\w)@[\w.-]*\w(?::\d+)?", r"\1", text), url_length)


def short(handle: str, ours: str) -> str:
    """Return "@acct" as `ours` ("shop@server") writes it: without the server where it is the same.

    snac2 gives the server with everybody, but does not read one with a port in a text.
    """
    user, _, server = handle.lstrip("@").partition("@")
    if not user:
        return ""
    return f"@{user}" if not server or server.lower() == ours.partition("@")[2].lower() else f"@{user}@{server}"


def names(text: str, handle: str, ours: str) -> bool:
    """Tell whether `text` mentions `handle`; "@bob" is somebody on our own server alone."""
    found = (each[0].lower() for each in _NAME.finditer(text))
    return short(handle, ours).lower() in (short(each, ours) for each in found)
