"""CPU seconds, never the clock on the wall: other programs on the machine do not count."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `limit` holds for `value()`: subject ÷ baseline, or the subject alone without a baseline."""

    name: str
    subject: float
    unit: str
    baseline: float | None = None
    limit: float | None = None  # None: for information
    over: bool = False  # compare by the difference, not the ratio
    least: bool = False  # the limit is the least allowed

    def value(self) -> float:
        """What the limit is about."""
        if self.baseline is None:
            return self.subject
        return self.subject - self.baseline if self.over else self.subject / self.baseline

    def kept(self) -> bool:
        """Whether the limit is."""
        if self.limit is None:
            return True
        return self.value() >= self.limit if self.least else self.value() <= self.limit

    def text(self) -> str:
        """Name, subject, baseline, ratio, limit, verdict."""
        base = "" if self.baseline is None else f"{_figure(self.baseline)} {self.unit}"
        sign = "+" if self.over else "x"
        ratio = "" if self.baseline is None else f"{sign}{_figure(self.value())}"
        bound = "" if self.limit is None else f"{'>=' if self.least else '<='} {_figure(self.limit)}"
        verdict = "" if self.limit is None else "ok" if self.kept() else "MISSED"
        return f"{self.name:<58} {_figure(self.subject):>8} {self.unit:<4} {base:>13} {ratio:>7} {bound:>8} {verdict}"


HEAD = f"{'name':<58} {'subject':>8} {'':<4} {'baseline':>13} {'ratio':>7} {'limit':>8}"


def _figure(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def cpu(work: Work) -> float:
    """CPU seconds of the process, all its threads, for `work`."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def alternate(subject: Work, baseline: Work, *, rounds: int = 9) -> tuple[float, float]:
    """Run both in turn; the least CPU seconds of each: whatever else the machine does can only add to them."""
    first: list[float] = []
    second: list[float] = []
    for _ in range(rounds):
        second.append(cpu(baseline))
        first.append(cpu(subject))
    return min(first), min(second)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of `values` do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def resident_mb() -> float:
    """Resident memory of this process."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            import resource

            return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        import psutil

        return float(psutil.Process().memory_info().rss) / 1e6
