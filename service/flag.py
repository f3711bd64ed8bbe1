"""From judgements to what an editor sees: one flag for one disagreement, wire copies counted once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from service import copies
from service.records import ClaimContext, Contradiction, Judgement

SHOWN = ("contradiction", "dispute", "update")


def flags(
    judgements: Sequence[Judgement],
    *,
    known: Iterable[Contradiction] = (),
    new_id: Callable[[], str],
    now: datetime,
    min_probability: float = 0.0,
) -> list[Contradiction]:
    """New contradictions among the judgements, the most probable of those that say the same, none that is `known` already.

    Two judgements say the same where both sides come from the same sources (wire groups) and make the same claims.
    """
    seen = [c.judgement for c in known]
    found: list[Contradiction] = []
    for judgement in sorted(judgements, key=lambda j: -j.probability):
        if judgement.relation not in SHOWN or judgement.probability < min_probability:
            continue
        if any(_same(judgement, other) for other in seen):
            continue
        seen.append(judgement)
        found.append(Contradiction(id=new_id(), judgement=judgement, status="suggested", created_at=now, updated_at=now))
    return found


def count_sources(contradiction: Contradiction, judgements: Iterable[Judgement]) -> Contradiction:
    """The contradiction with the independent sources of each side counted: wire groups whose claims repeat or support it."""
    link = contradiction.judgement.link
    sides = [{link.a.source_group}, {link.b.source_group}]
    for judgement in judgements:
        if judgement.relation not in ("repeat", "support"):
            continue
        pair = {judgement.link.a.claim.id: judgement.link.b, judgement.link.b.claim.id: judgement.link.a}
        for side, claim in zip(sides, (link.a.claim, link.b.claim), strict=True):
            if claim.id in pair:
                side.add(pair[claim.id].source_group)
    return replace(contradiction, sources_a=len(sides[0]), sources_b=len(sides[1]))


def _same(judgement: Judgement, other: Judgement) -> bool:
    a, b = judgement.link.a, judgement.link.b
    c, d = other.link.a, other.link.b
    return (_one(a, c) and _one(b, d)) or (_one(a, d) and _one(b, c))


def _one(side: ClaimContext, other: ClaimContext) -> bool:
    """Whether two sides are one claim of one source."""
    return side.source_group == other.source_group and copies.repeats(side.claim.text, [other.claim.text])
