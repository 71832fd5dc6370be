"""A draft at the inbox: kept whole, kept through kill -9, and put aside with its conversation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from app.domain import Amends, Picture, Promise, Writing
from app.errors import InputError
from app.store.db import Database
from app.store.sql import as_json
from tests.app.desk import Desk
from tests.app.platform import START

ROOT = Path(__file__).parents[2]
LONG = "Hi Jana, we are sorry about the cake."
PICTURE = Picture("ab" * 32, "image/png", 2, 1, 99, "A cake")


async def test_a_draft_comes_back_whole(desk: Desk) -> None:
    await desk.write("1")
    whole = Writing("ignored", cursor=3, private=True, spoiler="cake", pictures=(PICTURE,), promise="refund")
    changes = await desk.inbox.save_draft("1", LONG, whole)
    assert changes.conversations == {"1"}
    detail = desk.inbox.conversation("1")
    assert detail is not None
    assert (detail.draft, detail.draft_at) == (LONG, START)
    assert detail.writing == Writing(LONG, 3, True, spoiler="cake", pictures=(PICTURE,), promise="refund")


async def test_no_draft_is_an_empty_writing(desk: Desk) -> None:
    await desk.write("1")
    detail = desk.inbox.conversation("1")
    assert detail is not None
    assert detail.writing == Writing()
    await desk.inbox.save_draft("1", "We op")
    detail = desk.inbox.conversation("1")
    assert detail is not None
    assert detail.writing == Writing("We op")


async def test_closing_puts_the_draft_aside_and_undo_brings_it_back(desk: Desk) -> None:
    await desk.write("1")
    whole = Writing(LONG, cursor=3)
    await desk.inbox.save_draft("1", LONG, whole)
    await desk.inbox.close("1", "answered elsewhere")
    assert not desk.row().has_draft
    (left,) = desk.inbox.abandoned("1")
    assert (left.writing, left.why, left.at) == (whole, "closed", START)
    await desk.inbox.undo()
    detail = desk.inbox.conversation("1")
    assert detail is not None
    assert detail.writing == whole
    assert desk.row().has_draft
    assert desk.inbox.abandoned("1") == []


async def test_undo_does_not_write_over_a_newer_draft(desk: Desk) -> None:
    await desk.write("1")
    await desk.inbox.save_draft("1", LONG)
    await desk.inbox.close("1", "answered elsewhere")
    await desk.inbox.save_draft("1", "Another one")
    await desk.inbox.undo()
    detail = desk.inbox.conversation("1")
    assert detail is not None
    assert detail.draft == "Another one"
    assert [one.writing.text for one in desk.inbox.abandoned("1")] == [LONG]


async def test_closing_many_leaves_what_has_no_draft_alone(desk: Desk) -> None:
    for n in range(3):
        await desk.write(str(n), thread=str(n))
    ids = list(desk.lanes())
    await desk.inbox.save_draft(ids[1], LONG)
    await desk.inbox.close(ids, "not for us")
    assert [len(desk.inbox.abandoned(id_)) for id_ in ids] == [0, 1, 0]
    with pytest.raises(InputError):
        await desk.inbox.close(ids, " ")


async def test_given_up_drafts_are_told_newest_first_for_ninety_days(desk: Desk) -> None:
    await desk.write("1")
    for text in (LONG, LONG + " Again."):
        await desk.inbox.save_draft("1", text)
        desk.shop.clock.forward(seconds=10)
        await desk.inbox.save_draft("1", "")
    assert [one.writing.text for one in desk.inbox.abandoned("1")] == [LONG + " Again.", LONG]
    desk.shop.clock.forward(days=91)
    assert desk.inbox.abandoned("1") == []


async def test_the_detail_tells_what_the_composer_needs(desk: Desk) -> None:
    await desk.write("1", "Wo ist meine Bestellung? Ich habe sie nicht bekommen.", spoiler="cake")

    def fill(db: object) -> None:
        run = db.execute  # type: ignore[attr-defined]
        run("UPDATE client SET profile = ?", (as_json({"private_contact": "care@maplerye.example"}),))
        run("INSERT INTO conversation_tag VALUES (1, 'late', 2), (1, 'cake', 1)")
        for id_, state, due in (("p1", "kept", 5000), ("p2", "open", 9000), ("p3", "open", 7000)):
            run(
                "INSERT INTO promise VALUES (?, 1, 'c1', 'r1', 'refund', 'we refund', 1000, ?, ?, NULL)",
                (id_, due, state),
            )
        run("INSERT INTO amends VALUES ('m1', 1, 'c1', 'voucher', '5.00', 'EUR', 'sorry', 1000)")

    desk.shop.db.submit(fill).result()
    detail = desk.inbox.conversation("1")
    assert detail is not None
    assert (detail.spoiler, detail.language, detail.weighted) == ("cake", "de", False)
    assert detail.tags == ("cake", "late")
    assert [one.id for one in detail.promises] == ["p3", "p2", "p1"]
    assert isinstance(detail.promises[0], Promise)
    assert [(one.kind, one.amount, one.currency) for one in detail.amends] == [("voucher", "5.00", "EUR")]
    assert isinstance(detail.amends[0], Amends)
    assert detail.private_contact == "care@maplerye.example"


@pytest.mark.parametrize(
    ("text", "told", "language"),
    [
        ("Where is my order? It did not come.", "", "en"),
        ("Wo ist meine Bestellung? Sie ist nicht da.", "", "de"),
        ("Gdzie jest moje zamówienie? Czekam od tygodnia", "", ""),
        ("ok", "", ""),
        ("ok", "pt-BR", "pt-BR"),
    ],
)
async def test_the_language_is_what_was_heard(desk: Desk, text: str, told: str, language: str) -> None:
    await desk.write("1", text, language=told)
    await desk.shop.outbox.answer("1", "Thank you.", hold=False)
    detail = desk.inbox.conversation("1")
    assert detail is not None
    assert detail.language == language


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_draft_survives_kill_nine(tmp_path: Path) -> None:
    script = """
        import asyncio, os, signal, sys
        from pathlib import Path
        from app.domain import Writing
        from tests.app.desk import Desk

        async def main() -> None:
            desk = Desk(Path(sys.argv[1]))
            await desk.write("1")
            for n in range(50):
                await desk.inbox.save_draft("1", "We open at nine" + "." * n, Writing(cursor=n, private=True))
            print("saved", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.strip() == "saved"
    from app.store import drafts

    db = Database(tmp_path / "carelane.db")
    found = drafts.read(db.reader(), 1)
    db.close()
    assert found is not None
    assert found[0] == Writing("We open at nine" + "." * 49, cursor=49, private=True)
