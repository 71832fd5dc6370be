"""What is done to somebody's post besides answering it: a like, and the mark that it was read.

docs.joinmastodon.org/methods: statuses (favourite, unfavourite), conversations (read), markers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from app.connectors._mastodon_wire import lenient
from app.domain import Mention, Visibility
from app.errors import GoneError, RefusedError, ServiceError
from app.http import Response, decode

Call = Callable[..., Awaitable[Response]]
_NEWEST = 40  # conversations or notifications among which a message is looked for; what is older stays as it is


class _Named(msgspec.Struct):
    id: str | int


class _Line(msgspec.Struct):
    """An entry of conversations (`last_status`) or of notifications (`status`)."""

    id: str | int
    last_status: _Named | None = None
    status: _Named | None = None


class _Marker(msgspec.Struct):
    last_read_id: str | int = ""


class _Markers(msgspec.Struct):
    notifications: _Marker | None = None


async def like(call: Call, status_id: str, liked: bool) -> None:
    """Favour a post, or take that back. Both may be repeated without harm."""
    await call("POST", f"/api/v1/statuses/{status_id}/{'favourite' if liked else 'unfavourite'}")


async def mark_read(call: Call, mention: Mention) -> None:
    """Mark a direct message's conversation, and the notifications up to the one that brought `mention`.

    The marker is shared with the server's own page and never set back. What is not among the newest is left alone.
    """
    if mention.visibility is Visibility.DIRECT:
        line = await _line(call, "/api/v1/conversations", mention, [("limit", str(_NEWEST))])
        if line:
            await call("POST", f"/api/v1/conversations/{line}/read")
    try:
        told = await decode(
            await call("GET", "/api/v1/markers", params=[("timeline[]", "notifications")]),
            _Markers,
            platform="mastodon",
        )
    except (GoneError, RefusedError) as error:
        if error.status in (404, 405, 410, 422):
            return  # a server without markers has nothing to mark
        raise
    params = [("types[]", "mention"), ("limit", str(_NEWEST)), ("include_filtered", "true")]
    line = await _line(call, "/api/v1/notifications", mention, params)
    known = str(told.notifications.last_read_id) if told.notifications else ""
    if line and _order(line) > _order(known):
        await call("POST", "/api/v1/markers", json={"notifications": {"last_read_id": line}})


async def _line(call: Call, path: str, mention: Mention, params: Any) -> str:
    """The id of the entry that holds the message, "" where it is not among the newest."""
    try:
        raws = await decode(await call("GET", path, params=params), list[msgspec.Raw], platform="mastodon")
    except ServiceError as error:
        if error.status in (404, 405):
            return ""
        raise
    for raw in raws:
        line = lenient(raw, _Line)
        held = (line.last_status or line.status) if line is not None else None
        if line is not None and held is not None and str(held.id) == mention.remote_id:
            return str(line.id)
    return ""


def _order(name: str) -> tuple[int, str]:
    """Ids are numbers in text, or of one length: the longer is the later."""
    return len(name), name
