"""The core runs without a window, and its start brings nothing that the first paint would wait for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WITHOUT_A_WINDOW = """
import importlib, importlib.abc, pkgutil, sys

class Wall(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6", "qasync", "ui"):
            raise ImportError(f"{name} is not here")
        return None

sys.meta_path.insert(0, Wall())
import app
names = [m.name for m in pkgutil.walk_packages(app.__path__, "app.") if not m.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""

QUICK = """
import sys
import app.runtime
heavy = {"httpx", "holidays", "keyring", "sqlite_utils", "numpy", "psutil", "oauthlib", "authlib", "PySide6", "click"}
print(" ".join(sorted(heavy & set(sys.modules))))
"""

OPENED = """
import asyncio, sys
from app.domain import Lane
from app.paths import Paths
from app.runtime import Runtime

async def open_and_read():
    core = Runtime(Paths.find(sys.argv[1]))
    core.inbox.counts(), core.inbox.summary(), core.outbox.count(), core.settings.get("x")
    core.inbox.feed_page(Lane.CARE), core.inbox.accounts(), core.inbox.clients(), core.accounts.practising()
    heavy = {"httpx", "holidays", "keyring", "sqlite_utils", "numpy", "psutil", "oauthlib"}
    print(" ".join(sorted(heavy & set(sys.modules))))
    await core.stop()

asyncio.run(open_and_read())
"""


def python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_module_of_the_core_is_imported_where_there_is_no_qt() -> None:
    assert int(python(WITHOUT_A_WINDOW)) > 50, "the walk has missed modules"


def test_the_start_imports_nothing_heavy() -> None:
    assert python(QUICK) == ""


@pytest.mark.parametrize("times", [1, 2])
def test_a_store_that_is_opened_and_read_for_the_first_paint_imports_nothing_heavy(tmp_path: Path, times: int) -> None:
    for _ in range(times):  # the second start finds a file
        assert python(OPENED, str(tmp_path)) == ""
