"""What can be read beside the inbox: threads, and articles with their claims in place."""

from fastapi import Request
from starlette.responses import Response

from service.api.deps import Running
from service.store.ids import check_id
from service.store.types import ContradictionFilter
from service.web.pages import WORDS, new_pages, page, to
from service.web.session import Reads
from service.web.views.finding import web_address
from service.web.views.margin import notes
from service.web.views.reading import paragraphs
from service.web.views.timeline import chart, timeline

router = new_pages()


@router.get("/threads")
def threads(request: Request, running: Running, visitor: Reads) -> Response:
    """Threads, newest first."""
    found = running.ledger.list_threads(cursor=request.query_params.get("cursor") or None, limit=50)
    return page(request, "threads.html", visitor, threads=found.items, next_cursor=found.next_cursor)


@router.get("/threads/{thread_id}")
def thread(request: Request, running: Running, visitor: Reads, thread_id: str) -> Response:
    """One question over time: a chart of its figures and a table, or its statements in order."""
    found = running.ledger.get_thread(check_id(thread_id, "thr"))
    if found.merged_into:
        return to(f"/threads/{found.merged_into}")
    shown = timeline(running.ledger.thread_claims(found.id), request.query_params.get("unit"))
    flagged = running.ledger.list_contradictions(ContradictionFilter(thread_id=found.id), order="strongest", limit=50)
    return page(
        request,
        "thread.html",
        visitor,
        thread=found,
        timeline=shown,
        chart=chart(shown),
        flagged=flagged.items,
        words=WORDS.section("chart"),
    )


@router.get("/articles/{article_id}")
def article(request: Request, running: Running, visitor: Reads, article_id: str) -> Response:
    """An article with its claims highlighted in place, and what each is linked to."""
    found = running.ledger.get_article(check_id(article_id, "art"))
    claims = [claim for claim in running.ledger.article_claims(found.id) if claim.claim.article_version == found.version]
    links = running.ledger.links_of([claim.claim.id for claim in claims])
    flagged = list(running.ledger.iter_contradictions(ContradictionFilter(article_id=found.id)))
    margin = notes(claims, links, flagged)
    clashing = [number for number, note in enumerate(margin) if note.flagged]
    return page(
        request,
        "article.html",
        visitor,
        article=found,
        url=web_address(found.url),
        paragraphs=paragraphs(found.text, [claim.claim.span for claim in claims], flagged=clashing),
        notes=margin,
    )
