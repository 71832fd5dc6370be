"""PySide6 6.12.0 on Python 3.11 loses a reference to None at each void call and aborts after some 5,000."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject


def test_two_hundred_thousand_void_calls_cost_no_reference_to_none() -> None:
    target = QObject()
    before = sys.getrefcount(None)
    for _ in range(200_000):
        target.setObjectName("x")
        target.blockSignals(False)
    after = sys.getrefcount(None)
    # From Python 3.12 on None is immortal and its count stands still; before, it must not run away.
    assert abs(after - before) < 10_000
