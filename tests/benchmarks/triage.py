"""Judging 100,000 texts of 140 characters, with as many different words as people use; and reading the model."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator

from app.triage.verdict import judge, words
from tests.benchmarks.measure import Line, cpu

COUNT, VOCABULARY = 100_000, 30_000
LEAST, LOAD_MS = 2_000, 100.0
_READ = """
import json, time
import app.triage.verdict
from app.triage.lexicon import listen
start = time.process_time()
from app.triage.model import model
model()
read = time.process_time() - start
start = time.process_time()
listen("hello")
print(json.dumps([read * 1000, (time.process_time() - start) * 1000]))
"""


def texts(count: int) -> list[str]:
    """Sentences whose words are as unevenly common as in a language (Zipf's law), with names, links and marks."""
    dice = random.Random(4)
    letters = "eeeetttaaaooiinnsshhrrddlluucmwfgypbvk"
    made = ["".join(dice.choices(letters, k=dice.randint(2, 9))) for _ in range(VOCABULARY)]
    weights = [1 / (rank + 3) for rank in range(VOCABULARY)]
    found = []
    for said in range(count):
        text = " ".join(dice.choices(made, weights, k=24))[:130]
        found.append(f"@shop {text}{('.', '!!', '?', ' http://a.example/x')[said % 4]}")
    return found


def run() -> Iterator[Line]:
    """Texts a second on one core, against finding and counting their words."""
    found = texts(COUNT)
    judge(found[0])  # reads the model and compiles the lists
    word = re.compile(r"\w+")

    def bare() -> object:
        counts: dict[str, int] = {}
        for text in found:
            for each in word.findall(text.lower()):
                counts[each] = counts.get(each, 0) + 1
        return counts

    baseline = cpu(bare)
    taken = cpu(lambda: [judge(text) for text in found])
    yield Line("judging 100,000 texts \u00f7 counting their words", taken * 1000, "ms", baseline * 1000)
    yield Line("judging, texts a second", COUNT / taken, "", limit=LEAST, least=True)
    some = found[:2_000]
    verdicts = [judge(text) for text in some]
    taken = cpu(lambda: [words(text, verdict) for text, verdict in zip(some, verdicts, strict=True)])
    yield Line("naming the words that weighed, texts a second", len(some) / taken, "")
    shown = subprocess.run([sys.executable, "-c", _READ], check=True, capture_output=True, text=True).stdout
    read, listed = json.loads(shown)
    yield Line("reading the model", read, "ms", limit=LOAD_MS)
    yield Line("compiling the word lists", listed, "ms")
