"""The ledger's vectors: what the vector index is built from, and can always be rebuilt from."""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select

from models.types import FloatArray
from service.errors import InputError
from service.records import ClaimContext
from service.store import tables
from service.store.base import Store, chunks
from service.store.claims import select_contexts
from service.store.rows import context_of, vector_bytes, vector_of
from service.store.types import ArticleClaims, Processed, VectorModel, VectorRow

_C = tables.claims
_E = tables.vectors
_G = tables.vector_removals
_W = tables.article_vectors


class VectorStore(Store):
    """Vectors of claims, by the model that made them."""

    def vectors_after(self, seq: int, *, model: str, version: str, limit: int = 5000) -> list[VectorRow]:
        """Return stored vectors of this model with a higher `seq`, in order of `seq`: what an index lacks since `seq`."""
        query = (
            select(_E.c.seq, _E.c.claim_id, _E.c.vector, _C.c.lang, _C.c.published_at)
            .join(_C, _C.c.id == _E.c.claim_id)
            .where(_E.c.model == model, _E.c.model_version == version, _E.c.seq > seq)
            .order_by(_E.c.seq)
            .limit(limit)
        )
        with self._read() as connection:
            rows = connection.execute(query).all()
        return [VectorRow(row.seq, row.claim_id, row.lang, row.published_at, vector_of(row.vector)) for row in rows]

    def removals_after(self, removal: int, *, limit: int = 5000) -> list[tuple[int, int]]:
        """Return (removal, `seq` of the vector that was deleted) for higher removals, in their order."""
        query = select(_G.c.seq, _G.c.vector_seq).where(_G.c.seq > removal).order_by(_G.c.seq).limit(limit)
        with self._read() as connection:
            return [(row.seq, row.vector_seq) for row in connection.execute(query)]

    def vectors_at(self, seqs: Sequence[int]) -> dict[int, tuple[str, FloatArray]]:
        """Return (claim id, vector) for those of the `seq` that the ledger still holds."""
        found: dict[int, tuple[str, FloatArray]] = {}
        with self._read() as connection:
            for some in chunks(seqs):
                rows = connection.execute(select(_E.c.seq, _E.c.claim_id, _E.c.vector).where(_E.c.seq.in_(some)))
                found.update((row.seq, (row.claim_id, vector_of(row.vector))) for row in rows)
        return found

    def ledger_id(self) -> str:
        """Return what tells this ledger from every other, for files that are kept beside it."""
        with self._read() as connection:
            value: str = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == "ledger_id")).scalar_one()
        return value

    def vector_models(self) -> list[VectorModel]:
        """Return the models whose vectors the ledger holds, the most used first."""
        count = func.count()
        query = select(_E.c.model, _E.c.model_version, func.max(_E.c.dimension), count)
        query = query.group_by(_E.c.model, _E.c.model_version).order_by(count.desc())
        with self._read() as connection:
            return [VectorModel(*row) for row in connection.execute(query)]

    def article_vectors(self, article_ids: Sequence[str], *, model: str, version: str) -> dict[str, FloatArray]:
        """Return article id → its unit vector by this model, for those that have one."""
        found: dict[str, FloatArray] = {}
        with self._read() as connection:
            for some in chunks(article_ids):
                mine = and_(_W.c.article_id.in_(some), _W.c.model == model, _W.c.model_version == version)
                rows = connection.execute(select(_W.c.article_id, _W.c.vector).where(mine))
                found.update((row.article_id, vector_of(row.vector)) for row in rows)
        return found

    def claims_with_vectors(self, article_ids: Sequence[str], *, model: str, version: str) -> ArticleClaims:
        """Return the live claims of these articles that this model has embedded."""
        ids: list[str] = []
        articles: list[str] = []
        vectors: list[FloatArray] = []
        columns = select(_C.c.id, _C.c.article_id, _E.c.vector).join(_E, _C.c.id == _E.c.claim_id)
        with self._read() as connection:
            for some in chunks(article_ids):
                live = and_(_C.c.article_id.in_(some), _C.c.withdrawn_at.is_(None))
                rows = connection.execute(columns.where(live, _E.c.model == model, _E.c.model_version == version))
                for row in rows:
                    ids.append(row.id)
                    articles.append(row.article_id)
                    vectors.append(vector_of(row.vector))
        return ArticleClaims(tuple(ids), tuple(articles), np.stack(vectors) if vectors else np.zeros((0, 0), np.float32))

    def articles_without_vector(self, *, model: str, version: str, limit: int = 50) -> dict[str, list[str]]:
        """Return article id → the standalone texts of its live claims, of articles that this model has not embedded yet."""
        made = select(_W.c.article_id).where(
            _W.c.article_id == _C.c.article_id, _W.c.model == model, _W.c.model_version == version
        )
        todo = select(_C.c.article_id).where(_C.c.withdrawn_at.is_(None), ~made.exists()).distinct().limit(limit)
        texts: dict[str, list[str]] = {}
        with self._read() as connection:
            ids = connection.execute(todo).scalars().all()
            live = and_(_C.c.article_id.in_(ids), _C.c.withdrawn_at.is_(None))
            for row in connection.execute(select(_C.c.article_id, _C.c.standalone).where(live).order_by(_C.c.seq)):
                texts.setdefault(row.article_id, []).append(row.standalone)
        return texts

    def add_article_vectors(self, article_ids: Sequence[str], vectors: FloatArray, *, model: str, version: str) -> None:
        """Store another model's vectors (n, dimension) of articles; articles gone meanwhile are left out."""
        rows = dict(zip(article_ids, vector_bytes(vectors), strict=True))
        articles = tables.articles
        with self._write() as connection:
            for some in chunks(article_ids):
                for article_id in connection.execute(select(articles.c.id).where(articles.c.id.in_(some))).scalars():
                    _put_article(connection, article_id, rows[article_id], model, version)

    def claims_without_vector(self, *, model: str, version: str, limit: int = 500) -> list[ClaimContext]:
        """Return live claims that this model has not embedded yet, oldest first: the work of a reindex."""
        made = select(_E.c.claim_id).where(_E.c.claim_id == _C.c.id, _E.c.model == model, _E.c.model_version == version)
        query = select_contexts().where(_C.c.withdrawn_at.is_(None), ~made.exists()).order_by(_C.c.seq).limit(limit)
        with self._read() as connection:
            return [context_of(row) for row in connection.execute(query).mappings()]

    def add_vectors(self, claim_ids: Sequence[str], vectors: FloatArray, *, model: str, version: str) -> None:
        """Store another model's vectors (n, dimension) of claims that have none by it; claims gone meanwhile are left out."""
        rows = dict(zip(claim_ids, vector_bytes(vectors), strict=True))
        with self._write() as connection:
            for some in chunks(claim_ids):
                living = connection.execute(select(_C.c.id).where(_C.c.id.in_(some), _C.c.withdrawn_at.is_(None))).scalars()
                _insert(connection, {claim_id: rows[claim_id] for claim_id in living}, vectors.shape[1], model, version)

    def drop_vectors(self, *, model: str, version: str) -> int:
        """Return how many vectors of a model that is no longer used were deleted."""
        with self._write() as connection:
            connection.execute(delete(_W).where(_W.c.model == model, _W.c.model_version == version))
            return drop_vectors(connection, and_(_E.c.model == model, _E.c.model_version == version))


