"""The figures that the triage model is judged by, and the choice of mixes and borders on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from sklearn.metrics import f1_score, recall_score, roc_auc_score

from app.triage.lanes import lane
from app.triage.lexicon import Heard, listen
from app.triage.model import Header, Scores, mixed
from app.triage.verdict import said

LANES = ("care", "normal", "thanks", "noise")


@dataclass
class Judged:
    """A collection with the heads' values for it."""

    texts: list[dict[str, Any]]
    values: np.ndarray
    heard: list[tuple[Heard, int]] | None = None

    def scores(self, header: Header) -> list[Scores]:
        """As the program would give them."""
        return [mixed([float(one) for one in row], header, 1.0) for row in self.values]


def lanes_of(judged: Judged, scores: Sequence[Scores], blend: dict[str, float]) -> list[str]:
    """The lanes as the program gives them."""
    if judged.heard is None:
        judged.heard = [(listen(raw["text"]), said(raw["text"])) for raw in judged.texts]
    return [lane(one, heard, length, blend) for one, (heard, length) in zip(scores, judged.heard, strict=True)]


def choose(sets: dict[str, Judged], header: Header) -> Header:
    """Try mixes of heads and borders of lanes on the texts for choosing; keep the best sum of figures."""

    def better(name: str, tried: Sequence[float], figure: Callable[[Header], float]) -> None:
        nonlocal header
        options = [msgspec.structs.replace(header, blend={**header.blend, name: value}) for value in tried]
        header = max(options, key=figure)

    def ranking(candidate: Header) -> float:
        found = report(sets, candidate)
        return (
            found["airline AUC"] + found["complaints AUC"] + 0.5 * found["TweetEval recall"]
            + 0.5 * found["care in the first 50"] + 0.5 * found["care in the first 100"]
        )  # fmt: skip

    def lanes(candidate: Header) -> float:
        return report(sets, candidate)["mixed F1"]

    for _ in range(2):
        better("complaint", (0.7, 1.0), ranking)  # 1.3 gives complaints .006 and takes it from the top
        better("negative", (0.4, 0.6, 0.8, 1.0), ranking)
        better("positive", (0.2, 0.4, 0.6), ranking)
        better("complaint_in_negative", (0.0, 0.1, 0.2, 0.3), ranking)
    for _ in range(2):
        better("noise_from", (0.4, 0.5, 0.6, 0.7, 0.8, 0.9), lanes)
        better("care_from", tuple(n / 50 for n in range(3, 35)), lanes)
        better("thanks_from", (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65), lanes)
    return header


def report(sets: dict[str, Judged], header: Header) -> dict[str, float]:
    """The figures of the issue, on whatever is in `sets`."""
    found: dict[str, float] = {}
    scores = {name: judged.scores(header) for name, judged in sets.items()}
    if "airline" in sets:
        truth = [raw["label"] == "negative" for raw in sets["airline"].texts]
        found["airline AUC"] = roc_auc_score(truth, [one.negative for one in scores["airline"]])
        moods_ = [one.mood for one in scores["airline"]]
        found["airline F1"] = f1_score([raw["label"] for raw in sets["airline"].texts], moods_, average="macro")
    if "complaints" in sets:
        truth = [raw["label"] == "complaint" for raw in sets["complaints"].texts]
        found["complaints AUC"] = roc_auc_score(truth, [one.complaint for one in scores["complaints"]])
    if "tweeteval_sentiment" in sets:
        truth = [raw["label"] for raw in sets["tweeteval_sentiment"].texts]
        said = [one.mood for one in scores["tweeteval_sentiment"]]
        found["TweetEval recall"] = recall_score(truth, said, average="macro")
    if "umsab" in sets:
        by: dict[str, tuple[list[str], list[str]]] = {}
        for raw, one in zip(sets["umsab"].texts, scores["umsab"], strict=True):
            pair = by.setdefault(raw["lang"], ([], []))
            pair[0].append(raw["label"])
            pair[1].append(one.mood)
        each = {name: f1_score(truth, said, average="macro") for name, (truth, said) in by.items()}
        found |= {f"UMSAB F1 {name}": value for name, value in sorted(each.items())}
        found["UMSAB F1"] = sum(each.values()) / len(each)
    if "feed_mixed" in sets:
        truth = [raw["lane"] for raw in sets["feed_mixed"].texts]
        placed = lanes_of(sets["feed_mixed"], scores["feed_mixed"], header.blend)
        found["mixed F1"] = f1_score(truth, placed, labels=list(LANES), average="macro")
        for name in LANES:
            found[f"mixed F1 {name}"] = f1_score([t == name for t in truth], [s == name for s in placed])
        order = sorted(range(len(truth)), key=lambda n: -pressing(scores["feed_mixed"][n]))
        for first in (50, 100):
            found[f"care in the first {first}"] = sum(truth[n] == "care" for n in order[:first]) / first
        lower = order[len(order) // 2 :]
        found["noise in the lower half"] = sum(truth[n] == "noise" for n in lower) / truth.count("noise")
        found["noise found"] = sum(t == s == "noise" for t, s in zip(truth, placed, strict=True)) / truth.count("noise")
    return found


def pressing(scores: Scores) -> float:
    """What puts a text before others, all else equal."""
    return scores.complaint * (1 - scores.noise)
