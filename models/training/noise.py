"""Fits the line-noise model of models/noise.py on annotated articles; a minute on one core.

    python -m models.training.noise --articles train_*.jsonl --output models/weights/noise-lines

The articles are JSON Lines with `text` and the exact substrings `claims[].quote`, `not_claims[].quote` and `noise`.
A line whose letters mostly lie in `noise` is noise, one that mostly lies in a claim or a not-claim is not; any other is
left out.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression

from models.noise import BUCKETS, LineNoise, gram_features, shape_features

_GRAM_WEIGHT = 3.0


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


def fit(articles: Sequence[LabelledLines], *, strength: float = 4.0) -> LineNoise:
    """A model fitted on the articles. `strength` is the inverse of the ridge penalty (C of scikit-learn)."""
    truth = np.concatenate([np.array(article.labels) for article in articles])
    matrix = sparse.vstack([_features(article.lines) for article in articles]).tocsr()
    fitted = LogisticRegression(C=strength, max_iter=1000).fit(matrix[truth >= 0], truth[truth >= 0])
    grams, shapes = fitted.coef_[0, :BUCKETS] * _GRAM_WEIGHT, fitted.coef_[0, BUCKETS:]
    return LineNoise(np.asarray(grams, dtype=np.float32), np.asarray(shapes, dtype=np.float32), float(fitted.intercept_[0]))


def _features(lines: Sequence[str]) -> sparse.csr_matrix:
    buckets, owner = gram_features(lines)
    counts = np.bincount(owner, minlength=len(lines)).clip(1)
    grams = sparse.csr_matrix(
        (_GRAM_WEIGHT / np.sqrt(counts[owner]), (owner, buckets.astype(int))), shape=(len(lines), BUCKETS)
    )
    return sparse.hstack([grams, sparse.csr_matrix(shape_features(lines))]).tocsr()


def main() -> None:
    """Fits and writes weights.npz."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", nargs="+", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    fit(read_articles(options.articles)).save(options.output)


if __name__ == "__main__":
    main()
