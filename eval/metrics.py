"""Measures of NLI probabilities; arrays have one row per pair, columns in the order of `NLI_LABELS`.

A set asks one of four things (`eval.datasets.Survey.task`): "three" for all three labels; "entailment" or "contradiction"
against the rest, where the probabilities of the other two labels are not added up but the most probable label is collapsed, as
HANS (McCoy et al. 2019) and GLUE do; "two" for supports against refutes with no third answer, where the more probable of the
two counts (Schuster et al. 2019, FEVER-Symmetric).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest  # type: ignore[import-untyped]
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve, roc_auc_score

from models.types import NLI_LABELS, FloatArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
TWO_WAY = {"not_entailment": "entailment", "not_contradiction": "contradiction"}
"""The label of a two-way set that means "anything else" → the one label that it excludes."""
LABELS_OF = {
    "three": NLI_LABELS,
    "two": ("entailment", "contradiction"),
    "entailment": ("entailment", "not_entailment"),
    "contradiction": ("contradiction", "not_contradiction"),
}
"""The labels of a set, by what it asks."""
ENTAILMENT, NEUTRAL, CONTRADICTION = range(3)


def accuracy(gold: Sequence[str], probabilities: FloatArray) -> float:
    """Share of right answers; a two-way set is scored on the label it asks about, as its papers do."""
    predicted = predictions(gold, probabilities)
    return float(np.mean([g == p for g, p in zip(gold, predicted, strict=True)])) if len(gold) else float("nan")


def predictions(gold: Sequence[str], probabilities: FloatArray) -> list[str]:
    """The most probable label of each pair, in the words of the set: "not_entailment" where that is one of its labels."""
    labels = set(gold)
    if unknown := labels - {*NLI_LABELS, *TWO_WAY}:
        raise ValueError(f"unknown labels {sorted(unknown)}: expected {', '.join([*NLI_LABELS, *TWO_WAY])}")
    return answers(next((asked for other, asked in TWO_WAY.items() if other in labels), "three"), probabilities)


def answers(task: str, probabilities: FloatArray) -> list[str]:
    """The answer to each pair in the labels of the task; probabilities are (n, 3)."""
    names = LABELS_OF[task]
    return [names[i] for i in answer_indices(task, probabilities)]


def answer_indices(task: str, probabilities: FloatArray) -> Ints:
    """As `answers`, as places in `LABELS_OF[task]`, (n,)."""
    if probabilities.ndim != 2 or probabilities.shape[1] != len(NLI_LABELS):
        raise ValueError(f"probabilities are (n, {len(NLI_LABELS)}), not {probabilities.shape}")
    if task == "two":
        return np.asarray(probabilities[:, CONTRADICTION] > probabilities[:, ENTAILMENT], np.int64)
    best: Ints = probabilities.argmax(-1).astype(np.int64)
    if task == "three":
        return best
    return np.asarray(best != NLI_LABELS.index(task), np.int64)


def certainty(task: str, probabilities: FloatArray) -> FloatArray:
    """Probability that the model gives its own answer, (n,)."""
    if task == "three":
        largest: FloatArray = probabilities.max(-1)
        return largest
    if task == "two":
        pair = probabilities[:, [ENTAILMENT, CONTRADICTION]]
        return np.asarray(pair.max(-1) / np.maximum(pair.sum(-1), 1e-12), np.float32)
    asked = probabilities[:, NLI_LABELS.index(task)]
    return np.where(answer_indices(task, probabilities) == 0, asked, 1 - asked).astype(np.float32)


def asked(task: str) -> str:
    """The label whose ranking a set is scored on: entailment where that alone is asked about, else contradiction."""
    return "entailment" if task == "entailment" else "contradiction"


def ranking(task: str, probabilities: FloatArray) -> FloatArray:
    """The score by which pairs are ranked for the label that the set asks about, (n,)."""
    p = probabilities[:, NLI_LABELS.index(asked(task))]
    if task != "two":
        return p
    return np.asarray(p / np.maximum(p + probabilities[:, ENTAILMENT], 1e-12), np.float32)


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 over the labels that the gold answers hold."""
    return float(f1_score(gold, predicted, labels=sorted(set(gold)), average="macro", zero_division=0))


def confusion(gold: Ints, predicted: Ints, count: int) -> Ints:
    """How often each gold label (row) got each answer (column), (count, count)."""
    return np.bincount(gold * count + predicted, minlength=count * count).reshape(count, count).astype(np.int64)


