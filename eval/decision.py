"""`python -m eval decision`: fits the final probability on links that no model was trained on, and says how well it holds.

The links are those that the pipeline judges among the story clusters of the training data, the product's own distribution:
claims as extracted, metadata as found. The thresholds come from a cross-validation by story there; the figures printed last are
of the story clusters in eval/data, of which neither the fit nor the thresholds saw anything.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.ledgers import Filled, filled, load_stories, side_rows, story_submissions
from eval.stories import Story
from service import features
from service.decision import OUTCOMES
from service.features import FEATURES, Scored
from service.judge import harmless
from service.records import Judgement

DATA = Path(__file__).parent / "data/stories"
TRAINING = Path(__file__).parents[1] / "models/training/data/stories"
STRENGTH = 0.1
"""C of the logistic regression, by the average precision of the cross-validation."""
PRECISION_SUGGESTED, PRECISION_SURE = 0.60, 0.80
"""Precisions for which the two thresholds are chosen."""
FOLDS = 7


@dataclass(slots=True)
class Pairs:
    """Labelled feature rows."""

    rows: NDArray[np.float64]
    labels: NDArray[np.int64]
    groups: list[str]
    """The story of each row."""
    gold: int
    """How many gold pairs there are, found by the linker or not."""


def story_pairs(run: Filled, stories: Sequence[dict[str, Any]]) -> Pairs:
    """Every link that was judged, with what the gold of its story says of it."""
    known = {raw["id"]: Story(raw) for raw in stories}
    rows, labels, groups = [], [], []
    for item in run.scored:
        a, b = (side.external_id.split("/")[0] for side in (item.link.a, item.link.b))
        label = known[a].label(side_rows(_bare(item))) if a == b else "none"
        rows.append(features.row(item))
        labels.append(OUTCOMES.index(label))
        groups.append(a)
    gold = sum(len(raw["contradictions"]) for raw in stories)
    return Pairs(np.stack(rows), np.array(labels), groups, gold)


def _bare(item: Scored) -> Judgement:
    return Judgement(item.link, harmless(item), None, 0.0, item.forward, item.backward, "", "")


def fit(pairs: Pairs, *, strength: float = STRENGTH) -> tuple[Any, Any]:
    """The fitted scaler and regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(pairs.rows)
    return scaler, LogisticRegression(C=strength, max_iter=2000).fit(scaler.transform(pairs.rows), pairs.labels)


def cross_validate(pairs: Pairs, *, strength: float = STRENGTH) -> NDArray[np.float64]:
    """P(outcome) of each pair by a fit that saw no pair of its story, (n, 3)."""
    out = np.zeros((len(pairs.rows), len(OUTCOMES)))
    names, owner = sorted(set(pairs.groups)), np.array(pairs.groups)
    for fold in range(FOLDS):
        held = np.isin(owner, names[fold::FOLDS])
        scaler, model = fit(Pairs(pairs.rows[~held], pairs.labels[~held], [], 0), strength=strength)
        out[held] = model.predict_proba(scaler.transform(pairs.rows[held]))
    return out


def thresholds(p: NDArray[np.float64], labels: NDArray[np.int64], gold: int) -> tuple[list[dict[str, float]], float, float]:
    """The precision-recall table of P(shown), and the lowest thresholds that keep the two stated precisions."""
    shown, right = p[:, 1] + p[:, 2], labels > 0
    table = []
    for threshold in np.arange(0.04, 0.96, 0.02):
        taken = shown >= threshold
        found = int((right & taken).sum())
        precision = found / max(1, int(taken.sum()))
        table.append(
            {"threshold": float(threshold), "flagged": int(taken.sum()), "precision": precision, "recall": found / gold}
        )

    def lowest(floor: float) -> float:
        good = [row["threshold"] for row in table if row["precision"] >= floor and row["flagged"] >= 10]
        return min(good) if good else max(row["threshold"] for row in table if row["flagged"] >= 10)

    return table, lowest(PRECISION_SUGGESTED), lowest(PRECISION_SURE)


