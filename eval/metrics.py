"""Measures of NLI probabilities; arrays have one row per pair, columns in the order of `NLI_LABELS`."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from models.types import NLI_LABELS, FloatArray

Bools = NDArray[np.bool_]
TWO_WAY = {"not_entailment": "entailment", "not_contradiction": "contradiction"}
"""The label of a two-way set that means "anything else" → the one label that it excludes."""


def accuracy(gold: Sequence[str], probabilities: FloatArray) -> float:
    """Share of right answers; a two-way set is scored on the label it asks about, as its papers do."""
    predicted = predictions(gold, probabilities)
    return float(np.mean([g == p for g, p in zip(gold, predicted, strict=True)])) if len(gold) else float("nan")


def predictions(gold: Sequence[str], probabilities: FloatArray) -> list[str]:
    """The most probable label of each pair, in the words of the set: "not_entailment" where that is one of its labels."""
    labels = set(gold)
    if unknown := labels - {*NLI_LABELS, *TWO_WAY}:
        raise ValueError(f"unknown labels {sorted(unknown)}: expected {', '.join([*NLI_LABELS, *TWO_WAY])}")
    names = [NLI_LABELS[i] for i in probabilities.argmax(-1)]
    for other, asked in TWO_WAY.items():
        if other in labels:
            return [name if name == asked else other for name in names]
    return names


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 over the labels that the gold answers hold."""
    return float(f1_score(gold, predicted, labels=sorted(set(gold)), average="macro", zero_division=0))


def average_precision(positive: Bools, probability: FloatArray) -> float:
    """Area under the precision-recall curve by steps; NaN where nothing is positive."""
    return float(average_precision_score(positive, probability)) if positive.any() else float("nan")


def calibration_error(right: Bools, confidence: FloatArray, *, bins: int = 15) -> float:
    """Expected calibration error: the gap between confidence and accuracy over equal bins (Guo et al. 2017)."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(right[place == k].mean() - confidence[place == k].mean()) * (place == k).mean() for k in np.unique(place)]
    return float(np.sum(gaps))


def confidence(gold: Sequence[str], probabilities: FloatArray) -> FloatArray:
    """Probability of each predicted label; for a two-way set that of the label asked about, or of all others together."""
    asked = next((TWO_WAY[other] for other in TWO_WAY if other in set(gold)), None)
    if asked is None:
        largest: FloatArray = probabilities.max(-1)
        return largest
    p = probabilities[:, NLI_LABELS.index(asked)]
    chosen = probabilities.argmax(-1) == NLI_LABELS.index(asked)
    return np.where(chosen, p, 1 - p)


def best_threshold(positive: Bools, probability: FloatArray) -> float:
    """The threshold with the best F1 for "at least this probable"."""
    precision, recall, thresholds = precision_recall_curve(positive, probability)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return float(thresholds[f1[:-1].argmax()])


def f1_at(threshold: float, positive: Bools, probability: FloatArray) -> dict[str, float]:
    """Precision, recall and F1 of "at least this probable"."""
    called = probability >= threshold
    hits = float((called & positive).sum())
    precision = hits / called.sum() if called.any() else 0.0
    recall = hits / positive.sum() if positive.any() else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return {"precision": float(precision), "recall": float(recall), "f1": float(f1)}


def interval(
    measure: Callable[[NDArray[np.int64]], float], count: int, *, rounds: int = 200, seed: int = 1
) -> tuple[float, float]:
    """The 95 % interval of a measure by the bootstrap; `measure` takes the indices of the rows drawn."""
    rng = np.random.default_rng(seed)
    values = [measure(rng.integers(0, count, count)) for _ in range(rounds)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
