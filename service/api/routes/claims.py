"""Claims: listed, searched in words and meaning, and with what they are linked to."""

from typing import Annotated

from fastapi import Query
from fastapi.concurrency import run_in_threadpool

from service.api.answers import ClaimOut, LinkOut, PageOut
from service.api.deps import Reader, Running, Services
from service.api.routes import new_router, problems
from service.api.schemas import ClaimId, ClaimQuery
from service.lines import Line, claim_line, judgement_line
from service.store.types import ClaimFilter, StoredLink

router = new_router("claims", "claims")

NEAREST = 50
"""Claims near to `q` in meaning that a search looks at."""
NEAR = 0.7
"""Cosine from which they are; neighbours of a claim in the story clusters have 0.63 on average."""


@router.get("", summary="List claims")
async def list_claims(running: Running, caller: Reader, query: Annotated[ClaimQuery, Query()]) -> PageOut[ClaimOut]:
    """Claims, newest first. With `q`: those that hold all of its words, and those near to it in meaning."""
    del caller
    filters = ClaimFilter(
        article_id=query.article,
        publisher=query.publisher,
        speaker=query.speaker,
        stance=query.stance,
        lang=query.lang,
        since=query.since,
        until=query.until,
        q=query.q,
        near_ids=await _near(running, query.q) if query.q else (),
        withdrawn=query.withdrawn,
    )
    found = await run_in_threadpool(running.ledger.list_claims, filters, cursor=query.cursor, limit=query.limit)
    return PageOut(items=[ClaimOut.model_validate(claim_line(c)) for c in found.items], next_cursor=found.next_cursor)


@router.get("/{claim_id}", summary="Get a claim", responses=problems(404))
def get_claim(running: Running, caller: Reader, claim_id: ClaimId) -> ClaimOut:
    """One claim, withdrawn or not."""
    del caller
    return ClaimOut.model_validate(claim_line(running.ledger.get_claim(claim_id)))


@router.get("/{claim_id}/links", summary="List what a claim is linked to", responses=problems(404))
def get_links(running: Running, caller: Reader, claim_id: ClaimId) -> list[LinkOut]:
    """Other claims on the same question, nearest first, with what the models say of each."""
    del caller
    running.ledger.get_claim(claim_id)
    return [LinkOut.model_validate(_link(link, claim_id)) for link in running.ledger.links_of([claim_id])]


async def _near(running: Services, q: str) -> tuple[str, ...]:
    """Claims near in meaning; none while the models load, since words alone can be searched at any time."""
    pipeline = running.pipeline
    if not pipeline.models.ready:
        return ()

    def search() -> tuple[str, ...]:
        vector = pipeline.models.embedder.embed([q])[0]
        return tuple(claim_id for claim_id, similarity in pipeline.index.search(vector, NEAREST) if similarity >= NEAR)

    return await running.runner.run("search", search)


def _link(link: StoredLink, claim_id: str) -> Line:
    judgement = link.judgement
    a, b = judgement.link.a, judgement.link.b
    return {
        "id": link.id,
        "relation": judgement.relation,
        "kind": judgement.kind,
        "probability": judgement.probability,
        "explanation": judgement.explanation,
        "claim": claim_line(b if a.claim.id == claim_id else a),
        "judgement": judgement_line(judgement),
    }
