"""The final probability: a multinomial logistic regression over the features of a link.

Its coefficients are data (service/decision.json), fitted by `python -m eval decision` on pairs that no model was trained on;
the file says which. A raw softmax of the judge never reaches a user.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.features import FEATURES

OUTCOMES = ("none", "conflict", "update")
"""What a link can come to: nothing to show, a contradiction or dispute, an update."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """A fitted decision."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    """(3, n_features), rows in the order of `OUTCOMES`."""
    bias: NDArray[np.float64]
    suggested: float
    """Probability from which a link is shown."""
    sure: float
    """Probability from which it is marked as sure."""

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(outcome) of each row, (n, 3); rows are (n, len(FEATURES)). A row with NaN comes to "none" for certain."""
        broken = ~np.isfinite(rows).all(axis=1)
        logits = ((np.nan_to_num(rows) - self.mean) / self.scale) @ self.weights.T + self.bias
        logits -= logits.max(axis=1, keepdims=True)
        p: NDArray[np.float64] = np.exp(logits)
        p /= p.sum(axis=1, keepdims=True)
        p[broken] = (1.0, 0.0, 0.0)
        return p


@cache
def bundled() -> Decision:
    """The decision that ships with the product."""
    return load(Path(__file__).with_name("decision.json"))


def load(path: Path) -> Decision:
    """A decision from its JSON file; ValueError where it was fitted for other features."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    if tuple(raw["features"]) != FEATURES:
        raise ValueError(f"{path.name} was fitted for other features; fit it again with `python -m eval decision`")
    arrays = {k: np.array(raw[k], dtype=np.float64) for k in ("mean", "scale", "weights", "bias")}
    return Decision(**arrays, suggested=raw["suggested"], sure=raw["sure"])
