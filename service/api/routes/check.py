"""A draft against the ledger: what supports it, what contradicts it, where and by whom. Nothing is stored."""

from datetime import UTC, datetime

from fastapi import APIRouter

from service.api.answers import CheckOut
from service.api.body import StrictRoute
from service.api.deps import Reader, Ready, Running
from service.api.intake import check_text
from service.api.routes import EVERYWHERE, problems
from service.api.schemas import CheckIn
from service.errors import InputError
from service.lines import checked_line
from service.records import Submission

router = APIRouter(prefix="/v1", tags=["check"], route_class=StrictRoute, responses=problems(*EVERYWHERE))


@router.post("/check", summary="Check a draft", responses=problems(413, 415, 429))
async def check(running: Running, pipeline: Ready, caller: Reader, body: CheckIn) -> CheckOut:
    """Each claim of the draft with what supports and what contradicts it, the most probable first."""
    del caller
    if (body.text is None) == (body.claims is None):
        raise InputError("send either `text`, a draft, or `claims`, a list of single claims", loc=("body", "text"))
    field, texts = ("claims", body.claims or []) if body.text is None else ("text", [body.text])
    moment = body.published_at or datetime.now(UTC)
    drafts = []
    for text in texts:
        check_text(text, running.settings, loc=("body", field))
        draft = Submission(text=text, publisher=body.publisher, published_at=moment, lang=body.lang, title=body.title)
        drafts.append(draft)
    found = await running.runner.map("check", lambda some: [pipeline.check(draft) for draft in some], drafts, chunk=1)
    lines = [checked_line(item, draft) for draft, items in zip(drafts, found, strict=True) for item in items]
    return CheckOut.model_validate({"claims": lines})
