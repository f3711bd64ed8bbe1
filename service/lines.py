"""Records as plain JSON-ready objects: one shape for the API, the exports and the command line.

Times are `datetime` in UTC; `dumps` writes them as RFC 3339. Names are those of the glossary.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from service.records import Article, ClaimContext, Contradiction, Judgement, Quantity, Span, Submission

if TYPE_CHECKING:
    from service.pipeline import CheckedClaim

Line = dict[str, Any]


def dumps(line: object) -> str:
    """Return the object as one line of JSON."""
    return json.dumps(line, ensure_ascii=False, default=_default)


def article_line(article: Article) -> Line:
    """Return an article without its text."""
    return {
        "id": article.id,
        "external_id": article.external_id,
        "wire_group": article.wire_group,
        "publisher": article.publisher,
        "published_at": article.published_at,
        "lang": article.lang,
        "title": article.title,
        "url": article.url,
        "version": article.version,
        "state": article.state,
        "failure": article.failure,
        "received_at": article.received_at,
        "assumed": list(article.assumed),
    }


def claim_line(context: ClaimContext) -> Line:
    """Return a claim with its attribution and where it stands."""
    claim, said = context.claim, context.claim.attribution
    return {
        "id": claim.id,
        "article_id": claim.article_id,
        "article_version": claim.article_version,
        "external_id": context.external_id,
        "publisher": context.publisher,
        "published_at": context.published_at,
        "source_group": context.source_group,
        "span": list(claim.span),
        "text": claim.text,
        "standalone": claim.standalone,
        "lang": claim.lang,
        "speaker": said.speaker,
        "mention": said.mention,
        "role": said.role,
        "cue": said.cue,
        "form": said.form,
        "stance": said.stance,
        "modality": claim.modality,
        "quantities": [quantity_line(quantity) for quantity in claim.quantities],
        "as_of": claim.as_of,
        "probability": claim.probability,
        "entities": list(claim.entities),
        "headline": claim.headline,
        "withdrawn": claim.withdrawn,
    }


def quantity_line(quantity: Quantity) -> Line:
    """Return a quantity; an open end is null."""
    return {
        "span": list(quantity.span),
        "text": quantity.text,
        "low": quantity.low,
        "high": quantity.high,
        "approx": quantity.approx,
        "unit": quantity.unit,
        "thing": quantity.thing,
    }


def contradiction_line(contradiction: Contradiction) -> Line:
    """Return a contradiction with both claims, what clashes, the judgement and the reviews."""
    judgement = contradiction.judgement
    return {
        "id": contradiction.id,
        "relation": judgement.relation,
        "kind": judgement.kind,
        "probability": judgement.probability,
        "status": contradiction.status,
        "explanation": judgement.explanation,
        "corrected": judgement.corrected,
        "a": _side(judgement.link.a, judgement.spans_a, contradiction.sources_a),
        "b": _side(judgement.link.b, judgement.spans_b, contradiction.sources_b),
        "judgement": judgement_line(judgement),
        "thread_id": contradiction.thread_id,
        "created_at": contradiction.created_at,
        "updated_at": contradiction.updated_at,
        "version": contradiction.version,
        "reviews": [
            {"status": r.status, "reviewer": r.reviewer, "reviewed_at": r.reviewed_at, "note": r.note}
            for r in contradiction.reviews
        ],
    }


def judgement_line(judgement: Judgement) -> Line:
    """Return what the models say of a link."""
    return {
        "model": judgement.model,
        "model_version": judgement.model_version,
        "similarity": judgement.link.similarity,
        "anchors": list(judgement.link.anchors),
        "a_to_b": probabilities(judgement.forward),
        "b_to_a": probabilities(judgement.backward),
    }


def finding_line(judgement: Judgement, *, draft_claim_id: str) -> Line:
    """Return the ledger's side of a judgement about a claim of a draft."""
    draft_is_a = judgement.link.a.claim.id == draft_claim_id
    mine, theirs = (judgement.link.a, judgement.link.b) if draft_is_a else (judgement.link.b, judgement.link.a)
    spans = (judgement.spans_a, judgement.spans_b) if draft_is_a else (judgement.spans_b, judgement.spans_a)
    return {
        "relation": judgement.relation,
        "kind": judgement.kind,
        "probability": judgement.probability,
        "explanation": judgement.explanation,
        "claim": claim_line(theirs),
        "clash": clash(mine, spans[0]),
        "clash_with": clash(theirs, spans[1]),
        "judgement": judgement_line(judgement) | {"draft_side": "a" if draft_is_a else "b"},
    }


def checked_line(item: "CheckedClaim", draft: Submission) -> Line:
    """Return a claim of a draft with what the ledger says of it."""
    context = ClaimContext(item.claim, draft.publisher, draft.published_at, "draft", draft.external_id or "draft")
    return {
        "claim": claim_line(context),
        "supports": [finding_line(judgement, draft_claim_id=item.claim.id) for judgement in item.supports],
        "contradicts": [finding_line(judgement, draft_claim_id=item.claim.id) for judgement in item.contradicts],
    }


def probabilities(triple: Sequence[float]) -> dict[str, float]:
    """Return the probabilities of the NLI labels by name."""
    entailment, neutral, contradiction = map(float, triple)
    return {"entailment": entailment, "neutral": neutral, "contradiction": contradiction}


def clash(side: ClaimContext, spans: Sequence[Span]) -> list[Line]:
    """Return the words of a claim that clash; spans outside the claim have no text here and are left out."""
    start, end = side.claim.span
    return [
        {"span": list(span), "text": side.claim.text[span[0] - start : span[1] - start]}
        for span in spans
        if start <= span[0] < span[1] <= end
    ]


def rfc3339(moment: datetime) -> str:
    """Return the moment in UTC, such as 2022-02-14T18:40:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _side(side: ClaimContext, spans: Sequence[Span], sources: int) -> Line:
    return claim_line(side) | {"clash": clash(side, spans), "sources": sources}


def _default(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")
