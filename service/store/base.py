"""What every area of the ledger stands on: one engine, read and write transactions, and errors in our own words."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, insert, literal_column, select, text

from service.errors import InputError
from service.store import tables

MAX_PAGE = 200
"""Most items on one page, as the HTTP API promises."""

CHUNK = 500
"""Ids in one SQL statement; SQLite takes 32,766 variables at most."""

_WRITER_LOCK = 0x636C6D31  # any fixed number: the key of PostgreSQL's advisory lock


def utcnow() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Store:
    """A ledger's engine with its transactions.

    Writers take turns: in one process by a lock, between processes by SQLite's write lock (`BEGIN IMMEDIATE`) or an advisory
    lock of PostgreSQL. So ids of events and vectors become visible in the order of their numbers, and nobody who reads
    "all after n" can miss one.
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
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
            yield connection

    def _emit(self, connection: Connection, type_: str, data: dict[str, Any]) -> None:
        values = {"type": type_, "created_at": self._clock(), "data": data}
        connection.execute(insert(tables.events).values(values))

    def _words(self, query: str, columns: Sequence[str], *, claims: Any = tables.claims) -> ColumnElement[bool]:  # noqa: ANN401
        """Return the condition that all words of the query occur in these columns of `claims` (or an alias of it)."""
        words = query.split()
        if not words:
            raise InputError("the search holds no word", loc=("q",))
        if not self.is_sqlite:
            text_ = columns_joined([claims.c[name] for name in columns])
            return _all(text_.icontains(word, autoescape=True) for word in words)
        quoted = " ".join('"' + word.replace('"', '""') + '"*' for word in words)
        match = f"{{{' '.join(columns)}}} : ({quoted})"
        found = (
            select(literal_column("rowid"))
            .select_from(text("claims_fts"))
            .where(text("claims_fts MATCH :match").bindparams(match=match))
        )
        return claims.c.seq.in_(found)
