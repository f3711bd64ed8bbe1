"""Opens the database of a ledger and brings its schema up to date; refuses what is not ours or is newer than we are."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, inspect, make_url, text

from service.errors import InputError, StoreError
from service.store.base import store_errors

REVISIONS = ("0001", "0002", "0003")
"""Every schema revision, oldest first; the last is what this code reads and writes."""

APPLICATION_ID = 0x636C6D31
"""Marks the SQLite file as a ledger ("clm1")."""

BUSY_TIMEOUT_S = 30
"""How long a writer waits for another process."""


def open_engine(url: str) -> Engine:
    """Return an engine for the URL; InputError for a URL that cannot be a ledger, StoreError for a file that is none."""
    parsed = _parse(url)
    if parsed.get_backend_name() != "sqlite":
        return _open_postgresql(parsed)
    path = _sqlite_path(parsed)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None}, pool_size=8, max_overflow=24
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    _check_sqlite(path)
    return engine


def migrate(engine: Engine) -> None:
    """Create the schema or bring it up to date, in one transaction; StoreError if it is newer than this code.

    Two processes may call this at once: the second waits and finds the work done.
    """
    with store_errors(), engine.connect() as connection:
        found = schema_revision(connection)
    if found == REVISIONS[-1]:
        return
    _check_revision(found)
    _upgrade(engine)


def check_schema(engine: Engine) -> None:
    """Raise StoreError unless the schema is the one that this code reads and writes."""
    with store_errors(), engine.connect() as connection:
        found = schema_revision(connection)
    _check_revision(found)
    if found != REVISIONS[-1]:
        raise StoreError(
            f"the ledger's schema is {found or 'empty'}, this version needs {REVISIONS[-1]}; run `counterclaim migrate`"
        )


def schema_revision(connection: Connection) -> str | None:
    """Return the revision that the database was last brought to, or None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _check_revision(found: str | None) -> None:
    if found is not None and found not in REVISIONS:
        message = f"the ledger was written by a newer counterclaim (schema {found}, this version knows up to {REVISIONS[-1]})"
        raise StoreError(f"{message}; upgrade counterclaim, or open another ledger")


def _upgrade(engine: Engine) -> None:
    # Here and not above: Alembic takes a third of a second to import, and most starts need no migration.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with store_errors(), engine.execution_options(begin_mode="IMMEDIATE").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def _open_postgresql(url: URL) -> Engine:
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as error:
        message = "db names a PostgreSQL server, but its driver is not installed; run `pip install 'psycopg[binary]'`"
        raise InputError(message, loc=("db",)) from error


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise InputError("db is no database URL; write sqlite:///ledger.db", loc=("db",)) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        message = f"db names a {parsed.get_backend_name()} database; a ledger lives in sqlite:///FILE or postgresql+psycopg://…"
        raise InputError(message, loc=("db",))
    return parsed


def _sqlite_path(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise InputError("db names no file; a ledger needs one, for example sqlite:///ledger.db", loc=("db",))
    path = Path(url.database).absolute()
    if path.is_dir():
        raise InputError(f"db names the directory {path}; name a file in it, for example ledger.db", loc=("db",))
    if not path.parent.is_dir():
        raise InputError(f"db names {path}, but there is no directory {path.parent}; make it first", loc=("db",))
    return path


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:  # noqa: ANN401, ARG001
    connection.execute("PRAGMA foreign_keys = ON")
    # FULL: what was committed survives a power cut, as a 2xx answer promises; NORMAL would not in WAL mode.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")


def _begin_sqlite(connection: Connection) -> None:
    # The driver's own transactions begin at the first write and would let a reader turn writer and fail; see SQLAlchemy's
    # notes on pysqlite.
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin_mode', 'DEFERRED')}")


def _check_sqlite(path: Path) -> None:
    """Refuse a file that is no ledger, before anything is written to it."""
    try:
        raw = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}; check the path and its permissions") from error
    try:
        mark = raw.execute("PRAGMA application_id").fetchone()[0]
        strangers = raw.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if mark != APPLICATION_ID and strangers:
            raise StoreError(f"{path} is an SQLite database of another program; name another file for the ledger")
        raw.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise StoreError(
            f"{path} is not an SQLite ledger or is damaged: {error}; name another file or restore a backup"
        ) from error
    finally:
        raw.close()
