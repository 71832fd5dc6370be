"""Train the triage model: `python packaging/train_triage.py --texts DIR`, or `dev.py train --texts DIR`.

DIR holds the labelled texts as JSON lines (`docs/triage.md` names them), and below
`validate/` those for judging and choosing only. The texts stay where they are: what
leaves here is weights. Two thirds are trained on and the last third judged, then
everything is trained on and written to `resources/triage/model.bin`.
"""

from __future__ import annotations

import argparse
import datetime
import random
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from triage.judged import Judged, choose, report  # noqa: E402
from triage.phrases import sentences  # noqa: E402
from triage.translated import translations  # noqa: E402

from app.triage import features  # noqa: E402
from app.triage.model import HEADS, IDF_STEP, KNOWN_BITS, LONGEST, Header  # noqa: E402

MOODS = ("negative", "neutral", "positive")
MADE_UP = 20_000  # sentences of our own
TRANSLATED = 0.3  # weight of a translation; .7 is worse than none in some languages
COST, MOOD_COST = 6.0, 4.0  # of liblinear: what the held-out third liked best of 1.5, 3, 4, 6, 8
NOT_REAL = ("own", "translated")  # sources that would make their own words common
# intents of Banking77 in which something went wrong; the others ask
PROBLEMS = (
    "not_", "declined", "failed", "wrong", "charged_twice", "compromised", "lost_or_stolen", "pending", "reverted",
    "unable", "arrival", "Refund_not", "swallowed", "extra_charge", "blocked",
)  # fmt: skip


@dataclass
class Row:
    """One text, and what it is to each head: 0 or 1 with a weight; a head it says nothing about is missing."""

    text: str
    heads: dict[str, tuple[int, float]]
    source: str
    label: str = ""
    language: str = "en"
    origin: str = ""  # the text that this one is a translation of
    held_out: bool = False


