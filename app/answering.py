"""What may be sent: the rules that hold for a reply before it enters the outbox, and the rows that it becomes."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from app.connectors.base import Capabilities
from app.domain import Deeds, Mention, Picture, Reply, ReplyState, Visibility, Writing
from app.errors import InputError
from app.text import length

_ORDER = list(Visibility)
Split = Callable[[str, Capabilities], Sequence[str]]  # the parts of a numbered thread


def never_more_public(wanted: Visibility, parent: Visibility) -> Visibility:
    """The narrower of the two: a reply is never more public than the message that it answers."""
    return max(wanted, parent, key=_ORDER.index)


def check_text(text: str, able: Capabilities, spoiler: str = "") -> None:
    """Raise `InputError` for a text that the platform would refuse. A content warning counts towards its limit."""
    if not text.strip():
        raise InputError("There is no text to send yet.")
    over = length(text.strip(), able.url_length, able.weighted) + length(spoiler) - able.max_graphemes
    if over > 0:
        raise InputError(f"The reply is {over} characters too long for {able.name}. Shorten it, then send again.")
    if able.max_bytes is not None and len(text.strip().encode()) > able.max_bytes:
        raise InputError(f"The reply is too long for {able.name}. Shorten it, then send again.")


def check_pictures(pictures: Sequence[Picture], able: Capabilities, *, direct: bool) -> None:
    """Raise `InputError` for pictures that the platform would refuse, and for those without words."""
    if not pictures:
        return
    if not able.max_pictures:
        raise InputError(f"{able.name} takes no pictures with a reply. Take them out, then send again.")
    if direct and not able.picture_direct:
        raise InputError(f"{able.name} takes no pictures in direct messages. Take them out, then send again.")
    if len(pictures) > able.max_pictures:
        most = "one picture" if able.max_pictures == 1 else f"{able.max_pictures} pictures"
        raise InputError(f"{able.name} takes {most} with a reply. Take some out, then send again.")
    for picture in pictures:
        if not picture.alt.strip() and not picture.waived:
            raise InputError(
                "Describe the picture for those who cannot see it, or choose to send it without a description."
            )
        if len(picture.alt) > able.max_alt:
            raise InputError(
                f"The description of a picture is too long: {able.name} takes {able.max_alt} characters. Shorten it."
            )
        if picture.size > able.picture_bytes or picture.mime not in able.picture_types:
            raise InputError(f"{able.name} does not take this picture as it is. Take it out and add it again.")


def undo_window(able: Capabilities, visibilities: Sequence[Visibility]) -> timedelta:
    """How long a reply can be taken back: what many can read is held the longest."""
    public = any(visibility is not Visibility.DIRECT for visibility in visibilities)
    return timedelta(seconds=able.undo_seconds if public else able.undo_seconds_direct)


def rows(
    mention: Mention,
    conversation_id: str,
    writing: Writing,
    able: Capabilities,
    *,
    visibility: Visibility | None,
    now: datetime,
    parts: Split | None,
) -> list[Reply]:
    """Return the replies that `writing` becomes, in the order in which they leave, with `not_before` = `now`.

    `parts` splits a text that is too long. With `writing.private` the public line goes first, then the direct
    message; both are one step. Raises `InputError`, and then nothing may be written.
    """
    if writing.stops:
        raise InputError("A blank is still to be filled. Fill it, then send again.")
    shown = never_more_public(visibility or mention.visibility, mention.visibility)
    private = writing.private and mention.visibility is not Visibility.DIRECT
    if private and not able.private_reply:
        raise InputError(f"{able.name} does not let us write to them directly. Offer a link or an address instead.")
    goal = Visibility.DIRECT if private else shown
    direct = goal is Visibility.DIRECT
    check_pictures(writing.pictures, able, direct=direct)
    if writing.spoiler and not able.spoilers:
        raise InputError(f"{able.name} has no content warnings. Take it out, then send again.")
    wanted = mention.spoiler if writing.spoiler is None else writing.spoiler
    spoiler = wanted if able.spoilers else ""
    texts, goal_able = [writing.text.strip()], able.in_direct() if direct else able
    if parts is not None and texts[0] and able.threads:
        room = dataclasses.replace(goal_able, max_graphemes=max(1, goal_able.max_graphemes - length(spoiler)))
        texts = [text.strip() for text in parts(texts[0], room)]
    line = writing.public_line.strip() if private else ""
    if line:
        check_text(line, able, spoiler)
    for text in texts:
        check_text(text, goal_able, spoiler)
    if line:
        line_for = shown if shown is not Visibility.DIRECT else mention.visibility
        made = [_row(mention, conversation_id, line, line_for, spoiler, now)]
    else:
        made = []
    for number, text in enumerate(texts):
        row = _row(mention, conversation_id, text, goal, spoiler, now)
        made.append(replace(row, follows=made[-1].id if number else "", pictures=() if number else writing.pictures))
    if len(made) > 1:
        step = uuid.uuid4().hex
        made = [replace(row, step=step, part=n, parts=len(made)) for n, row in enumerate(made, 1)]
    # what follows from it follows when all of it has left
    made[-1] = replace(made[-1], template=writing.template, deeds=replace(writing.deeds, private=False))
    return made


def _row(
    mention: Mention, conversation_id: str, text: str, visibility: Visibility, spoiler: str, now: datetime
) -> Reply:
    return Reply(
        id=uuid.uuid4().hex, conversation_id=conversation_id, account_id=mention.account_id,
        to_remote_id=mention.remote_id, text=text, visibility=visibility, state=ReplyState.HELD, created_at=now,
        not_before=now, seen_remote_id=mention.remote_id, to_extra=mention.extra, to_handle=mention.author.handle,
        spoiler=spoiler, deeds=Deeds(),
    )  # fmt: skip
