"""From nothing to a painted feed with a million mentions, against a bare window; both as fresh processes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from tests.benchmarks import data
from tests.benchmarks.measure import Line

ROUNDS, CPU_LIMIT, MB_LIMIT = 7, 1.8, 45.0


def process(*arguments: str) -> dict[str, Any]:
    """Run one of our scripts and read its last line."""
    # compiled once, as an installed program is, whatever the settings of this shell
    more = {"PYTHONPYCACHEPREFIX": str(data.folder() / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    run = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **more},
    )  # fmt: skip
    lines = run.stdout.strip().splitlines()
    if not lines:
        raise RuntimeError(f"{' '.join(arguments)} said nothing:\n{run.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def bare_mb() -> float:
    """Resident memory of the bare window."""
    return statistics.median(float(process("tests.benchmarks.painted", "bare")["mb"]) for _ in range(3))


def run() -> Iterator[Line]:
    """CPU and memory at the first paint."""
    folder = str(data.million())
    bare: list[dict[str, Any]] = []
    ours: list[dict[str, Any]] = []
    for number in range(ROUNDS + 1):  # the first round fills caches and writes byte-code
        pair = process("tests.benchmarks.painted", "bare"), process("tests.benchmarks.painted", "carelane", folder)
        if number:
            bare.append(pair[0])
            ours.append(pair[1])

    def middle(runs: list[dict[str, Any]], key: str) -> float:
        return statistics.median(float(run[key]) for run in runs)

    assert ours[0]["rows"] >= 100, "the feed was painted before it had rows"
    yield Line("start to painted feed, a million mentions", middle(ours, "cpu"), "ms", middle(bare, "cpu"), CPU_LIMIT)
    yield Line("memory at first paint", middle(ours, "mb"), "MB", middle(bare, "mb"), MB_LIMIT, over=True)
    if ours[0]["late"]:
        print(f"  imported too early: {', '.join(ours[0]['late'])}")
