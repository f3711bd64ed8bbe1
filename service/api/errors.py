"""Every error of the HTTP API as RFC 9457 problem details: one shape, whatever went wrong and wherever."""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.errors import CounterclaimError, Overloaded, Unauthorized, Unavailable

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

TYPE_PREFIX = "urn:problem-type:counterclaim:"

RETRY_AFTER_S = 2
"""What a 503 tells the client to wait: models load and a busy ledger comes free within seconds."""

_SHOWN = 60  # characters of a wrong value that a message repeats


class ProblemItem(BaseModel):
    """One of several things that are wrong."""

    loc: list[str | int] = Field(description="Where: names of fields and indexes of items, from the outside in.")
    msg: str


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(description="A URN that names the kind of problem; it does not change between versions.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was wrong this time, the value, and what to do.")
    errors: list[ProblemItem] = Field(default=[], description="For invalid input: each field that is wrong.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": f"{TYPE_PREFIX}invalid-input",
                    "title": "Invalid input",
                    "status": 422,
                    "detail": "body.published_at: Field required",
                    "errors": [{"loc": ["body", "published_at"], "msg": "Field required"}],
                }
            ]
        }
    )


class ProblemResponse(Response):
    """An answer that holds a problem."""

    media_type = MEDIA_TYPE


def content(status: int, title: str, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return a problem as a JSON-ready object."""
    found: dict[str, Any] = {
        "type": TYPE_PREFIX + re.sub(r"\W+", "-", title.lower()),
        "title": title,
        "status": status,
        "detail": detail,
    }
    if errors:
        found["errors"] = [{"loc": list(item["loc"]), "msg": item["msg"]} for item in errors]
    return found


def content_of(error: CounterclaimError) -> dict[str, Any]:
    """Return the problem of an error of ours."""
    errors = [{"loc": error.loc, "msg": error.message}] if error.loc else ()
    return content(error.status, error.title, error.message, errors)


def content_of_invalid(problems: Sequence[Any], *, prefix: tuple[str | int, ...] = ()) -> dict[str, Any]:
    """Return the problem for what pydantic found wrong; `prefix` comes before the place of each item."""
    errors = [{"loc": (*prefix, *item["loc"]), "msg": _message(item)} for item in problems]
    detail = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in errors[:3])
    if len(errors) > 3:
        detail += f"; and {len(errors) - 3} more"
    return content(422, "Invalid input", detail, errors)


def answer(found: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> ProblemResponse:
    """Return the answer that carries a problem; lone surrogates in its words become "?"."""
    body = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
    return ProblemResponse(body, status_code=found["status"], headers=dict(headers or {}))


def answer_of(error: CounterclaimError) -> ProblemResponse:
    """Return the answer for an error of ours, with the headers that go with its status."""
    headers: dict[str, str] = {}
    if isinstance(error, Overloaded):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    elif isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return answer(content_of(error), headers)


def add_handlers(app: FastAPI) -> None:
    """Make the app answer every foreseen error with a problem; `Guard` answers the others."""
    app.add_exception_handler(CounterclaimError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


class BodyError(HTTPException):
    """Carries an error of ours out of the reading of a body, where FastAPI lets nothing else through."""

    def __init__(self, cause: CounterclaimError) -> None:
        super().__init__(cause.status, cause.message)
        self.cause = cause


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, CounterclaimError)  # noqa: S101 - the registration says so, the signature cannot
    if error.status == 500:
        log.error("%s %s: %s", request.method, request.url.path, error.message)
    return answer_of(error)


async def _invalid(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return answer(content_of_invalid(error.errors()))


def _message(item: Mapping[str, Any]) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    value = item.get("input")
    if item["type"] in ("missing", "value_error") or isinstance(value, dict | list | None):
        return message
    text = repr(value[:_SHOWN] if isinstance(value, str | bytes) else value)
    return f"{message}; got {text[:_SHOWN]}"


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if isinstance(error, BodyError):
        return answer_of(error.cause)
    path = request.url.path[:200]
    if error.status_code == 404:
        found = content(404, "Not found", f"there is nothing at {path}; /openapi.json lists every path")
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "other methods")
        found = content(405, "Method not allowed", f"{path} does not take {request.method}; it takes {allowed}")
    else:
        found = content(error.status_code, "Invalid request", str(error.detail))
    return answer(found, error.headers)


def unexpected(method: str, path: str, error: Exception) -> ProblemResponse:
    """Return the answer for an error that nobody foresaw; it goes to the log, not to the client."""
    log.error("%s %s failed", method, path, exc_info=error)
    return answer(content(500, "Internal error", "the server failed to answer; its log says why"))
