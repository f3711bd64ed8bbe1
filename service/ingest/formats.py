"""Reads what newsrooms send: text, HTML, JSON, JSON Lines, IPTC ninjs, RSS and Atom; each item a submission or a clear error.

    read(data) -> [Submission | InputError, …]      one entry an item, in order; a bad item never takes a good one along

The text of a plain-text article is kept to the letter. Of HTML, feeds and ninjs bodies in HTML the extracted text becomes the
article's text, which `GET /v1/articles/{id}` returns and into which all spans point.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from service.errors import BinaryInput, EmptyText, InputError, TooLarge
from service.ingest import containers, language, markup, ninjs, plaintext
from service.ingest.found import Found
from service.records import Submission

Item = Submission | InputError
MAX_BYTES = 10_000_000
"""Of one file, body or line of JSON; JSON Lines may be as long as they like."""
MAX_CHARS = 1_000_000
"""Of one article's text."""
_BODIES = ("text", "html", "ninjs")
_FIELDS = ("external_id", "publisher", "published_at", "lang", "title", "url")
_MAX_FIELD = 2000


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller knows of every item; an item's own fields are stronger."""

    publisher: str | None = None
    published_at: str | datetime | None = None
    lang: str | None = None
    title: str | None = None
    url: str | None = None
    external_id: str | None = None


def read(
    data: bytes | str,
    *,
    filename: str | None = None,
    content_type: str | None = None,
    given: Given = Given(),
    now: datetime | None = None,
    max_bytes: int = MAX_BYTES,
) -> list[Item]:
    """The articles in a file or body, in order, each a Submission or the InputError that says what is wrong with it.

    `filename` and `content_type` tell the format; without them the data does. `now` stands in where no date is found, and the
    submission says so in `assumed`. Nothing is raised for bad input.
    """
    now = now or datetime.now(UTC)
    name = filename or "the input"
    try:
        kind = containers.kind_of(data, filename=filename, content_type=content_type)
        if kind == "jsonl":
            raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
            return list(read_lines(raw.split(b"\n"), given=given, now=now, max_bytes=max_bytes))
        if len(data) > max_bytes:
            raise TooLarge(f"{name} has {len(data):,} bytes, {max_bytes:,} may be; split it")
        return list(_read_kind(kind, data, name, containers.charset_of(content_type), given, now))
    except InputError as error:
        return [error]


def read_lines(
    lines: Iterable[bytes], *, given: Given = Given(), now: datetime | None = None, max_bytes: int = MAX_BYTES
) -> Iterator[Item]:
    """The articles of JSON Lines, one at a time, blank lines passed over. `loc` of an error begins with the line, from 1."""
    now = now or datetime.now(UTC)
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield read_line(line, number=number, given=given, now=now, max_bytes=max_bytes)


def read_line(
    line: bytes | str, *, number: int, given: Given = Given(), now: datetime | None = None, max_bytes: int = MAX_BYTES
) -> Item:
    """The article of one JSON line, or what is wrong with it; `number` counts from 1 and stands in the error."""
    name = f"line {number}"
    try:
        if len(line) > max_bytes:
            raise TooLarge(f"{name} has {len(line):,} bytes, {max_bytes:,} may be", loc=(number,))
        return _read_object(_parse(containers.decode(line, name=name), name), given, now or datetime.now(UTC), (number,))
    except InputError as error:
        error.loc = error.loc or (number,)
        return error


def finish(found: Found, given: Given, now: datetime, *, loc: tuple[str | int, ...]) -> Submission:
    """The submission of what a reader found and the caller knows; InputError for an empty or endless text or a bad field."""
    if not found.text.strip():
        raise EmptyText("the text is empty or white space; send the article's text", loc=(*loc, "text"))
    if len(found.text) > MAX_CHARS:
        raise TooLarge(f"the text has {len(found.text):,} characters, {MAX_CHARS:,} may be", loc=(*loc, "text"))
    _check_characters(found, loc)
    lang = found.lang or given.lang
    if not language.is_known(lang):
        raise InputError(
            f"lang is {lang!r:.40}, no language; write a tag such as en or nb, or leave it out", loc=(*loc, "lang")
        )
    assumed = []
    published = _moment(found.published_at or given.published_at, (*loc, "published_at"))
    if published is None:
        published, assumed = now, ["published_at"]
    publisher = found.publisher or given.publisher
    if not publisher:
        publisher = "unknown"
        assumed.append("publisher")
    return Submission(
        text=found.text,
        publisher=publisher,
        published_at=published,
        lang=language.normalised(lang),
        title=found.title or given.title,
        url=found.url or given.url,
        external_id=found.external_id or given.external_id,
        assumed=tuple(assumed),
    )