def calibration_error(p: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error of a probability in equal-width bins (Guo et al. 2017)."""
    total = 0.0
    for k in range(bins):
        inside = (p >= k / bins) & ((p < (k + 1) / bins) | (k == bins - 1))
        if inside.any():
            total += inside.mean() * abs(p[inside].mean() - right[inside].mean())
    return float(total)


def summary(p: NDArray[np.float64], pairs: Pairs, suggested: float) -> str:
    """One line on a set of pairs: average precision, precision and recall from the threshold on, relation, calibration."""
    from sklearn.metrics import average_precision_score

    shown, right = p[:, 1] + p[:, 2], pairs.labels > 0
    taken = shown >= suggested
    kept = taken & right
    relation = (p[kept, 2] > p[kept, 1]) == (pairs.labels[kept] == OUTCOMES.index("update"))
    told = f"{relation.mean():.3f}" if kept.any() else "unknown"
    return (
        f"{len(right)} links judged, {int(right.sum())} of them right, {pairs.gold} gold pairs; average precision "
        f"{average_precision_score(right, shown):.3f}; from {suggested:.2f} on {int(taken.sum())} flagged, precision "
        f"{kept.sum() / max(1, taken.sum()):.3f}, links/gold {kept.sum() / pairs.gold:.3f}; update told from conflict {told}; "
        f"expected calibration error {calibration_error(shown, right):.4f}"
    )


def main(argv: Sequence[str]) -> int:
    """Fit, cross-validate, and write service/decision.json on request."""
    parser = argparse.ArgumentParser(prog="python -m eval decision", description=__doc__)
    parser.add_argument("--training", type=Path, default=TRAINING)
    parser.add_argument("--stories", type=Path, default=DATA)
    parser.add_argument("--cache", type=Path, help="keep the feature rows in this folder, and use them if they are there")
    parser.add_argument("--out", type=Path, help="write the decision to this file")
    options = parser.parse_args(argv)
    training = load(options.training, options.cache)
    p = cross_validate(training)
    table, suggested, sure = thresholds(p, training.labels, training.gold)
    for r in table:
        print(  # noqa: T201
            f"{r['threshold']:.2f}  flagged {r['flagged']:5}  precision {r['precision']:.3f}  links/gold {r['recall']:.3f}"
        )
    scaler, model = fit(training)
    validated = f"cross-validated on the training stories: {summary(p, training, suggested)}"
    print(f"suggested from {suggested:.2f}, sure from {sure:.2f}\n{validated}")  # noqa: T201
    if options.out:
        _write(options.out, scaler, model, suggested, sure, [validated])
    fresh = load(options.stories, options.cache)
    found = model.predict_proba(scaler.transform(fresh.rows))
    print(f"on the stories of {options.stories.name}, not fitted on: {summary(found, fresh, suggested)}")  # noqa: T201
    return 0


def load(folder: Path, cache: Path | None = None) -> Pairs:
    """The links judged among the stories of a folder, from the cache where they are there."""
    kept = cache / f"{'-'.join(folder.resolve().parts[-3:])}.npz" if cache else None
    if kept and kept.exists():
        raw = np.load(kept, allow_pickle=False)
        return Pairs(raw["rows"], raw["labels"], raw["groups"].tolist(), int(raw["gold"]))
    stories = load_stories(folder)
    with filled(s for raw in stories for s in story_submissions(raw)) as run:
        pairs = story_pairs(run, stories)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(kept, rows=pairs.rows, labels=pairs.labels, groups=np.array(pairs.groups), gold=pairs.gold)
    return pairs


def _write(path: Path, scaler: Any, model: Any, suggested: float, sure: float, notes: list[str]) -> None:  # noqa: ANN401
    raw = {
        "about": "Fitted by `python -m eval decision` on the story clusters of models/training/data.",
        "notes": notes,
        "features": list(FEATURES),
        "mean": scaler.mean_.tolist(),
        "scale": scaler.scale_.tolist(),
        "weights": model.coef_.tolist(),
        "bias": model.intercept_.tolist(),
        "suggested": suggested,
        "sure": sure,
    }
    path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
