"""The routes of the HTTP API, one module for each resource."""

from typing import Any

from fastapi import APIRouter

from service.api.body import StrictRoute
from service.api.errors import MEDIA_TYPE, Problem

_MEANINGS = {
    401: "No valid API key.",
    403: "The key lacks the scope.",
    404: "No record has this id.",
    408: "The client stopped sending.",
    409: "The record changed, or the Idempotency-Key is in use.",
    412: "If-Match names another version.",
    413: "Over a limit; the detail names it.",
    415: "Another content type is needed.",
    422: "Invalid input; `errors` names each field.",
    429: "Too much waits; come back after Retry-After seconds.",
    500: "The server failed.",
    503: "Not ready, or too slow; come back after Retry-After seconds.",
}

EVERYWHERE = (401, 403, 422, 500, 503)
"""Statuses that any route under /v1 may answer with."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of these errors."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status: {"description": _MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}} for status in sorted(statuses)
    }


def new_router(path: str, tag: str) -> APIRouter:
    """Return a router under /v1 that reads JSON strictly and describes its errors."""
    return APIRouter(prefix=f"/v1/{path}", tags=[tag], route_class=StrictRoute, responses=problems(*EVERYWHERE))
