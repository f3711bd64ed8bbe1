"""The figures of a model's answers to one set: overall, by class, by category and by language, and its worst errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval import metrics
from eval.datasets import Survey
from eval.metrics import CONTRADICTION, LABELS_OF, Bools, Ints
from models.types import FloatArray

RANK_ROUNDS = 200
"""Draws for intervals of measures of ranking, each of which sorts the set anew."""


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known of the rows that were asked: no texts, so that a large set stays small."""

    survey: Survey
    labels: Ints
    """Places in the labels of the set's task, (n,)."""
    lines: Ints
    langs: tuple[str, ...]
    categories: tuple[str, ...]
    ids: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The labels of the set."""
        return LABELS_OF[self.survey.task]


def right(gold: Gold, probabilities: FloatArray) -> Bools:
    """Which answers are right, (n,)."""
    return np.asarray(metrics.answer_indices(gold.survey.task, probabilities) == gold.labels)


def figures(gold: Gold, probabilities: FloatArray, *, rounds: int = 2000, worst: int = 20) -> dict[str, Any]:
    """Everything that is measured on one set; NaN where a measure is not defined, such as AUC on a single-class set."""
    task, names = gold.survey.task, gold.names
    predicted = metrics.answer_indices(task, probabilities)
    table = metrics.confusion(gold.labels, predicted, len(names))
    sure, hits = metrics.certainty(task, probabilities), predicted == gold.labels
    positive, score = gold.labels == names.index(metrics.asked(task)), metrics.ranking(task, probabilities)
    intervals = metrics.table_intervals(table, rounds=rounds)

    def auc(rows: Ints) -> float:
        return metrics.auc(positive[rows], score[rows])

    return {
        "task": task,
        "rows": len(gold.labels),
        "accuracy": float(metrics.accuracy_of(table)),
        "accuracy_interval": intervals["accuracy"],
        "macro_f1": float(metrics.macro_f1_of(table)),
        "macro_f1_interval": intervals["macro_f1"],
        "best_constant": float(table.sum(1).max() / table.sum()),
        "asked": metrics.asked(task),
        "auc": metrics.auc(positive, score),
        "auc_interval": metrics.interval(auc, len(score), rounds=min(rounds, RANK_ROUNDS)),
        "average_precision": metrics.average_precision(positive, score),
        "calibration_error": metrics.calibration_error(hits, sure),
        "per_class": _per_class(table, names),
        "confusion": {names[i]: {names[j]: int(table[i, j]) for j in range(len(names))} for i in range(len(names))},
        "reliability": metrics.reliability(hits, sure),
        "languages": _parts(gold, predicted, gold.langs),
        "categories": _parts(gold, predicted, gold.categories, by_label=True),
        "worst": _worst(gold, positive, score, worst),
    }


def _per_class(table: Ints, names: Sequence[str]) -> dict[str, dict[str, float]]:
    found = metrics.per_class(table)
    return {name: {key: float(values[k]) for key, values in found.items()} for k, name in enumerate(names)}


def _parts(gold: Gold, predicted: Ints, keys: tuple[str, ...], *, by_label: bool = False) -> dict[str, dict[str, float]]:
    """Rows, accuracy with its interval and macro-F1 of each part of a set; of HANS also each label of each heuristic."""
    out: dict[str, dict[str, float]] = {}
    values = np.array(keys)
    for key in sorted(set(keys) - {""}):
        chosen = values == key
        out[key] = _part(gold.labels[chosen], predicted[chosen], len(gold.names))
        if by_label and gold.survey.task != "three":
            for k, name in enumerate(gold.names):
                rows = chosen & (gold.labels == k)
                if rows.any():
                    out[f"{key}/{name}"] = _part(gold.labels[rows], predicted[rows], len(gold.names))
    return out


def _part(labels: Ints, predicted: Ints, count: int) -> dict[str, float]:
    hits = int((labels == predicted).sum())
    low, high = metrics.share_interval(hits, len(labels))
    f1 = float(metrics.macro_f1_of(metrics.confusion(labels, predicted, count)))
    return {"rows": float(len(labels)), "accuracy": hits / len(labels), "low": low, "high": high, "macro_f1": f1}


def _worst(gold: Gold, positive: Bools, score: FloatArray, count: int) -> dict[str, list[dict[str, Any]]]:
    """The false alarms that the model is surest of, and the misses that it is surest of, for the label that is asked about."""
    alarms = np.flatnonzero(~positive)
    alarms = alarms[np.argsort(-score[alarms], kind="stable")][:count]
    misses = np.flatnonzero(positive)
    misses = misses[np.argsort(score[misses], kind="stable")][:count]

    def rows(chosen: Ints) -> list[dict[str, Any]]:
        return [
            {"line": int(gold.lines[i]), "id": gold.ids[i], "label": gold.names[gold.labels[i]], "probability": float(score[i])}
            for i in chosen
        ]

    return {"false_alarms": rows(alarms[score[alarms] >= 0.5]), "misses": rows(misses[score[misses] < 0.5])}


def symmetry(probabilities: FloatArray, swapped: FloatArray) -> dict[str, float]:
    """Whether contradiction is called whichever side is the premise.

    `order_agreement` is the share of pairs called contradiction one way round that are called so the other way round too;
    `order_difference` the mean difference of its probability.
    """
    one, other = (p.argmax(-1) == CONTRADICTION for p in (probabilities, swapped))
    either = int((one | other).sum())
    difference = np.abs(probabilities[:, CONTRADICTION] - swapped[:, CONTRADICTION])
    return {
        "order_agreement": float((one & other).sum() / either) if either else float("nan"),
        "order_difference": float(difference.mean()) if len(difference) else float("nan"),
    }


def compare(names: Sequence[str], hits: Sequence[Bools]) -> list[dict[str, Any]]:
    """McNemar's test of each two models on the same rows."""
    out = []
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            gap = float(hits[i].mean() - hits[j].mean())
            out.append({"first": names[i], "second": names[j], "gap": gap, **metrics.mcnemar(hits[i], hits[j])})
    return out


def holm(comparisons: list[dict[str, Any]]) -> None:
    """Adds `p_holm` to each: p corrected for all comparisons of the run (Holm 1979)."""
    order = sorted(range(len(comparisons)), key=lambda k: comparisons[k]["p"])
    largest = 0.0
    for rank, k in enumerate(order):
        largest = max(largest, min(1.0, comparisons[k]["p"] * (len(order) - rank)))
        comparisons[k]["p_holm"] = largest
