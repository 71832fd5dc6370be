"""Answering on Facebook, and finding an answer of which nobody knows whether it arrived."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from app.connectors import _meta_graph as graph
from app.connectors import _meta_messages as messages
from app.connectors._facebook_pull import Reader
from app.domain import Reply, Sent, Visibility
from app.errors import GoneError, RefusedError, UncertainError
from app.text import clean, graphemes

MOST_PUBLIC = 8000  # unchecked; Facebook refuses a longer comment, and nothing is lost
MOST_DIRECT = 2000  # Send API: "must be UTF-8 and has a 2000 character limit"
EARLIER = timedelta(hours=1)  # so much earlier is looked, since Facebook's clock is not ours
_ASKED = "id,can_reply_privately,private_reply_conversation"


class _Conversation(msgspec.Struct):
    id: str = ""


class _Commented(msgspec.Struct):
    id: str = ""
    can_reply_privately: bool | None = None
    private_reply_conversation: _Conversation | None = None


class Sender:
    """Sends as one Page."""

    def __init__(self, calls: graph.Graph, reader: Reader, inbox: messages.Inbox) -> None:
        self._calls, self._reader, self._inbox = calls, reader, inbox

    async def send(self, reply: Reply) -> Sent:
        """Post it. Raises `RefusedError` before anything leaves where the platform would."""
        direct = reply.visibility is Visibility.DIRECT
        text = reply.text.strip()
        if not clean(text):
            raise RefusedError("The reply is empty. Write something, then send it.")
        most, count = MOST_DIRECT if direct else MOST_PUBLIC, graphemes(text)
        if count > most:
            raise RefusedError(
                f"The reply is {count} characters long, Facebook takes {most}. Shorten it, then send it."
            )
        known = graph.known(reply.to_extra)
        if direct:
            return await self._message(reply, text, known)
        target, top = _target(reply, known), known.get("parent", "")
        try:
            done = await self._comment(target, text)
        except RefusedError as error:
            if not top or error.code != "100" or top == target:
                raise
            done = await self._comment(top, text)  # a comment below a comment may take none: then the one above does
        if not done.id:
            raise UncertainError("Facebook did not say where the reply is. Carelane looks before it tries again.")
        return Sent(done.id, self._calls.now(), f"https://www.facebook.com/{done.id}", _extra(reply, known))

    async def _comment(self, target: str, text: str) -> graph.Named:
        return await self._calls.post(f"{graph.piece(target)}/comments", graph.Named, form={"message": text})

    async def _message(self, reply: Reply, text: str, known: dict[str, str]) -> Sent:
        kind = known.get("type", "comment")
        if kind == "message":
            return await self._inbox.answer(text, known)
        if kind == "review":
            raise RefusedError("Facebook takes no private reply to a recommendation. Answer it in public.")
        name = "post_id" if kind == "post" else "comment_id"
        return await self._inbox.privately(text, known, {name: reply.to_remote_id})

    async def find(self, reply: Reply) -> Sent | None:
        """Compare the parent and the words; an equal reply from before this one was written is not ours."""
        known = graph.known(reply.to_extra)
        if reply.visibility is Visibility.DIRECT:
            return await self._find_message(reply, known)
        target = _target(reply, known)
        root = known.get("parent") or target
        parents = {target, root, reply.to_remote_id, known.get("parent", "")}
        theirs = bool(known.get("theirs")) or known.get("type") in ("post", "review")
        post = reply.to_remote_id if known.get("type") == "review" else known.get("post") or target
        if known.get("type") in ("post", "review"):
            parents.add(post)
        floor = reply.created_at - EARLIER
        try:
            found = await self._reader.all_comments(root, post, theirs=theirs, floor=floor)
        except GoneError:
            return None  # what it would be below is gone, and all below it with it
        return messages.ours([each for each in found.own if each.reply_to in parents], reply, self._calls)

    async def _find_message(self, reply: Reply, known: dict[str, str]) -> Sent | None:
        conversation = known.get("conversation", "")
        if known.get("type") != "message":
            conversation = ""
            if known.get("type", "comment") == "comment":
                try:
                    asked = await self._calls.get(graph.piece(reply.to_remote_id), _Commented, fields=_ASKED)
                except GoneError:
                    asked = _Commented()
                if asked.private_reply_conversation is not None:
                    conversation = asked.private_reply_conversation.id
                elif asked.can_reply_privately:
                    return None  # it takes one, so there is none yet
            if not conversation:
                raise UncertainError(
                    "Facebook does not say whether the private reply is there. Look in the Page's inbox, then decide."
                )
        return await self._inbox.find(reply, conversation)


def _target(reply: Reply, known: dict[str, str]) -> str:
    """What the comment is put below."""
    if known.get("type") == "review":
        if not known.get("story"):
            raise RefusedError("Facebook does not say where this recommendation is. Answer it on the Page itself.")
        return known["story"]
    return reply.to_remote_id


def _extra(reply: Reply, known: dict[str, str]) -> str:
    """What a further reply below ours needs; a comment below a comment goes to the one above."""
    if known.get("type") in (None, "comment"):
        parent = known.get("parent") or reply.to_remote_id
        return graph.packed(type="comment", post=known.get("post", ""), parent=parent, theirs=known.get("theirs", ""))
    return graph.packed(**known)
