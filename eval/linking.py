"""`python -m eval linking`: how many gold pairs of the story clusters the linker brings together, all stories in one ledger.

A gold pair (contradiction or agreement) is found at k where a claim that overlaps one side has a claim that overlaps the other
among its k nearest claims of other articles, from either side. Same-article pairs are compared directly and always found.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.ledgers import Filled, filled, load_stories, story_submissions
from eval.stories import Story, overlaps
from service.records import ClaimContext

DATA = Path(__file__).parent / "data/stories"
DEPTHS = (5, 10, 20, 50)


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


def main(argv: Sequence[str]) -> int:
    """Print recall at each depth, by kind of pair, and what the gates let through."""
    parser = argparse.ArgumentParser(prog="python -m eval linking", description=__doc__)
    parser.add_argument("--stories", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    stories = load_stories(options.stories)
    with filled(s for raw in stories for s in story_submissions(raw)) as run:
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
