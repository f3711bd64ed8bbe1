"""The whole ledger, in formats for other programs."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse

from service import export
from service.api.deps import Reader, Running
from service.api.routes import new_router, problems
from service.api.schemas import ExportQuery

router = new_router("export", "export")


@router.get("/{what}", summary="Export", response_class=StreamingResponse, responses=problems(404))
def export_all(
    running: Running,
    caller: Reader,
    what: Literal["articles", "claims", "contradictions"],
    query: Annotated[ExportQuery, Query()],
) -> StreamingResponse:
    """Everything of one kind, oldest first, streamed. Claims that their articles no longer make are left out."""
    del caller
    chunks: Iterator[bytes] = export.write(running.ledger, what, query.format)
    name = f'attachment; filename="{what}.{query.format}"'
    return StreamingResponse(chunks, media_type=export.MEDIA_TYPES[query.format], headers={"Content-Disposition": name})
