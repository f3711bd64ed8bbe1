"""Nearest vectors in memory: compared with each while they are few, by an HNSW graph when they are many."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.types import FloatArray
from service.errors import InputError
from service.store.index_rows import ANYWHERE, Batch, Rows, Within, write_rows

EXACT_BELOW = 20_000
"""Up to this many vectors the index compares with each of them."""

_CONNECTIVITY = 16
_EXPANSION_ADD = 128
_EXPANSION_SEARCH = 64
_MAX_FETCH = 2_000  # beyond it, a filter lets so little through that looking at all that passes it is the faster way
_BLOCK = 50_000
_QUERIES = 32  # compared at once: one pass over the matrix serves them all

Fetch = Callable[[Sequence[int]], Mapping[int, tuple[str, FloatArray]]]
"""From keys to (claim id, vector as stored), for those that still exist."""


class Nearest:
    """Unit vectors by rising integer keys, with the id, language and time that go with each.

    The graph holds int8 (each vector scaled by its largest component), a quarter of the memory of float32; so similarities
    from a graph are good to about 0.005, and exact if `search` gets a `fetch` that brings the stored vectors of its
    candidates. Not safe for threads; `VectorIndex` takes care of that.
    """

    def __init__(self, dimension: int, *, exact_below: int = EXACT_BELOW) -> None:
        self.dimension = dimension
        self.exact_below = exact_below
        self._rows = Rows()
        self._matrix: FloatArray = np.empty((0, dimension), np.float32)
        self._graph: Any = None

    def __len__(self) -> int:
        return self._rows.living

    @property
    def total(self) -> int:
        """How many vectors were ever added, removed ones among them."""
        return len(self._rows.keys)

    @property
    def is_exact(self) -> bool:
        """True while every vector is compared."""
        return self._graph is None

    @property
    def last_key(self) -> int:
        """The highest key that was ever added, or 0."""
        return int(self._rows.keys[-1]) if len(self._rows.keys) else 0

    @property
    def newest(self) -> tuple[int, str] | None:
        """The key and id that were added last and not removed since."""
        slot = self._rows.last_living()
        return None if slot is None else (int(self._rows.keys[slot]), self._rows.id_of(slot))

    @property
    def share_dead(self) -> float:
        """How much of the index is removed vectors, in [0, 1]: they cost memory until it is rebuilt."""
        return 1.0 - self._rows.living / self.total if self.total else 0.0

    def add(self, batch: Batch) -> None:
        """Add vectors; raises InputError for a wrong size, numbers that are not finite, or keys that do not rise."""
        vectors = self._checked(batch.vectors)
        if len(vectors) == 0:
            return
        if batch.keys[0] <= self.last_key or (np.diff(batch.keys) <= 0).any():
            raise InputError(f"keys must rise; the index ends at {self.last_key}", loc=("keys",))
        start = self._rows.add(batch)
        if self._graph is None and start + len(vectors) <= self.exact_below:
            self._matrix = write_rows(self._matrix, start, vectors, end=start + len(vectors))
            return
        if self._graph is None:
            self._graph = new_graph(self.dimension)
            vectors = np.concatenate([self._matrix[:start], vectors])
            self._matrix, start = np.empty((0, self.dimension), np.float32), 0
        for first in range(0, len(vectors), _BLOCK):
            block = vectors[first : first + _BLOCK]
            slots = np.arange(start + first, start + first + len(block), dtype=np.uint64)
            self._graph.add(slots, _to_int8(block), threads=1)

    def remove(self, keys: Sequence[int]) -> int:
        """Return how many of these keys were there; they are not found again."""
        return self._rows.remove(keys)

    def search(
        self, vectors: FloatArray, k: int, *, within: Within = ANYWHERE, fetch: Fetch | None = None
    ) -> list[list[tuple[str, float]]]:
        """Return for each vector (n, dimension) the nearest k as (id, similarity), nearest first."""
        queries = self._checked(vectors)
        if self._graph is None:
            return self._search_exact(queries, k, within)
        found = [self._candidates(query, k, within) for query in queries]
        if fetch is None:
            return [self._top(slots, self._decoded(slots) @ query, k) for query, slots in zip(queries, found, strict=True)]
        stored = fetch(np.unique(self._rows.keys[np.concatenate(found)]).tolist()) if found else {}
        return [self._ranked(query, slots, k, stored) for query, slots in zip(queries, found, strict=True)]

    def parts(self) -> tuple[Any, Rows]:
        """Return the graph and the rows of an index that is not exact, to be saved."""
        return self._graph, self._rows

    @classmethod
    def of_parts(cls, graph: Any, rows: Rows, *, exact_below: int = EXACT_BELOW) -> "Nearest":  # noqa: ANN401
        """Return the index that `parts` came from; InputError if the two do not fit together."""
        if len(graph) != len(rows.keys):
            raise InputError(f"the graph holds {len(graph)} vectors and the rows {len(rows.keys)}", loc=("index",))
        index = cls(graph.ndim, exact_below=exact_below)
        index._graph, index._rows = graph, rows
        return index

    def _checked(self, vectors: FloatArray) -> FloatArray:
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            message = f"vectors have shape {vectors.shape}; this index takes (n, {self.dimension})"
            raise InputError(f"{message}: they come from another model, so reindex the ledger for it", loc=("vectors",))
        if not np.isfinite(vectors).all():
            raise InputError("a vector holds NaN or infinity; the model that made it is at fault", loc=("vectors",))
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _search_exact(self, queries: FloatArray, k: int, within: Within) -> list[list[tuple[str, float]]]:
        slots = np.flatnonzero(self._rows.passes(within))
        matrix = self._matrix[: self.total]
        found: list[list[tuple[str, float]]] = []
        for first in range(0, len(queries), _QUERIES):
            similarities = queries[first : first + _QUERIES] @ matrix.T
            found += [self._top(slots, row[slots], k) for row in similarities]
        return found

    def _candidates(self, query: FloatArray, k: int, within: Within) -> NDArray[np.int64]:
        """Return slots of near vectors that pass the filter, about 2k of them, as the graph or int8 sees it."""
        code = _to_int8(query[None])[0]
        wanted, total = 2 * k, self.total
        fetched = wanted
        while fetched <= _MAX_FETCH:
            self._graph.expansion_search = max(_EXPANSION_SEARCH, fetched)
            slots = np.asarray(self._graph.search(code, min(fetched, total), threads=1).keys, dtype=np.int64)
            slots = slots[self._rows.passes(within, slots)]
            if len(slots) >= wanted or fetched >= total:
                return slots[:wanted]
            fetched *= 4
        return self._scan(query, wanted, within)

    def _scan(self, query: FloatArray, wanted: int, within: Within) -> NDArray[np.int64]:
        slots = np.flatnonzero(self._rows.passes(within))
        similarities = np.empty(len(slots), np.float32)
        for first in range(0, len(slots), _BLOCK):
            block = slots[first : first + _BLOCK]
            similarities[first : first + len(block)] = self._decoded(block) @ query
        return slots[_largest(similarities, wanted)]

    def _ranked(
        self, query: FloatArray, slots: NDArray[np.int64], k: int, stored: Mapping[int, tuple[str, FloatArray]]
    ) -> list[tuple[str, float]]:
        """Return the nearest k by the vectors as stored; candidates that are stored no more are left out."""
        pairs = [(slot, stored.get(key)) for slot, key in zip(slots, self._rows.keys[slots].tolist(), strict=True)]
        living = [(slot, row[1]) for slot, row in pairs if row is not None and row[0] == self._rows.id_of(slot)]
        if not living:
            return []
        similarities = np.stack([vector for _, vector in living]) @ query
        return self._top(np.array([slot for slot, _ in living]), similarities, k)

    def _decoded(self, slots: NDArray[np.int64]) -> FloatArray:
        codes = np.asarray(self._graph.get(slots.astype(np.uint64)), dtype=np.float32).reshape(len(slots), self.dimension)
        return np.asarray(codes / np.linalg.norm(codes, axis=1, keepdims=True), np.float32)

    def _top(self, slots: NDArray[np.int64], similarities: FloatArray, k: int) -> list[tuple[str, float]]:
        return [(self._rows.id_of(slots[at]), min(1.0, float(similarities[at]))) for at in _largest(similarities, k)]


def new_graph(dimension: int) -> Any:  # noqa: ANN401
    """Return an empty HNSW graph over int8 codes.

    M = 16 and these expansions reach a recall@20 of 0.99 on a million vectors; see docs of the index benchmark.
    """
    from usearch.index import Index

    return Index(
        ndim=dimension,
        metric="cos",
        dtype="i8",
        connectivity=_CONNECTIVITY,
        expansion_add=_EXPANSION_ADD,
        expansion_search=_EXPANSION_SEARCH,
    )


def _to_int8(vectors: FloatArray) -> NDArray[np.int8]:
    """Return each vector scaled so that its largest component is ±127; the cosine does not mind the scale."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    codes: NDArray[np.int8] = np.rint(vectors * (127.0 / np.maximum(largest, 1e-12))).astype(np.int8)
    return codes


def _largest(similarities: FloatArray, k: int) -> NDArray[np.int64]:
    """Return the places of the k largest, largest first, ties in order of place."""
    if len(similarities) > k:
        kept = np.sort(np.argpartition(-similarities, k - 1)[:k])
        return np.asarray(kept[np.argsort(-similarities[kept], kind="stable")], np.int64)
    return np.argsort(-similarities, kind="stable").astype(np.int64)
