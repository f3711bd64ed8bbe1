"""`python -m eval decision`: fits the final probability on pairs that no model was trained on, and says how well it holds.

Two kinds of pairs: every link that the pipeline judged among the story clusters (the product's own distribution, claims as
extracted), and every pair of claims of the dev groups (gold claims, many more conflicts). A column that tells the two apart
takes up the difference in base rate and is dropped afterwards. The figures printed are of a cross-validation by story.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.ledgers import Filled, filled, load_stories, side_rows, story_submissions
from eval.stories import Story
from service import features
from service.decision import OUTCOMES
from service.extract import quantities
from service.features import FEATURES, Scored
from service.judge import Judge, harmless
from service.link import anchors_of, ordered_link
from service.records import Attribution, Claim, ClaimContext, Judgement, Link

DATA = Path(__file__).parent / "data"
STRENGTH, GROUP_WEIGHT = 0.1, 0.2
"""C of the logistic regression, and the weight of a pair of the claim groups against one of the stories; chosen by the average
precision of the cross-validation (0.22 with equal weights, 0.29 with these, ten stories)."""
PRECISION_SUGGESTED, PRECISION_SURE = 0.60, 0.80
"""Precisions for which the two thresholds are chosen."""


@dataclass(slots=True)
class Pairs:
    """Labelled feature rows."""

    rows: NDArray[np.float64]
    labels: NDArray[np.int64]
    groups: list[str]
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


def group_pairs(judge: Judge, embed: Any, path: Path) -> Pairs:  # noqa: ANN401
    """Every pair of claims of the claim groups, with gold metadata."""
    links: list[Link] = []
    labels: list[int] = []
    groups: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        topic = json.loads(line)
        for link, relation in topic_links(topic, embed):
            links.append(link)
            conflict = relation in ("contradiction", "dispute")
            labels.append(OUTCOMES.index("conflict" if conflict else "update" if relation == "update" else "none"))
            groups.append(topic["topic"])
    rows = np.stack([features.row(item) for item in judge.score(links)])
    return Pairs(rows, np.array(labels), groups, sum(x > 0 for x in labels))


def topic_links(topic: dict[str, Any], embed: Any) -> Iterator[tuple[Link, str]]:  # noqa: ANN401
    """Each pair of claims of a topic as a link, with its gold relation."""
    relations = {(i, j): relation for i, j, _, _, relation, _ in topic["pairs"]}
    vectors = embed([c["text"] for c in topic["claims"]])
    contexts = [_context(c, f"{topic['topic']}/{i}") for i, c in enumerate(topic["claims"])]
    for i, a in enumerate(contexts):
        for j in range(i + 1, len(contexts)):
            anchors = anchors_of(a.claim, contexts[j].claim)
            link = ordered_link(a, contexts[j], float(vectors[i] @ vectors[j]), anchors)
            yield link, relations.get((i, j), "unrelated")


def _context(raw: dict[str, Any], name: str) -> ClaimContext:
    text, lang = raw["text"], raw["lang"]
    names = tuple(w.strip(".,;:«»“”\"'") for w in text.split()[1:] if w[:1].isupper())
    claim = Claim(
        id=name, article_id=name, span=(0, len(text)), text=text, standalone=text, lang=lang,
        attribution=Attribution(speaker=raw["speaker"], stance=raw["stance"]),
        quantities=quantities.find(text, lang=lang), as_of=_valid(raw["as_of"]), entities=names,
    )  # fmt: skip
    said = datetime.fromisoformat(raw["said_at"]).replace(tzinfo=UTC)
    return ClaimContext(claim, raw["outlet"], said, name, name)


def _valid(iso: str | None) -> str | None:
    try:
        datetime.fromisoformat((iso or "") + "-01-01"[len(iso or "") - 10 :])
    except ValueError:
        return None
    return iso


def _bare(item: Scored) -> Judgement:
    return Judgement(item.link, harmless(item), None, 0.0, item.forward, item.backward, "", "")


def fit(stories: Pairs, groups: Pairs) -> tuple[Any, Any]:
    """The fitted scaler and regression; the last column tells groups (1) from stories (0)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rows = np.concatenate([_flagged(stories.rows, 0), _flagged(groups.rows, 1)])
    labels = np.concatenate([stories.labels, groups.labels])
    weights = np.concatenate([np.ones(len(stories.rows)), np.full(len(groups.rows), GROUP_WEIGHT)])
    scaler = StandardScaler().fit(rows)
    return scaler, LogisticRegression(C=STRENGTH, max_iter=2000).fit(scaler.transform(rows), labels, sample_weight=weights)