@dataclass
class Fitted:
    """Weights as they are shipped: bytes, scales and offsets."""

    idf: np.ndarray
    tables: list[np.ndarray] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)
    offsets: list[float] = field(default_factory=list)


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one file."""
    return [msgspec.json.decode(line) for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]


def moods(label: str, weight: float) -> dict[str, tuple[int, float]]:
    """What a mood says to the three mood heads, and a little to the others."""
    heads = {mood: (int(mood == label), weight) for mood in MOODS}
    heads["thanks"] = (int(label == "positive"), 0.3)
    heads["complaint"] = (0, 0.1 if label == "negative" else 0.3)
    heads["noise"] = (0, 0.6)
    return heads


def rows(folder: Path) -> list[Row]:
    """Everything there is to train on."""
    found: list[Row] = []
    for name, weight in (("tweeteval_sentiment", 1.0), ("umsab", 2.0), ("vader_tweets", 1.0)):
        for raw in read(folder, name):
            language = raw.get("lang", "english")
            # there are few of the others, and English has the tweets of TweetEval beside it
            heads = moods(raw["label"], weight if language == "english" else 1.5 * weight)
            found.append(Row(raw["text"], heads, name, raw["label"], language))
    for raw in read(folder, "tweeteval_emotion"):
        angry = raw["label"] == "anger"
        found.append(Row(raw["text"], {"anger": (int(angry), 1.0), "noise": (0, 0.3)}, "tweeteval_emotion"))
    for raw in read(folder, "tweeteval_offensive"):
        found.append(Row(raw["text"], {"anger": (int(raw["label"] == "offensive"), 0.3)}, "tweeteval_offensive"))
    for name in ("sms_spam", "youtube_spam"):
        for raw in read(folder, name):
            found.append(Row(raw["text"], {"noise": (int(raw["label"] == "spam"), 1.0)}, name, raw["label"]))
    for raw in read(folder, "banking77"):
        problem = any(part in raw["label"] for part in PROBLEMS)
        heads = {"complaint": (int(problem), 0.5), "noise": (0, 0.5), "thanks": (0, 0.3)}
        found.append(Row(raw["text"], heads, "banking77"))
    for row in found:
        row.held_out = zlib.crc32(row.text.encode()) % 3 == 0
    return found + questions(found) + own() + abroad(found)


def abroad(found: Sequence[Row]) -> list[Row]:
    """English tweets in other languages. A translation of what is held out is held out."""
    used: dict[str, Counter[str]] = {}
    for row in found:
        if row.source == "umsab" and not row.held_out:
            used.setdefault(row.language, Counter()).update(re.findall(r"\w+", row.text.lower()))
    tweets = [row for row in found if row.source == "tweeteval_sentiment"]
    made = []
    for place, language, text in translations([row.text for row in tweets], used, seed=5):
        row = tweets[place]
        heads = {mood: (int(mood == row.label), TRANSLATED) for mood in MOODS}
        made.append(Row(text, heads, "translated", row.label, language, row.text, row.held_out))
    return made


def own() -> list[Row]:
    """Sentences of our own."""
    found = []
    for text, kind, language in sentences(MADE_UP, seed=1):
        mood = {"problems": "negative", "praise": "positive"}.get(kind, "neutral")
        heads: dict[str, tuple[int, float]] = {"noise": (int(kind == "noise"), 0.7)}
        if kind != "noise":
            heads |= {each: (int(each == mood), 0.5) for each in MOODS}
            heads["complaint"] = (int(kind == "problems"), 1.0 if language == "en" else 0.4)
            heads["thanks"] = (int(kind == "praise"), 1.0)
            heads["question"] = (int(kind == "questions"), 1.0)
        found.append(Row(text, heads, "own", kind, language))
    return found


def questions(found: Sequence[Row]) -> list[Row]:
    """Question marks are their own labels; without the mark the words have to tell."""
    dice = random.Random(2)
    made = []
    for row in found:
        if row.source not in ("banking77", "umsab", "tweeteval_sentiment") or dice.random() > 0.4:
            continue
        asks = "?" in row.text
        text = row.text.replace("?", "") if asks and dice.random() < 0.5 else row.text
        made.append(Row(text, {"question": (int(asks), 1.0)}, "questions", held_out=row.held_out))
    return made


def matrix(texts: Iterable[str]) -> sp.csr_matrix:
    """Counts of grams by bucket."""
    places: list[int] = []
    starts = [0]
    for text in texts:
        places.extend(features.buckets(text[:LONGEST]))
        starts.append(len(places))
    shape = (len(starts) - 1, features.BUCKETS)
    counts = sp.csr_matrix((np.ones(len(places), np.float32), np.array(places, np.int32), np.array(starts)), shape)
    counts.sum_duplicates()
    return counts


def scaled(counts: sp.csr_matrix, idf: np.ndarray) -> sp.csr_matrix:
    """Weighted by idf and brought to the same length, as the runtime does."""
    length = np.sqrt(counts @ (idf * idf))
    length[length == 0] = 1
    return (sp.diags(1 / length) @ (counts @ sp.diags(idf))).tocsr()


def fit(counts: sp.csr_matrix, train: Sequence[Row]) -> Fitted:
    """Train every head, and round its weights to bytes."""
    found = counts[[row.source not in NOT_REAL for row in train]]
    seen = np.asarray((found > 0).sum(0)).ravel()
    idf = np.clip(np.round((np.log((1 + found.shape[0]) / (1 + seen)) + 1) * IDF_STEP), 1, 255) / IDF_STEP
    inputs = scaled(counts, idf)
    fitted = Fitted(idf)
    for head in HEADS:
        chosen = [at for at, row in enumerate(train) if head in row.heads]
        labels = np.array([train[at].heads[head][0] for at in chosen])
        weights = np.array([train[at].heads[head][1] for at in chosen])
        if head in MOODS:
            weights *= balance([train[at] for at in chosen])
        cost = MOOD_COST if head in MOODS else COST
        machine = LogisticRegression(solver="liblinear", dual=True, C=cost, tol=0.02, max_iter=80, random_state=0)
        those = inputs[chosen]
        telling = tells(those, labels, weights) if head in MOODS else np.ones(features.BUCKETS)
        machine.fit((those @ sp.diags(telling)).tocsr(), labels, sample_weight=weights)
        flat = machine.coef_.ravel() * telling * idf
        scale = float(np.quantile(np.abs(flat[flat != 0]), 0.9995)) / 127
        fitted.tables.append(np.clip(np.round(flat / scale) + 128, 1, 255).astype(np.uint8))
        fitted.scales.append(scale)
        fitted.offsets.append(float(machine.intercept_[0]))
    return fitted


def tells(inputs: sp.csr_matrix, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How far each bucket may weigh: the root of its log-count ratio, after Wang and Manning 2012.

    A bucket that is as common on either side has to be worth more to be given a
    weight. The model stays linear: the scale is folded into the weights.
    """
    there = (inputs > 0).astype(np.float64)
    yes, no = there.T @ (weights * labels) + 1, there.T @ (weights * (1 - labels)) + 1
    ratio = np.abs(np.log((yes / yes.sum()) / (no / no.sum())))
    return np.asarray(np.sqrt(ratio / ratio.mean()) + 0.1)


def balance(chosen: Sequence[Row]) -> np.ndarray:
    """So that the three moods weigh the same: the tweets are mostly neutral, customers are not."""
    weights = np.ones(len(chosen))
    for translated in (False, True):
        those = [at for at, row in enumerate(chosen) if (row.source == "translated") == translated]
        met = Counter(chosen[at].label for at in those)
        for at in those:
            if chosen[at].label in MOODS:
                weights[at] = len(those) / (3 * met[chosen[at].label])
    return weights


