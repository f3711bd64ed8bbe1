"""Articles: taken in, listed and deleted."""

import asyncio
import time
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from service.api.answers import ArticleDetail, ArticleOut, ArticleStored, PageOut
from service.api.deps import Reader, Running, Services, Writer
from service.api.idempotency import answer_once
from service.api.intake import submission_of
from service.api.routes import new_router, problems
from service.api.schemas import ArticleId, ArticleIn, ArticleQuery, WaitQuery
from service.errors import Overloaded
from service.lines import article_line, claim_line, contradiction_line
from service.records import Article
from service.store.types import ArticleFilter, ContradictionFilter

router = new_router("articles", "articles")

POLL_S = 0.05
"""How often a waiting request looks whether its article is processed."""

_LOCATION = {"Location": {"description": "Where the article is.", "schema": {"type": "string"}}}


@router.post(
    "",
    status_code=202,
    summary="Take in an article",
    response_model=ArticleStored,
    responses=problems(409, 413, 415, 429)
    | {
        202: {"description": "Stored; it will be processed.", "headers": _LOCATION},
        201: {"description": "Stored and processed, with `wait`.", "model": ArticleStored, "headers": _LOCATION},
        200: {"description": "The ledger held this content already.", "model": ArticleStored, "headers": _LOCATION},
    },
)
async def add_article(
    request: Request,
    running: Running,
    caller: Writer,
    body: ArticleIn,
    query: Annotated[WaitQuery, Query()],
    idempotency_key: Annotated[str | None, Header(description="Sent again within 24 hours: the same answer.")] = None,
) -> Response:
    """Store one article; it is durable before the answer. With `wait`, the answer says what was found in it."""

    async def add() -> Response:
        return await _add(running, body, wait_s=query.wait)

    if idempotency_key is None:
        return await add()
    return await answer_once(idempotency_key, request, add, running=running, owner=caller.key_id)


async def _add(running: Services, body: ArticleIn, *, wait_s: float) -> Response:
    article, created = await run_sync(_store, running, body, limiter=running.intake)
    running.worker.wake()
    # Short of the time limit, so that whoever waits gets the article and not an error.
    until = time.monotonic() + min(wait_s, running.settings.limits.request_timeout_s * 0.9)
    while article.state == "received" and time.monotonic() < until:
        await asyncio.sleep(POLL_S)
        article = await run_in_threadpool(running.ledger.get_article, article.id)
    if wait_s and article.state != "received":
        status, stored = 201, await run_in_threadpool(_with_findings, running, article)
    else:
        status, stored = 202, ArticleStored.model_validate(article_line(article))
    return Response(
        stored.model_dump_json(),
        status_code=status if created else 200,
        headers={"Location": f"/v1/articles/{article.id}"},
        media_type="application/json",
    )


@router.get("", summary="List articles")
def list_articles(running: Running, caller: Reader, query: Annotated[ArticleQuery, Query()]) -> PageOut[ArticleOut]:
    """Articles without their texts, newest first."""
    del caller
    filters = ArticleFilter(
        state=query.state,
        publisher=query.publisher,
        lang=query.lang,
        wire_group=query.wire_group,
        external_id=query.external_id,
        since=query.since,
        until=query.until,
    )
    found = running.ledger.list_articles(filters, cursor=query.cursor, limit=query.limit)
    return PageOut(items=[ArticleOut.model_validate(article_line(a)) for a in found.items], next_cursor=found.next_cursor)


@router.get("/{article_id}", summary="Get an article", responses=problems(404))
def get_article(running: Running, caller: Reader, article_id: ArticleId) -> ArticleDetail:
    """One article with its text, its state and all its versions."""
    del caller
    article = running.ledger.get_article(article_id)
    versions = running.ledger.article_versions(article_id)
    return ArticleDetail.model_validate(article_line(article) | {"text": article.text, "versions": versions})


@router.delete("/{article_id}", status_code=204, summary="Delete an article", responses=problems(404))
def delete_article(running: Running, caller: Writer, article_id: ArticleId) -> Response:
    """Delete it with its claims, links and contradictions. It cannot be undone."""
    del caller
    running.ledger.delete_article(article_id)
    return Response(status_code=204)


def check_queue(running: Services, *, more: int = 1) -> None:
    """Raise Overloaded if no room is left for this many more articles."""
    waiting, most = running.ledger.count_pending(), running.settings.limits.max_queue
    if waiting + more > most:
        raise Overloaded(f"{waiting} articles wait to be processed, {most} may; try again later", retry_after_s=30)


def _store(running: Services, body: ArticleIn) -> tuple[Article, bool]:
    submission = submission_of(body, running.settings)
    check_queue(running)
    return running.pipeline.submit(submission)


def _with_findings(running: Services, article: Article) -> ArticleStored:
    claims = running.ledger.article_claims(article.id)
    found = running.ledger.iter_contradictions(ContradictionFilter(article_id=article.id))
    lines = {"claims": [claim_line(c) for c in claims], "contradictions": [contradiction_line(c) for c in found]}
    return ArticleStored.model_validate(article_line(article) | lines)
