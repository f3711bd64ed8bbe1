"""From judgements to what an editor sees: one flag for one disagreement, wire copies counted once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

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

    Two judgements say the same where both sides come from the same sources (wire groups) and speak the same words.
    """
    seen = {_key(c.judgement) for c in known}
    found: list[Contradiction] = []
    for judgement in sorted(judgements, key=lambda j: -j.probability):
        if judgement.relation not in SHOWN or judgement.probability < min_probability:
            continue
        key = _key(judgement)
        if key in seen:
            continue
        seen.add(key)
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


def _key(judgement: Judgement) -> frozenset[tuple[str, str]]:
    return frozenset(_side_key(side) for side in (judgement.link.a, judgement.link.b))


def _side_key(side: ClaimContext) -> tuple[str, str]:
    return side.source_group, " ".join(side.claim.text.casefold().split())
