"""The ledger's claims, with the articles they stand in and the links between them."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, Select, func, or_, select

from service.errors import NotFound
from service.records import ClaimContext
from service.store import tables
from service.store.base import MAX_PAGE, Store, check_limit, chunks, read_cursor, write_cursor
from service.store.rows import context_of, judgement_of
from service.store.types import LIVE_CLAIMS, ClaimFilter, Page, StoredLink

_C = tables.claims
_A = tables.articles
_L = tables.links
_J = tables.judgements

SAID = ("text", "standalone")
"""Columns that hold the words of a claim."""


class ClaimStore(Store):
    """Claims in context, and their links."""

    def get_claim(self, claim_id: str) -> ClaimContext:
        """Return the claim, withdrawn or not; raises NotFound."""
        found = self.contexts([claim_id], withdrawn=True)
        if claim_id not in found:
            raise NotFound(f"no claim has the id {claim_id}", loc=("id",))
        return found[claim_id]

    def contexts(self, claim_ids: Sequence[str], *, withdrawn: bool = False) -> dict[str, ClaimContext]:
        """Return those of the claims that exist, by id; withdrawn ones only on demand."""
        with self._read() as connection:
            return contexts(connection, claim_ids, withdrawn=withdrawn)

    def article_claims(self, article_id: str, *, withdrawn: bool = False) -> list[ClaimContext]:
        """Return the claims of an article in the order of its text; withdrawn ones, of older versions, on demand."""
        query = select_contexts().where(_C.c.article_id == article_id).order_by(_C.c.article_version, _C.c.start, _C.c.seq)
        if not withdrawn:
            query = query.where(_C.c.withdrawn_at.is_(None))
        with self._read() as connection:
            return [context_of(row) for row in connection.execute(query).mappings()]

    def list_claims(
        self, filters: ClaimFilter = LIVE_CLAIMS, *, cursor: str | None = None, limit: int = 50
    ) -> Page[ClaimContext]:
        """Return one page of claims, newest first."""
        query = self._filter_claims(filters).order_by(_C.c.seq.desc()).limit(check_limit(limit) + 1)
        if cursor is not None:
            query = query.where(_C.c.seq < read_cursor(cursor, "claims", int)[0])
        with self._read() as connection:
            rows = connection.execute(query).mappings().all()
        more = write_cursor("claims", rows[limit - 1]["seq"]) if len(rows) > limit else None
        return Page(tuple(context_of(row) for row in rows[:limit]), more)

    def iter_claims(self, filters: ClaimFilter = LIVE_CLAIMS) -> Iterator[ClaimContext]:
        """Yield every claim, oldest first, reading a page at a time; what is added meanwhile may come too."""
        after = 0
        while True:
            query = self._filter_claims(filters).where(_C.c.seq > after).order_by(_C.c.seq).limit(MAX_PAGE)
            with self._read() as connection:
                rows = connection.execute(query).mappings().all()
            yield from map(context_of, rows)
            if len(rows) < MAX_PAGE:
                return
            after = rows[-1]["seq"]

    def links_of(self, claim_ids: Sequence[str], *, unrelated: bool = False) -> list[StoredLink]:
        """Return the links of these claims, each with its newest judgement, nearest first; `unrelated` ones on demand."""
        found: dict[str, StoredLink] = {}
        with self._read() as connection:
            for some in chunks(claim_ids):
                query = _newest_judgements().where(or_(_L.c.a_id.in_(some), _L.c.b_id.in_(some)))
                if not unrelated:
                    query = query.where(_J.c.relation != "unrelated")
                rows = connection.execute(query).mappings().all()
                found.update((link.id, link) for link in links_of_rows(connection, rows))
        return sorted(found.values(), key=lambda link: (-link.judgement.link.similarity, link.id))

    def _filter_claims(self, filters: ClaimFilter) -> Select[Any]:
        query = select_contexts()
        for name in ("article_id", "publisher", "stance", "lang"):
            value = getattr(filters, name)
            if value is not None:
                query = query.where(_C.c[name] == value)
        if filters.since is not None:
            query = query.where(_C.c.published_at >= filters.since)
        if filters.until is not None:
            query = query.where(_C.c.published_at < filters.until)
        if filters.speaker is not None:
            query = query.where(self._words(filters.speaker, ["speaker"], claims=_C, loc="speaker"))
        if filters.q is not None:
            matches: list[ColumnElement[bool]] = [self._words(filters.q, SAID, claims=_C, loc="q")]
            if filters.near_ids:
                matches.append(_C.c.id.in_(filters.near_ids))
            query = query.where(or_(*matches))
        if filters.withdrawn is not None:
            query = query.where(_C.c.withdrawn_at.is_not(None) if filters.withdrawn else _C.c.withdrawn_at.is_(None))
        return query


def select_contexts() -> Select[Any]:
    """Return the query whose rows `context_of` reads."""
    group = func.coalesce(_A.c.wire_group, _A.c.id).label("source_group")
    return select(_C, _A.c.external_id, group).join(_A, _A.c.id == _C.c.article_id)


def contexts(connection: Connection, claim_ids: Sequence[str], *, withdrawn: bool) -> dict[str, ClaimContext]:
    """Return those of the claims that exist, by id."""
    found: dict[str, ClaimContext] = {}
    for some in chunks(claim_ids):
        query = select_contexts().where(_C.c.id.in_(some))
        if not withdrawn:
            query = query.where(_C.c.withdrawn_at.is_(None))
        found.update((row["id"], context_of(row)) for row in connection.execute(query).mappings())
    return found


def select_judgements(*extra: Any) -> Select[Any]:  # noqa: ANN401
    """Return the query whose rows `links_of_rows` reads, with extra columns."""
    link = (_L.c.id.label("link_id"), _L.c.a_id, _L.c.b_id, _L.c.similarity, _L.c.anchors)
    judgement = [column for column in _J.c if column.name not in ("id", "link_id", "created_at")]
    return select(*link, *judgement, *extra)


def links_of_rows(connection: Connection, rows: Sequence[RowMapping]) -> list[StoredLink]:
    """Return a link for each row of `select_judgements`, in order."""
    sides = contexts(connection, [side for row in rows for side in (row["a_id"], row["b_id"])], withdrawn=True)
    return [StoredLink(row["link_id"], judgement_of(row, a=sides[row["a_id"]], b=sides[row["b_id"]])) for row in rows]


def _newest_judgements() -> Select[Any]:
    other: FromClause = _J.alias()
    newest = select(func.max(other.c.id)).where(other.c.link_id == _L.c.id).scalar_subquery()
    return select_judgements().select_from(_L.join(_J, _J.c.link_id == _L.c.id)).where(_J.c.id == newest)
