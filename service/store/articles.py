"""The ledger's articles: taken in once, versioned, listed and deleted."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from service.errors import Conflict, CounterclaimError, EmptyText, InputError, NotFound
from service.records import Article, Submission, WireCandidate
from service.store import tables
from service.store.base import MAX_PAGE, Store, check_limit, check_text, chunks, read_cursor, write_cursor
from service.store.ids import new_id
from service.store.rows import article_of
from service.store.types import EVERY_ARTICLE, Added, ArticleFilter, Page
from service.store.vector_rows import drop_vectors

_A = tables.articles
_V = tables.article_versions

UNKNOWN_LANG = "und"
"""BCP 47 for an undetermined language: until processing finds it."""


class ArticleStore(Store):
    """Articles and their versions."""

    def add_article(self, submission: Submission) -> Added:
        """Return the stored article and whether it is new; it is durable when this returns.

        The same content under the same `external_id` (or, without one, from the same publisher) is the same article: nothing
        changes. New text or title under a known `external_id` becomes its next version, to be processed again. Raises
        EmptyText, InputError for text no database takes or a time without zone, and Conflict where the `external_id` belongs
        to another publisher.
        """
        with self._write() as connection:
            return self._add(connection, submission)

    def add_articles(self, submissions: Sequence[Submission]) -> list[Added | CounterclaimError]:
        """Return, for each submission in order, what `add_article` would return or raise; one transaction for all."""
        outcomes: list[Added | CounterclaimError] = []
        with self._write() as connection:
            for submission in submissions:
                try:
                    outcomes.append(self._add(connection, submission))
                except (InputError, Conflict) as error:
                    outcomes.append(error)
        return outcomes

    def get_article(self, article_id: str, *, version: int | None = None) -> Article:
        """Return the article, or one of its older versions; raises NotFound."""
        with self._read() as connection:
            return _get(connection, article_id, version=version)

    def get_articles(self, article_ids: Sequence[str]) -> dict[str, Article]:
        """Return those of the articles that exist, newest version, by id."""
        found: dict[str, Article] = {}
        with self._read() as connection:
            for some in chunks(article_ids):
                rows = connection.execute(_current().where(_A.c.id.in_(some))).mappings()
                found.update((row["id"], article_of(row)) for row in rows)
        return found

    def find_article(self, external_id: str) -> Article:
        """Return the article with the client's own key; raises NotFound."""
        with self._read() as connection:
            row = connection.execute(_current().where(_A.c.external_id == external_id)).mappings().first()
        if row is None:
            raise NotFound(f"no article has the external_id {external_id!r}", loc=("external_id",))
        return article_of(row)

    def article_versions(self, article_id: str) -> list[Article]:
        """Return every version of the article, oldest first; raises NotFound."""
        query = _joined().where(_A.c.id == article_id).order_by(_V.c.version)
        with self._read() as connection:
            versions = [article_of(row) for row in connection.execute(query).mappings()]
        if not versions:
            raise NotFound(f"no article has the id {article_id}", loc=("id",))
        return versions

    def list_articles(
        self, filters: ArticleFilter = EVERY_ARTICLE, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Article]:
        """Return one page of articles, newest first."""
        query = _filtered(filters).order_by(_A.c.id.desc()).limit(check_limit(limit) + 1)
        if cursor is not None:
            query = query.where(_A.c.id < read_cursor(cursor, "articles", str)[0])
        with self._read() as connection:
            found = [article_of(row) for row in connection.execute(query).mappings()]
        more = write_cursor("articles", found[limit - 1].id) if len(found) > limit else None
        return Page(tuple(found[:limit]), more)

    def list_publishers(self) -> list[str]:
        """Return every outlet of the ledger, by name; the index is walked from name to name, not from article to article."""
        return self._distinct("articles", "publisher")

    def list_languages(self) -> list[str]:
        """Return the language of every claim in the ledger, each once."""
        return self._distinct("claims", "lang")

    def _distinct(self, table: str, name: str) -> list[str]:
        column = tables.metadata.tables[table].c[name]
        steps = select(func.min(column).label("value")).cte("steps", recursive=True)
        following = select(func.min(column)).where(column > steps.c.value).scalar_subquery()
        steps = steps.union_all(select(following).where(steps.c.value.is_not(None)))
        with self._read() as connection:
            return list(connection.execute(select(steps.c.value).where(steps.c.value.is_not(None))).scalars())

    def iter_articles(self, filters: ArticleFilter = EVERY_ARTICLE) -> Iterator[Article]:
        """Yield every article, oldest first, reading a page at a time; what is added meanwhile may come too."""
        after = ""
        while True:
            query = _filtered(filters).where(_A.c.id > after).order_by(_A.c.id).limit(MAX_PAGE)
            with self._read() as connection:
                page = [article_of(row) for row in connection.execute(query).mappings()]
            yield from page
            if len(page) < MAX_PAGE:
                return
            after = page[-1].id

    def delete_article(self, article_id: str) -> None:
        """Delete the article with its versions, claims, links and contradictions; raises NotFound."""
        with self._write() as connection:
            of_article = select(tables.claims.c.id).where(tables.claims.c.article_id == article_id)
            drop_vectors(connection, tables.vectors.c.claim_id.in_(of_article))
            if connection.execute(delete(_A).where(_A.c.id == article_id)).rowcount == 0:
                raise NotFound(f"no article has the id {article_id}", loc=("id",))

    def wire_candidates(
        self,
        bands: Sequence[str],
        *,
        but_not: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 200,
    ) -> list[WireCandidate]:
        """Return articles that share a band, newest first: the likely copies, to be compared by their signatures."""
        bands_table, signatures = tables.wire_bands, tables.wire_signatures
        sharing = select(bands_table.c.article_id).where(bands_table.c.band.in_(list(dict.fromkeys(bands))))
        query = (
            select(_A.c.id, _A.c.publisher, _A.c.published_at, _A.c.wire_group, signatures.c.signature)
            .join(signatures, signatures.c.article_id == _A.c.id)
            .where(_A.c.id.in_(sharing))
            .order_by(_A.c.id.desc())
            .limit(limit)
        )
        if but_not is not None:
            query = query.where(_A.c.id != but_not)
        query = _between(query, since, until)
        with self._read() as connection:
            return [WireCandidate(*row) for row in connection.execute(query)]

    def _add(self, connection: Connection, submission: Submission) -> Added:
        _check(submission)
        content = content_hash(submission)
        known = _find_known(connection, submission, content)
        if known is None:
            return Added(self._insert(connection, submission, content), created=True)
        same = select(_V.c.version).where(_V.c.article_id == known["id"], _V.c.content_hash == content)
        if connection.execute(same).first() is not None:
            return Added(_get(connection, known["id"]), created=False)
        if known["publisher"] != submission.publisher:
            message = f"external_id {submission.external_id!r} belongs to an article of {known['publisher']!r}"
            raise Conflict(f"{message}, not of {submission.publisher!r}; use another external_id", loc=("external_id",))
        version = known["version"] + 1
        values = self._values(submission) | {"version": version, "failure": None, "lease_until": None}
        connection.execute(update(_A).where(_A.c.id == known["id"]).values(**values))
        self._insert_version(connection, submission, content, article_id=known["id"], version=version)
        return Added(_get(connection, known["id"]), created=True)

    def _insert(self, connection: Connection, submission: Submission, content: str) -> Article:
        article_id = new_id("art")
        values = self._values(submission) | {
            "id": article_id,
            "external_id": submission.external_id or article_id,
            "version": 1,
        }
        connection.execute(insert(_A).values(**values, received_at=self._clock()))
        self._insert_version(connection, submission, content, article_id=article_id, version=1)
        return _get(connection, article_id)

    def _values(self, submission: Submission) -> dict[str, Any]:
        return {
            "publisher": submission.publisher,
            "published_at": submission.published_at,
            "lang": submission.lang or UNKNOWN_LANG,
            "state": "received",
            "attempts": 0,
        }

    def _insert_version(
        self, connection: Connection, submission: Submission, content: str, *, article_id: str, version: int
    ) -> None:
        values = {
            "article_id": article_id,
            "version": version,
            "content_hash": content,
            "publisher": submission.publisher,
            "published_at": submission.published_at,
            "lang": submission.lang or UNKNOWN_LANG,
            "title": submission.title,
            "url": submission.url,
            "text": submission.text,
            "assumed": list(submission.assumed),
            "received_at": self._clock(),
        }
        connection.execute(insert(_V).values(**values))


