"""`carelane promises` and `carelane quotes`."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.cli.session import Session
from app.domain import Account, Client
from app.paths import Paths
from app.runtime import Runtime, judge
from app.secrets import MemorySecrets
from app.store import accounts, endings, followups
from app.store.mentions import save_messages
from tests.app.platform import mention

NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One promise, and one quote that may be quoted."""
    folder = tmp_path / "data"
    runtime = Runtime(Paths.find(str(folder)), secrets=MemorySecrets(), locked=False)

    def fill(db: sqlite3.Connection) -> None:
        accounts.add_client(db, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", NOW))
        account = Account("a1", "c1", "fake", "https://example.social", "me", "@maplerye", "Maple & Rye")
        accounts.add_account(db, account, NOW - timedelta(days=1))
        save_messages(db, "a1", [mention("m1", "Thank you,\x1b[31m wonderful!", NOW)], (), judge, NOW)
        found = endings.ending(db, 1)
        assert found is not None
        endings.record(db, 1, found, "quote", "asked", NOW)
        endings.set_leave(db, endings.quotes(db, "c1")[0], "yes", NOW)
        followups.add(db, 1, "call", NOW + timedelta(days=2), "I'll call you", NOW)
        late = followups.add(db, 1, "refund", NOW + timedelta(days=1), "", NOW)
        followups.end(db, late, "broken", NOW)

    runtime.db.submit(fill).result()
    runtime.db.close()
    return folder


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, words, obj=Session(data=str(folder), secrets=MemorySecrets()))


def test_promises(folder: Path) -> None:
    found = run(folder, "promises")
    assert found.exit_code == 0
    assert "call" in found.stdout
    assert "Jana Whitfield" in found.stdout
    assert "In the last 30 days: 0 kept, 1 not kept." in found.stdout
    rows = json.loads(run(folder, "promises", "--client", "maple & rye", "--all", "--json").stdout)
    assert [(row["kind"], row["state"], row["late"]) for row in rows] == [
        ("call", "open", False), ("refund", "broken", False)
    ]  # fmt: skip
    assert rows[0]["conversation"] == "1"
    assert run(folder, "promises", "--client", "nobody").exit_code == 1


def test_quotes(folder: Path, tmp_path: Path) -> None:
    found = run(folder, "quotes", "--client", "Maple & Rye")
    assert "may be quoted" in found.stdout
    assert "\x1b" not in found.stdout
    (row,) = json.loads(run(folder, "quotes", "--client", "c1", "--json").stdout)
    assert (row["leave"], row["author"]) == ("yes", "Jana Whitfield")
    file = tmp_path / "quotes.csv"
    assert run(folder, "quotes", "--client", "c1", "--csv", str(file)).exit_code == 0
    assert file.read_text("utf-8-sig").startswith("date,author,handle")
    assert run(folder, "quotes").exit_code == 2
    refused = run(folder, "quotes", "--client", "c1", "--csv", str(tmp_path / "no" / "quotes.csv"))
    assert refused.exit_code == 1
    assert "cannot be written" in refused.stderr


def test_nothing_yet(tmp_path: Path) -> None:
    assert "Nothing is promised." in run(tmp_path / "empty", "promises").stdout
