"""The command as a process of its own, and what it told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

ROOT = Path(__file__).parents[3]
TOKEN = "planted-token-5f3a9"
Run = Callable[..., Result]


def lines(*rows: dict[str, object]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def command(*arguments: str, data: Path, stdin: bytes | None = None, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "CARELANE_DATA": str(data), "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments], input=stdin, env=environment, capture_output=True, check=False
    )
