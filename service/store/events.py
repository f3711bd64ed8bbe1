"""What happened in the ledger, in order, and how much it holds."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, text

from service.store import tables
from service.store.base import Store
from service.store.types import Counts, Event

_E = tables.events


class EventStore(Store):
    """Events and counts."""

    def events_since(self, event_id: int, *, types: Sequence[str] = (), limit: int = 100) -> list[Event]:
        """Return the events after this one, oldest first; 0 begins at the first. None is ever skipped, whoever wrote it."""
        query = select(_E).where(_E.c.id > event_id).order_by(_E.c.id).limit(limit)
        if types:
            query = query.where(_E.c.type.in_(types))
        with self._read() as connection:
            return [Event(row.id, row.type, row.created_at, row.data) for row in connection.execute(query)]

    def last_event_id(self) -> int:
        """Return the id of the newest event, or 0."""
        with self._read() as connection:
            return _last_event(connection)

    def ping(self) -> None:
        """Return if the database answers; raises Unavailable or StoreError."""
        with self._read() as connection:
            connection.execute(text("SELECT 1"))

    def counts(self) -> Counts:
        """Return how much the ledger holds; reads whole indexes, so ask for it every few seconds at most."""
        articles, claims, links = tables.articles, tables.claims, tables.links
        contradictions, threads = tables.contradictions, tables.threads
        count = func.count()
        with self._read() as connection:
            states = connection.execute(select(articles.c.state, count.label("number")).group_by(articles.c.state)).all()
            flagged = connection.execute(
                select(contradictions.c.status, contradictions.c.kind, count).group_by(
                    contradictions.c.status, contradictions.c.kind
                )
            ).all()
            gone = select(count).select_from(claims).where(claims.c.withdrawn_at.is_not(None))
            withdrawn = connection.execute(gone).scalar_one()
            return Counts(
                articles={row.state: row.number for row in states},
                claims=connection.execute(select(count).select_from(claims)).scalar_one() - withdrawn,
                withdrawn=withdrawn,
                links=connection.execute(select(count).select_from(links)).scalar_one(),
                contradictions={(status, kind or ""): number for status, kind, number in flagged},
                threads=connection.execute(select(count).where(threads.c.merged_into.is_(None))).scalar_one(),
                last_event=_last_event(connection),
            )


def _last_event(connection: Connection) -> int:
    newest: int | None = connection.execute(select(func.max(_E.c.id))).scalar()
    return newest or 0
