"""Replies that were sent as one: what of their text is still to be said. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from app.domain import Reply, ReplyState, Writing


def rest(whole: Writing, step: Sequence[Reply], back: Collection[str]) -> Writing:
    """What was written, without what has left. `step` in its order; `back` are the ids of what was just taken back.

    If nothing has left, it is exactly what was written: cursor, pictures, and all.
    """
    left = [reply for reply in step if reply.id in back or reply.state is ReplyState.CANCELLED]
    gone = [reply for reply in step if reply not in left]
    if not gone:
        return whole
    thread = step
    if len(step) > 1 and not step[1].follows:  # a public line in front of the direct message
        thread = step[1:]
        if step[0] in gone:
            whole = replace(whole, public_line="")
            if len(gone) == 1:
                return whole
    bodies = [_body(reply, number, len(thread)) for number, reply in enumerate(thread, 1)]
    first = next((at for at, reply in enumerate(thread) if reply in left), len(thread))
    start = _end(whole.text, bodies[:first])
    # as it was written, with its own line breaks, where the parts are slices of it
    text = (whole.text[start:].lstrip() if start is not None else "") or "\n\n".join(bodies[first:])
    pictures = whole.pictures if any(reply.pictures for reply in left) else ()
    return replace(whole, text=text, cursor=None, stops=(), pictures=pictures)


def _end(text: str, bodies: Sequence[str]) -> int | None:
    """Where the last of these parts of `text` ends; None if it is not made of them."""
    at = 0
    for body in bodies:
        found = text.find(body, at)
        if found < 0:
            return None
        at = found + len(body)
    return at


def _body(reply: Reply, number: int, parts: int) -> str:
    """A part's text without its number."""
    return re.sub(rf"\s*\({number}/{parts}\)$", "", reply.text.strip()) if parts > 1 else reply.text.strip()
