"""Fits the line-noise model of models/noise.py on annotated articles; a minute on one core.

    python -m models.training.noise --articles train_*.jsonl --output models/weights/noise-lines

The articles are JSON Lines with `text` and the exact substrings `claims[].quote`, `not_claims[].quote` and `noise`.
A line whose letters mostly lie in `noise` is noise, one that mostly lies in a claim or a not-claim is not, any other is left out.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from models.noise import BUCKETS, LineNoise, context_features, gram_features, shape_features
from models.types import FloatArray

_GRAM_WEIGHT = 3.0
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class LabelledLines:
    """The lines of one article: 1 noise, 0 not, -1 unknown."""

    lines: tuple[str, ...]
    labels: tuple[int, ...]


def read_articles(paths: Iterable[Path]) -> list[LabelledLines]:
    """Every article of the JSON Lines files, as lines with labels."""
    return [label_lines(json.loads(line)) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def label_lines(article: dict[str, list[dict[str, str]] | list[str] | str]) -> LabelledLines:
    """The lines of one annotated article that are not blank, each with its label."""
    text = str(article["text"])
    marks = ["?"] * len(text)
    for key, mark in (("noise", "N"), ("not_claims", "P"), ("claims", "P")):
        for item in article[key]:
            quote = item["quote"] if isinstance(item, dict) else item
            at = text.find(quote)
            marks[at : at + len(quote)] = mark * len(quote)
    lines, labels, start = [], [], 0
    for raw in text.split("\n"):
        counts = Counter(marks[start + k] for k, character in enumerate(raw) if not character.isspace())
        start += len(raw) + 1
        if raw.strip():
            lines.append(raw.strip())
            known = counts["N"] + counts["P"]
            labels.append(-1 if not known else int(counts["N"] > counts["P"] and counts["N"] >= counts["?"]))
    return LabelledLines(tuple(lines), tuple(labels))


def fit(articles: Sequence[LabelledLines], *, strength: float = 4.0, seed: int = 0) -> LineNoise:
    """A model fitted on the articles. `strength` is the inverse of the ridge penalty (C of scikit-learn)."""
    features = [_features(article.lines) for article in articles]
    labels = [np.array(article.labels) for article in articles]
    fold = np.random.default_rng(seed).permutation(len(articles)) % _FOLDS
    held_out: list[FloatArray] = [np.zeros(0, dtype=np.float32)] * len(articles)
    for k in range(_FOLDS):
        first = _fit_lines([f for f, j in zip(features, fold, strict=True) if j != k], _but(labels, fold, k), strength)
        for at in np.flatnonzero(fold == k):
            held_out[at] = np.asarray(first.decision_function(features[at]), dtype=np.float32)
    # The second stage must see first-stage answers as they are on unseen articles, or it would trust them too far.
    second = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000)
    stacked, truth = np.vstack([context_features(logits) for logits in held_out]), np.concatenate(labels)
    second.fit(stacked[truth >= 0], truth[truth >= 0])
    final = _fit_lines(features, labels, strength)
    grams, shapes = final.coef_[0, :BUCKETS] * _GRAM_WEIGHT, final.coef_[0, BUCKETS:]
    return LineNoise(
        np.asarray(grams, dtype=np.float32),
        np.asarray(shapes, dtype=np.float32),
        float(final.intercept_[0]),
        np.asarray(second.coef_[0], dtype=np.float32),
    )


def _but(labels: Sequence[NDArray[np.int_]], fold: NDArray[np.int_], held_out: int) -> list[NDArray[np.int_]]:
    return [label for label, k in zip(labels, fold, strict=True) if k != held_out]


def _features(lines: Sequence[str]) -> sparse.csr_matrix:
    buckets, owner = gram_features(lines)
    counts = np.bincount(owner, minlength=len(lines)).clip(1)
    grams = sparse.csr_matrix(
        (_GRAM_WEIGHT / np.sqrt(counts[owner]), (owner, buckets.astype(int))), shape=(len(lines), BUCKETS)
    )
    return sparse.hstack([grams, sparse.csr_matrix(shape_features(lines))]).tocsr()


def _fit_lines(
    features: Sequence[sparse.csr_matrix], labels: Sequence[NDArray[np.int_]], strength: float
) -> LogisticRegression:
    truth = np.concatenate(labels)
    matrix = sparse.vstack(features).tocsr()
    return LogisticRegression(C=strength, max_iter=1000).fit(matrix[truth >= 0], truth[truth >= 0])


def main() -> None:
    """Fits and writes weights.npz."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", nargs="+", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    fit(read_articles(options.articles)).save(options.output)


if __name__ == "__main__":
    main()
