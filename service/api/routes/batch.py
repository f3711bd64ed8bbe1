"""Many articles in one call: NDJSON in, NDJSON out, one line an item, while both are on their way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from service.api.body import strict_json
from service.api.deps import Running, Services, Writer
from service.api.errors import BodyError, content_of, content_of_invalid
from service.api.intake import submission_of
from service.api.routes import new_router, problems
from service.api.routes.articles import check_queue
from service.api.schemas import ArticleIn
from service.errors import CounterclaimError, TooLarge, UnknownFormat
from service.lines import dumps
from service.records import Submission
from service.store.types import Added

router = new_router("articles", "articles")

GROUP = 32
"""Articles that are stored in one transaction."""

MEDIA_TYPE = "application/x-ndjson"

_TYPES = (MEDIA_TYPE, "application/ndjson", "application/jsonl", "application/json-lines")


@router.post(
    "/batch",
    summary="Take in many articles",
    response_class=StreamingResponse,
    responses=problems(413, 415, 429)
    | {
        200: {
            "description": "One line for each line that came, in order.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        }
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                MEDIA_TYPE: {"schema": {"type": "string", "description": "One article a line, as POST /v1/articles takes it."}}
            },
        }
    },
)
async def add_articles(request: Request, running: Running, caller: Writer) -> StreamingResponse:
    """Store an article for each line. A bad line is answered with its problem and does not stop the good ones."""
    del caller
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in _TYPES:
        raise UnknownFormat(f"the content type is {given[:60]!r}; send {MEDIA_TYPE}", loc=("header", "Content-Type"))
    await run_in_threadpool(check_queue, running)
    # Reading never waits for the client to take the answer: one that first sends everything would wait for us as we for it.
    # The answers that pile up meanwhile are bounded by limits.max_batch_items.
    answers: asyncio.Queue[str | None] = asyncio.Queue()
    reader = asyncio.create_task(_read(request, running, answers))
    return _Duplex(_drain(answers, reader), media_type=MEDIA_TYPE)


class _Duplex(StreamingResponse):
    """Streams while the request is still being read. The plain one would read on by itself to learn of a disconnect."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await self.stream_response(send)


async def _drain(answers: "asyncio.Queue[str | None]", reader: "asyncio.Task[None]") -> AsyncIterator[str]:
    try:
        while (answer := await answers.get()) is not None:
            yield answer
        await reader
    finally:
        reader.cancel()


@dataclass(frozen=True, slots=True)
class _Item:
    """One line that came: what it says, or what is wrong with it."""

    line: int
    submission: Submission | None = None
    error: dict[str, Any] | None = None


async def _read(request: Request, running: Services, answers: "asyncio.Queue[str | None]") -> None:
    limits = running.settings.limits
    number = 0
    try:
        async for lines in _lines(request, limits.max_body_bytes):
            for start in range(0, len(lines), GROUP):
                group = [(number + i, raw) for i, raw in enumerate(lines[start : start + GROUP], 1)]
                number += len(group)
                await _take(group, running, answers)
            if number > limits.max_batch_items:
                break
    except BodyError as error:
        answers.put_nowait(_line(_Item(number + 1, error=content_of(error.cause))))
    except ClientDisconnect:
        pass  # what came whole is stored; nobody listens
    finally:
        answers.put_nowait(None)


async def _lines(request: Request, most: int) -> AsyncIterator[list[bytes | None]]:
    """Yield the lines that each chunk completes; None for one of more than `most` bytes, which is not kept."""
    kept, dropping = b"", False
    async for chunk in request.stream():
        *whole, rest = (kept + chunk).split(b"\n")
        lines: list[bytes | None] = [None if len(line) > most else line for line in whole]
        if dropping and lines:
            lines[0], dropping = None, False
        dropping = dropping or len(rest) > most
        kept = b"" if dropping else rest
        yield lines
    yield [None if dropping else kept]


async def _take(group: list[tuple[int, bytes | None]], running: Services, answers: "asyncio.Queue[str | None]") -> None:
    for line in await run_sync(_stored, group, running, limiter=running.intake):
        answers.put_nowait(line)
    running.worker.wake()


def _stored(group: list[tuple[int, bytes | None]], running: Services) -> list[str]:
    items = [_parse(number, raw, running) for number, raw in group if raw is None or raw.strip()]
    good = [item.submission for item in items if item.submission is not None]
    outcomes: Iterator[Added | CounterclaimError]
    try:
        check_queue(running, more=len(good))
        outcomes = iter(running.ledger.add_articles(good))
    except CounterclaimError as error:
        outcomes = iter([error] * len(good))
    return [_line(item, None if item.submission is None else next(outcomes)) for item in items]


def _parse(number: int, raw: bytes | None, running: Services) -> _Item:
    where, limits = ("line", number), running.settings.limits
    try:
        if number > limits.max_batch_items:
            message = f"more than {limits.max_batch_items:,} lines came; send the rest in another call"
            raise TooLarge(message, loc=where)
        if raw is None:
            raise TooLarge(f"line {number} is longer than {limits.max_body_bytes:,} bytes; send less text", loc=where)
        article = ArticleIn.model_validate(strict_json(raw, loc=where))
        return _Item(number, submission=submission_of(article, running.settings, loc=where))
    except ValidationError as error:
        return _Item(number, error=content_of_invalid(error.errors(include_url=False), prefix=where))
    except CounterclaimError as error:
        return _Item(number, error=content_of(error))


def _line(item: _Item, outcome: Added | CounterclaimError | None = None) -> str:
    if isinstance(outcome, Added):
        article = outcome.article
        found = {"line": item.line, "status": 202 if outcome.created else 200, "id": article.id}
        return dumps(found | {"external_id": article.external_id, "state": article.state}) + "\n"
    error = item.error if outcome is None else content_of(outcome)
    return dumps({"line": item.line, "status": error["status"] if error else 500, "error": error}) + "\n"
