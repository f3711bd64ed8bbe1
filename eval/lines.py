"""The entries of a file as mappings, one at a time, with the line each stands in; what cannot be read comes as a `BadLine`."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from service.errors import UnknownFormat

Entry = tuple[int, "Mapping[str, Any] | BadLine"]
SUFFIXES = (".jsonl", ".tsv", ".txt", ".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class BadLine:
    """Why a line cannot be used."""

    why: str


def stem(path: Path) -> str:
    """The name of a set: the file's name up to its first dot."""
    return path.name.split(".")[0]


def kind(path: Path) -> str:
    """The suffix that says how a file is read, without .gz; UnknownFormat for others than `SUFFIXES`."""
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix not in SUFFIXES:
        raise UnknownFormat(f"{path}: {suffix or 'no suffix'} is not read; expected {', '.join(SUFFIXES)}, also with .gz")
    return suffix


def entries(path: Path) -> Iterator[Entry]:
    """Every entry of a file with its line from 1 (of Parquet, its row); UnknownFormat for a suffix that is not read."""
    how = kind(path)
    if how == ".parquet":
        yield from _parquet(path)
        return
    with _open(path) as data:
        lines = _lines(data)
        if how == ".jsonl":
            yield from _jsonl(lines)
        elif how == ".csv":
            yield from _csv(lines)
        else:
            yield from _tsv(lines)


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.name.endswith(".gz") else path.open("rb")


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    ended: bool


def _lines(data: BinaryIO) -> Iterator[_Line | tuple[int, BadLine]]:
    """Decoded lines; an undecodable one, and the end of a gzip file that was cut off, come as bad."""
    number = 0
    while True:
        number += 1
        try:
            raw = data.readline()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield number, BadLine(f"the compressed file is cut off or broken: {error}")
            return
        if not raw:
            return
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            yield number, BadLine(f"not UTF-8: byte 0x{raw[error.start]:02x} at {error.start + 1}")
            continue
        if text.strip():
            yield _Line(number, text.rstrip("\r\n"), raw.endswith(b"\n"))


def _jsonl(lines: Iterator[_Line | tuple[int, BadLine]]) -> Iterator[Entry]:
    for line in lines:
        if not isinstance(line, _Line):
            yield line
            continue
        try:
            value = json.loads(line.text)
        except json.JSONDecodeError as error:
            why = "half a line at the end of the file" if not line.ended else f"no JSON: {error.msg} at {error.pos + 1}"
            yield line.number, BadLine(why)
            continue
        yield line.number, value if isinstance(value, dict) else BadLine(f"no JSON object: {line.text[:40]!r}")


def _tsv(lines: Iterator[_Line | tuple[int, BadLine]]) -> Iterator[Entry]:
    names: list[str] | None = None
    for line in lines:
        if not isinstance(line, _Line):
            yield line
            continue
        fields = line.text.split("\t")  # quotes are text in GLUE and XNLI files
        if names is None:
            names = fields
        elif len(fields) != len(names):
            end = "" if line.ended else ": half a line at the end of the file"
            yield line.number, BadLine(f"{len(fields)} fields, the header has {len(names)}{end}")
        else:
            yield line.number, dict(zip(names, fields, strict=True))


def _csv(lines: Iterator[_Line | tuple[int, BadLine]]) -> Iterator[Entry]:
    bad: list[tuple[int, BadLine]] = []
    current = 0

    def texts() -> Iterator[str]:
        nonlocal current
        for line in lines:
            if isinstance(line, _Line):
                current = line.number
                yield line.text + "\n"
            else:
                bad.append(line)

    for fields in csv.DictReader(texts()):
        yield from bad
        bad.clear()
        if None in fields or None in fields.values():
            yield current, BadLine("more or fewer fields than the header")
        else:
            yield current, fields
    yield from bad


def _parquet(path: Path) -> Iterator[Entry]:
    import duckdb

    with duckdb.connect() as db:
        result = db.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in result.description]
        number = 0
        while part := result.fetchmany(1000):
            for values in part:
                number += 1
                yield number, dict(zip(names, values, strict=True))
