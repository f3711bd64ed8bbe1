"""Writes the whole ledger for other programs: JSONL, CSV, Parquet and JSON-LD, a few hundred records in memory."""

import csv
import io
import itertools
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from service.jsonld import nodes
from service.lines import Line, article_line, claim_line, contradiction_line, dumps, rfc3339
from service.shapes import SHAPES, Shape
from service.store.ledger import Ledger

What = Literal["articles", "claims", "contradictions"]
Format = Literal["jsonl", "csv", "parquet", "jsonld"]

MEDIA_TYPES: dict[str, str] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "jsonld": "application/ld+json",
}

_GROUP = 500  # records in one chunk of the answer, or one row group
_READ_BYTES = 1 << 16
_MAX_LINE_BYTES = 1 << 26
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(ledger: Ledger, what: What) -> Iterator[Line]:
    """Yield everything of one kind as JSON-ready objects, oldest first; no claims that were withdrawn."""
    if what == "articles":
        return map(article_line, ledger.iter_articles())
    if what == "claims":
        return map(claim_line, ledger.iter_claims())
    return map(contradiction_line, ledger.iter_contradictions())


def write(ledger: Ledger, what: What, fmt: Format) -> Iterator[bytes]:
    """Yield an export in chunks."""
    writers: dict[str, Callable[[Iterable[Line], What], Iterator[bytes]]] = {
        "jsonl": _jsonl,
        "csv": _csv,
        "parquet": _parquet,
        "jsonld": _jsonld,
    }
    return writers[fmt](lines(ledger, what), what)


def _jsonl(found: Iterable[Line], what: What) -> Iterator[bytes]:
    del what
    for group in _groups(found):
        yield "".join(f"{dumps(line)}\n" for line in group).encode()


def _csv(found: Iterable[Line], what: What) -> Iterator[bytes]:
    """With a byte order mark, by which spreadsheets know UTF-8. Lists of records are JSON in one cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_columns(SHAPES[what]))
    yield b"\xef\xbb\xbf" + _take(buffer)
    for group in _groups(found):
        writer.writerows(list(_cells(line, SHAPES[what])) for line in group)
        yield _take(buffer)


def _take(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written


def _columns(shape: Shape, prefix: str = "") -> Iterator[str]:
    for name, kind in shape.items():
        if name == "span":
            yield from (f"{prefix}start", f"{prefix}end")
        elif isinstance(kind, dict):
            yield from _columns(kind, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}"


def _cells(line: Line, shape: Shape) -> Iterator[str | int | float | None]:
    for name, kind in shape.items():
        value = line[name]
        if name == "span":
            yield from value
        elif isinstance(kind, dict):
            yield from _cells(value, kind)
        elif kind == [str]:
            yield safe_cell("; ".join(value))
        elif isinstance(kind, list):
            yield dumps(value)
        else:
            yield _cell(value)


def _cell(value: Any) -> str | int | float | None:  # noqa: ANN401 - any value of a shape
    if isinstance(value, datetime):
        return rfc3339(value)
    return safe_cell(value) if isinstance(value, str) else value


def safe_cell(text: str) -> str:
    """Return the text, with an apostrophe before what a spreadsheet would take for a formula (OWASP, "CSV Injection")."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _parquet(found: Iterable[Line], what: What) -> Iterator[bytes]:
    """By way of temporary files: Parquet's table of contents comes last, and DuckDB, which writes it, reads files."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1, "memory_limit": "256MB"}) as database:
        source, target = Path(folder, "lines.jsonl"), Path(folder, "export.parquet")
        with source.open("wb") as file:
            file.writelines(_jsonl(found, what))
        columns = _struct(SHAPES[what])
        read = (
            f"read_json('{source}', format='newline_delimited', maximum_object_size={_MAX_LINE_BYTES}, columns={{{columns}}})"
        )
        # Every word of it is ours: names and types from `service.shapes`, paths from tempfile.
        database.execute(f"COPY (SELECT * FROM {read}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608
        with target.open("rb") as file:
            while chunk := file.read(_READ_BYTES):
                yield chunk


def _struct(shape: Shape) -> str:
    return ", ".join(f"{_quoted(name)}: '{_type(kind)}'" for name, kind in shape.items())


def _type(kind: Any) -> str:  # noqa: ANN401 - any type of a shape
    if isinstance(kind, dict):
        return f"STRUCT({', '.join(f'{_quoted(name)} {_type(inner)}' for name, inner in kind.items())})"
    if isinstance(kind, list):
        return f"{_type(kind[0])}[]"
    return {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN", "time": "TIMESTAMPTZ"}[kind]


def _quoted(name: str) -> str:
    return f'"{name}"'


def _jsonld(found: Iterable[Line], what: What) -> Iterator[bytes]:
    """One document; its graph is written node by node."""
    yield b'{"@context": "https://schema.org", "@graph": ['
    before = b"\n"
    for line in found:
        for node in nodes(line, what):
            yield before + json.dumps(node, ensure_ascii=False).encode()
            before = b",\n"
    yield b"\n]}\n"


def _groups(found: Iterable[Line]) -> Iterator[list[Line]]:
    rest = iter(found)
    while group := list(itertools.islice(rest, _GROUP)):
        yield group
