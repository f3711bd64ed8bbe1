"""`python -m eval linking`: how many gold pairs of the story clusters the linker brings together, all stories in one ledger.

A gold pair (contradiction or agreement) is found at k where a claim that overlaps one side has a claim that overlaps the other
among its k nearest claims of other articles, from either side. Same-article pairs are compared directly and always found.
`--fit` fits the linker's regression on the story clusters of the training data, and `--out` writes it.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.ledgers import Filled, filled, load_stories, story_submissions
from eval.stories import Story, overlaps
from service.link import LINK_FEATURES, Linker, LinkModel, LinkRules, Neighbour, link_row
from service.records import ClaimContext, Link

DATA = Path(__file__).parent / "data/stories"
TRAINING = Path(__file__).parents[1] / "models/training/data/stories"
DEPTHS = (5, 10, 20, 50)
PAIRS_PER_CLAIM = 6.0
"""What the threshold is chosen for: so many pairs a claim go to the judge in a ledger of story clusters alone."""


class RecordingLinker(Linker):
    """A linker that keeps every candidate with its features, and lets none through."""

    def __init__(self) -> None:
        width = len(LINK_FEATURES)
        super().__init__(model=LinkModel(np.zeros(width), np.ones(width), np.zeros(width), 0.0, 0.5))
        self.pairs: list[tuple[ClaimContext, ClaimContext]] = []
        self.rows: list[NDArray[np.float64]] = []

    def links(self, claim: ClaimContext, neighbours: Sequence[Neighbour]) -> list[Link]:
        """Nothing; what there was to choose from is in `pairs` and `rows`."""
        for neighbour in neighbours:
            self.pairs.append((claim, neighbour.context))
            self.rows.append(link_row(claim, neighbour))
        return []


def ranks(run: Filled, stories: Sequence[dict[str, Any]]) -> Iterator[tuple[str, int | None]]:
    """For each gold pair ("same language", "across languages" or "same article", rank of the other side from 1, or None)."""
    contexts = list(run.ledger.iter_claims())
    vectors = run.pipeline.models.embedder.embed([c.claim.standalone for c in contexts])
    similar = vectors @ vectors.T
    article = np.array([c.claim.article_id for c in contexts])
    similar[article[:, None] == article[None, :]] = -1.0
    order = np.argsort(-similar, axis=1)[:, : max(DEPTHS)]
    for raw in stories:
        story = Story(raw)
        langs = {a["id"]: a["lang"] for a in raw["articles"]}
        for gold in (*raw["contradictions"], *raw["agreements"]):
            a, b = (_matching(story, gold[side], contexts) for side in "ab")
            if gold["a"]["article"] == gold["b"]["article"]:
                yield "same article", 1 if a and b else None
                continue
            found = [
                int(np.flatnonzero(np.isin(order[i], list(y)))[0]) + 1
                for x, y in ((a, b), (b, a))
                for i in x
                if np.isin(order[i], list(y)).any()
            ]
            kind = "same language" if langs[gold["a"]["article"]] == langs[gold["b"]["article"]] else "across languages"
            yield kind, min(found) if found else None


def _matching(story: Story, side: dict[str, Any], contexts: Sequence[ClaimContext]) -> set[int]:
    places = story.spans(side)
    return {
        i
        for i, c in enumerate(contexts)
        if any(c.external_id == article and overlaps(c.claim.span, span) for article, span in places)
    }


def gold_pairs(stories: Sequence[dict[str, Any]], contexts: Sequence[ClaimContext]) -> set[frozenset[str]]:
    """Ids of the claims of each gold pair, contradictions and agreements."""
    found: set[frozenset[str]] = set()
    for raw in stories:
        story = Story(raw)
        for gold in (*raw["contradictions"], *raw["agreements"]):
            a, b = (_matching(story, gold[side], contexts) for side in "ab")
            found |= {frozenset((contexts[i].claim.id, contexts[j].claim.id)) for i in a for j in b}
    return found


def fit(folder: Path) -> tuple[dict[str, Any], str]:
    """The regression as it is written to service/link.json, and a line on how well it does in a cross-validation by story."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    stories, linker = load_stories(folder), RecordingLinker()
    with filled((s for raw in stories for s in story_submissions(raw)), judged=False, linker=linker) as run:
        contexts = list(run.ledger.iter_claims())
    gold = gold_pairs(stories, contexts)
    rows = np.stack(linker.rows)
    labels = np.array([frozenset((a.claim.id, b.claim.id)) in gold for a, b in linker.pairs])
    owner = np.array([a.external_id.split("/")[0] for a, _ in linker.pairs])

    def fitted(chosen: NDArray[np.bool_]) -> tuple[Any, Any]:
        scaler = StandardScaler().fit(rows[chosen])
        return scaler, LogisticRegression(C=1.0, max_iter=1000).fit(scaler.transform(rows[chosen]), labels[chosen])

    p, names = np.zeros(len(rows)), sorted({s["id"] for s in stories})
    for fold in range(7):
        held = np.isin(owner, names[fold::7])
        scaler, model = fitted(~held)
        p[held] = model.predict_proba(scaler.transform(rows[held]))[:, 1]
    suggested = float(np.sort(p)[::-1][min(len(p) - 1, round(PAIRS_PER_CLAIM * len(contexts)))])
    kept = labels & (p >= suggested)
    note = (
        f"{len(rows)} candidates of {len(contexts)} claims, {int(labels.sum())} of them gold; cross-validated by story, "
        f"{PAIRS_PER_CLAIM:.0f} pairs a claim keep {kept.sum() / labels.sum():.3f} of these, before the limit per claim"
    )
    scaler, model = fitted(np.ones(len(rows), bool))
    written = {
        "about": "Fitted by `python -m eval linking --fit` on the story clusters of models/training/data.",
        "notes": [note],
        "features": list(LINK_FEATURES),
        "mean": scaler.mean_.tolist(),
        "scale": scaler.scale_.tolist(),
        "weights": model.coef_[0].tolist(),
        "bias": float(model.intercept_[0]),
        "suggested": suggested,
    }
    return written, note


