"""Signing in and out, and how the pages look."""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.deps import Running
from service.errors import Unauthorized
from service.web import session
from service.web.pages import THEME_COOKIE, THEMES, WORDS, local, new_pages, page, to
from service.web.session import Posted

router = new_pages()

_YEAR_S = 365 * 24 * 3600
_CARRIED = "carried_"
_CARRIED_PATH = "carried_path"


@router.get("/sign-in")
def ask(request: Request, running: Running) -> Response:
    """Ask for a key; whoever needs none is led on."""
    onward = local(request.query_params.get("next", "/"))
    if session.visitor_of(request, running):
        return to(onward)
    return page(request, "sign_in.html", None, next=onward, message=None, carried=[], carried_path="")


@router.post("/sign-in")
async def sign_in(request: Request, running: Running, form: Posted) -> Response:
    """Begin a session for a valid key. What was typed before the last one ended comes back, to be sent again."""
    fields = [(name.removeprefix(_CARRIED), value) for name, value in form.items() if name.startswith(_CARRIED)]
    path = local(form.get(_CARRIED_PATH), otherwise="")
    fields = [(name, value) for name, value in fields if name != "path"]
    try:
        key = await run_in_threadpool(running.ledger.authenticate, form.get("key").strip())
    except Unauthorized:
        onward = local(form.get("next"))
        values = {"next": onward, "message": WORDS("sign_in.wrong"), "carried": fields, "carried_path": path}
        return page(request, "sign_in.html", None, status=401, **values)
    session.start(request, key.id)
    if not path:
        return to(local(form.get("next")))
    visitor = await run_in_threadpool(session.visitor_of, request, running)
    return page(request, "resend.html", visitor, carried=fields, carried_path=path)


@router.post("/sign-out")
async def sign_out(request: Request, form: Posted) -> Response:
    """End the session in this browser."""
    del form
    session.start(request, "")
    return to("/sign-in")


@router.post("/theme")
async def choose_theme(request: Request, form: Posted) -> Response:
    """Keep whether the pages are light or dark, in this browser alone."""
    answer = to(local(form.get("back")))
    if form.get("theme") in THEMES:
        answer.set_cookie(
            THEME_COOKIE, form.get("theme"), max_age=_YEAR_S, path="/", httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
    return answer
