"""`carelane suggest` and `carelane templates`."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from app.domain import Template, TemplateText
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from tests.app.cli.running import Run, told
from tests.values import replace


def keep(folder: Path, *templates: Template) -> None:
    runtime = Runtime(Paths.find(folder), secrets=MemorySecrets(), locked=False)
    try:
        for one in templates:
            asyncio.run(runtime.templates.save(one))
    finally:
        runtime.db.close()


@pytest.fixture
def shop(run: Run) -> None:
    """Two clients, each with a message."""
    for client, text in (("Maple & Rye", "is there gluten free bread"), ("Fern", "is there gluten free bread")):
        row = json.dumps({"text": text, "author": "Jana W", "posted_at": "2026-11-24T09:00:00Z"})
        assert run("import", "-", "--client", client, stdin=row).exit_code == 0


def test_suggestions_come_with_their_reason(run: Run, shop: None, folder: Path) -> None:
    keep(folder, Template("", "Gluten", (TemplateText("en", ("Hi {first_name}, gluten free bread is on Fridays",)),)))
    found = told(run("suggest", "1", "--json"))
    assert [(one["name"], one["text"]) for one in found] == [("Gluten", "Hi Jana, gluten free bread is on Fridays")]
    assert "gluten" in found[0]["why"]
    shown = run("suggest", "1")
    assert shown.stdout.startswith("1. Gluten · Its words are like this message")
    missing = run("suggest", "99")
    assert missing.exit_code == 1
    assert "There is no conversation 99" in missing.stderr


def test_nothing_to_suggest_is_no_error(run: Run, shop: None) -> None:
    assert told(run("suggest", "1", "--json")) == []
    assert "Nothing like this" in run("suggest", "1").stderr


def test_a_file_is_shown_before_it_is_kept(run: Run, shop: None, tmp_path: Path) -> None:
    file = tmp_path / "saved.csv"
    file.write_text("Title,Message\nLate,Sorry [name]\nEmpty,\n", "utf-8")
    shown = run("templates", "import", str(file), "--client", "Fern")
    assert shown.exit_code == 0
    assert "1 new, 0 known, 1 that cannot be used" in shown.stdout
    assert "Line 3" in shown.stderr
    assert "Nothing was kept" in shown.stderr
    assert told(run("templates", "list", "--json")) == []
    kept = run("templates", "import", str(file), "--client", "Fern", "--yes")
    assert "1 templates were kept for Fern." in kept.stdout
    listed = told(run("templates", "list", "--json"))
    assert [(one["name"], one["client"], one["uses"]) for one in listed] == [("Late", "Fern", 0)]
    assert told(run("templates", "list", "--client", "Maple & Rye", "--json")) == []
    assert "Fern · Late" in run("templates", "list").stdout
    again = run("templates", "import", str(file), "--client", "Fern", "--yes")
    assert (again.exit_code, "nothing new" in again.stderr) == (1, True)


def test_templates_leave_as_csv_or_json(run: Run, shop: None, folder: Path, tmp_path: Path) -> None:
    keep(folder, Template("", "=Formula", (TemplateText("en", ("Hi", "Hello")),)))
    for name in ("out.csv", "out.json"):
        target = tmp_path / name
        assert run("templates", "export", str(target)).exit_code == 0
        data = target.read_text("utf-8-sig")
        assert ("'=Formula" in data) is name.endswith("csv")
        back = run("templates", "import", str(target), "--client", "Fern", "--yes")
        assert back.exit_code == (0 if name == "out.csv" else 1), back.output
    assert json.loads(run("templates", "export", "-").stdout)["format"] == "carelane-templates"


def test_a_file_that_cannot_be_read_is_said(run: Run, tmp_path: Path) -> None:
    for words, said in (
        (["import", str(tmp_path / "none.csv")], "There is no file"),
        (["import", str(tmp_path)], "cannot be read"),
        (["export", str(tmp_path / "no" / "x.csv")], "cannot be written"),
        (["list", "--client", "Nobody"], "There is no client called Nobody"),
    ):
        found = run("templates", *words)
        assert (found.exit_code, said in found.stderr) == (1, True), found.output


def test_names_stand_by_their_numbers(run: Run, folder: Path) -> None:
    texts = (TemplateText("en", ("Hi",)),)
    keep(folder, *(Template("", name, texts) for name in ("Thanks 10", "Zoo", "Thanks 2", "\u00c4rger", "apology")))
    assert [one["name"] for one in told(run("templates", "list", "--json"))] == [
        "apology", "\u00c4rger", "Thanks 2", "Thanks 10", "Zoo",
    ]  # fmt: skip


def test_a_table_says_which_pictures_it_leaves_out(run: Run, shop: None, folder: Path, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    runtime = Runtime(Paths.find(folder), secrets=MemorySecrets(), locked=False)
    try:
        picture = asyncio.run(runtime.templates.add_picture(out.getvalue(), "x.png"))
    finally:
        runtime.db.close()
    keep(folder, Template("", "Cake", (TemplateText("en", ("Hi",)),), pictures=(replace(picture, waived=True),)))
    table, whole = tmp_path / "t.csv", tmp_path / "t.json"
    assert "One picture of the templates is not in it." in run("templates", "export", str(table)).stderr
    assert "picture" not in run("templates", "export", str(whole)).stderr
    assert "  Cake: Hi (one picture)" in run("templates", "import", str(whole), "--client", "Fern", "--yes").stdout
