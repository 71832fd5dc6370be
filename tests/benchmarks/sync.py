"""Twenty accounts sync 5,000 mentions at once from a server on loopback: does the window stall?"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

from tests.benchmarks.data import ACCOUNTS
from tests.benchmarks.measure import Line
from tests.benchmarks.start import bare_mb, process

MENTIONS, ROUNDS, STALL_LIMIT, MB_LIMIT = 5_000, 3, 32.0, 110.0


def run() -> Iterator[Line]:
    """Stalls in CPU, and memory afterwards."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.server", str(MENTIONS // ACCOUNTS)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        found = [process("tests.benchmarks.watched", "sync", address) for _ in range(ROUNDS)]
    finally:
        server.kill()
        server.wait()
    assert found[0]["mentions"] == MENTIONS, f"{found[0]['mentions']} mentions came, not {MENTIONS}"

    def middle(key: str) -> float:
        return statistics.median(float(run[key]) for run in found)

    yield Line("20 accounts sync: longest stall, all threads' CPU", middle("process"), "ms", limit=STALL_LIMIT)
    yield Line("20 accounts sync: p99, all threads' CPU", middle("process99"), "ms")
    yield Line("20 accounts sync: longest stall, the window's thread", middle("thread"), "ms", limit=STALL_LIMIT)
    yield Line("20 accounts sync: p99, the window's thread", middle("thread99"), "ms")
    yield Line("20 accounts sync: CPU in all", middle("all"), "ms")
    yield Line("memory after a first sync", middle("mb"), "MB", bare_mb(), MB_LIMIT, over=True)
