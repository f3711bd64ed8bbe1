"""The inbox: what waits for an editor."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from service.api.deps import Running, Services
from service.api.routes.events import listen, resume_from, seat
from service.api.schemas import EventQuery
from service.errors import InputError, NotFound
from service.store.ids import check_id
from service.web.pages import WORDS, new_pages, page
from service.web.routes.contradiction import REASONS
from service.web.session import Reads
from service.web.views import inbox
from service.web.views.finding import Finding, listed

router = new_pages()

CHOICES_KEPT_S = 60
"""How long the lists of outlets and languages beside the filters are kept."""

MAX_CHOICES = 500


@router.get("/")
def show(request: Request, running: Running, visitor: Reads) -> Response:
    """Contradictions that pass the filters in the address, newest or strongest first."""
    asked = inbox.read(request.query_params)
    ledger = running.ledger
    try:
        found = ledger.list_contradictions(asked.filters(), order=asked.order, cursor=asked.cursor or None, limit=inbox.PAGE)
    except InputError:  # a cursor of another list: the first page is the nearest to what was asked
        asked = replace(asked, cursor="")
        found = ledger.list_contradictions(asked.filters(), order=asked.order, limit=inbox.PAGE)
    counts = ledger.count_statuses()
    return page(
        request,
        "inbox.html",
        visitor,
        asked=asked,
        findings=[listed(item) for item in found.items],
        next_cursor=found.next_cursor,
        counts=counts | {inbox.ANY: sum(counts.values())},
        statuses=(*inbox.STATUSES, inbox.ANY),
        relations=inbox.RELATIONS,
        kinds=inbox.KINDS,
        orders=inbox.ORDERS,
        publishers=_kept(request, "publishers", ledger.list_publishers)[:MAX_CHOICES],
        languages=_kept(request, "languages", ledger.list_languages)[:MAX_CHOICES],
        done=_done(running, request.query_params.get("done", "")),
        last_event=ledger.last_event_id(),
        reasons=REASONS,
        words=WORDS.section("script"),
    )


def resume(request: Request) -> int | None:
    """Return the id of the event to go on from: the last that came, or else the last before the page was made."""
    given = request.headers.get("last-event-id") or request.query_params.get("after")
    return resume_from(given)


@router.get("/live", response_class=EventSourceResponse, dependencies=[Depends(seat)])
async def live(
    running: Running, visitor: Reads, after: Annotated[int | None, Depends(resume)]
) -> AsyncIterator[ServerSentEvent]:
    """What happens in the ledger, as server-sent events: /v1/events for those who came in by a cookie."""
    async for event in listen(running, visitor.caller, EventQuery(types=[]), after):
        yield event


def _kept(request: Request, name: str, read: Callable[[], list[str]]) -> list[str]:
    """Return a list that changes rarely, read again at most once a minute."""
    kept: dict[str, tuple[float, list[str]]] = request.app.state.desk_choices
    known = kept.get(name)
    if known is None or time.monotonic() - known[0] > CHOICES_KEPT_S:
        known = kept[name] = (time.monotonic(), read())
    return known[1]


def _done(running: Services, contradiction_id: str) -> Finding | None:
    """Return the contradiction that was just decided, so that the decision can be undone."""
    try:
        return listed(running.ledger.get_contradiction(check_id(contradiction_id, "con")))
    except (InputError, NotFound):
        return None
