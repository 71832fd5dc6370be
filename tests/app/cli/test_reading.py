"""What is read at the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli, output
from tests.app.cli.running import Run, lines, told


@pytest.mark.parametrize("words", [["feed"], ["search", "cake"], ["outbox"], ["account", "list"]])
def test_an_empty_folder_is_no_error(run: Run, words: list[str]) -> None:
    assert told(run(*words, "--json")) == []
    assert run(*words).exit_code == 0


def test_usage_errors_end_with_2(run: Run) -> None:
    for words in (
        ["nonsense"], ["feed", "--lane", "x"], ["feed", "--limit", "0"], ["sync"], ["reply", "1"],
        ["import", "f"], ["search"], ["account", "add", "mastodon"],
        ["account", "add", "bluesky", "--handle", "a.b", "--client", "C"],
    ):  # fmt: skip
        assert run(*words).exit_code == 2, words


def test_data_may_stand_before_and_after(tmp_path: Path) -> None:
    for number, words in enumerate(
        (["--data", "{}", "feed"], ["feed", "--data", "{}"], ["account", "list", "--data", "{}"])
    ):
        place = tmp_path / str(number)
        result = CliRunner().invoke(cli, [word.format(place) for word in words])
        assert result.exit_code == 0, result.output
        assert (place / "carelane.db").exists()


def test_feed_show_and_search(run: Run) -> None:
    text = lines(
        {
            "id": "1",
            "text": "My cake is broken, I want a refund!",
            "author": "Ana",
            "posted_at": "2026-03-02T09:00:00Z",
        },
        {
            "id": "2",
            "text": "Open on Sunday?",
            "author": "Bob",
            "posted_at": "2026-03-02T08:00:00Z",
            "platform": "google",
        },
    )
    assert run("import", "-", "--client", "Maple & Rye", stdin=text).exit_code == 0
    feed = told(run("feed", "--json", "--client", "maple & rye"))
    assert sorted(row["author"] for row in feed) == ["Ana", "Bob"]
    assert [row["care_by"] for row in feed] == sorted(row["care_by"] for row in feed)
    assert len(told(run("feed", "--json", "--limit", "1"))) == 1
    assert {row["lane"] for row in told(run("feed", "--json", "--lane", "care"))} == {"care"}
    found = told(run("search", "broken", "cake", "--json"))
    assert [row["author"] for row in found] == ["Ana"]
    [shown] = told(run("show", found[0]["id"], "--json"))
    assert shown["items"][0]["text"].startswith("My cake")
    assert shown["items"][0]["at"] == "2026-03-02T09:00:00Z"
    assert told(run("show", shown["items"][0]["id"], "--json")) == [shown]
    assert "My cake is broken" in run("show", found[0]["id"]).stdout
    assert "Ana" in run("feed").stdout


@pytest.mark.parametrize("id_", ["7", "x", "²", "9" * 40, "no/such", "-1"])
def test_what_is_not_there_is_said(run: Run, id_: str) -> None:
    result = run("show", "--", id_)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no conversation" in result.stderr
    assert "Traceback" not in result.output


def test_a_client_that_is_not_there(run: Run) -> None:
    run("import", "-", "--client", "Maple", stdin='{"text": "a"}')
    for words in (["feed"], ["search", "a"], ["export"]):
        result = run(*words, "--client", "Ny")
        assert result.exit_code == 1
        assert result.stderr.strip() == "There is no client called Ny. Known clients: Maple."


def test_remote_text_cannot_drive_the_terminal(run: Run) -> None:
    nasty = "a\x1b[2J\x1b]0;title\x07b\x9b31mc\x7f\u202ed"
    assert not set(output.harmless(nasty)) & set("\x1b\x07\x9b\x7f\u202e")
    assert "\x7f" not in output.safe_json(json.dumps("a\x7f\x9b", ensure_ascii=False).encode())
    assert json.loads(output.safe_json(json.dumps("a\x7f\x9b", ensure_ascii=False).encode())) == "a\x7f\x9b"
    run("import", "-", "--client", "C\x1b[31m", stdin=lines({"text": nasty, "author": "\x1b[31mX"}))
    for words in (["feed"], ["show", "1"], ["account", "list"]):
        assert "\x1b" not in run(*words).output


def test_spans_of_time() -> None:
    assert [output.span(m) for m in (0, 5, 65, 1500, 5000)] == ["0 min", "5 min", "1 h 5 min", "1 d 1 h", "3 d"]
