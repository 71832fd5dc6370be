"""Taking secrets out of text that is about to be logged or shown."""

from __future__ import annotations

import logging
import re

_HIDDEN = "[hidden]"
_WORDS = (
    r"access_token|refresh_token|id_token|accessJwt|refreshJwt|token|client_secret|secret|password|passwd|"
    r"app_password|api_key|apikey|key|code|code_verifier|state|sig|signature|assertion"
)
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")
_SCHEME = re.compile(r"\b(bearer|basic|dpop|token)(\s+)[\w.~+/=:-]{6,}", re.IGNORECASE)
_HEADER = re.compile(
    r"\b((?:proxy-)?authorization|(?:set-)?cookie|(?:x-|user-)?api-key|dpop)(['\"]?\s*[:=]\s*b?['\"]?)([^\r\n'\"]+)",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"(?<![A-Za-z])({_WORDS})(=|['\"]\s*[:,]\s*b?['\"])(?!\[hidden)([^\s&;,'\"<>)}}\]]+)", re.IGNORECASE
)
# a Telegram bot's token: its number, a colon and a key; in the path of every call, in an address also escaped
_BOT = re.compile(r"(?<![\w-])(bot)?\d{3,20}(?::|%3A)[\w-]{20,}", re.IGNORECASE)
_USERINFO = re.compile(r"(\bhttps?://)[^\s/@]+@", re.IGNORECASE)


def redact(text: str) -> str:
    """Return `text` without what looks like a token, password, cookie or signed value."""
    text = _JWT.sub(_HIDDEN, text)
    text = _BOT.sub(lambda found: f"{found[1] or ''}{_HIDDEN}", text)
    text = _HEADER.sub(rf"\1\2{_HIDDEN}", text)
    text = _SCHEME.sub(rf"\1\2{_HIDDEN}", text)
    text = _PAIR.sub(rf"\1\2{_HIDDEN}", text)
    return _USERINFO.sub(rf"\1{_HIDDEN}@", text)


class RedactingFilter(logging.Filter):
    """Redacts what is logged. Put it on handlers: a logger's filter misses its children's records."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message, traceback and stack in place; never drops a record."""
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
