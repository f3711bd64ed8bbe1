"""What stands in the margin of an article: each of its claims, and what it is linked to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.records import ClaimContext, Contradiction
from service.store.types import StoredLink
from service.web.views.pieces import clipped

MAX_LINKS = 8
MAX_TEXT = 220


@dataclass(frozen=True, slots=True)
class Related:
    """Another claim on the same question."""

    relation: str
    publisher: str
    speaker: str | None
    published_at: datetime
    text: str
    lang: str
    article_id: str
    claim_id: str
    contradiction_id: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """One claim of the article."""

    claim_id: str
    text: str
    lang: str
    speaker: str | None
    denies: bool
    modality: str
    as_of: str | None
    related: Sequence[Related]
    more: int
    """Links beyond those that are shown."""
    flagged: bool


def notes(claims: Sequence[ClaimContext], links: Sequence[StoredLink], flagged: Sequence[Contradiction]) -> list[Note]:
    """Return a note for each claim, in order; what contradicts it first."""
    known = {frozenset((c.judgement.link.a.claim.id, c.judgement.link.b.claim.id)): c for c in flagged}
    by_claim: dict[str, list[Related]] = {}
    for stored in links:
        a, b = stored.judgement.link.a, stored.judgement.link.b
        found = known.get(frozenset((a.claim.id, b.claim.id)))
        for mine, other in ((a, b), (b, a)):
            by_claim.setdefault(mine.claim.id, []).append(_related(stored, other, found))
    return [_note(context, by_claim.get(context.claim.id, [])) for context in claims]


def _note(context: ClaimContext, related: Sequence[Related]) -> Note:
    claim, said = context.claim, context.claim.attribution
    ordered = sorted(related, key=lambda item: item.contradiction_id is None)
    return Note(
        claim_id=claim.id,
        text=clipped(claim.text, MAX_TEXT),
        lang="" if claim.lang == "und" else claim.lang,
        speaker=clipped(said.speaker, 120) if said.speaker else None,
        denies=said.stance == "denies",
        modality=claim.modality,
        as_of=claim.as_of,
        related=ordered[:MAX_LINKS],
        more=max(0, len(ordered) - MAX_LINKS),
        flagged=any(item.contradiction_id and item.status != "dismissed" for item in ordered),
    )


def _related(stored: StoredLink, other: ClaimContext, found: Contradiction | None) -> Related:
    claim = other.claim
    return Related(
        relation=stored.judgement.relation,
        publisher=clipped(other.publisher, 120),
        speaker=clipped(claim.attribution.speaker, 120) if claim.attribution.speaker else None,
        published_at=other.published_at,
        text=clipped(claim.text, MAX_TEXT),
        lang="" if claim.lang == "und" else claim.lang,
        article_id=claim.article_id,
        claim_id=claim.id,
        contradiction_id=found.id if found else None,
        status=found.status if found else None,
    )