def check_vectors(processed: Processed) -> None:
    """Raise InputError unless there is one vector for each claim, and a model that made them."""
    made = 0 if processed.vectors is None else len(processed.vectors)
    if made != len(processed.claims):
        raise InputError(f"{made} vectors came with {len(processed.claims)} claims; each claim needs one", loc=("vectors",))
    if made and not (processed.embedder and processed.embedder_version):
        raise InputError("the vectors name no model; set embedder and embedder_version", loc=("embedder",))


def drop_vectors(connection: Connection, which: ColumnElement[bool]) -> int:
    """Return how many vectors were deleted, each noted for the indexes that hold it."""
    connection.execute(insert(_G).from_select(["vector_seq"], select(_E.c.seq).where(which)))
    return connection.execute(delete(_E).where(which)).rowcount


def store_vectors(connection: Connection, processed: Processed, ids: Mapping[str, str]) -> None:
    """Store the vectors of the processed claims under their ids in the ledger."""
    if processed.vectors is None or not processed.claims:
        return
    stored = vector_bytes(processed.vectors)
    rows = {ids[claim.id]: vector for claim, vector in zip(processed.claims, stored, strict=True)}
    _insert(connection, rows, processed.vectors.shape[1], processed.embedder, processed.embedder_version)
    if processed.article_vector is not None:
        [whole] = vector_bytes(processed.article_vector[None])
        _put_article(connection, processed.article_id, whole, processed.embedder, processed.embedder_version)


def _put_article(connection: Connection, article_id: str, vector: bytes, model: str, version: str) -> None:
    """Store an article's vector in place of the one it may have by this model."""
    mine = {"article_id": article_id, "model": model, "model_version": version}
    same = and_(_W.c.article_id == article_id, _W.c.model == model, _W.c.model_version == version)
    connection.execute(delete(_W).where(same))
    connection.execute(insert(_W).values(**mine, vector=vector))


def _insert(connection: Connection, rows: Mapping[str, bytes], dimension: int, model: str, version: str) -> None:
    common = {"model": model, "model_version": version, "dimension": dimension}
    if rows:
        connection.execute(insert(_E), [common | {"claim_id": claim_id, "vector": vector} for claim_id, vector in rows.items()])
