"""Words looked up in the dictionary's own process, beside the same words in the library alone; a draft at every key."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from app import dictionaries
from app.spelling import Spelling
from tests.benchmarks.composer import DRAFT
from tests.benchmarks.measure import Line, cpu

WORDS, RATIO_LIMIT, DRAFT_MS = 20_000, 3.0, 8.0
ROUNDS = 5


def run() -> Iterator[Line]:
    """CPU of both processes."""
    import hunspell
    import psutil

    with tempfile.TemporaryDirectory() as folder:
        places = dictionaries.folders(Path(folder))
        found = dictionaries.found(places)
        tag = dictionaries.best("en-US", found)
        if not tag:
            print("There is no English dictionary here: spelling was not measured.", file=sys.stderr)
            return
        known = re.findall(r"(?m)^[a-z]{4,12}(?=/|$)", found[tag].with_suffix(".dic").read_text("latin-1"))
        texts = [
            " ".join(known[n % len(known)] + "s" * (n // len(known) % 2) for n in _some(at)) for at in range(ROUNDS)
        ]
        spelling, loop = Spelling(Path(folder), places=places), asyncio.new_event_loop()
        bare = hunspell.Hunspell(found[tag].name, hunspell_data_dir=str(found[tag].parent))
        loop.run_until_complete(spelling.misspelt("warm", tag))
        assert spelling._process is not None
        child = psutil.Process(spelling._process.pid)
        ours, theirs = 0.0, 0.0
        for text in texts:  # every round other words: those that were looked up once are remembered
            words = text.split()
            theirs += cpu(partial(_all, bare.spell, words))
            before = sum(child.cpu_times()[:2])
            ours += cpu(partial(_look, loop, spelling, text, tag))
            ours += sum(child.cpu_times()[:2]) - before
        yield Line("words never seen ÷ the library alone, 100,000", ours * 1000, "ms", theirs * 1000, RATIO_LIMIT)
        yield Line("words never seen, a second", ROUNDS * WORDS / ours, "")
        loop.run_until_complete(spelling.misspelt(DRAFT, tag))
        again = min(cpu(partial(_look, loop, spelling, DRAFT, tag)) for _ in range(25))
        split = min(cpu(lambda: re.findall(r"\w+", DRAFT)) for _ in range(25))
        yield Line("a draft of 3,000 characters again, beside the window", again * 1000, "ms", limit=DRAFT_MS)
        yield Line("  of it, finding words by the plainest pattern", split * 1000, "ms")
        loop.run_until_complete(spelling.close())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _some(at: int) -> range:
    return range(at * WORDS, (at + 1) * WORDS)


def _all(spell: Callable[[str], object], words: list[str]) -> None:
    for word in words:
        spell(word)


def _look(loop: asyncio.AbstractEventLoop, spelling: Spelling, text: str, tag: str) -> None:
    loop.run_until_complete(spelling.misspelt(text, tag))
