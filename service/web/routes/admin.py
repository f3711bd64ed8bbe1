"""The desk's back office: keys, what waits and what failed, models in use, and files to take in."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from service.api.deps import Running, Services
from service.api.intake import check_text
from service.api.routes.articles import check_queue
from service.errors import CounterclaimError, InputError
from service.ingest import formats
from service.records import Submission
from service.store.access import SCOPES
from service.store.ids import check_id
from service.store.types import Added, ApiKey, ArticleFilter
from service.web.pages import WORDS, new_pages, page, to
from service.web.session import TOKEN_HEADER, Admins, Posted, Visitor, Writes, check_token

router = new_pages()

FAILURES = 50
GROUP = 32
"""Articles that are stored in one transaction."""
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A key that was just made: its secret is on this one page and nowhere else."""

    key: ApiKey
    secret: str


@router.get("/admin")
def show(request: Request, running: Running, visitor: Admins) -> Response:
    """All of the back office on one page."""
    return _shown(request, running, visitor)


@router.post("/admin/keys")
async def make_key(request: Request, running: Running, visitor: Admins, form: Posted) -> Response:
    """Make a key; the answer shows its secret this once."""
    return await run_in_threadpool(_make_key, request, running, visitor, form.get("name").strip(), form.all("scope"))


@router.post("/admin/keys/{key_id}/revoke")
async def revoke_key(running: Running, visitor: Admins, form: Posted, key_id: str) -> Response:
    """End a key at once."""
    del visitor, form
    await run_in_threadpool(running.ledger.revoke_key, check_id(key_id, "key"))
    return to("/admin#keys")


@router.post("/admin/articles/{article_id}/retry")
async def retry(running: Running, visitor: Admins, form: Posted, article_id: str) -> Response:
    """Process a failed article again."""
    del visitor, form
    await run_in_threadpool(running.ledger.retry_article, check_id(article_id, "art"))
    running.worker.wake()
    return to("/admin#jobs")


@router.get("/import")
def ask_files(request: Request, visitor: Writes) -> Response:
    """The page that takes in files."""
    return page(request, "import.html", visitor, words=WORDS.section("import_script"), max_bytes=formats.MAX_BYTES)


@router.post("/import")
async def take_file(request: Request, running: Running, visitor: Writes) -> Response:
    """Store the articles of one file, sent as it is; a bad item does not stop the good ones."""
    del visitor
    check_token(request, request.headers.get(TOKEN_HEADER, ""))
    data = await request.body()
    params = request.query_params
    given = formats.Given(publisher=params.get("publisher") or None, published_at=params.get("published_at") or None)
    items = await run_in_threadpool(_take, running, data, params.get("name", "")[:MAX_NAME], given)
    running.worker.wake()
    return JSONResponse({"items": items})


@router.get("/import/state")
def state(running: Running, visitor: Writes) -> Response:
    """How many articles wait, for the bar that shows it."""
    del visitor
    return JSONResponse({"waiting": running.ledger.count_pending(), "failure": running.worker.failure})


def _make_key(request: Request, running: Services, visitor: Visitor, name: str, scopes: list[str]) -> Response:
    try:
        if not name or len(name) > MAX_NAME:
            raise InputError(WORDS("admin.key_name", most=MAX_NAME), loc=("name",))
        if not scopes:
            raise InputError(WORDS("admin.key_scopes"), loc=("scopes",))
        made = Made(*running.ledger.create_key(name, scopes))
    except InputError as error:
        return _shown(request, running, visitor, problem=error.message, name=name, status=error.status)
    return _shown(request, running, visitor, made=made)


def _shown(
    request: Request,
    running: Services,
    visitor: Visitor,
    *,
    made: Made | None = None,
    problem: str = "",
    name: str = "",
    status: int = 200,
) -> Response:
    ledger, models = running.ledger, running.pipeline.models
    loaded = [model.info for model in (models.embedder, models.nli, models.tagger) if model] if models.ready else []
    return page(
        request,
        "admin.html",
        visitor,
        status=status,
        keys=ledger.list_keys(),
        scopes=SCOPES,
        made=made,
        problem=problem,
        name=name,
        counts=ledger.counts(),
        failed=ledger.list_articles(ArticleFilter(state="failed"), limit=FAILURES).items,
        worker=running.worker,
        models=loaded,
    )


def _take(running: Services, data: bytes, name: str, given: formats.Given) -> list[dict[str, Any]]:
    found = formats.read(data, filename=name or None, given=given, max_bytes=running.settings.limits.max_body_bytes)
    if not found:
        return [{"number": 1, "error": WORDS("import.nothing")}]
    check_queue(running, more=len(found))
    lines: list[dict[str, Any]] = []
    for start in range(0, len(found), GROUP):
        group = [_checked(item, running) for item in found[start : start + GROUP]]
        outcomes = iter(running.ledger.add_articles([item for item in group if isinstance(item, Submission)]))
        for number, item in enumerate(group, start + 1):
            lines.append(_line(number, next(outcomes) if isinstance(item, Submission) else item))
    return lines


def _checked(item: Submission | InputError, running: Services) -> Submission | InputError:
    if isinstance(item, InputError):
        return item
    try:
        check_text(item.text, running.settings, loc=("text",))
    except InputError as error:
        return error
    return item


def _line(number: int, outcome: Added | CounterclaimError) -> dict[str, Any]:
    if isinstance(outcome, CounterclaimError):
        return {"number": number, "error": outcome.message}
    article = outcome.article
    title = (article.title or article.text)[:120]
    return {"number": number, "id": article.id, "title": title, "new": outcome.created, "state": article.state}
