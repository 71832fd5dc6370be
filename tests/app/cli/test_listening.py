"""`carelane listen`: searches without the window."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.cli.session import Session
from app.domain import Account, Client, Kind
from app.paths import Paths
from app.runtime import Runtime, judge
from app.secrets import MemorySecrets
from app.store import accounts, streams
from app.store.mentions import save_messages
from tests.app.platform import mention

NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clients; one of them has a find."""
    folder = tmp_path / "data"
    runtime = Runtime(Paths.find(str(folder)), secrets=MemorySecrets(), locked=False)

    def fill(db: sqlite3.Connection) -> None:
        for n, name in ((1, "Maple & Rye"), (2, "Old Oak")):
            accounts.add_client(db, Client(f"c{n}", name, "#d9a441", "UTC", "", NOW))
        account = Account("a1", "c1", "archive", "", "me", "@maplerye", "Maple & Rye")
        accounts.add_account(db, account, NOW - timedelta(days=1))
        save_messages(db, "a1", [mention("s1", "rye\x1b[31m is fine", NOW, kind=Kind.SEARCH)], (), judge, NOW)

    runtime.db.submit(fill).result()
    runtime.db.close()
    return folder


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["listen", *words], obj=Session(data=str(folder), secrets=MemorySecrets()))


def test_a_search_is_made_listed_and_removed(folder: Path) -> None:
    assert "Nothing is listened for" in run(folder, "list").stdout
    made = run(folder, "add", "--client", "maple & rye", "--word", "rye", "--without", "whisky", "--name", "Our rye")
    assert made.exit_code == 0, made.output
    rows = json.loads(run(folder, "list", "--json").stdout)
    assert [(row["name"], row["words"], row["without"], row["client"]) for row in rows] == [
        ("Our rye", ["rye"], ["whisky"], "Maple & Rye")
    ]
    told = run(folder, "list", "--client", "Maple & Rye").stdout
    assert "Our rye" in told
    assert "None of this client's accounts can be searched" in told
    assert run(folder, "read", rows[0]["id"]).exit_code == 1
    assert run(folder, "remove", rows[0]["id"]).exit_code == 0
    assert run(folder, "remove", rows[0]["id"]).exit_code == 1


def test_what_cannot_be_looked_for(folder: Path) -> None:
    refused = run(folder, "add", "--client", "Maple & Rye")
    assert refused.exit_code == 1
    assert "at least one word" in refused.output
    assert run(folder, "add", "--client", "Nobody", "--word", "rye").exit_code == 1


def test_joining_in_passing_and_muting(folder: Path) -> None:
    assert run(folder, "pass", "1").exit_code == 0
    assert run(folder, "join", "1").exit_code == 0
    with sqlite3.connect(folder / "carelane.db") as db:
        assert db.execute("SELECT lane, due_at IS NOT NULL FROM conversation").fetchall() == [("today", 1)]
    db.close()
    assert run(folder, "join", "x").exit_code == 2
    assert run(folder, "join", "7").exit_code == 1
    assert "0 posts" in run(folder, "mute", "--client", "Maple & Rye", "--word", "vodka").stdout
    assert run(folder, "mute", "--client", "Old Oak", "--author-of", "1").exit_code == 1, "the wall"
    assert "0 posts" in run(folder, "mute", "--client", "Maple & Rye", "--author-of", "1").stdout
    listed = run(folder, "mute", "--client", "Maple & Rye").stdout
    assert "vodka" in listed
    assert "Jana Whitfield" in listed
    assert run(folder, "mute", "--client", "Old Oak").stdout == ""


def test_yield_of_a_stream(folder: Path) -> None:
    run(folder, "add", "--client", "Maple & Rye", "--word", "rye")
    runtime = Runtime(Paths.find(str(folder)), secrets=MemorySecrets(), locked=False)
    id_ = runtime.listening.streams()[0].stream.id
    runtime.db.submit(lambda db: streams.hit(db, id_, [1], NOW)).result()
    runtime.db.close()
    run(folder, "join", "1")
    row = json.loads(run(folder, "list", "--json").stdout)[0]
    assert (row["found"], row["joined"], row["undecided"]) == (1, 1, 0)
