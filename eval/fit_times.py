"""Fits the weights that date claims, on annotated articles: `python -m eval.fit_times FILE… [--folds N] [--write]`.

A log-linear model over the candidates of each claim (service/extract/moments.py), trained by L-BFGS with an L2 penalty so that
the candidates that agree with the gold date, at its precision, share the probability. `--folds` cross-validates by article;
`--write` fits on all files and replaces service/extract/lexicons/as_of.json. About two minutes on one core.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.extract import moments, times
from service.extract.moments import NONE, Before, Candidates

PENALTY = 5.0
"""L2 strength; from four-fold cross-validation over 1, 2, 3, 5 and 6."""
UNDATED_WEIGHT = 0.5
"""Of a claim whose gold date is null against one that has a date: annotators leave a date out more freely than they set it."""
MIN_COUNT, MIN_WORD_COUNT = 4, 12
SMALLEST = 0.02


@dataclass(frozen=True, slots=True)
class Row:
    """One claim: its candidates with the gold date of the claim before it, and its own gold date."""

    candidates: Candidates
    gold: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """The candidates as feature indices, which of them are right, and the row's weight."""

    features: list[NDArray[np.int64]]
    right: NDArray[np.bool_]
    weight: float


def read(path: Path) -> list[dict[str, Any]]:
    """The articles of a file, their claims in the order of the text."""
    articles = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for article in articles:
        article["claims"].sort(key=lambda claim: article["text"].find(claim["quote"]))
    return articles


def rows(article: dict[str, Any]) -> list[Row]:
    """The claims of an article as rows to learn from."""
    text = article["text"]
    page = moments.Article(text, lang=article["lang"], published=date.fromisoformat(article["published_at"][:10]))
    before, found = Before(), []
    for claim in article["claims"]:
        start = text.find(claim["quote"])
        span = start, start + len(claim["quote"])
        candidates, here = page.candidates(span, modality=claim["modality"], before=before)
        found.append(Row(candidates, claim["as_of"]))
        before = replace(here, iso=claim["as_of"] or before.iso)
    return found


def problem(row: Row, index: dict[str, int]) -> Problem | None:
    """The row in numbers, or None where no candidate is right."""
    names = list(row.candidates)
    right = np.array([name == NONE if row.gold is None else name != NONE and name.startswith(row.gold) for name in names])
    if not right.any():
        return None
    features = [np.array([index[f] for f in row.candidates[name] if f in index], dtype=np.int64) for name in names]
    return Problem(features, right, UNDATED_WEIGHT if row.gold is None else 1.0)


def fit(articles: Sequence[Sequence[Row]]) -> dict[str, float]:
    """The weight of each feature, small ones left out."""
    from scipy.optimize import minimize  # type: ignore[import-untyped, unused-ignore]

    counts = Counter(f for article in articles for row in article for features in row.candidates.values() for f in features)
    kept = [f for f, n in sorted(counts.items()) if n >= (MIN_WORD_COUNT if "|w=" in f else MIN_COUNT)]
    index = {name: i for i, name in enumerate(kept)}
    problems = [p for article in articles for row in article if (p := problem(row, index))]

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, gradient = 0.0, np.zeros_like(vector)
        for p in problems:
            values = np.array([vector[f].sum() for f in p.features])
            model = np.exp(values - values.max())
            model /= model.sum()
            share = model * p.right
            total -= p.weight * float(np.log(share.sum() + 1e-12))
            for step, f in zip(p.weight * (model - share / share.sum()), p.features, strict=True):
                np.add.at(gradient, f, step)
        return total + 0.5 * PENALTY * float(vector @ vector), gradient + PENALTY * vector

    result = minimize(loss, np.zeros(len(kept)), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return {name: round(float(result.x[i]), 3) for name, i in index.items() if abs(result.x[i]) >= SMALLEST}


def accuracy(articles: Sequence[dict[str, Any]], table: dict[str, float]) -> tuple[int, int]:
    """(right, all) of the claims that have a gold date, each claim seeing the date found for the one before."""
    right = total = 0
    for article in articles:
        text, before = article["text"], Before()
        page = moments.Article(text, lang=article["lang"], published=date.fromisoformat(article["published_at"][:10]))
        for claim in article["claims"]:
            start = text.find(claim["quote"])
            span = start, start + len(claim["quote"])
            candidates, here = page.candidates(span, modality=claim["modality"], before=before)
            best, silent = times.choose(candidates, table)
            before = replace(here, iso=best)
            if claim["as_of"]:
                total += 1
                right += bool(best and silent <= times.threshold(claim["modality"]) and best.startswith(claim["as_of"]))
    return right, total


def main(argv: list[str] | None = None) -> int:
    """Prints the cross-validated accuracy, and writes the weights where asked; 0."""
    parser = argparse.ArgumentParser(prog="python -m eval.fit_times")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(argv)
    articles = [article for path in options.files for article in read(path)]
    table = [rows(article) for article in articles]
    order = np.random.default_rng(1).permutation(len(articles))
    sums = np.zeros(2)
    for fold in range(options.folds):
        held = set(order[fold :: options.folds].tolist())
        weights = fit([r for i, r in enumerate(table) if i not in held])
        sums += accuracy([articles[i] for i in sorted(held)], weights)
    if options.folds:
        sys.stdout.write(f"as_of right in {options.folds}-fold cross-validation: {sums[0] / sums[1]:.3f} of {sums[1]:.0f}\n")
    if options.write:
        weights = fit(table)
        times.WEIGHTS.write_text(json.dumps(weights, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        sys.stdout.write(f"{len(weights)} weights written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
