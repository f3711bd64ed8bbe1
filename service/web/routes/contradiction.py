"""One contradiction: both sides in their paragraphs, and the editor's word on it."""

from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from service.api.deps import Running, Services
from service.errors import InputError, NotFound, PreconditionFailed
from service.records import Article, Contradiction, Status
from service.store.ids import check_id
from service.store.ledger import Ledger
from service.web.forms import Form
from service.web.pages import WORDS, local, new_pages, page, to, wants_json
from service.web.session import Posted, Reads, Reviews, Visitor
from service.web.views.finding import status_before, whole

router = new_pages()

REASONS = ("other_day", "other_thing", "no_conflict", "misread", "known")
"""Why an editor dismisses something; the words are in the catalogue."""

MAX_NOTE = 10_000
"""Code points of a note, as the API has it."""


class Gone(NotFound):
    """The contradiction is not there any more."""

    title = "Not there any more"


@dataclass(frozen=True, slots=True)
class Typed:
    """What an editor typed: shown again where it could not be stored."""

    note: str = ""
    reason: str = ""
    problem: str = ""


@router.get("/contradictions/{contradiction_id}")
def show(request: Request, running: Running, visitor: Reads, contradiction_id: str) -> Response:
    """One contradiction with everything that an editor needs to decide."""
    return _shown(request, running.ledger, visitor, _get(running.ledger, contradiction_id), Typed())


@router.post("/contradictions/{contradiction_id}/review")
async def review(request: Request, running: Running, visitor: Reviews, form: Posted, contradiction_id: str) -> Response:
    """Record an editor's word. Where another editor was faster, nothing is stored and what was typed stays on the page."""
    return await run_in_threadpool(_review, request, running, visitor, form, contradiction_id)


@router.post("/contradictions/{contradiction_id}/undo")
async def undo(request: Request, running: Running, visitor: Reviews, form: Posted, contradiction_id: str) -> Response:
    """Take the newest review back; the history keeps both."""
    return await run_in_threadpool(_undo, request, running, visitor, form, contradiction_id)


def _review(request: Request, running: Services, visitor: Visitor, form: Form, contradiction_id: str) -> Response:
    known = _get(running.ledger, contradiction_id)
    typed = Typed(form.get("note").strip(), form.get("reason"))
    try:
        status = _status(form)
        note = _note(typed, status)
        return _stored(request, running, visitor, form, known, status=status, note=note)
    except PreconditionFailed as error:
        current = _get(running.ledger, contradiction_id)
        return _refused(request, running.ledger, visitor, current, typed, _meanwhile(current), error.status)
    except InputError as error:
        return _refused(request, running.ledger, visitor, known, typed, error.message, error.status)


def _undo(request: Request, running: Services, visitor: Visitor, form: Form, contradiction_id: str) -> Response:
    known = _get(running.ledger, contradiction_id)
    if not known.reviews:
        return _refused(request, running.ledger, visitor, known, Typed(), WORDS("review.nothing"), 409)
    try:
        return _stored(request, running, visitor, form, known, status=status_before(known), note=WORDS("review.undone"))
    except PreconditionFailed as error:
        current = _get(running.ledger, contradiction_id)
        return _refused(request, running.ledger, visitor, current, Typed(), _meanwhile(current), error.status)


def _stored(
    request: Request, running: Services, visitor: Visitor, form: Form, known: Contradiction, *, status: Status, note: str
) -> Response:
    changed = running.ledger.review(
        known.id, status=status, reviewer=visitor.caller.name, note=note, expected_version=_version(form)
    )
    if wants_json(request):
        return JSONResponse(_line(changed))
    back = local(form.get("back"), otherwise="")
    if not back:
        return to(f"/contradictions/{known.id}")
    return to(f"{back}{'&' if '?' in back else '?'}{urlencode({'done': known.id})}")


def _refused(
    request: Request, ledger: Ledger, visitor: Visitor, current: Contradiction, typed: Typed, problem: str, status: int
) -> Response:
    if wants_json(request):
        return JSONResponse(_line(current) | {"message": problem}, status_code=status)
    return _shown(request, ledger, visitor, current, Typed(typed.note, typed.reason, problem), status=status)


def _shown(
    request: Request, ledger: Ledger, visitor: Visitor, found: Contradiction, typed: Typed, *, status: int = 200
) -> Response:
    title = ledger.get_thread(found.thread_id).title if found.thread_id else None
    return page(
        request,
        "contradiction.html",
        visitor,
        status=status,
        item=whole(found, _articles(ledger, found)),
        before=status_before(found),
        thread_title=title,
        typed=typed,
        reasons=REASONS,
        back=local(request.query_params.get("from", "/")),
        last_event=ledger.last_event_id(),
        words=WORDS.section("script"),
    )


def _articles(ledger: Ledger, found: Contradiction) -> dict[str, Article]:
    link = found.judgement.link
    return {
        side.claim.id: ledger.get_article(side.claim.article_id, version=side.claim.article_version)
        for side in (link.a, link.b)
    }


def _get(ledger: Ledger, contradiction_id: str) -> Contradiction:
    try:
        return ledger.get_contradiction(check_id(contradiction_id, "con"))
    except NotFound as error:
        raise Gone(WORDS("error.gone")) from error


def _line(item: Contradiction) -> dict[str, Any]:
    """Return what a script needs to know of a contradiction after an action."""
    last = item.reviews[-1] if item.reviews else None
    return {
        "id": item.id,
        "status": item.status,
        "version": item.version,
        "reviewer": last.reviewer if last else "",
        "can_undo": bool(item.reviews),
    }


def _meanwhile(item: Contradiction) -> str:
    last = item.reviews[-1] if item.reviews else None
    if last is None:
        return WORDS("review.changed")
    at = f"{last.reviewed_at:%H:%M}"
    return WORDS("review.meanwhile", who=last.reviewer, status=WORDS(f"status.{item.status}").lower(), at=at)


def _status(form: Form) -> Status:
    value = form.get("status")
    for status in get_args(Status):
        if value == status:
            found: Status = status
            return found
    raise InputError(WORDS("review.no_status"), loc=("status",))


def _note(typed: Typed, status: Status) -> str:
    if len(typed.note) > MAX_NOTE:
        raise InputError(WORDS("review.long", most=MAX_NOTE, count=len(typed.note)), loc=("note",))
    if status != "dismissed":
        return typed.note
    reason = WORDS(f"reason.{typed.reason}") if typed.reason in REASONS else ""
    if not reason and not typed.note:
        raise InputError(WORDS("review.why"), loc=("note",))
    return f"{reason}. {typed.note}".strip() if reason else typed.note


def _version(form: Form) -> int:
    value = form.get("version")
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise InputError(WORDS("review.no_version"), loc=("version",))
    return int(value)