def _read_kind(
    kind: containers.Kind, data: bytes | str, name: str, charset: str | None, given: Given, now: datetime
) -> Iterator[Item]:
    if kind == "html":
        yield finish(markup.read_html(data), given, now, loc=())
    elif kind == "feed":
        for number, found in enumerate(markup.read_feed(data)):
            yield _caught(partial(finish, found, given, now, loc=(number,)))
    elif kind == "json":
        raw = _parse(containers.decode(data, name=name, charset=charset), name)
        for number, item in enumerate(raw if isinstance(raw, list) else [raw]):
            loc = (number,) if isinstance(raw, list) else ()
            yield _caught(partial(_read_object, item, given, now, loc))
    else:
        yield finish(plaintext.read(containers.decode(data, name=name, charset=charset), now=now), given, now, loc=())


def _caught(reading: Callable[[], Submission]) -> Item:
    try:
        return reading()
    except InputError as error:
        return error


def _read_object(raw: Any, given: Given, now: datetime, loc: tuple[str | int, ...]) -> Submission:  # noqa: ANN401
    if not isinstance(raw, dict):
        raise InputError(f"{_at(loc)}: an article is a JSON object, this is {type(raw).__name__}", loc=loc)
    if ninjs.looks_like(raw):
        return finish(ninjs.read(raw), given, now, loc=loc)
    bodies = [name for name in _BODIES if raw.get(name) is not None]
    if len(bodies) != 1:
        came = " and ".join(bodies) or "none"
        raise InputError(f"{_at(loc)}: send one of text, html or ninjs; {came} came", loc=(*loc, "text"))
    found = _read_body(bodies[0], raw[bodies[0]], loc)
    found = found.overridden(**{name: _string(raw, name, loc) for name in _FIELDS})
    for name, fallback in (("publisher", given.publisher), ("published_at", given.published_at)):
        if getattr(found, name) is None and fallback is None:
            raise InputError(f"{_at(loc)}: {name} is missing", loc=(*loc, name))
    return finish(found, given, now, loc=loc)


def _read_body(name: str, body: Any, loc: tuple[str | int, ...]) -> Found:  # noqa: ANN401
    if name != "ninjs" and not isinstance(body, str):
        raise InputError(f"{_at(loc)}: {name} is {type(body).__name__}, not a string", loc=(*loc, name))
    try:
        if name == "ninjs":
            return ninjs.read(body)
        return markup.read_html(body) if name == "html" else Found(text=body)
    except InputError as error:
        error.loc = (*loc, *(error.loc or (name,)))
        raise


def _string(raw: Mapping[str, Any], name: str, loc: tuple[str | int, ...]) -> str | None:
    value = raw.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{_at(loc)}: {name} is {value!r:.60}, not a string with something in it", loc=(*loc, name))
    return value.strip()


def _check_characters(found: Found, loc: tuple[str | int, ...]) -> None:
    """InputError where a field holds what no database and no UTF-8 answer can: NUL and halves of surrogate pairs."""
    for name in ("text", "publisher", "title", "url", "external_id"):
        value = getattr(found, name) or ""
        if name != "text" and len(value) > _MAX_FIELD:
            raise TooLarge(f"{name} has {len(value):,} characters, {_MAX_FIELD:,} may be", loc=(*loc, name))
        bad = value.find("\0")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            bad = error.start
        if bad >= 0:
            raise BinaryInput(f"{name} holds U+{ord(value[bad]):04X} at position {bad}; it is not text", loc=(*loc, name))


def _parse(text: str, name: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except ValueError as error:  # a number of thousands of digits
        raise InputError(f"{name} is not JSON that can be read: {error}") from error
    except RecursionError as error:
        raise InputError(f"{name} is nested too deeply to be an article") from error


def _moment(value: str | datetime | None, loc: tuple[str | int, ...]) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        # A page that names the day alone, or the hour without its zone: UTC is as good as any.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{loc[-1]} is {value!r:.60}; write RFC 3339, such as 2024-03-01T09:30:00Z", loc=loc) from error


def _at(loc: tuple[str | int, ...]) -> str:
    return f"item {loc[0]}" if loc else "the article"
