"""Takes articles out for processing and stores what was found in them, whole or not at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, or_, select, update

from service.errors import Conflict, InputError, NotFound
from service.records import Article, Claim
from service.store import tables
from service.store.articles import ArticleStore
from service.store.base import chunks
from service.store.findings import store_findings
from service.store.rows import claim_values
from service.store.threads import store_thread
from service.store.types import Processed, Saved
from service.store.vector_rows import check_vectors, drop_vectors, store_vectors

_A = tables.articles
_C = tables.claims

LEASE_S = 600
"""How long one worker may keep an article before another may take it; a long article takes seconds."""

MAX_ATTEMPTS = 3
"""An article whose processing ended without an answer this often counts as failed, so that it cannot stop the others."""


class ProcessingStore(ArticleStore):
    """The queue of articles to process, and the way back."""

    def lease_pending(self, *, limit: int = 1, lease_s: float = LEASE_S) -> list[Article]:
        """Return articles to process, oldest first; nobody else gets them until `lease_s` have passed.

        End with `save_processed`, `save_failed` or `release_leases`. An article that was leased three times and came back
        neither way becomes `failed`.
        """
        now = self._clock()
        with self._write() as connection:
            free = and_(_A.c.state == "received", or_(_A.c.lease_until.is_(None), _A.c.lease_until < now))
            worn = connection.execute(select(_A.c.id, _A.c.version).where(free, _A.c.attempts >= MAX_ATTEMPTS)).all()
            for article_id, version in worn:
                self._fail(connection, article_id, version, f"processing ended {MAX_ATTEMPTS} times without an answer")
            ids = connection.execute(select(_A.c.id).where(free).order_by(_A.c.id).limit(limit)).scalars().all()
            taken = {"lease_until": now + timedelta(seconds=lease_s), "attempts": _A.c.attempts + 1}
            connection.execute(update(_A).where(_A.c.id.in_(ids)).values(**taken))
        found = self.get_articles(ids)
        return [found[article_id] for article_id in ids if article_id in found]

    def release_leases(self, article_ids: Sequence[str]) -> None:
        """Give articles back unprocessed, for example when a worker is told to stop; the attempt does not count."""
        with self._write() as connection:
            for some in chunks(article_ids):
                held = and_(_A.c.id.in_(some), _A.c.state == "received", _A.c.lease_until.is_not(None))
                connection.execute(update(_A).where(held).values(lease_until=None, attempts=_A.c.attempts - 1))

    def end_leases(self) -> int:
        """Return how many articles came free that somebody held: after a crash, where no other worker can be at them.

        The attempts count, so that an article that brings the process down is tried three times and no more.
        """
        with self._write() as connection:
            held = and_(_A.c.state == "received", _A.c.lease_until.is_not(None))
            return connection.execute(update(_A).where(held).values(lease_until=None)).rowcount

    def count_pending(self) -> int:
        """Return how many articles wait for processing or are being processed."""
        with self._read() as connection:
            return connection.execute(select(func.count()).select_from(_A).where(_A.c.state == "received")).scalar_one()

    def save_failed(self, article_id: str, *, version: int, reason: str) -> bool:
        """Mark this version as failed, with the reason; False where it is no longer waiting."""
        with self._write() as connection:
            return self._fail(connection, article_id, version, reason)

    def retry_article(self, article_id: str) -> None:
        """Put a failed article back in the queue; raises NotFound, and Conflict if it has not failed."""
        with self._write() as connection:
            state = connection.execute(select(_A.c.state).where(_A.c.id == article_id)).scalar()
            if state is None:
                raise NotFound(f"no article has the id {article_id}", loc=("id",))
            if state != "failed":
                raise Conflict(f"{article_id} is {state}, not failed; there is nothing to retry", loc=("id",))
            again = {"state": "received", "failure": None, "attempts": 0, "lease_until": None}
            connection.execute(update(_A).where(_A.c.id == article_id).values(**again))

    def save_processed(self, processed: Processed) -> Saved:
        """Return what the ledger made of the findings, all stored in one transaction.

        Nothing is written (`done` False) where the article is gone, was processed meanwhile, or has a newer version. A claim
        that an older version made in the same words keeps its id, its first `published_at`, its links, contradictions and
        reviews; claims that this version no longer makes are marked withdrawn. A link that the ledger has keeps its sides and
        its judgement by the same model; judgements whose other claim is gone are left out. Raises InputError where vectors
        and claims do not fit together.
        """
        check_vectors(processed)
        with self._write() as connection:
            waiting = and_(_A.c.id == processed.article_id, _A.c.version == processed.version, _A.c.state == "received")
            article = connection.execute(select(_A).where(waiting)).mappings().first()
            if article is None:
                return Saved(done=False)
            now = self._clock()
            ids, kept, withdrawn = _store_claims(connection, processed, article, now)
            for some in chunks([*withdrawn, *kept]):
                drop_vectors(connection, tables.vectors.c.claim_id.in_(some))
            store_vectors(connection, processed, ids)
            _store_wire(connection, processed)
            for change in processed.threads:
                members = [ids.get(claim_id, claim_id) for claim_id in change.claim_ids]
                store_thread(connection, change, members, now)
            created = store_findings(connection, processed, ids, now)
            for item in created:
                self._emit(connection, "contradiction.created", item)
            self._touch(connection, processed, withdrawn, {item["id"] for item in created})
            self._finish(connection, processed, article, len(created))
        return Saved(True, ids, tuple(withdrawn), tuple(item["id"] for item in created))

    def _touch(self, connection: Connection, processed: Processed, withdrawn: Sequence[str], new: set[str]) -> None:
        """Write what changed in known contradictions, and give those whose claim was withdrawn a new version as well."""
        contradictions, links = tables.contradictions, tables.links
        changes: dict[str, dict[str, Any]] = {}
        for some in chunks(withdrawn):
            query = select(contradictions.c.id).join(links, links.c.id == contradictions.c.link_id)
            found = connection.execute(query.where(or_(links.c.a_id.in_(some), links.c.b_id.in_(some)))).scalars()
            changes.update((contradiction_id, {}) for contradiction_id in found)
        for item in processed.changed:
            changes[item.id] = {"sources_a": item.sources_a, "sources_b": item.sources_b, "thread_id": item.thread_id}
        for contradiction_id, values in changes.items():
            if contradiction_id in new:
                continue
            values |= {"version": contradictions.c.version + 1, "updated_at": self._clock()}
            result = connection.execute(update(contradictions).where(contradictions.c.id == contradiction_id).values(**values))
            if result.rowcount:
                self._emit(connection, "contradiction.updated", {"id": contradiction_id})

    def _finish(self, connection: Connection, processed: Processed, article: RowMapping, contradictions: int) -> None:
        done = {"state": "processed", "failure": None, "lease_until": None, "lang": processed.lang}
        if processed.wire_group is not None:
            done["wire_group"] = processed.wire_group
        connection.execute(update(_A).where(_A.c.id == processed.article_id).values(**done))
        versions = tables.article_versions
        same = and_(versions.c.article_id == processed.article_id, versions.c.version == processed.version)
        connection.execute(update(versions).where(same).values(lang=processed.lang))
        about = {"id": article["id"], "external_id": article["external_id"], "version": processed.version}
        counts = {"claims": len(processed.claims), "contradictions": contradictions}
        self._emit(connection, "article.processed", about | counts)

    def _fail(self, connection: Connection, article_id: str, version: int, reason: str) -> bool:
        waiting = and_(_A.c.id == article_id, _A.c.version == version, _A.c.state == "received")
        failed = {"state": "failed", "failure": reason, "lease_until": None}
        if connection.execute(update(_A).where(waiting).values(**failed)).rowcount == 0:
            return False
        self._emit(connection, "article.failed", {"id": article_id, "version": version, "reason": reason})
        return True


def _store_claims(
    connection: Connection,
    processed: Processed,
    article: RowMapping,
    now: datetime,
) -> tuple[dict[str, str], list[str], list[str]]:
    """Return the ids as given → as stored, the ids of kept claims, and those of claims withdrawn now."""
    older = and_(_C.c.article_id == processed.article_id, _C.c.withdrawn_at.is_(None))
    columns = (_C.c.id, _C.c.text, _C.c.speaker, _C.c.stance, _C.c.published_at)
    live: dict[tuple[str, ...], list[RowMapping]] = {}
    for row in connection.execute(select(*columns).where(older).order_by(_C.c.seq)).mappings():
        live.setdefault(_key(row["text"], row["speaker"], row["stance"]), []).append(row)
    ids: dict[str, str] = {}
    fresh: list[dict[str, Any]] = []
    kept: list[str] = []
    for claim in processed.claims:
        _check_claim(claim, processed)
        same = live.get(_key(claim.text, claim.attribution.speaker, claim.attribution.stance))
        known = same.pop(0) if same else None
        published_at = known["published_at"] if known else article["published_at"]
        values = claim_values(claim, version=processed.version, publisher=article["publisher"], published_at=published_at)
        ids[claim.id] = known["id"] if known else claim.id
        if known:
            kept.append(known["id"])
            connection.execute(update(_C).where(_C.c.id == known["id"]).values(**values))
        else:
            fresh.append(values | {"id": claim.id, "article_id": processed.article_id})
    if fresh:
        connection.execute(insert(_C), fresh)
    withdrawn = [row["id"] for rows in live.values() for row in rows]
    for some in chunks(withdrawn):
        connection.execute(update(_C).where(_C.c.id.in_(some)).values(withdrawn_at=now))
    return ids, kept, withdrawn


def _key(text: str, speaker: str | None, stance: str) -> tuple[str, ...]:
    return (" ".join(text.split()), speaker or "", stance)


def _check_claim(claim: Claim, processed: Processed) -> None:
    if claim.article_id != processed.article_id:
        message = f"claim {claim.id} is of article {claim.article_id}, but {processed.article_id} was processed"
        raise InputError(message, loc=("claims",))


def _store_wire(connection: Connection, processed: Processed) -> None:
    signatures, bands = tables.wire_signatures, tables.wire_bands
    connection.execute(delete(signatures).where(signatures.c.article_id == processed.article_id))
    connection.execute(delete(bands).where(bands.c.article_id == processed.article_id))
    if processed.wire is not None:
        values = {"article_id": processed.article_id, "signature": processed.wire.signature}
        connection.execute(insert(signatures).values(**values))
        rows = [{"band": band, "article_id": processed.article_id} for band in dict.fromkeys(processed.wire.bands)]
        if rows:
            connection.execute(insert(bands), rows)
    if processed.wire_group is not None:
        for some in chunks(processed.wire_members):
            connection.execute(update(_A).where(_A.c.id.in_(some)).values(wire_group=processed.wire_group))
