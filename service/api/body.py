"""Reads JSON bodies strictly: what two readers could take differently, or no database takes, is refused by name."""

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.routing import APIRoute

from service.api.errors import BodyError
from service.errors import InputError, UnknownFormat

MAX_DEPTH = 32
"""Objects and lists within one another; ninjs and the rest of the API need fewer than ten."""

_SMALL = 64_000  # bytes that are parsed at once on the event loop, in about a millisecond

Loc = tuple[str | int, ...]


def strict_json(body: bytes, *, loc: Loc = ("body",)) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a JSON text in UTF-8.

    Raises InputError, with `loc` and the path to the value, for malformed JSON, repeated keys, NaN and infinities, numbers no
    float holds, more than `MAX_DEPTH` levels, NUL characters and lone surrogates.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise InputError(f"the body is not UTF-8 at byte {error.start}; send JSON in UTF-8", loc=loc) from error
    except RecursionError as error:
        raise InputError(f"the body nests deeper than {MAX_DEPTH} levels; flatten it", loc=loc) from error
    except _RepeatedKeyError as error:
        message = f"the key {error.key[:60]!r} stands twice in one object; keep one of them"
        raise InputError(message, loc=(*loc, error.key)) from error
    except ValueError as error:
        raise InputError(f"the body is not JSON: {error}; check it with a JSON parser", loc=loc) from error
    _check(value, loc)
    return value


class _RepeatedKeyError(ValueError):
    """A key that an object holds twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RepeatedKeyError(key)
            seen.add(key)
    return found


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _check(value: Any, loc: Loc) -> None:  # noqa: ANN401
    """Walk the value without recursion, so that its depth cannot hurt."""
    waiting: list[tuple[Any, Loc]] = [(value, loc)]
    while waiting:
        item, where = waiting.pop()
        if isinstance(item, str):
            _check_string(item, where)
        elif isinstance(item, float) and not math.isfinite(item):
            raise InputError(f"{_path(where)} is a number too large to hold; send one below 1e308", loc=where)
        elif isinstance(item, dict | list):
            if len(where) - len(loc) >= MAX_DEPTH:
                raise InputError(f"{_path(where)} nests deeper than {MAX_DEPTH} levels; flatten it", loc=where[:8])
            if isinstance(item, dict):
                for key in item:
                    _check_string(key, where)
                waiting.extend((child, (*where, key)) for key, child in item.items())
            else:
                waiting.extend((child, (*where, index)) for index, child in enumerate(item))


def _check_string(text: str, where: Loc) -> None:
    if "\0" in text:
        raise InputError(f"{_path(where)} holds a NUL character at position {text.index(chr(0))}; take it out", loc=where)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"{_path(where)} holds a lone surrogate at position {error.start}; send valid Unicode"
        raise InputError(message, loc=where) from error


def _path(loc: Loc) -> str:
    return ".".join(str(part)[:60] for part in loc[:8])


class StrictRequest(Request):
    """A request whose JSON is read by `strict_json`, away from the event loop where it is large."""

    async def json(self) -> Any:  # noqa: ANN401
        """Return the value of the body; raises BodyError."""
        body = await self.body()
        try:
            return strict_json(body) if len(body) <= _SMALL else await run_sync(strict_json, body)
        except InputError as error:
            raise BodyError(error) from error


class StrictRoute(APIRoute):
    """A route that takes JSON bodies only, and reads them strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that FastAPI calls for each request."""
        handle = super().get_route_handler()
        takes_json = self.body_field is not None

        async def strict(request: Request) -> Response:
            if takes_json:
                _check_type(request)
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


def _check_type(request: Request) -> None:
    given = request.headers.get("content-type", "")
    name = given.partition(";")[0].strip().lower()
    if name == "application/json" or (name.startswith("application/") and name.endswith("+json")):
        return
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if has_body:
        raise UnknownFormat(
            f"the content type is {given[:60]!r}; send JSON as application/json", loc=("header", "Content-Type")
        )
