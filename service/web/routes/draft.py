"""A draft against the ledger: paste it, see what the ledger says. Nothing of it is stored."""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from service.api import deps
from service.api.answers import CheckOut
from service.api.deps import Running
from service.api.errors import content_of_invalid
from service.api.routes.check import check
from service.api.schemas import CheckIn
from service.errors import CounterclaimError, InputError
from service.web.pages import WORDS, new_pages, page
from service.web.session import Posted, Reads, Visitor
from service.web.views.reading import paragraphs

router = new_pages()


@router.get("/check")
def ask(request: Request, visitor: Reads) -> Response:
    """An empty page to paste a draft into."""
    return page(request, "check.html", visitor, text="", publisher="", problem="", result=None, paragraphs=[])


@router.post("/check")
async def show(request: Request, running: Running, visitor: Reads, form: Posted) -> Response:
    """The draft with its claims marked, and for each what supports and what contradicts it."""
    text, publisher = form.get("text"), form.get("publisher").strip()
    try:
        body = CheckIn.model_validate({"text": text} | ({"publisher": publisher} if publisher else {}))
        result = await check(running, deps.ready(running), visitor.caller, body)
    except ValidationError as error:
        problem, status = content_of_invalid(error.errors(include_url=False))["detail"], InputError.status
    except CounterclaimError as error:
        problem, status = error.message, error.status
    else:
        return await run_in_threadpool(_shown, request, visitor, text, publisher, result)
    if not text.strip():
        problem = WORDS("check.empty")
    values = {"text": text, "publisher": publisher, "problem": problem, "result": None, "paragraphs": []}
    return page(request, "check.html", visitor, status=status, **values)


def _shown(request: Request, visitor: Visitor, text: str, publisher: str, result: CheckOut) -> Response:
    claims = result.claims
    return page(
        request,
        "check.html",
        visitor,
        text=text,
        publisher=publisher,
        problem="",
        result=result,
        paragraphs=paragraphs(
            text,
            [item.claim.span for item in claims],
            flagged=[number for number, item in enumerate(claims) if item.contradicts],
            clash=[words.span for item in claims for found in item.contradicts for words in found.clash],
        ),
    )
