"""What every area of the ledger stands on: one engine, read and write transactions, and errors in our own words."""

import base64
import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    and_,
    exc,
    func,
    insert,
    literal_column,
    or_,
    select,
    table,
)

from service.errors import InputError, StoreError, Unavailable
from service.store import tables

MAX_PAGE = 200
"""Most items on one page, as the HTTP API promises."""

CHUNK = 500
"""Ids in one SQL statement; SQLite takes 32,766 variables at most."""

_MAX_CURSOR = 300

_Id = TypeVar("_Id", str, int)

_WRITER_LOCK = 0x636C6D31  # any fixed number: the key of PostgreSQL's advisory lock


def utcnow() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Store:
    """A ledger's engine with its transactions.

    Writers take turns: in one process by a lock, between processes by SQLite's write lock (`BEGIN IMMEDIATE`) or an advisory
    lock of PostgreSQL. So the numbers of events and vectors become visible in their order, and nobody who reads "all after n"
    can miss one.
    """

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utcnow) -> None:
        self._engine = engine
        self._writer = engine.execution_options(begin_mode="IMMEDIATE")
        self._write_lock = threading.Lock()
        self._clock = clock

    @property
    def is_sqlite(self) -> bool:
        """True for a ledger in one file."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with store_errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._write_lock, store_errors(), self._writer.begin() as connection:
            if not self.is_sqlite:
                connection.execute(select(func.pg_advisory_xact_lock(_WRITER_LOCK)))
            yield connection

    def _emit(self, connection: Connection, type_: str, data: dict[str, Any]) -> None:
        connection.execute(insert(tables.events).values(type=type_, created_at=self._clock(), data=data))

    def _words(self, query: str, columns: Sequence[str], *, claims: FromClause, loc: str) -> ColumnElement[bool]:
        """Return the condition that every word of the query begins a word in these columns of `claims` (or an alias of it)."""
        return self._any_words([query], columns, claims=claims, loc=loc)

    def _any_words(
        self, queries: Sequence[str], columns: Sequence[str], *, claims: FromClause, loc: str
    ) -> ColumnElement[bool]:
        """Return the condition that all words of any of these queries begin words in these columns."""
        wanted = [words_of(query, loc) for query in queries]
        if not self.is_sqlite:
            joined = func.concat_ws(" ", *(claims.c[name] for name in columns))
            return or_(*(and_(*(joined.icontains(word, autoescape=True) for word in words)) for words in wanted))
        prefixes = " OR ".join(f"({' '.join(f'{chr(34)}{word}{chr(34)}*' for word in words)})" for words in wanted)
        match = f"{{{' '.join(columns)}}} : ({prefixes})"
        index = table("claims_fts")
        return claims.c.seq.in_(
            select(literal_column("rowid")).select_from(index).where(literal_column("claims_fts").op("MATCH")(match))
        )


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the database driver raises into StoreError, or Unavailable where it may work later."""
    try:
        yield
    except exc.DBAPIError as error:
        reason = str(error.orig)
        # SQLite calls a full disk operational too; PostgreSQL's driver, what has to do with the server and may pass.
        passing = "locked" in reason or (isinstance(error, exc.OperationalError) and not isinstance(error.orig, sqlite3.Error))
        if passing:
            raise Unavailable(f"the ledger is busy or unreachable ({reason}); nothing was stored, try again") from error
        raise StoreError(f"the ledger could not do it: {reason}; nothing was stored") from error
    except exc.TimeoutError as error:
        raise Unavailable(f"no connection to the ledger came free ({error}); nothing was stored, try again") from error


def words_of(query: str, loc: str) -> list[str]:
    """Return the words of a query; InputError where it has none."""
    words = re.findall(r"\w+", query)
    if not words:
        raise InputError(f"{query[:60]!r} holds no word to search for", loc=(loc,))
    return words


def check_limit(limit: int) -> int:
    """Return the limit of a page; InputError unless it lies in 1..200."""
    if not 1 <= limit <= MAX_PAGE:
        raise InputError(f"limit is {limit}; it must lie between 1 and {MAX_PAGE}", loc=("limit",))
    return limit


def write_cursor(list_name: str, *values: str | float) -> str:
    """Return an opaque cursor that points behind the item with these sort values."""
    return base64.urlsafe_b64encode(json.dumps([list_name, *values]).encode()).decode().rstrip("=")


def read_cursor(cursor: str, list_name: str, *types: type) -> list[Any]:
    """Return the sort values of a cursor; InputError if it is none or was made by another list or order."""
    try:
        values = json.loads("" if len(cursor) > _MAX_CURSOR else base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or values[:1] != [list_name] or [type(v) for v in values[1:]] != list(types):
        message = (
            f"{cursor[:60]!r} is not a cursor of this list and order; take next_cursor from its last page, or leave it out"
        )
        raise InputError(message, loc=("cursor",))
    return values[1:]


def chunks(ids: Sequence[_Id]) -> Iterator[Sequence[_Id]]:
    """Yield the ids without repeats, as many at a time as one SQL statement takes."""
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]


def check_text(value: str | None, loc: str) -> None:
    """Raise InputError for text that no database takes: lone surrogates or NUL."""
    if value is None:
        return
    if "\0" in value:
        raise InputError(f"{loc} holds a NUL character at position {value.index(chr(0))}; take it out", loc=(loc,))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{loc} holds a lone surrogate at position {error.start}; send valid Unicode", loc=(loc,)) from error