def main(argv: Sequence[str]) -> int:
    """Print recall at each depth, by kind of pair, and what the gates let through."""
    parser = argparse.ArgumentParser(prog="python -m eval linking", description=__doc__)
    parser.add_argument("--stories", type=Path, default=DATA)
    parser.add_argument("--fit", action="store_true", help="fit the regression on --training first, and measure with it")
    parser.add_argument("--training", type=Path, default=TRAINING)
    parser.add_argument("--out", type=Path, help="with --fit: write the regression to this file")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    linker = None
    if options.fit:
        written, note = fit(options.training)
        print(note)  # noqa: T201
        if options.out:
            options.out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
        linker = Linker(LinkRules(), model=_model(written))
    stories = load_stories(options.stories)
    with filled((s for raw in stories for s in story_submissions(raw)), judged=False, linker=linker) as run:
        found = list(ranks(run, stories))
        judged = {frozenset((x.link.a.claim.id, x.link.b.claim.id)) for x in run.scored}
        claims = run.ledger.counts().claims
        gates = run.pipeline.linker.gates
        reached = _after_gates(run, stories, judged)
    recall: dict[str, dict[str, float]] = {}
    for kind in ("all", *sorted({k for k, _ in found})):
        mine = [rank for k, rank in found if kind in ("all", k)]
        recall[kind] = {f"@{k}": sum(r is not None and r <= k for r in mine) / len(mine) for k in DEPTHS}
        shares = "  ".join(f"{depth} {share:.3f}" for depth, share in recall[kind].items())
        print(f"{kind:18} n={len(mine):4}  {shares}")  # noqa: T201
    print(f"after the gates {reached:.3f}, with {len(judged) / max(1, claims):.2f} pairs a claim sent to the judge")  # noqa: T201
    if options.json:
        figures = {"recall": recall, "after the gates": reached, "pairs a claim": len(judged) / max(1, claims)}
        options.json.write_text(json.dumps({**figures, "dropped": dict(gates.dropped)}, indent=1), encoding="utf-8")
    print("dropped: " + ", ".join(f"{k} {n}" for k, n in gates.dropped.most_common()))  # noqa: T201
    return 0


def _model(written: dict[str, Any]) -> LinkModel:
    mean, scale, weights = (np.array(written[k], np.float64) for k in ("mean", "scale", "weights"))
    return LinkModel(mean, scale, weights, written["bias"], written["suggested"])


def _after_gates(run: Filled, stories: Sequence[dict[str, Any]], judged: set[frozenset[str]]) -> float:
    contexts = list(run.ledger.iter_claims())
    hits = total = 0
    for raw in stories:
        story = Story(raw)
        for gold in (*raw["contradictions"], *raw["agreements"]):
            a, b = (_matching(story, gold[side], contexts) for side in "ab")
            total += 1
            hits += any(frozenset((contexts[i].claim.id, contexts[j].claim.id)) in judged for i in a for j in b)
    return hits / total
