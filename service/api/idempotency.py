"""`Idempotency-Key`: a request that is sent again gets the answer of the first, for 24 hours."""

import hashlib
import json
from collections.abc import Awaitable, Callable

from anyio import CancelScope
from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from service.api.deps import Services
from service.errors import InputError
from service.store.types import StoredAnswer

HEADER = "Idempotency-Key"
MAX_CHARS = 255

_KEPT = ("content-type", "location")


async def answer_once(
    key: str, request: Request, answer: Callable[[], Awaitable[Response]], *, running: Services, owner: str
) -> Response:
    """Return the first answer that `owner` got to this key, or answer now and keep it. What fails can be tried again.

    Raises Conflict where the key stands for another request, or for one that is still at work.
    """
    if not key.isprintable() or not key.isascii() or not 1 <= len(key) <= MAX_CHARS:
        message = f"{HEADER} is {key[:60]!r}; send 1 to {MAX_CHARS} printable ASCII characters"
        raise InputError(message, loc=("header", HEADER))
    parts = [request.method.encode(), request.url.path.encode(), request.url.query.encode(), await request.body()]
    request_hash = hashlib.sha256(b"\0".join(parts)).hexdigest()
    known = await run_in_threadpool(running.ledger.begin_answer, key, owner=owner, request_hash=request_hash)
    if known is not None:
        return _again(known)
    kept = False
    try:
        response = await answer()
        body = json.dumps({"headers": _headers(response), "body": bytes(response.body).decode()})
        await run_in_threadpool(running.ledger.finish_answer, key, owner=owner, status=response.status_code, body=body)
        kept = True
        return response
    finally:
        if not kept:
            with CancelScope(shield=True):  # also where the request took too long and is being cancelled
                await run_in_threadpool(running.ledger.drop_answer, key, owner=owner)


def _headers(response: Response) -> dict[str, str]:
    return {name: response.headers[name] for name in _KEPT if name in response.headers}


def _again(known: StoredAnswer) -> Response:
    found = json.loads(known.body)
    return Response(found["body"], status_code=known.status, headers=found["headers"] | {"Idempotency-Replayed": "true"})
