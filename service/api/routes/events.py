"""What happens in the ledger, pushed as it happens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from service.api.deps import Reader, Running
from service.api.routes import new_router, problems
from service.api.schemas import EventQuery
from service.errors import InputError
from service.lines import rfc3339
from service.store.types import Event

router = new_router("events", "events")

POLL_S = 0.5
RETRY_MS = 3_000
"""What a client waits before it connects again."""


async def seat(running: Running) -> AsyncIterator[None]:
    """Count one listener while it is connected; raises Overloaded if there are too many."""
    with running.listeners:
        yield


def resume_from(
    last_event_id: Annotated[str | None, Header(max_length=30, description="The last event that was seen.")] = None,
) -> int | None:
    """Return the id of the event to go on from; None: only what happens from now on."""
    if last_event_id is None:
        return None
    if not (last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) <= 18):
        message = f"Last-Event-ID is {last_event_id[:30]!r}; send the id of an event as it came"
        raise InputError(message, loc=("header", "Last-Event-ID"))
    return int(last_event_id)


@router.get(
    "", summary="Listen to events", response_class=EventSourceResponse, responses=problems(429), dependencies=[Depends(seat)]
)
async def listen(
    running: Running,
    caller: Reader,
    query: Annotated[EventQuery, Query()],
    after: Annotated[int | None, Depends(resume_from)],
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events, in the order in which they happened. With `Last-Event-ID`, none since that one is left out."""
    del caller
    ledger = running.ledger
    last = await run_in_threadpool(ledger.last_event_id) if after is None else after
    yield ServerSentEvent(comment="listening", retry=RETRY_MS)
    while True:
        events = await run_in_threadpool(ledger.events_since, last, types=query.types)
        for event in events:
            yield _sent(event)
            last = event.id
        if running.stopping.is_set():
            return
        if not events:
            await asyncio.sleep(POLL_S)


def _sent(event: Event) -> ServerSentEvent:
    data = {"type": event.type, "created_at": rfc3339(event.created_at), "data": dict(event.data)}
    return ServerSentEvent(event=event.type, id=str(event.id), data=data)
