"""The outbox: a ledger, not a queue (HOUSE section 6).

Nothing is sent twice and nothing is lost: the row is written before the
network call that it describes, only a platform's id makes a reply sent, and
what is uncertain is settled by looking, never by sending again blindly.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from app import answering, clock, outbox_checks
from app.connectors.base import Capabilities, Idempotency
from app.domain import Block, Reply, ReplyState, Visibility, Writing
from app.errors import InputError, ServiceError
from app.events import Bus
from app.pool import Pool
from app.rows import OutboxRow, OutboxWarning
from app.sending import PictureBytes, Report, Sender
from app.store import accounts, details, feed, replies, sending
from app.store.db import Database
from app.store.mentions import Judge
from app.store.replies import AfterSent
from app.usual import usual

Holds = Callable[[str, str], str]  # conversation id and text; a sentence if a person must be asked first


def _no_pictures(id_: str) -> bytes:
    raise FileNotFoundError(id_)


def _in_parts(text: str, able: Capabilities) -> Sequence[str]:
    from app.wording import split

    return split.parts(
        text, limit=able.max_graphemes, max_bytes=able.max_bytes, url_length=able.url_length, weighted=able.weighted
    )


class Outbox:
    """Writes, holds, sends and settles replies."""

    def __init__(
        self,
        db: Database,
        pool: Pool,
        bus: Bus,
        judge: Judge,
        *,
        now: clock.Clock = clock.now,
        look_again: float = 20.0,
        report: Report | None = None,
        holds: Holds | None = None,
        parts: answering.Split = _in_parts,
        picture_bytes: PictureBytes = _no_pictures,
        after_sent: AfterSent | None = None,
    ) -> None:
        """`look_again`: seconds for which a reply must be missing on the platform before it may leave again.

        `holds` tells what must be asked before a text leaves. `after_sent` is called in the transaction that marks a
        reply, or the last one of its step, as sent. `picture_bytes` reads a picture: see `sending.PictureBytes`.
        """
        self._db, self._pool, self._now = db, pool, now
        self._holds, self._parts = holds, parts
        self._sender = Sender(
            db, pool, bus, judge, now=now, look_again=look_again, report=report, picture_bytes=picture_bytes,
            after_sent=after_sent,
        )  # fmt: skip
        self.wake, self.push, self.recover, self.run = (
            self._sender.wake, self._sender.push, self._sender.recover, self._sender.run
        )  # fmt: skip

    # Reading

    def rows(self, limit: int = 200) -> list[OutboxRow]:
        """What waits or needs a person, then what left today."""
        midnight = self._now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        return replies.outbox(self._db.reader(), midnight, limit)

    def count(self) -> int:
        """How many wait or need a person."""
        return feed.outbox_count(self._db.reader())

    def usual_time(self, conversation_id: str) -> datetime | None:
        """When the contact is usually there next, None if too little is known."""
        reader, number = self._db.reader(), int(conversation_id)
        row = reader.execute("SELECT account_id FROM conversation WHERE n = ?", (number,)).fetchone()
        client = sending.client_of(reader, row[0]) if row else None
        if client is None:
            return None
        return usual(sending.posting_times(reader, number), self._now(), client.zone)

    def warnings(self) -> list[OutboxWarning]:
        """What to know where many replies wait: sign-ins that end soon, pauses, budgets that are nearly used."""
        return [OutboxWarning(*one) for one in outbox_checks.warnings(self._db.reader(), self._now())]

    # Writing

    async def answer(
        self,
        conversation_id: str,
        text: str,
        *,
        visibility: Visibility | None = None,
        hold: bool = True,
        not_before: datetime | None = None,
        writing: Writing | None = None,
        split: bool = False,
        asked: bool = False,
    ) -> Reply:
        """Put a reply into the ledger. It leaves after the undo window, or at `not_before`.

        Returns the first of the replies that it becomes: see `answering.rows`. A text that must be asked about is
        blocked unless the person was `asked`. Raises `InputError`; then nothing is written.
        """
        reader = self._db.reader()
        mention = details.newest_mention(reader, int(conversation_id))
        if mention is None:
            raise InputError("There is nothing left to answer here: the message was deleted by its author.")
        account = accounts.account(reader, mention.account_id)
        assert account is not None, "a mention belongs to an account"
        able, now = self._pool.capabilities(account).towards(mention.author.handle), self._now()
        whole = writing if writing is not None else Writing(text=text)
        if whole.text.strip() != text.strip():  # else as it was typed, so that the cursor fits when it comes back
            whole = replace(whole, text=text)
        made = answering.rows(
            mention, conversation_id, whole, able, visibility=visibility, now=now,
            parts=self._parts if split else None,
        )  # fmt: skip
        if not_before is not None:
            closes = sending.window_of(reader, int(conversation_id))
            if closes is not None and now < closes <= not_before:
                raise InputError(f"{able.name} takes no reply at that time any more. Choose an earlier one.")
        leave = max(not_before, now) if not_before is not None else now
        if hold and not_before is None:
            leave = now + answering.undo_window(able, [reply.visibility for reply in made])
        made = [replace(reply, not_before=leave) for reply in made]
        why = "" if asked or self._holds is None else self._holds(conversation_id, "\n".join(r.text for r in made))
        if why:  # what belongs to it waits behind it
            made[0] = replace(made[0], state=ReplyState.BLOCKED, block=Block.CLIENT, why=why)
        await self._db.write(lambda db: replies.add(db, made, whole))
        self._sender.tell(made)
        self.wake()
        return made[0]

    async def cancel(self, reply_id: str) -> Writing:
        """Take a reply back into the draft, with all of its step that has not left.

        Raises `InputError` once it may have left. A draft that was begun meanwhile goes to the archive.
        """
        from app.store import endings

        def write(db: sqlite3.Connection) -> tuple[Writing, list[str]] | None:
            found = replies.take_back(db, reply_id, self._now())
            if found is not None:
                endings.note_part(db, reply_id, self._now())
            return found

        back = await self._db.write(write)
        if back is None:
            raise InputError("This reply has already left, so it cannot be taken back.")
        reader = self._db.reader()
        self._sender.tell([reply for id_ in back[1] if (reply := replies.get(reader, id_)) is not None])
        return back[0]

    async def discard(self, reply_id: str) -> Writing:
        """Give up a blocked or refused reply; its text stays as the draft."""
        return await self.cancel(reply_id)

    async def send_now(self, reply_id: str) -> None:
        """End the undo window, or try a refused one once more."""
        await self._move(reply_id, only=(ReplyState.HELD, ReplyState.REFUSED))

    async def release(self, reply_id: str) -> None:
        """Send it all the same: the person has looked at what holds it back."""
        await self._move(reply_id, only=(ReplyState.BLOCKED,))

    async def confirm(self, reply_id: str, there: bool) -> None:
        """A person looked on the platform: it is there, or it surely is not and shall leave again."""
        reply = replies.get(self._db.reader(), reply_id)
        if reply is None or reply.state != ReplyState.UNCONFIRMED:
            raise InputError("This reply is not waiting to be confirmed.")
        if not there:
            await self._move(reply_id, only=(ReplyState.UNCONFIRMED,))
            return
        account = accounts.account(self._db.reader(), reply.account_id)
        cannot_ask = account is not None and self._pool.capabilities(account).idempotency == Idempotency.ASK
        try:
            found = await self._sender.find(reply)
        except ServiceError:
            if not cannot_ask:
                raise
            found = None
        if found is False or (found is None and cannot_ask):
            await self._sender.by_word(reply)
        elif found is None:
            raise InputError("Carelane cannot see it there yet. Look again in a minute.")

    async def _move(self, reply_id: str, *, only: tuple[ReplyState, ...]) -> None:
        """To held, due now, with the rest of its step."""
        now = self._now()

        def move(db: sqlite3.Connection) -> bool:
            """Asked within the write: the sender may claim it between a look and the write."""
            before = replies.get(db, reply_id)
            moved = replies.set_state(db, reply_id, ReplyState.HELD, not_before=now, only=only)
            if moved and before is not None:
                replies.hasten(db, before, now)
                if before.state == ReplyState.REFUSED:
                    replies.upload_again(db, before)
            return moved

        reply = replies.get(self._db.reader(), reply_id)
        if reply is None or not await self._db.write(move):
            raise InputError("That is no longer possible: the reply moved on meanwhile.")
        self._sender.tell([reply])
        self.wake()

    # Sending: `run`, `push`, `recover` and `wake` are the sender's

    def network_back(self) -> None:
        """What waits for the network leaves now, not at its next turn."""
        now = self._now()
        self._db.submit(lambda db: replies.hurry(db, now))
        self.wake()
