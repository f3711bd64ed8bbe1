import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from service.errors import InputError, StoreError, Unavailable
from service.store import engine as engine_module
from service.store.engine import APPLICATION_ID, REVISIONS, check_schema, migrate, open_engine
from service.store.ledger import Ledger
from service.store.tables import metadata
from tests.store.make import stored, submission

MIGRATIONS = Path(engine_module.__file__).parent / "migrations"


def test_migrations_make_the_tables_of_the_code(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)

    def ours(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
        return not (type_ == "table" and str(name).startswith(("claims_fts", "alembic")))

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []
    check_schema(engine)
    migrate(engine)
    engine.dispose()


def test_the_list_of_revisions_is_that_of_the_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)
    assert scripts.get_heads() == [REVISIONS[-1]]


def test_sqlite_is_set_up_for_durable_writes_beside_readers(sqlite_url: str) -> None:
    ledger = Ledger.open(sqlite_url)
    with ledger._read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "application_id")
        }
    ledger.close()
    full = 2
    expected = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": full, "busy_timeout": 30_000}
    assert found == expected | {"application_id": APPLICATION_ID}


def test_a_ledger_of_a_newer_version_is_refused_and_left_alone(url: str) -> None:
    ledger = Ledger.open(url)
    with ledger._write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ledger.close()
    for migrate_first in (True, False):
        with pytest.raises(StoreError, match=r"written by a newer counterclaim \(schema 9999, this version knows up to"):
            Ledger.open(url, migrate=migrate_first)


def test_without_migration_an_empty_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"schema is empty, this version needs .*; run `counterclaim migrate`"):
        Ledger.open(url, migrate=False)
    Ledger.open(url).close()
    Ledger.open(url, migrate=False).close()


def not_sqlite(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1000)


def of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (name)")
    connection.close()


def cut_short(path: Path) -> None:
    Ledger.open(f"sqlite:///{path}").close()
    path.write_bytes(path.read_bytes()[:-5000])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (not_sqlite, "is not an SQLite ledger or is damaged: file is not a database"),
        (of_another_program, "is an SQLite database of another program"),
        (cut_short, "damaged|malformed"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path, spoil: Callable[[Path], None], said: str) -> None:
    path = tmp_path / "ledger.db"
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=said):
        Ledger.open(f"sqlite:///{path}").counts()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("ledger.db", "db is no database URL"),
        ("mysql://me@host/x", "db names a mysql database"),
        ("sqlite://", "db names no file"),
        ("sqlite:///:memory:", "db names no file"),
        ("sqlite:////nowhere/at/all/ledger.db", "there is no directory /nowhere/at/all"),
        ("sqlite:////tmp", "db names the directory /tmp"),
    ],
)
def test_a_url_that_cannot_be_a_ledger_is_refused(wrong: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        Ledger.open(wrong)
    assert raised.value.loc == ("db",)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"driver is not installed; run `pip install 'psycopg\[binary\]'`"):
        Ledger.open(f"{scheme}://me:secret@localhost/x")


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(Unavailable, match="busy or unreachable"):
        Ledger.open("postgresql://me@127.0.0.1:1/x")


def test_a_full_disk_stores_nothing_and_says_so(sqlite_url: str) -> None:
    ledger = Ledger.open(sqlite_url)
    with ledger._read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full; nothing was stored"):
        ledger.add_article(submission("long " * 10_000))
    assert ledger.list_articles().items == ()
    ledger.close()


def test_a_writer_that_waits_too_long_is_told_to_try_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_S", 0.05)
    ledger, other = Ledger.open(sqlite_url), Ledger.open(sqlite_url)
    with other._write(), pytest.raises(Unavailable, match="the ledger is busy"):
        ledger.add_article(submission())
    assert ledger.add_article(submission()).created
    ledger.close()
    other.close()


def test_readers_do_not_wait_for_a_writer(sqlite_url: str) -> None:
    ledger, reader = Ledger.open(sqlite_url), Ledger.open(sqlite_url)
    stored(ledger, "Nine boats sank.")
    with ledger._write():
        assert len(reader.list_claims().items) == 1
    ledger.close()
    reader.close()


INGEST = """
import sys
from datetime import UTC, datetime
from service.records import Submission
from service.store.ledger import Ledger
ledger = Ledger.open(sys.argv[1])
texts = [f"Text {i}." for i in range(20)] + [f"Process {sys.argv[2]}, text {i}." for i in range(20)]
sent = [Submission(text, "Gazette", datetime(2024, 2, 10, tzinfo=UTC)) for text in texts]
print(sum(ledger.add_article(submission).created for submission in sent))
"""


def test_two_processes_make_and_fill_one_ledger(sqlite_url: str) -> None:
    commands = [[sys.executable, "-c", INGEST, sqlite_url, str(n)] for n in range(2)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    created = [int(process.communicate(timeout=60)[0]) for process in processes]
    ledger = Ledger.open(sqlite_url)
    assert sum(created) == len(list(ledger.iter_articles())) == 60
    ledger.close()
