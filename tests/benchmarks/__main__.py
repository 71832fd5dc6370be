"""`python -m tests.benchmarks [names]`: prints a line a figure; the exit code is 1 if a limit was missed."""

from __future__ import annotations

import importlib
import os
import sys

NAMES = (
    "start", "page", "scroll", "saving", "sync", "idle", "pure", "triage", "rerank", "templates", "composer",
    "pictures", "spelling", "round",
)  # fmt: skip


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all."""
    from tests.benchmarks.measure import HEAD

    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(NAMES)}.")
        return 2
    missed = 0
    print(HEAD, flush=True)
    for name in names or NAMES:
        for line in importlib.import_module(f"tests.benchmarks.{name}").run():
            print(line.text(), flush=True)
            missed += not line.kept()
    print(f"{missed} limits missed." if missed else "All limits kept.")
    return 1 if missed else 0


if __name__ == "__main__":
    if os.environ.get("CARELANE_SCREEN") != "1":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("CARELANE_THEME", "light")
    os.environ.setdefault("CARELANE_TEXT", "100")
    raise SystemExit(main(sys.argv[1:]))
