"""What the platforms count or charge, at the terminal."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from app.domain import Account, Client
from app.paths import Paths
from app.runtime import Runtime
from app.store import accounts, usage
from tests.app.cli.running import Run, told


def fill(folder: Path) -> None:
    now = datetime.now(UTC)

    def write(db: sqlite3.Connection) -> None:
        accounts.add_client(db, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", now))
        data = '{"pds":"https://pds.example.com","did":"did:plc:a"}'
        server = "https://pds.example.com"
        account = Account("b1", "c1", "bluesky", server, "did:plc:a", "maplerye.com", "M", data=data)
        accounts.add_account(db, account, now)
        usage.add(db, [("account/b1", "points", now.replace(second=0, microsecond=0), 5_000)])

    runtime = Runtime(Paths.find(folder), locked=False)
    runtime.db.submit(write).result()
    runtime.db.close()


def test_without_meters(run: Run) -> None:
    assert told(run("usage", "--json")) == []
    assert "No account here" in run("usage").stderr


def test_for_people_and_for_programs(run: Run, folder: Path) -> None:
    fill(folder)
    rows = told(run("usage", "--json"))
    assert [row["unit"] for row in rows] == ["points", "points_day"]
    assert rows[0]["used"] == rows[0]["limit"] == 5_000
    assert set(rows[0]) == {
        "account", "account_id", "client", "platform", "unit", "title", "used", "limit", "cap", "currency", "period",
        "ends", "reached", "shared", "note",
    }  # fmt: skip
    said = run("usage", "--client", "Maple & Rye").stdout
    assert "maplerye.com" in said
    assert "Points this hour: 5,000 of 5,000  Bluesky takes no more until" in said
    assert run("usage", "--client", "Nobody").exit_code != 0
