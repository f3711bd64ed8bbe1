"""Contradictions: listed for editors, shown in context, and reviewed."""

import re
from typing import Annotated

from fastapi import Header, Query, Response

from service.api.answers import ContradictionOut, PageOut
from service.api.deps import Caller, Reader, Reviewer, Running
from service.api.routes import new_router, problems
from service.api.schemas import ContradictionId, ContradictionQuery, ReviewIn
from service.errors import InputError, PreconditionFailed
from service.lines import Line, contradiction_line
from service.records import ClaimContext, Contradiction
from service.store.ledger import Ledger
from service.store.types import ContradictionFilter

router = new_router("contradictions", "contradictions")

CONTEXT_CHARS = 300
"""Text on either side of a claim that an editor sees with it."""

_ETAG = {"ETag": {"description": "The version in quotes; send it as If-Match.", "schema": {"type": "string"}}}


@router.get("", summary="List contradictions")
def list_contradictions(
    running: Running, caller: Reader, query: Annotated[ContradictionQuery, Query()]
) -> PageOut[ContradictionOut]:
    """Contradictions with both claims, newest or most probable first."""
    del caller
    filters = ContradictionFilter(
        status=tuple(query.status),
        relation=tuple(query.relation),
        kind=tuple(query.kind),
        min_probability=query.min_probability,
        publisher=query.publisher,
        speaker=query.speaker,
        thread_id=query.thread,
        article_id=query.article,
        since=query.since,
        until=query.until,
        watched=query.watched,
    )
    found = running.ledger.list_contradictions(filters, order=query.order, cursor=query.cursor, limit=query.limit)
    items = [ContradictionOut.model_validate(contradiction_line(c)) for c in found.items]
    return PageOut(items=items, next_cursor=found.next_cursor)


@router.get(
    "/{contradiction_id}",
    summary="Get a contradiction",
    responses=problems(404) | {200: {"headers": _ETAG}},
)
def get_contradiction(
    running: Running, caller: Reader, contradiction_id: ContradictionId, response: Response
) -> ContradictionOut:
    """One contradiction, both claims in their context, and every review."""
    del caller
    return _shown(running.ledger, running.ledger.get_contradiction(contradiction_id), response)


@router.patch(
    "/{contradiction_id}",
    summary="Review a contradiction",
    responses=problems(404, 409, 412, 415) | {200: {"headers": _ETAG}},
)
def review_contradiction(
    running: Running,
    caller: Reviewer,
    contradiction_id: ContradictionId,
    review: ReviewIn,
    response: Response,
    if_match: Annotated[
        str | None, Header(max_length=100, description="The ETag that was read; 412 if somebody was faster.")
    ] = None,
) -> ContradictionOut:
    """Say what it is. Who, when and why join its history; nothing is overwritten."""
    changed = running.ledger.review(
        contradiction_id,
        status=review.status,
        reviewer=_reviewer(caller, review),
        note=review.note,
        expected_version=_version(if_match),
    )
    return _shown(running.ledger, changed, response)


def _reviewer(caller: Caller, review: ReviewIn) -> str:
    if review.reviewer is None:
        return caller.name
    return review.reviewer if caller.key_id == "local" else f"{review.reviewer} ({caller.name})"


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    tag = re.fullmatch(r'\s*(?:W/)?"(\d{1,18})"\s*', if_match)
    if tag:
        return int(tag[1])
    where = ("header", "If-Match")
    if re.fullmatch(r'\s*(?:W/)?"[^"]*"\s*', if_match):
        raise PreconditionFailed(f"{if_match[:60]} is no version of a contradiction; read it again for its ETag", loc=where)
    raise InputError(f'If-Match is {if_match[:60]!r}; send the ETag as it came, in quotes: "3"', loc=where)


def _shown(ledger: Ledger, contradiction: Contradiction, response: Response) -> ContradictionOut:
    response.headers["ETag"] = f'"{contradiction.version}"'
    line = contradiction_line(contradiction)
    link = contradiction.judgement.link
    for name, side in (("a", link.a), ("b", link.b)):
        line[name]["context"] = _context(ledger, side)
    return ContradictionOut.model_validate(line)


def _context(ledger: Ledger, side: ClaimContext) -> Line:
    claim = side.claim
    text = ledger.get_article(claim.article_id, version=claim.article_version).text
    start, end = max(0, claim.span[0] - CONTEXT_CHARS), claim.span[1] + CONTEXT_CHARS
    return {"span": [start, min(end, len(text))], "text": text[start:end]}
