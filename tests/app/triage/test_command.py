"""`carelane triage`: a line out for each line in, in the same order."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from app.cli import cli


def run(stdin: str) -> tuple[Result, list[dict[str, Any]]]:
    result = CliRunner().invoke(cli, ["triage"], input=stdin)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def lines(*rows: dict[str, object]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def test_it_answers_line_by_line_in_order() -> None:
    texts = ["my parcel never arrived, terrible", "thank you so much", "what time do you open?", ""]
    result, found = run(lines(*({"text": text} for text in texts)))
    assert result.exit_code == 0
    assert [one["lane"] for one in found] == ["care", "thanks", "normal", "normal"]
    assert [one["mood"] for one in found][:2] == ["negative", "positive"]
    assert set(found[0]["scores"]) == {"negative", "positive", "complaint", "thanks", "noise", "anger", "question"}
    assert found[0]["matters"] == ["order"]
    assert found[2]["language"] == "en"
    assert "terrible" in found[0]["words"]
    assert run(lines({"text": "ok", "rating": 1}))[1][0]["lane"] == "care"


def test_lines_that_cannot_be_read_keep_their_place() -> None:
    result, found = run('{"text": "thank you"}\n{"words": 1}\nnonsense\n{"text": "hi"}\n')
    assert result.exit_code == 1
    assert ["error" in one for one in found] == [False, True, True, False]
    assert "Line 2" in result.stderr