def per_class(table: NDArray[np.float64] | Ints) -> dict[str, NDArray[np.float64]]:
    """Precision, recall, F1 and number of gold rows of each class of a confusion table, 0 where nothing stands below the line.

    Takes one table (k, k) or many (…, k, k); the answers have one number a class on the last axis.
    """
    hits = np.diagonal(table, axis1=-2, axis2=-1).astype(float)
    called, gold = table.sum(-2), table.sum(-1)
    precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
    recall = np.divide(hits, gold, out=np.zeros_like(hits), where=gold > 0)
    below = called + gold
    f1 = np.divide(2 * hits, below, out=np.zeros_like(hits), where=below > 0)
    return {"precision": precision, "recall": recall, "f1": f1, "gold": gold.astype(float)}


def macro_f1_of(table: NDArray[np.float64] | Ints) -> NDArray[np.float64]:
    """Mean F1 over the classes that have gold rows, of one confusion table (k, k) or of many (…, k, k)."""
    found = per_class(table)
    there = found["gold"] > 0
    return np.asarray((found["f1"] * there).sum(-1) / np.maximum(there.sum(-1), 1))


def accuracy_of(table: NDArray[np.float64] | Ints) -> NDArray[np.float64]:
    """Share of right answers of one confusion table (k, k) or of many (…, k, k)."""
    return np.asarray(np.trace(table, axis1=-2, axis2=-1) / np.maximum(table.sum((-2, -1)), 1))


def table_intervals(table: Ints, *, rounds: int = 2000, seed: int = 1) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of accuracy and macro-F1.

    Drawing rows with replacement and counting them is a multinomial draw of the table's cells, so no row need be kept.
    """
    total = int(table.sum())
    drawn = np.random.default_rng(seed).multinomial(total, (table / total).ravel(), rounds).reshape(rounds, *table.shape)
    out = {}
    for name, values in (("accuracy", accuracy_of(drawn)), ("macro_f1", macro_f1_of(drawn))):
        low, high = np.percentile(values, [2.5, 97.5])
        out[name] = (float(low), float(high))
    return out


def average_precision(positive: Bools, probability: FloatArray) -> float:
    """Area under the precision-recall curve by steps; NaN where nothing is positive."""
    return float(average_precision_score(positive, probability)) if positive.any() else float("nan")


def auc(positive: Bools, probability: FloatArray) -> float:
    """Chance that a positive row is ranked over a negative one (area under the ROC curve); NaN for a single-class set."""
    return float(roc_auc_score(positive, probability)) if positive.any() and not positive.all() else float("nan")


def calibration_error(right: Bools, confidence: FloatArray, *, bins: int = 15) -> float:
    """Expected calibration error: the gap between confidence and accuracy over equal bins (Guo et al. 2017)."""
    parts = reliability(right, confidence, bins=bins)
    return float(sum(n * abs(hit - sure) for n, sure, hit in parts) / max(1, len(right)))


def reliability(right: Bools, confidence: FloatArray, *, bins: int = 15) -> list[tuple[int, float, float]]:
    """(rows, mean confidence, share right) of each equal bin of confidence that has rows, from the lowest."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (int((place == k).sum()), float(confidence[place == k].mean()), float(right[place == k].mean()))
        for k in np.unique(place)
    ]


def confidence(gold: Sequence[str], probabilities: FloatArray) -> FloatArray:
    """Probability of each predicted label; for a two-way set that of the label asked about, or of all others together."""
    return certainty(next((TWO_WAY[other] for other in TWO_WAY if other in set(gold)), "three"), probabilities)


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
    return percentiles(values)


def cluster_interval(
    measure: Callable[[NDArray[np.int64]], float], clusters: Sequence[object], *, rounds: int = 200, seed: int = 1
) -> tuple[float, float]:
    """As `interval`, drawing whole clusters (topics, articles), whose rows depend on one another."""
    names = {name: k for k, name in enumerate(dict.fromkeys(clusters))}
    of = np.array([names[c] for c in clusters])
    members = [np.flatnonzero(of == k) for k in range(len(names))]
    rng = np.random.default_rng(seed)
    values = [measure(np.concatenate([members[k] for k in rng.integers(0, len(names), len(names))])) for _ in range(rounds)]
    return percentiles(values)


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of values, NaN left out; NaN twice where nothing is left."""
    kept = np.array([v for v in values if not np.isnan(v)])
    if not len(kept):
        return float("nan"), float("nan")
    low, high = np.percentile(kept, [2.5, 97.5])
    return float(low), float(high)


def share_interval(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson's score, which holds near 0 and 1 too; NaN twice where there are no rows."""
    if not count:
        return float("nan"), float("nan")
    found = binomtest(hits, count).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def mcnemar(first: Bools, second: Bools) -> dict[str, int | float]:
    """Whether two models differ on the same rows: rows that only one has right, and the exact two-sided p (McNemar 1947)."""
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    decided = only_first + only_second
    p = float(binomtest(only_first, decided).pvalue) if decided else 1.0
    return {"only_first": only_first, "only_second": only_second, "p": p}
