"""triage: judge texts from standard input, one JSON object a line."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO

import click
import msgspec

from app.cli import output
from app.cli.session import Failure

SCORES = ("negative", "positive", "complaint", "thanks", "noise", "anger", "question")


class Asked(msgspec.Struct):
    """A line of input; further keys are passed over."""

    text: str
    rating: int | None = None  # stars, 1 to 5
    language: str = ""


@click.command("triage")
def triage_command() -> None:
    """Judge texts: reads `{"text": …}` lines, writes a line for each in the same order.

    `rating` (stars) and `language` may stand beside the text. Nothing is stored, and nothing leaves this computer.
    A line that cannot be read gives `{"error": …}` in its place, and the exit code is 1.
    """
    bad = run(sys.stdin.buffer, sys.stdout.buffer)
    if bad:
        raise Failure(f"{bad} of the lines could not be read.")


def run(source: BinaryIO, sink: BinaryIO) -> int:
    """Judge every line of `source`. Returns how many were not JSON with a text."""
    bad = 0
    read = msgspec.json.Decoder(Asked).decode
    write = msgspec.json.Encoder().encode
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            found: dict[str, Any] = judged(read(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            bad += 1
            output.note(f"Line {number}: {error}")
            found = {"error": str(error)}
        sink.write(write(found) + b"\n")
    sink.flush()
    return bad


def judged(asked: Asked) -> dict[str, Any]:
    """One line of output."""
    from app.triage.verdict import judge, words

    verdict = judge(asked.text, rating=asked.rating, language=asked.language)
    return {
        "mood": verdict.scores.mood,
        "scores": {name: round(getattr(verdict.scores, name), 4) for name in SCORES},
        "lane": verdict.lane,
        "matters": list(verdict.heard.matters),
        "language": verdict.language,
        "words": words(asked.text, verdict),
        "unsure": verdict.unsure,
    }