def values(fitted: Fitted, counts: sp.csr_matrix) -> np.ndarray:
    """Every head's value for every text, from the bytes."""
    length = np.sqrt(counts @ (fitted.idf * fitted.idf))
    length[length == 0] = 1
    columns = [
        (counts @ ((table.astype(np.float64) - 128) * scale)) / length + offset
        for table, scale, offset in zip(fitted.tables, fitted.scales, fitted.offsets, strict=True)
    ]
    return np.stack(columns, axis=1)


def curves(found: np.ndarray, held: Sequence[Row]) -> tuple[tuple[float, float], ...]:
    """Platt's curves, from texts that were not trained on."""
    pairs = []
    for at, head in enumerate(HEADS):
        chosen = [n for n, row in enumerate(held) if head in row.heads]
        labels = [held[n].heads[head][0] for n in chosen]
        if len(set(labels)) < 2 or head in ("complaint", "thanks"):  # their labels are guesses; see `blend`
            pairs.append((1.0, 0.0))
            continue
        line = LogisticRegression(C=1e6, class_weight="balanced" if head in (*MOODS, "noise") else None)
        line.fit(found[chosen, at : at + 1], labels)
        pairs.append((float(line.coef_[0, 0]), float(line.intercept_[0])))
    # one slope for the three moods and no offsets: fitted to the mass of English tweets they cost other languages more
    slope = sum(pairs[HEADS.index(mood)][0] for mood in MOODS) / len(MOODS)
    for mood in MOODS:
        pairs[HEADS.index(mood)] = (slope, 0.0)
    return tuple(pairs)


def known_words(train: Iterable[Row]) -> bytes:
    """A bit set of the words that stand in two texts or more."""
    met: dict[str, int] = {}
    for row in train:
        if row.source == "translated":  # what a dictionary says is not yet understood
            continue
        for token in set(features.tokens(row.text[:LONGEST])):
            if token[0].isalpha():
                met[token] = met.get(token, 0) + 1
    bits = bytearray(KNOWN_BITS // 8)
    for token, count in met.items():
        if count > 1:
            bit = zlib.crc32(b"known" + token.encode("utf-8", "surrogatepass")) & (KNOWN_BITS - 1)
            bits[bit >> 3] |= 1 << (bit & 7)
    return bytes(bits)


def written(fitted: Fitted, header: Header, known: bytes) -> bytes:
    """The model file; `app/triage/model.py` says how it is laid out."""
    idf = np.round(fitted.idf * IDF_STEP).astype(np.uint8)
    return b"".join((msgspec.json.encode(header), b"\n", *(t.tobytes() for t in fitted.tables), idf.tobytes(), known))


def main() -> None:
    """Train, judge, choose, train again on everything, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "triage" / "model.bin")
    options = parser.parse_args()
    everything = rows(options.texts)
    counts = matrix(row.text for row in everything)
    validate = {name: read(options.texts / "validate", name) for name in ("airline", "complaints", "feed_mixed")}
    judging = {raw["text"] for raw in validate["feed_mixed"]}  # some are rows of the training files: held out, too
    held = np.array([row.held_out or row.text in judging or row.origin in judging for row in everything])
    fitted = fit(counts[~held], [row for row, out in zip(everything, held, strict=True) if not out])
    judged = held & np.array([row.source != "translated" for row in everything])
    third = [row for row, out in zip(everything, judged, strict=True) if out]
    blend = {"complaint": 0.7, "negative": 0.6, "positive": 0.4, "grief": 0.0, "complaint_in_negative": 0.1,
             "noise_from": 0.6, "care_from": 0.2, "plain_care_from": 0.5, "thanks_from": 0.5}  # fmt: skip
    header = Header(
        1, datetime.date.today().isoformat(), tuple(fitted.scales), tuple(fitted.offsets),
        curves(values(fitted, counts[judged]), third), blend,
    )  # fmt: skip
    sets = {name: Judged(raws, values(fitted, matrix(raw["text"] for raw in raws))) for name, raws in validate.items()}
    english = {row.text for row in everything if row.source == "tweeteval_sentiment" and not row.held_out}
    for name in ("tweeteval_sentiment", "umsab"):
        chosen = [row for row in everything if row.source == name and row.held_out and not
                  (name == "umsab" and row.text in english)]  # fmt: skip
        raws = [{"text": row.text, "label": row.label, "lang": row.language} for row in chosen]
        sets[name] = Judged(raws, values(fitted, matrix(row.text for row in chosen)))
    header = choose(sets, header)
    for name, value in report(sets, header).items():
        print(f"{name:<28} {value:.3f}")
    print(header.blend, header.curves)
    whole = fit(counts, everything)
    header = msgspec.structs.replace(header, scales=tuple(whole.scales), offsets=tuple(whole.offsets))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(written(whole, header, known_words(everything)))
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
