"""The points of the curves in the report, few enough to be drawn and kept as JSON."""

from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_curve

from eval.metrics import Bools
from models.types import FloatArray

POINTS = 200
COST_RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""How many false alarms a missed contradiction is worth to the editor, from seldom to often."""


def precision_recall(positive: Bools, probability: FloatArray) -> list[tuple[float, float, float]]:
    """(recall, precision, threshold) along the curve, from the highest threshold down, at most `POINTS` of them."""
    if not positive.any():
        return []
    precision, recall, thresholds = precision_recall_curve(positive, probability)
    order = np.arange(len(thresholds))[::-1]
    kept = order[np.unique(np.linspace(0, len(order) - 1, min(POINTS, len(order))).astype(int))]
    return [(float(recall[k]), float(precision[k]), float(thresholds[k])) for k in kept]


def costs(positive: Bools, probability: FloatArray) -> list[dict[str, Any]]:
    """For each worth of a miss in false alarms: the threshold that costs least, and its cost.

    The cost is false alarms plus the worth of all misses, as a share of what the better of "show nothing" and "show everything"
    costs: under 1 the model is of use at all (Drummond and Holte 2006, cost curves).
    """
    total, others = int(positive.sum()), int((~positive).sum())
    if not total or not others:
        return []
    order = np.argsort(-probability, kind="stable")
    score = probability[order]
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True))  # pairs of one probability are shown together
    hits = np.concatenate([[0], np.cumsum(positive[order])[ends]])
    alarms = np.concatenate([[0], np.cumsum(~positive[order])[ends]])
    thresholds = np.concatenate([[1.0 + 1e-6], score[ends]])
    out = []
    for worth in COST_RATIOS:
        cost = alarms + worth * (total - hits)
        best = int(cost.argmin())
        base = min(worth * total, others)
        out.append({"worth": worth, "threshold": float(thresholds[best]), "cost": float(cost[best] / base)})
    return out
