"""At rest with a thousand open timers."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.measure import Line
from tests.benchmarks.start import process


def run() -> Iterator[Line]:
    """Per cent of a core, ten seconds each; "hidden" allows for what is below the clock's grain."""
    found = process("tests.benchmarks.watched", "idle")
    yield Line("1,000 timers in sight, per cent of a core", found["visible"], "%", limit=1.0)
    yield Line("1,000 timers, window hidden", found["hidden"], "%", limit=0.1)
