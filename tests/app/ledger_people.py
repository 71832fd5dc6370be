"""The customer and the person who answers, as the ledger's machine has them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from app.connectors.base import Idempotency
from app.domain import OwnPost, Picture, Profile, Reply, ReplyState, Writing
from app.errors import InputError, ServiceError
from app.store import drafts, replies
from tests.app.ledger_laws import Laws
from tests.app.ledger_world import FINAL, PARTS, Connector, in_parts, names_another
from tests.app.platform import Shop
from tests.values import replace

T = TypeVar("T")
FORMS = ["plain", "plain", "thread", "private", "private thread", "picture", "another client"]
ACCOUNTS = 2
MEMORY = "/dev/shm"
PLAIN = re.compile(r"reply \d+(?:, line \d| is a message)")


class People(Laws, RuleBasedStateMachine):
    """Who writes, who answers, and who thinks better of it."""

    def __init__(self) -> None:
        super().__init__()
        # a file in memory is as good: processes are killed here, not disks
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if os.path.isdir(MEMORY) else None)
        self.runner = asyncio.Runner()
        self.shop = Shop(Path(self.folder.name), ACCOUNTS, make=Connector, holds=names_another, parts=in_parts)
        self.shop.world.able = {"max_pictures": 2, "picture_direct": True}
        self.shop.world.root = self._root  # type: ignore[method-assign]
        self.roots: dict[str, str] = {}
        self.written = self.kills = 0
        self.replies: dict[str, str] = {}  # id to the account that it was written for, as written
        self.cancelled: set[str] = set()
        self.retried: set[str] = set()  # a person chose to let them leave behind later ones

    def _root(self, remote_id: str) -> str:
        while remote_id.startswith("own-"):
            remote_id = self.shop.world.own[int(remote_id[4:]) - 1].reply_to
        return self.roots.get(remote_id, remote_id)

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    # Helpers

    def reply(self, id_: str) -> Reply:
        found = replies.get(self.shop.db.reader(), id_)
        assert found is not None, "a reply never leaves the ledger"
        return found

    def conversations(self) -> list[str]:
        return [str(n) for (n,) in self.shop.db.reader().execute("SELECT n FROM conversation ORDER BY n")]

    def posted(self, id_: str) -> list[OwnPost]:
        return [post for post in self.shop.world.own if post.extra == id_]

    def pick(self, many: list[T], at: int) -> T:
        return many[at % len(many)]

    def learn(self) -> None:
        """What a kill let into the ledger, or out of it, before it struck."""
        ledger = self.ledger()
        for id_, reply in ledger.items():
            self.replies.setdefault(id_, reply.account_id)
        self.cancelled |= {id_ for id_, reply in ledger.items() if reply.state == ReplyState.CANCELLED}
        steps = Counter(reply.step for reply in ledger.values() if reply.step)
        assert all(steps[r.step] == r.parts for r in ledger.values() if r.step), "a step is written whole or not at all"

    async def cancel(self, id_: str) -> None:
        with contextlib.suppress(InputError):
            writing = await self.shop.outbox.cancel(id_)
            reply = self.reply(id_)
            assert writing.text.startswith("reply"), "the text comes back"
            step = replies.siblings(self.shop.db.reader(), reply)
            lines = {line for part in step if part.state == ReplyState.CANCELLED for line in PLAIN.findall(part.text)}
            said = {*PLAIN.findall(writing.text), *PLAIN.findall(writing.public_line)}
            assert lines <= said, "all that was taken back comes back"
            kept = drafts.read(self.shop.db.reader(), int(reply.conversation_id))
            assert kept is not None
            assert kept[0] == writing, "it is the draft again, whole"
            self.cancelled |= {part.id for part in step if part.state == ReplyState.CANCELLED}

    def retry(self, id_: str) -> None:
        """Note that a person lets something leave that was refused."""
        step = replies.siblings(self.shop.db.reader(), self.reply(id_))
        if any(part.state == ReplyState.REFUSED for part in step):
            self.retried |= {part.id for part in step}

    # The customer

    @initialize(idempotency=st.sampled_from(Idempotency))
    def begin(self, idempotency: Idempotency) -> None:
        self.shop.world.idempotency = idempotency
        self.customer(0, "anew", False)
        self.read()

    @rule(
        at=st.integers(0, 9),
        what=st.sampled_from(["anew", "again", "edits", "deletes", "is answered elsewhere"]),
        closes=st.sampled_from([False, False, True]),
    )
    def customer(self, at: int, what: str, closes: bool) -> None:
        self.shop.clock.forward(seconds=1)
        world, known = self.shop.world, self.shop.world.mentions
        self.written += 1
        name = f"m{self.written}"
        window = self.shop.clock() + timedelta(hours=1) if closes else None
        if not known or what == "anew":
            self.roots[name] = name
            world.write(name, account_id=f"a{1 + at % ACCOUNTS}", window_closes_at=window)
            return
        parent = self.pick(known, at)
        account, to = parent.account_id, parent.remote_id
        if what == "edits":
            world.edit(to, f"edited {self.written}")
        elif what == "deletes":
            world.delete(to)
        elif what == "is answered elsewhere":
            self.roots[f"phone-{name}"] = self.roots[to]
            world.own.append(OwnPost(account, f"own-{len(world.own) + 1}", "from my phone", self.shop.clock(), to))
        else:
            self.roots[name] = root = self.roots[to]
            world.write(name, f"again {name}", account_id=account, reply_to=to, thread=root, window_closes_at=window)

    @rule()
    def read(self) -> None:
        with contextlib.suppress(ServiceError):
            self.run(self.shop.pull())

    # The person

    def writing(self, form: str) -> tuple[Writing, bool]:
        number = len(self.replies)
        lines = PARTS if "thread" in form else 1
        whole = Writing("\n".join(f"reply {number}, line {line}" for line in range(1, lines + 1)), cursor=3)
        if "private" in form:
            whole = replace(whole, private=True, public_line=f"reply {number} is a message")
        if form == "picture":
            picture = Picture(f"picture {number}", "image/png", 9, 9, 9, waived=True)
            self.shop.pictures[picture.id] = b"png"
            whole = replace(whole, pictures=(picture,))
        if form == "another client":
            whole = replace(whole, text=f"{whole.text} of another client")
        return whole, "thread" in form

    async def answered(self, at: int, form: str, hold: bool, later: int | None) -> None:
        not_before = None if later is None else self.shop.clock() + timedelta(minutes=later)
        whole, split = self.writing(form)
        with contextlib.suppress(InputError):  # everything there was deleted, or the window closes before
            made = await self.shop.outbox.answer(
                self.pick(self.conversations(), at), whole.text, hold=hold, not_before=not_before, writing=whole,
                split=split,
            )  # fmt: skip
            step = replies.siblings(self.shop.db.reader(), made)
            assert len(step) == (PARTS if split else 1) + ("private" in form)
            self.replies |= {part.id: part.account_id for part in step}

    @rule(
        at=st.integers(0, 9),
        form=st.sampled_from(FORMS),
        hold=st.booleans(),
        later=st.sampled_from([*[None] * 6, 5, 90]),
    )
    def answer(self, at: int, form: str, hold: bool, later: int | None) -> None:
        self.run(self.answered(at, form, hold, later))

    @precondition(lambda self: self.replies)
    @rule(at=st.integers(0, 30), what=st.sampled_from(["cancel", "send now", "release", "it is there", "it is not"]))
    def person(self, at: int, what: str) -> None:
        self._person(at, what)

    def _person(self, at: int, what: str) -> None:
        ledger = self.ledger()
        open_ = [id_ for id_ in self.replies if ledger[id_].state not in FINAL]
        self.decide(self.pick(open_ or list(self.replies), at), what)

    def decide(self, id_: str, what: str) -> None:
        """What a person does about one reply."""
        outbox = self.shop.outbox
        self.retry(id_)
        with contextlib.suppress(InputError, ServiceError):
            if what == "cancel":
                self.run(self.cancel(id_))
            elif what == "send now":
                self.run(outbox.send_now(id_))
            elif what == "release":
                self.run(outbox.release(id_))
            elif what == "it is there":
                if self.posted(id_) or self.shop.world.idempotency != Idempotency.ASK:  # whoever says so has looked
                    self.run(outbox.confirm(id_, there=True))
            elif not self.posted(id_):
                self.run(outbox.confirm(id_, there=False))

    @rule(most=st.sampled_from([None, None, 0, 2]), client=st.integers(1, ACCOUNTS))
    def budget(self, most: int | None, client: int) -> None:
        self.shop.set_profile(Profile(sends_a_day=most), f"c{client}")
