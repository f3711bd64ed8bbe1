"""The ledger's threads: which claims speak of one question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from service.errors import NotFound
from service.records import ClaimContext, Thread
from service.store import tables
from service.store.base import Store, check_limit, chunks, read_cursor, write_cursor
from service.store.claims import select_contexts
from service.store.rows import context_of
from service.store.types import Page, ThreadChange

_T = tables.threads
_M = tables.thread_claims
_C = tables.claims


class ThreadStore(Store):
    """Threads and the claims in them."""

    def get_thread(self, thread_id: str) -> Thread:
        """Return the thread, merged ones too (`merged_into` says where its claims went); raises NotFound."""
        with self._read() as connection:
            row = connection.execute(_counted().where(_T.c.id == thread_id)).mappings().first()
        if row is None:
            raise NotFound(f"no thread has the id {thread_id}", loc=("id",))
        return _thread_of(row)

    def list_threads(self, *, cursor: str | None = None, limit: int = 50) -> Page[Thread]:
        """Return one page of threads that were not merged away, newest first."""
        query = _counted().where(_T.c.merged_into.is_(None)).order_by(_T.c.id.desc()).limit(check_limit(limit) + 1)
        if cursor is not None:
            query = query.where(_T.c.id < read_cursor(cursor, "threads", str)[0])
        with self._read() as connection:
            found = [_thread_of(row) for row in connection.execute(query).mappings()]
        more = write_cursor("threads", found[limit - 1].id) if len(found) > limit else None
        return Page(tuple(found[:limit]), more)

    def thread_claims(self, thread_id: str, *, withdrawn: bool = False) -> list[ClaimContext]:
        """Return the thread's claims by the time of their articles; withdrawn ones on demand."""
        query = select_contexts().join(_M, _M.c.claim_id == _C.c.id).where(_M.c.thread_id == thread_id)
        if not withdrawn:
            query = query.where(_C.c.withdrawn_at.is_(None))
        with self._read() as connection:
            rows = connection.execute(query.order_by(_C.c.published_at, _C.c.id)).mappings()
            return [context_of(row) for row in rows]

    def threads_of(self, claim_ids: Sequence[str]) -> dict[str, str]:
        """Return the thread of each of the claims that has one: claim id → thread id."""
        found: dict[str, str] = {}
        with self._read() as connection:
            for some in chunks(claim_ids):
                rows = connection.execute(select(_M.c.claim_id, _M.c.thread_id).where(_M.c.claim_id.in_(some)))
                found.update((row.claim_id, row.thread_id) for row in rows)
        return found

    def save_thread(self, change: ThreadChange) -> Thread:
        """Return the thread after making or widening it, and merging others into it; contradictions move along."""
        with self._write() as connection:
            store_thread(connection, change, change.claim_ids, self._clock())
        return self.get_thread(change.id)


def store_thread(connection: Connection, change: ThreadChange, claim_ids: Sequence[str], now: datetime) -> None:
    """Make or widen a thread inside a transaction; a claim that sat in another thread moves to this one."""
    values = {"title": change.title, "updated_at": now}
    if connection.execute(update(_T).where(_T.c.id == change.id).values(**values)).rowcount == 0:
        connection.execute(insert(_T).values(id=change.id, created_at=now, **values))
    contradictions = tables.contradictions
    for some in chunks(change.merged):
        connection.execute(update(_M).where(_M.c.thread_id.in_(some)).values(thread_id=change.id))
        connection.execute(update(contradictions).where(contradictions.c.thread_id.in_(some)).values(thread_id=change.id))
        connection.execute(update(_T).where(_T.c.id.in_(some)).values(merged_into=change.id, updated_at=now))
    for some in chunks(claim_ids):
        living = connection.execute(select(_C.c.id).where(_C.c.id.in_(some))).scalars().all()
        connection.execute(delete(_M).where(_M.c.claim_id.in_(living)))
        if living:
            connection.execute(insert(_M), [{"claim_id": claim_id, "thread_id": change.id} for claim_id in living])


def _counted() -> Select[Any]:
    claims = select(func.count()).select_from(_M).where(_M.c.thread_id == _T.c.id).correlate(_T).scalar_subquery()
    return select(_T, claims.label("claims"))


def _thread_of(row: RowMapping) -> Thread:
    return Thread(row["id"], row["title"], row["created_at"], row["updated_at"], row["claims"], row["merged_into"])
