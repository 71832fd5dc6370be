"""Messages from outside as safe rich text: everything escaped, http(s) addresses made clickable."""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from ui.conversation.words import body

_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'\u0000-\u001f]+", re.IGNORECASE)
LEADING = 112  # per cent of the font's own line
_TAIL = ".,;:!?'\"\u2026\u201d\u2019\u00bb"


def find(text: str) -> list[tuple[int, int]]:
    """Where the http(s) addresses stand in `text`, without the full stop that ends a sentence."""
    found = []
    for match in _ADDRESS.finditer(text):
        address = match.group()
        while address and (
            address[-1] in _TAIL
            or (address[-1] == ")" and address.count(")") > address.count("("))
            or (address[-1] == "]" and address.count("]") > address.count("["))
        ):
            address = address[:-1]
        if safe(address) is not None:
            found.append((match.start(), match.start() + len(address)))
    return found


def safe(address: str) -> QUrl | None:
    """The address, if it may be opened: http or https, with a host."""
    url = QUrl(address, QUrl.ParsingMode.TolerantMode)
    if not url.isValid() or url.scheme().lower() not in ("http", "https") or not url.host():
        return None
    return url


def host(address: str) -> str:
    """The real host of an address in its ASCII form, so that look-alike letters and "user@" tricks show."""
    url = safe(address)
    return "" if url is None else url.host(QUrl.ComponentFormattingOption.FullyEncoded)


def rich(text: str, link_color: str) -> str:
    """`text` as rich text for a QLabel: escaped, lines kept, addresses as links."""
    text = body(text)
    out, last = [], 0
    for start, end in find(text):
        address = html.escape(text[start:end], quote=True)
        out.append(_escaped(text[last:start]))
        out.append(f'<a href="{address}" style="color:{link_color}">{address}</a>')
        last = end
    out.append(_escaped(text[last:]))
    return f'<div style="white-space:pre-wrap;line-height:{LEADING}%">{"".join(out)}</div>'


def _escaped(text: str) -> str:
    return html.escape(text, quote=True).replace("\n", "<br>")


def open_link(address: str) -> bool:
    """Open an http(s) address in the browser; anything else is left alone."""
    url = safe(address)
    return url is not None and QDesktopServices.openUrl(url)
