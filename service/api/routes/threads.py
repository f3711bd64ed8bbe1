"""Threads: one question over time."""

from typing import Annotated

from fastapi import Query

from service.api.answers import ClaimOut, MomentOut, PageOut, ThreadDetail, ThreadOut, TimelineOut
from service.api.deps import Reader, Running
from service.api.routes import new_router, problems
from service.api.schemas import Paged, ThreadId
from service.lines import claim_line

router = new_router("threads", "threads")


@router.get("", summary="List threads")
def list_threads(running: Running, caller: Reader, query: Annotated[Paged, Query()]) -> PageOut[ThreadOut]:
    """Threads, newest first."""
    del caller
    found = running.ledger.list_threads(cursor=query.cursor, limit=query.limit)
    return PageOut(items=[ThreadOut.model_validate(thread) for thread in found.items], next_cursor=found.next_cursor)


@router.get("/{thread_id}", summary="Get a thread", responses=problems(404))
def get_thread(running: Running, caller: Reader, thread_id: ThreadId) -> ThreadDetail:
    """One thread with its claims. `merged_into` names the thread that took over its claims, if any."""
    del caller
    thread = ThreadOut.model_validate(running.ledger.get_thread(thread_id))
    claims = [ClaimOut.model_validate(claim_line(c)) for c in running.ledger.thread_claims(thread_id)]
    return ThreadDetail(**thread.model_dump(), items=claims)


@router.get("/{thread_id}/timeline", summary="Get a thread's timeline", responses=problems(404))
def get_timeline(running: Running, caller: Reader, thread_id: ThreadId) -> TimelineOut:
    """What each source said when, with its figures as intervals; by the moment the claims speak of, then by publication."""
    del caller
    thread = ThreadOut.model_validate(running.ledger.get_thread(thread_id))
    lines = [claim_line(c) for c in running.ledger.thread_claims(thread_id)]
    lines.sort(key=lambda line: (line["as_of"] or line["published_at"].date().isoformat(), line["published_at"]))
    items = [MomentOut.model_validate(line | {"claim_id": line["id"]}) for line in lines]
    return TimelineOut(thread=thread, items=items)
