"""Renders pages, and turns what goes wrong into pages as well."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from service.api.errors import BodyError, content_of_invalid
from service.errors import CounterclaimError, InputError, StoreError, Unauthorized
from service.web import session
from service.web.catalogue import Catalogue
from service.web.forms import Form, read_form
from service.web.session import StaleForm, Visitor

HERE = Path(__file__).parent

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
THEME_COOKIE = "counterclaim_theme"
THEMES = ("auto", "light", "dark")

_NEVER_CARRIED = ("csrf", "key", "next")


def _environment(words: Catalogue) -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["t"] = words
    made.filters |= {"moment": _moment, "day": _day, "iso": _iso, "percent": _percent, "figure": figure}
    return made


def _moment(value: datetime) -> str:
    value = value.astimezone(UTC)
    return WORDS("time.moment", day=_day(value), hour=f"{value.hour:02}", minute=f"{value.minute:02}")


def _day(value: datetime) -> str:
    value = value.astimezone(UTC)
    return WORDS("time.day", day=value.day, month=WORDS(f"time.month_{value.month}"), year=value.year)


def _iso(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _percent(value: float) -> str:
    return f"{min(99, max(1, round(value * 100)))}"


def figure(value: float | None) -> str:
    """Return a number as a reader expects it: 130,000, with no more digits than it has."""
    if value is None:
        return ""
    written = f"{value:,.0f}" if value == int(value) else f"{value:,.6g}"
    return written.translate({ord(","): WORDS("number.group"), ord("."): WORDS("number.point")})


WORDS = Catalogue.load()
TEMPLATES = _environment(WORDS)


def page(request: Request, template: str, visitor: Visitor | None, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
    """Return a rendered page."""
    theme = request.cookies.get(THEME_COOKIE)
    shared = {
        "visitor": visitor,
        "token": visitor.token if visitor else session.signer_of(request).token(session.session_of(request)),
        "theme": theme if theme in THEMES else "auto",
        "here": request.url.path,
        "address": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }
    return HTMLResponse(TEMPLATES.get_template(template).render(shared | values), status_code=status)


def local(path: str, *, otherwise: str = "/") -> str:
    """Return the path if it leads to a page of this server, and another one otherwise."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours and len(path) <= 4_000 else otherwise


def to(path: str) -> RedirectResponse:
    """Return the answer that leads to another page after a form."""
    return RedirectResponse(path, status_code=303)


def wants_json(request: Request) -> bool:
    """Return whether a script asks, which shows the answer itself."""
    return "application/json" in request.headers.get("accept", "")


class PageRoute(APIRoute):
    """A route that answers with a page, whatever happens."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that FastAPI calls for each request."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            await run_in_threadpool(session.signer_of, request)  # reads the ledger's secret at the first request
            try:
                answer = await handle(request)
            except CounterclaimError as error:
                answer = await _failed(request, error)
            except BodyError as error:
                answer = await _failed(request, error.cause)
            except RequestValidationError as error:
                answer = await _failed(request, InputError(content_of_invalid(error.errors())["detail"]))
            except HTTPException as error:
                answer = await _failed(request, InputError(str(error.detail)))
            for name, value in HEADERS.items():
                answer.headers.setdefault(name, value)
            session.keep(request, answer)
            return answer

        return shown


def new_pages() -> APIRouter:
    """Return a router for pages; none of them belongs to the API's description."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


async def _failed(request: Request, error: CounterclaimError) -> Response:
    if wants_json(request):
        found = {"message": error.message, "status": error.status}
        if isinstance(error, StaleForm):
            found["token"] = session.signer_of(request).token(session.session_of(request))
        return JSONResponse(found, status_code=error.status)
    if isinstance(error, Unauthorized):
        return await _ask(request, error)
    visitor = await run_in_threadpool(session.visitor_of, request, request.app.state.services)
    if isinstance(error, StaleForm):
        return page(request, "resend.html", visitor, status=error.status, **carried(await read_form(request), request.url.path))
    message = WORDS("error.ledger") if isinstance(error, StoreError) else error.message
    return page(request, "error.html", visitor, status=error.status, title=error.title, message=message)


async def _ask(request: Request, error: Unauthorized) -> Response:
    """Ask for a key; what was typed into a form goes along and comes back."""
    if request.method == "GET":
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return to("/sign-in" if where == "/" else f"/sign-in?next={quote(where)}")
    form = await read_form(request)
    return page(request, "sign_in.html", None, status=error.status, next="/", message=WORDS("sign_in.expired"),
                **carried(form, request.url.path))  # fmt: skip


def carried(form: Form, path: str) -> dict[str, Any]:
    """Return what a page needs to send a form again: its path and its fields, but for tokens and keys."""
    fields = [(name, value) for name, value in form.items() if name not in _NEVER_CARRIED]
    return {"carried_path": path, "carried": fields}
