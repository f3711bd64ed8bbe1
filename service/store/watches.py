"""The watchlist: names, topics and threads that somebody follows."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, and_, delete, exists, false, func, insert, or_, select

from service.errors import Conflict, NotFound
from service.store import tables
from service.store.base import Store, check_text, words_of
from service.store.ids import check_id, new_id
from service.store.push_types import Watch, WatchKind

MAX_WATCHES = 200
"""Entries of the watchlist; each is a term of one full-text query, whose depth SQLite bounds."""

_W = tables.watches
_C = tables.claims
_T = tables.threads
_M = tables.thread_claims
_WHERE = {"name": ("speaker", "standalone", "text"), "topic": ("standalone", "text")}


class WatchStore(Store):
    """The watchlist, and what it is about."""

    def add_watch(self, kind: WatchKind, value: str) -> tuple[Watch, bool]:
        """Return the entry and whether it is new; raises InputError for a value without a word, NotFound for no thread."""
        value = " ".join(value.split())
        check_text(value, "value")
        if kind == "thread":
            check_id(value, "thr", loc=("value",))
        else:
            words_of(value, "value")
        with self._write() as connection:
            same = and_(_W.c.kind == kind, _W.c.value == value)
            known = connection.execute(select(_W).where(same)).mappings().first()
            if known is not None:
                return _watch_of(known), False
            if kind == "thread" and connection.execute(select(_T.c.id).where(_T.c.id == value)).first() is None:
                raise NotFound(f"no thread has the id {value}", loc=("value",))
            if connection.execute(select(func.count()).select_from(_W)).scalar_one() >= MAX_WATCHES:
                raise Conflict(f"the watchlist holds {MAX_WATCHES} entries, the most it may; delete one first")
            watch = Watch(new_id("wch"), kind, value, self._clock())
            values = {"id": watch.id, "kind": kind, "value": value, "created_at": watch.created_at}
            connection.execute(insert(_W).values(**values))
            return watch, True

    def list_watches(self) -> list[Watch]:
        """Return the whole watchlist, oldest first; it has `MAX_WATCHES` entries at most."""
        with self._read() as connection:
            return [_watch_of(row) for row in connection.execute(select(_W).order_by(_W.c.id)).mappings()]

    def delete_watch(self, watch_id: str) -> None:
        """Take an entry off the watchlist; raises NotFound."""
        with self._write() as connection:
            if connection.execute(delete(_W).where(_W.c.id == watch_id)).rowcount == 0:
                raise NotFound(f"no entry of the watchlist has the id {watch_id}", loc=("id",))

    def is_watched_article(self, article_id: str) -> bool:
        """Return whether any claim that the article makes now is one that the watchlist is about."""
        mine = and_(_C.c.article_id == article_id, _C.c.withdrawn_at.is_(None), self._watched([_C]))
        with self._read() as connection:
            return bool(connection.execute(select(exists().where(mine))).scalar())

    def _watched(self, sides: list[Any], thread: ColumnElement[Any] | None = None) -> ColumnElement[bool]:
        """Return the condition that the watchlist is about one of these aliases of `claims`, or the thread in that column."""
        found: list[ColumnElement[bool]] = []
        watches = self.list_watches()
        for kind, columns in _WHERE.items():
            queries = [watch.value for watch in watches if watch.kind == kind]
            if queries:
                found += [self._any_words(queries, columns, claims=side, loc="value") for side in sides]
        ids = [watch.value for watch in watches if watch.kind == "thread"]
        if ids:
            found.append(_in_threads(ids, sides, thread))
        return or_(*found) if found else false()


def _in_threads(ids: list[str], sides: list[FromClause], thread: ColumnElement[Any] | None) -> ColumnElement[bool]:
    # A thread that was merged away handed its claims on; whoever watched it goes on with them.
    live = select(_T.c.id).where(or_(_T.c.id.in_(ids), _T.c.id.in_(select(_T.c.merged_into).where(_T.c.id.in_(ids)))))
    if thread is not None:
        return thread.in_(live)
    members = select(_M.c.claim_id).where(_M.c.thread_id.in_(live))
    return or_(*(side.c.id.in_(members) for side in sides))


def _watch_of(row: RowMapping) -> Watch:
    return Watch(row["id"], row["kind"], row["value"], row["created_at"])
