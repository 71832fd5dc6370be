"""What the first paint does not need is not imported for it: each of these costs more than painting does."""

from __future__ import annotations

import subprocess
import sys

LATE = ("asyncio", "httpx", "keyring", "sqlite_utils", "qasync", "app.triage.model", "app.timers", "holidays", "numpy")


def test_the_window_is_imported_without_what_comes_after_it() -> None:
    script = f"import sys, ui.window, app.runtime; print([name for name in {LATE!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