def _flagged(rows: NDArray[np.float64], flag: int) -> NDArray[np.float64]:
    return np.concatenate([rows, np.full((len(rows), 1), float(flag))], axis=1)


def cross_validate(stories: Pairs, groups: Pairs) -> NDArray[np.float64]:
    """P(outcome) of each story pair by a fit that saw no pair of its story, (n, 3)."""
    out = np.zeros((len(stories.rows), len(OUTCOMES)))
    names = sorted(set(stories.groups))
    owner = np.array(stories.groups)
    for fold in range(8):
        held = np.isin(owner, names[fold::8])
        kept = Pairs(stories.rows[~held], stories.labels[~held], [], 0)
        scaler, model = fit(kept, groups)
        out[held] = model.predict_proba(scaler.transform(_flagged(stories.rows[held], 0)))
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


def main(argv: Sequence[str]) -> int:
    """Fit, cross-validate, and write service/decision.json on request."""
    parser = argparse.ArgumentParser(prog="python -m eval decision", description=__doc__)
    parser.add_argument("--stories", type=Path, default=DATA / "stories")
    parser.add_argument("--groups", type=Path, default=DATA / "groups/dev.jsonl")
    parser.add_argument("--cache", type=Path, help="keep the feature rows here, and use them if they are there")
    parser.add_argument("--out", type=Path, help="write the decision to this file")
    options = parser.parse_args(argv)
    stories, groups = _load(options)
    p = cross_validate(stories, groups)
    table, suggested, sure = thresholds(p, stories.labels, stories.gold)
    right = stories.labels > 0
    lines = [f"{len(right)} links judged, {int(right.sum())} of them right; {stories.gold} gold pairs"]
    lines += [
        f"{r['threshold']:.3f}  flagged {r['flagged']:5}  precision {r['precision']:.3f}  links/gold {r['recall']:.3f}"
        for r in table
    ]
    kept = (p[:, 1] + p[:, 2] >= suggested) & right
    relation = (p[kept, 2] > p[kept, 1]) == (stories.labels[kept] == OUTCOMES.index("update"))
    told = f"{relation.mean():.3f}" if kept.any() else "unknown"
    lines.append(f"suggested from {suggested:.3f}, sure from {sure:.3f}; update told from conflict {told}")
    lines.append(f"expected calibration error {calibration_error(p[:, 1] + p[:, 2], right):.4f}")
    print("\n".join(lines))  # noqa: T201
    if options.out:
        _write(options.out, *fit(stories, groups), suggested, sure, lines[-2:])
    return 0


def _load(options: argparse.Namespace) -> tuple[Pairs, Pairs]:
    if options.cache and options.cache.exists():
        raw = np.load(options.cache, allow_pickle=False)
        return tuple(
            Pairs(raw[f"{x}_rows"], raw[f"{x}_labels"], raw[f"{x}_groups"].tolist(), int(raw[f"{x}_gold"]))
            for x in ("stories", "groups")
        )  # type: ignore[return-value]
    raw_stories = load_stories(options.stories)
    with filled(s for raw in raw_stories for s in story_submissions(raw)) as run:
        stories = story_pairs(run, raw_stories)
        groups = group_pairs(Judge(run.pipeline.models.nli), run.pipeline.models.embedder.embed, options.groups)
    if options.cache:
        arrays = {
            f"{name}_{key}": np.array(getattr(pairs, key))
            for name, pairs in (("stories", stories), ("groups", groups))
            for key in ("rows", "labels", "groups", "gold")
        }
        np.savez_compressed(options.cache, **arrays)  # type: ignore[arg-type]
    return stories, groups


def _write(path: Path, scaler: Any, model: Any, suggested: float, sure: float, notes: list[str]) -> None:  # noqa: ANN401
    keep = len(FEATURES)
    flag_at_stories = -scaler.mean_[keep] / scaler.scale_[keep]
    raw = {
        "about": "Fitted by `python -m eval decision` on the story clusters and the dev claim groups (eval/data).",
        "notes": notes,
        "features": list(FEATURES),
        "mean": scaler.mean_[:keep].tolist(),
        "scale": scaler.scale_[:keep].tolist(),
        "weights": model.coef_[:, :keep].tolist(),
        "bias": (model.intercept_ + model.coef_[:, keep] * flag_at_stories).tolist(),
        "suggested": suggested,
        "sure": sure,
    }
    path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
