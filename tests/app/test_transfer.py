"""Mentions from files: bad lines are told and skipped, nothing is doubled, and everything can leave again."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain import Client, Lane
from app.errors import InputError
from app.paths import Paths
from app.runtime import Runtime, judge
from app.secrets import MemorySecrets
from app.transfer import LINE_BYTES, REMEMBERED, Imported, Importer, export, lines, read_line

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data/archive/mentions.jsonl"


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    runtime = Runtime(Paths.find(tmp_path / "data"), secrets=MemorySecrets(), now=lambda: NOW, locked=False)
    yield runtime
    runtime.db.close()


@pytest.fixture
def client(runtime: Runtime) -> Client:
    return asyncio.run(runtime.accounts.client_named("Maple & Rye"))


def load(runtime: Runtime, client: Client, *rows: Any) -> Imported:
    text = b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
    return Importer(runtime.db, client, judge, lambda: NOW).run(io.BytesIO(text))


def mention(**row: Any) -> Any:
    return read_line(json.dumps({"text": "hello", **row}).encode(), NOW, lambda platform: platform)


def test_the_smallest_line() -> None:
    found = mention()
    assert (found.text, found.posted_at, found.kind, found.visibility) == ("hello", NOW, "mention", "public")
    assert (found.account_id, found.author.name, found.url, found.author.followers) == ("file", "Unknown", "", None)
    assert found.remote_id == mention().remote_id != mention(author="Bob").remote_id
    assert mention(author="Bob").author.remote_id == "Bob"
    assert mention(id=1).author.remote_id != mention(id=2).author.remote_id


def test_a_whole_line() -> None:
    found = mention(
        id=17, author="Ana", handle="@ana", posted_at="2026-03-02T10:00:00+01:00", platform="Google", kind="Review",
        visibility="private", url="https://x.example/1", reply_to="r", language="pt", followers="1200",
    )  # fmt: skip
    assert (found.remote_id, found.posted_at, found.kind) == ("17", datetime(2026, 3, 2, 9, tzinfo=UTC), "review")
    assert (found.visibility, found.account_id, found.author.followers) == ("followers", "google", 1200)
    assert mention(reply_to="r").kind == "reply"
    assert mention(url="javascript:alert(1)").url == ""
    assert mention(posted_at="2999-01-01").posted_at == NOW
    assert mention(type="setting") is None


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"text": 5}, "text that is no text"),
        ({"text": " \u0000\u202e "}, "empty text"),
        ({"posted_at": "yesterday"}, "no time"),
        ({"kind": "context"}, "unknown kind"),
        ({"kind": "shout"}, "unknown kind"),
        ({"visibility": "all"}, "unknown visibility"),
        ({"followers": "many"}, "no number"),
        ({"followers": True}, "no number"),
        ({"followers": -1}, "cannot be"),
        ({"author": ["Ana"]}, "author that is no text"),
        ({"id": "x" * 501}, "more than 500 characters"),
    ],
)
def test_what_is_wrong_with_a_line(row: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        mention(**row)


@pytest.mark.parametrize("line", [b"{", b"[1]", b"null", b'"text"', b"\xff\xfe", b'{"author": "x"}', b"[" * 5000])
def test_what_is_no_mention(line: bytes) -> None:
    with pytest.raises(InputError):
        read_line(line, NOW, str)


def test_lines_of_a_file() -> None:
    text = b"\xef\xbb\xbf{}\r\n\r\n \n" + b"x" * (LINE_BYTES * 2 + 7) + b"\nlast"
    assert list(lines(io.BytesIO(text))) == [(1, b"{}"), (4, None), (5, b"last")]
    exact = b"y" * LINE_BYTES + b"\n"
    assert [len(part or b"") for _, part in lines(io.BytesIO(exact + exact))] == [LINE_BYTES, LINE_BYTES]


def test_the_rest_lands_and_the_same_file_adds_nothing(runtime: Runtime, client: Client) -> None:
    told: list[tuple[int, str]] = []
    with DATA.open("rb") as file:
        done = Importer(runtime.db, client, judge, lambda: NOW).run(file, bad=lambda n, why: told.append((n, why)))
    assert (done.new, done.known, done.skipped) == (3, 0, 2)
    assert done.bad == told == [(3, "is not JSON"), (4, "has an empty text")]
    with DATA.open("rb") as file:
        done = Importer(runtime.db, client, judge, lambda: NOW).run(file)
    assert (done.new, done.known, done.skipped) == (0, 3, 2)
    assert {a.name for a in runtime.inbox.accounts()} == {"Google", "Instagram"}
    rows = runtime.inbox.feed_page(Lane.CARE)
    assert len(rows) == 2  # the reply joined what it answers
    detail = runtime.inbox.conversation(rows[0].id)
    assert detail is not None
    assert detail.can_direct is False


def test_a_changed_text_keeps_the_earlier_one(runtime: Runtime, client: Client) -> None:
    load(runtime, client, {"id": "1", "text": "first"})
    done = load(runtime, client, {"id": "1", "text": "second"})
    assert (done.new, done.known) == (0, 1)
    row: tuple[str, str] = runtime.db.reader().execute("SELECT text, history FROM mention").fetchone()
    assert row[0] == "second"
    assert "first" in row[1]


def test_many_transactions_and_many_bad_lines(runtime: Runtime, client: Client) -> None:
    rows: list[Any] = [{"id": str(n), "text": f"text {n}", "platform": "ab"[n % 2]} for n in range(3_333)]
    rows += [b"bad"] * (REMEMBERED + 5)
    done = load(runtime, client, *rows)
    assert (done.new, done.skipped, len(done.bad)) == (3_333, REMEMBERED + 5, REMEMBERED)
    assert runtime.db.reader().execute("SELECT count(*) FROM mention").fetchone() == (3_333,)
    assert runtime.db.reader().execute("SELECT data FROM activity WHERE what = 'imported'").fetchone() == (
        '{"new":3333}',
    )


async def _work(runtime: Runtime) -> None:
    [row] = runtime.inbox.feed_page(Lane.CARE)
    await runtime.inbox.save_draft(row.id, "half a reply")
    await runtime.inbox.set_note(row.id, "likes oats")
    await runtime.inbox.snooze(row.id, datetime(2026, 12, 1, tzinfo=UTC))


def exported(runtime: Runtime, client_id: str | None = None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export(runtime.db, client_id)]


def test_everything_leaves_and_one_client_leaves_alone(runtime: Runtime, client: Client) -> None:
    runtime.settings.set("theme", "dark")
    runtime.settings.set("keyring_scope", "scope-name")
    load(
        runtime, client, {"id": "1", "text": "oat cake", "author": "Ana", "platform": "google", "posted_at": 1772445600}
    )
    asyncio.run(_work(runtime))
    other = asyncio.run(runtime.accounts.client_named("Northwind"))
    load(runtime, other, {"id": "1", "text": "spark plug"})
    rows = exported(runtime)
    kinds = {row["type"] for row in rows}
    assert kinds >= {"client", "account", "contact", "note", "conversation", "mention", "draft", "activity", "setting"}
    assert {row["key"] for row in rows if row["type"] == "setting"} == {"theme"}
    [first] = [row for row in rows if row["type"] == "mention" and row["text"] == "oat cake"]
    assert (first["id"], first["platform"], first["posted_at"]) == ("1", "google", "2026-03-02T10:00:00Z")
    assert [row["text"] for row in rows if row["type"] in ("note", "draft")] == ["likes oats", "half a reply"]
    mine = exported(runtime, client.id)
    assert "spark plug" not in json.dumps(mine)
    assert "Northwind" not in json.dumps(mine)
    assert {row["type"] for row in mine} == kinds - {"setting"}
    theirs = exported(runtime, other.id)
    assert "oat" not in json.dumps(theirs)


def test_an_export_can_be_imported(runtime: Runtime, client: Client, tmp_path: Path) -> None:
    load(runtime, client, *({"id": str(n), "text": f"text {n}", "platform": "google"} for n in range(20)))
    other = Runtime(Paths.find(tmp_path / "other"), secrets=MemorySecrets(), now=lambda: NOW, locked=False)
    new_client = asyncio.run(other.accounts.client_named("Maple & Rye"))
    done = Importer(other.db, new_client, judge, lambda: NOW).run(io.BytesIO(b"\n".join(export(runtime.db))))
    assert (done.new, done.skipped) == (20, 0)
    assert done.passed == done.lines - 20 > 0
    again = [row["text"] for row in exported(other) if row["type"] == "mention"]
    assert sorted(again) == sorted(row["text"] for row in exported(runtime) if row["type"] == "mention")
    other.db.close()


def test_an_export_is_of_one_moment_and_can_be_left_early(runtime: Runtime, client: Client) -> None:
    load(runtime, client, {"id": "1", "text": "a"})
    half = export(runtime.db)
    next(half)
    load(runtime, client, {"id": "2", "text": "b"})
    assert sum(b'"type":"mention"' in line for line in half) == 1
    early = export(runtime.db)
    next(early)
    early.close()  # type: ignore[attr-defined]
    assert sum(row["type"] == "mention" for row in exported(runtime)) == 2