def content_hash(submission: Submission) -> str:
    """Return the SHA-256, in hex, of what makes two submissions the same content: title and text, to the code point."""
    return hashlib.sha256(f"{submission.title or ''}\0{submission.text}".encode()).hexdigest()


def _check(submission: Submission) -> None:
    for name in ("text", "publisher", "lang", "title", "url", "external_id"):
        check_text(getattr(submission, name), name)
    if not submission.text.strip():
        raise EmptyText("text is empty or white space; send the article's text", loc=("text",))
    if not submission.publisher.strip():
        raise InputError("publisher is empty; name the outlet", loc=("publisher",))
    if submission.published_at.tzinfo is None:
        message = f"published_at is {submission.published_at}, without a time zone; add one, for example Z for UTC"
        raise InputError(message, loc=("published_at",))


def _find_known(connection: Connection, submission: Submission, content: str) -> dict[str, Any] | None:
    query = select(_A.c.id, _A.c.publisher, _A.c.version)
    if submission.external_id is not None:
        query = query.where(_A.c.external_id == submission.external_id)
    else:
        query = query.join(_V, _V.c.article_id == _A.c.id)
        query = query.where(_V.c.content_hash == content, _V.c.publisher == submission.publisher).order_by(_A.c.id).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def _joined() -> Select[Any]:
    return select(_A.c.id, _A.c.external_id, _A.c.wire_group, _A.c.state, _A.c.failure, _V).join(_V, _V.c.article_id == _A.c.id)


def _current() -> Select[Any]:
    return _joined().where(_V.c.version == _A.c.version)


def _get(connection: Connection, article_id: str, *, version: int | None = None) -> Article:
    query = _joined().where(_V.c.version == (_A.c.version if version is None else version), _A.c.id == article_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        which = article_id if version is None else f"{article_id} and version {version}"
        raise NotFound(f"no article has the id {which}", loc=("id",))
    return article_of(row)


def _filtered(filters: ArticleFilter) -> Select[Any]:
    query = _current()
    for name in ("state", "publisher", "lang", "wire_group", "external_id"):
        value = getattr(filters, name)
        if value is not None:
            query = query.where(_A.c[name] == value)
    return _between(query, filters.since, filters.until)


def _between(query: Select[Any], since: datetime | None, until: datetime | None) -> Select[Any]:
    if since is not None:
        query = query.where(_A.c.published_at >= since)
    if until is not None:
        query = query.where(_A.c.published_at < until)
    return query
