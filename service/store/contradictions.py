"""The ledger's contradictions: listed for editors, reviewed by them, found again for grouping."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    and_,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from service.errors import NotFound, PreconditionFailed
from service.records import Contradiction, Review, Status
from service.store import tables
from service.store.base import MAX_PAGE, check_limit, check_text, chunks, read_cursor, write_cursor
from service.store.claims import SAID, links_of_rows, select_judgements
from service.store.types import EVERY_CONTRADICTION, ContradictionFilter, Order, Page
from service.store.watches import WatchStore

FEW_CLAIMS = 3_000
"""Of 200,000: where fewer pass a filter, going through all of them is faster than through the contradictions in their order."""

_K = tables.contradictions
_L = tables.links
_J = tables.judgements
_R = tables.reviews
_SIDE_A = tables.claims.alias("side_a")
_SIDE_B = tables.claims.alias("side_b")


class ContradictionStore(WatchStore):
    """Contradictions and their reviews."""

    def get_contradiction(self, contradiction_id: str) -> Contradiction:
        """Return the contradiction with its judgement, both claims and its reviews; raises NotFound."""
        with self._read() as connection:
            return _get(connection, contradiction_id)

    def list_contradictions(
        self,
        filters: ContradictionFilter = EVERY_CONTRADICTION,
        *,
        order: Order = "newest",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Contradiction]:
        """Return one page: the newest first, or those of the highest probability first."""
        query = self._filter_contradictions(_joined(_K.c.id), filters).limit(check_limit(limit) + 1)
        if order == "newest":
            query = query.order_by(_K.c.id.desc())
            if cursor is not None:
                query = query.where(_K.c.id < read_cursor(cursor, "newest", str)[0])
        else:
            query = query.order_by(_K.c.probability.desc(), _K.c.id.desc())
            if cursor is not None:
                probability, last = read_cursor(cursor, "strongest", float, str)
                same = and_(_K.c.probability == probability, _K.c.id < last)
                query = query.where(or_(_K.c.probability < probability, same))
        with self._read() as connection:
            ids = connection.execute(self._narrowed(connection, query, filters)).scalars().all()
            by_id = {item.id: item for item in _load(connection, _whole().where(_K.c.id.in_(ids)))}
        found = [by_id[contradiction_id] for contradiction_id in ids]
        page, more = found[:limit], None
        if len(found) > limit:
            last_item = page[-1]
            keys = (last_item.id,) if order == "newest" else (last_item.judgement.probability, last_item.id)
            more = write_cursor(order, *keys)
        return Page(tuple(page), more)

    def iter_contradictions(self, filters: ContradictionFilter = EVERY_CONTRADICTION) -> Iterator[Contradiction]:
        """Yield every contradiction, oldest first, reading a page at a time; what is added meanwhile may come too."""
        after = ""
        while True:
            query = self._filter_contradictions(_whole(), filters).where(_K.c.id > after).order_by(_K.c.id).limit(MAX_PAGE)
            with self._read() as connection:
                page = _load(connection, query)
            yield from page
            if len(page) < MAX_PAGE:
                return
            after = page[-1].id

    def find_contradiction(self, contradiction_id: str, filters: ContradictionFilter) -> Contradiction | None:
        """Return the contradiction if it is there and passes the filters, or None."""
        query = self._filter_contradictions(_whole(), filters).where(_K.c.id == contradiction_id)
        with self._read() as connection:
            found = _load(connection, query)
        return found[0] if found else None

    def contradictions_about(self, *, claim_ids: Sequence[str] = (), source_groups: Sequence[str] = ()) -> list[Contradiction]:
        """Return the contradictions with one of these claims, or a claim of one of these sources, on either side.

        A source group is an article's wire group, or its id where it has none, as in `ClaimContext.source_group`.
        """
        articles = tables.articles
        found: dict[str, Contradiction] = {}
        with self._read() as connection:
            for some in chunks(claim_ids):
                query = _whole().where(or_(_L.c.a_id.in_(some), _L.c.b_id.in_(some)))
                found.update((item.id, item) for item in _load(connection, query))
            for some in chunks(source_groups):
                members = select(articles.c.id).where(or_(articles.c.wire_group.in_(some), articles.c.id.in_(some)))
                sides = or_(_SIDE_A.c.article_id.in_(members), _SIDE_B.c.article_id.in_(members))
                found.update((item.id, item) for item in _load(connection, _whole().where(sides)))
        return sorted(found.values(), key=lambda item: item.id)

    def review(
        self, contradiction_id: str, *, status: Status, reviewer: str, note: str = "", expected_version: int | None = None
    ) -> Contradiction:
        """Return the contradiction after an editor's word on it; who, when and why join its history.

        Raises NotFound, and PreconditionFailed if it is no longer at `expected_version`.
        """
        check_text(note, "note")
        check_text(reviewer, "reviewer")
        with self._write() as connection:
            known = _get(connection, contradiction_id)
            if expected_version is not None and known.version != expected_version:
                message = f"{contradiction_id} is at version {known.version}, not {expected_version}"
                raise PreconditionFailed(
                    f"{message}; someone changed it meanwhile: read it again, then decide", loc=("If-Match",)
                )
            now = self._clock()
            values = {"status": status, "version": known.version + 1, "updated_at": now}
            connection.execute(update(_K).where(_K.c.id == contradiction_id).values(**values))
            said = {
                "contradiction_id": contradiction_id,
                "status": status,
                "reviewer": reviewer,
                "reviewed_at": now,
                "note": note,
            }
            connection.execute(insert(_R).values(**said))
            self._emit(connection, "contradiction.updated", {"id": contradiction_id, "status": status})
            review = Review(status, reviewer, now, note)
            return replace(known, status=status, version=known.version + 1, updated_at=now, reviews=(*known.reviews, review))

    def count_statuses(self) -> dict[Status, int]:
        """Return how many contradictions have each status."""
        query = select(_K.c.status, func.count().label("number")).group_by(_K.c.status)
        with self._read() as connection:
            return {row.status: row.number for row in connection.execute(query)}

    def _filter_contradictions(self, query: Select[Any], filters: ContradictionFilter) -> Select[Any]:
        for column, values in ((_K.c.status, filters.status), (_K.c.relation, filters.relation), (_K.c.kind, filters.kind)):
            if values:
                query = query.where(column.in_(values))
        if filters.min_probability is not None:
            query = query.where(_K.c.probability >= filters.min_probability)
        if filters.thread_id is not None:
            query = query.where(_K.c.thread_id == filters.thread_id)
        if filters.until is not None:
            query = query.where(_SIDE_A.c.published_at < filters.until, _SIDE_B.c.published_at < filters.until)
        if filters.watched:
            query = query.where(self._watched([_SIDE_A, _SIDE_B], _K.c.thread_id))
        for condition in self._on_a_side(filters):
            query = query.where(or_(condition(_SIDE_A), condition(_SIDE_B)))
        return query

    def _narrowed(self, connection: Connection, query: Select[Any], filters: ContradictionFilter) -> Select[Any]:
        """Return the query begun from the claims where one of the filters leaves few of them.

        Without this the database walks over every contradiction, in their order, to find the few; where many pass, that very
        walk is the fast way, since it ends with the page.
        """
        claims = tables.claims
        conditions = [condition(claims) for condition in self._on_a_side(filters)]
        if filters.until is not None:
            conditions.append(claims.c.published_at < filters.until)
        for condition in conditions:
            passing = select(claims.c.id).where(condition)
            few = select(func.count()).select_from(passing.limit(FEW_CLAIMS + 1).subquery())
            if connection.execute(few).scalar_one() <= FEW_CLAIMS:
                links = [select(_L.c.id).where(_L.c[side].in_(passing)) for side in ("a_id", "b_id")]
                query = query.where(_K.c.link_id.in_(union(*links)))
        return query

    def _on_a_side(self, filters: ContradictionFilter) -> list[Callable[[FromClause], ColumnElement[bool]]]:
        """Return the conditions of which each must hold for the claim on one side or the other."""
        found: list[Callable[[FromClause], ColumnElement[bool]]] = []
        for name, value in (("publisher", filters.publisher), ("article_id", filters.article_id), ("lang", filters.lang)):
            if value is not None:
                found.append(partial(_equals, name, value))
        for words, columns, loc in ((filters.speaker, ("speaker",), "speaker"), (filters.q, SAID, "q")):
            if words is not None:
                found.append(partial(self._has_words, words, columns, loc))
        if filters.since is not None:
            found.append(partial(_since, filters.since))
        return found

    def _has_words(self, words: str, columns: Sequence[str], loc: str, claims: FromClause) -> ColumnElement[bool]:
        return self._words(words, columns, claims=claims, loc=loc)


def _equals(name: str, value: str, claims: FromClause) -> ColumnElement[bool]:
    return claims.c[name] == value


def _since(moment: datetime, claims: FromClause) -> ColumnElement[bool]:
    return claims.c.published_at >= moment


def _joined(*columns: Any) -> Select[Any]:  # noqa: ANN401
    source = _K.join(_L, _L.c.id == _K.c.link_id)
    source = source.join(_SIDE_A, _SIDE_A.c.id == _L.c.a_id).join(_SIDE_B, _SIDE_B.c.id == _L.c.b_id)
    return select(*columns).select_from(source)


def _whole() -> Select[Any]:
    """Return the query whose rows `_load` reads."""
    own = [column.label(f"own_{column.name}") for column in _K.c]
    source = _K.join(_L, _L.c.id == _K.c.link_id).join(_J, _J.c.id == _K.c.judgement_id)
    source = source.join(_SIDE_A, _SIDE_A.c.id == _L.c.a_id).join(_SIDE_B, _SIDE_B.c.id == _L.c.b_id)
    return select_judgements(*own).select_from(source)


def _get(connection: Connection, contradiction_id: str) -> Contradiction:
    found = _load(connection, _whole().where(_K.c.id == contradiction_id))
    if not found:
        raise NotFound(f"no contradiction has the id {contradiction_id}", loc=("id",))
    return found[0]


def _load(connection: Connection, query: Select[Any]) -> list[Contradiction]:
    rows = connection.execute(query).mappings().all()
    links = links_of_rows(connection, rows)
    reviews = _reviews(connection, [row["own_id"] for row in rows])
    return [
        Contradiction(
            id=row["own_id"],
            judgement=link.judgement,
            status=row["own_status"],
            created_at=row["own_created_at"],
            updated_at=row["own_updated_at"],
            version=row["own_version"],
            thread_id=row["own_thread_id"],
            sources_a=row["own_sources_a"],
            sources_b=row["own_sources_b"],
            reviews=tuple(reviews.get(row["own_id"], ())),
        )
        for row, link in zip(rows, links, strict=True)
    ]


def _reviews(connection: Connection, contradiction_ids: Sequence[str]) -> dict[str, list[Review]]:
    found: dict[str, list[Review]] = {}
    for some in chunks(contradiction_ids):
        rows: Sequence[RowMapping] = (
            connection.execute(select(_R).where(_R.c.contradiction_id.in_(some)).order_by(_R.c.id)).mappings().all()
        )
        for row in rows:
            review = Review(row["status"], row["reviewer"], row["reviewed_at"], row["note"])
            found.setdefault(row["contradiction_id"], []).append(review)
    return found
