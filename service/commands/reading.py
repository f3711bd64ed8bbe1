"""Articles from files, folders and stdin, one at a time, whatever their size."""

import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from service.errors import InputError
from service.ingest import formats
from service.ingest.formats import Given
from service.records import Submission

_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a source, or what is wrong with it."""

    source: str
    number: int | None
    """Counts from 1 where a source may hold several; a line number for JSONL."""
    content: Submission | InputError

    @property
    def where(self) -> str:
        """The item in words, for messages."""
        return self.source if self.number is None else f"{self.source}, item {self.number}"


def items(paths: Iterable[str], given: Given) -> Iterator[Item]:
    """Yield every article of files, of all files in folders, and of stdin for "-"; a bad one does not stop the others."""
    for path in paths:
        if path == "-":
            yield from _stdin(given)
            continue
        for file in _files(Path(path)):
            try:
                yield from _file(file, given)
            except OSError as error:
                yield Item(str(file), None, InputError(f"cannot be read: {error.strerror or error}"))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts):
            yield file


def _file(path: Path, given: Given) -> Iterator[Item]:
    with path.open("rb") as file:
        if path.suffix.lower() in _LINES:
            yield from _lines(file, str(path), given)
        else:
            yield from _whole(file.read(formats.MAX_BYTES + 1), str(path), path.name, given)


def _stdin(given: Given) -> Iterator[Item]:
    """JSONL streams; anything else is read whole. The first line tells which."""
    source = sys.stdin.buffer
    first = source.readline(formats.MAX_BYTES + 1)
    start = first.strip()
    if start.startswith(b"{") and start.endswith(b"}"):
        yield from _lines(itertools.chain([first], source), "stdin", given)
    else:
        yield from _whole(first + source.read(formats.MAX_BYTES + 1 - len(first)), "stdin", None, given)


def _whole(data: bytes, source: str, filename: str | None, given: Given) -> Iterator[Item]:
    found = formats.read(data, filename=filename, given=given)
    for number, content in enumerate(found, 1):
        yield Item(source, number if len(found) > 1 else None, content)


def _lines(file: Iterable[bytes], source: str, given: Given) -> Iterator[Item]:
    for number, raw in enumerate(file, 1):
        if raw.strip():
            yield Item(source, number, formats.read_line(raw, number=number, given=given))
