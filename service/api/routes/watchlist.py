"""The watchlist: names, topics and threads; it narrows webhooks and the list of contradictions on demand."""

from fastapi import Response

from service.api.answers import WatchOut
from service.api.deps import Reader, Reviewer, Running
from service.api.routes import new_router, problems
from service.api.schemas import WatchId, WatchIn

router = new_router("watchlist", "watchlist")


@router.post(
    "",
    status_code=201,
    summary="Watch something",
    responses=problems(404, 409, 413, 415) | {200: {"description": "It is on the watchlist already.", "model": WatchOut}},
)
def add_watch(running: Running, caller: Reviewer, body: WatchIn, response: Response) -> WatchOut:
    """A name or words of a topic match claims that hold all of them, in any order; a thread matches what is in it."""
    del caller
    watch, created = running.ledger.add_watch(body.kind, body.value)
    response.status_code = 201 if created else 200
    return WatchOut.model_validate(watch)


@router.get("", summary="Show the watchlist")
def list_watches(running: Running, caller: Reader) -> list[WatchOut]:
    """All of it, oldest first; it has 200 entries at most."""
    del caller
    return [WatchOut.model_validate(watch) for watch in running.ledger.list_watches()]


@router.delete("/{watch_id}", status_code=204, summary="Stop watching", responses=problems(404))
def delete_watch(running: Running, caller: Reviewer, watch_id: WatchId) -> Response:
    """Take an entry off the watchlist."""
    del caller
    running.ledger.delete_watch(watch_id)
    return Response(status_code=204)
