"""The vector index of one ledger: kept up with it, kept beside it in files, and rebuilt from it whenever they do not fit."""

import logging
import threading
from datetime import datetime
from pathlib import Path

import numpy as np

from models.types import FloatArray, ModelInfo
from service.errors import InputError, Unavailable
from service.store.index_files import IndexFiles, Stamp
from service.store.index_rows import Batch, Within
from service.store.ledger import Ledger
from service.store.nearest import EXACT_BELOW, Nearest

_PAGE = 5_000
_SAVE_AFTER = 0.1  # the share of new vectors after which the files are written again: a crash costs at most that much building
_MAX_DEAD = 0.3  # the share of removed vectors from which a saved graph is built anew

log = logging.getLogger(__name__)


class VectorIndex:
    """Nearest claims in a ledger, by the vectors of one model; safe for threads. Make it with `open`.

    Each search first takes in what was stored since the last one, by whichever process. Removed and withdrawn claims are not
    found. The index has files only once it is a graph (`<ledger>.index/`), since a small one is read from the ledger in a
    moment. They are only a copy: missing, damaged, of another model or of another ledger, they are rebuilt, and the log says
    why.
    """

    def __init__(
        self, ledger: Ledger, *, model: str, version: str, nearest: Nearest, files: IndexFiles | None, exact_below: int
    ) -> None:
        self._ledger = ledger
        self._model, self._version = model, version
        self._nearest, self._files, self._exact_below = nearest, files, exact_below
        self._lock = threading.RLock()
        self._removal = 0
        self._saved = 0

    @classmethod
    def open(
        cls,
        ledger: Ledger,
        info: ModelInfo,
        dimension: int,
        *,
        directory: Path | None = None,
        exact_below: int = EXACT_BELOW,
    ) -> "VectorIndex":
        """Return the index for this embedder, from its files where they fit; the rest is built now.

        Building takes minutes for a million claims. `directory` defaults to one beside the file of an embedded ledger; without
        either there are no files. Raises Unavailable if the ledger's vectors were all made by other models, and InputError if
        `dimension` is not theirs.
        """
        _check_model(ledger, info.name, info.version, dimension)
        nearest = Nearest(dimension, exact_below=exact_below)
        files = _files(ledger, directory)
        index = cls(ledger, model=info.name, version=info.version, nearest=nearest, files=files, exact_below=exact_below)
        index._open()
        return index

    def __len__(self) -> int:
        return len(self._nearest)

    @property
    def is_exact(self) -> bool:
        """True while every vector is compared."""
        return self._nearest.is_exact

    def search(
        self,
        vector: FloatArray,
        k: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        langs: tuple[str, ...] | None = None,
    ) -> list[tuple[str, float]]:
        """Return what `search_many` returns for one vector (dimension,)."""
        return self.search_many(vector[None], k, since=since, until=until, langs=langs)[0]

    def search_many(
        self,
        vectors: FloatArray,
        k: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        langs: tuple[str, ...] | None = None,
    ) -> list[list[tuple[str, float]]]:
        """Return for each unit vector (n, dimension) the nearest k claims as (claim id, similarity), nearest first.

        `since` ≤ `published_at` < `until`. Similarities are those of the stored vectors, whatever the index holds. Raises
        InputError for vectors of another size or with numbers that are not finite.
        """
        with self._lock:
            self.refresh()
            fetch = None if self.is_exact else self._ledger.vectors_at
            return self._nearest.search(vectors, k, within=Within(since, until, langs), fetch=fetch)

    def refresh(self) -> int:
        """Return how many vectors were added since the last time; writes the files now and then."""
        with self._lock:
            added = self._catch_up()
            if self._files and not self.is_exact and self._nearest.total - self._saved > self._nearest.total * _SAVE_AFTER:
                self.save()
            return added

    def save(self) -> None:
        """Write the files, if there are any to write; call it when the process ends."""
        with self._lock:
            if self._files is None or self.is_exact or self._nearest.total == self._saved:
                return
            self._files.save(self._nearest, self._stamp())
            self._saved = self._nearest.total

    def _open(self) -> None:
        if self._files is not None and self._files.exist:
            try:
                self._nearest, stamp = self._files.load(self._stamp(), exact_below=self._exact_below)
                self._removal, self._saved = stamp.removal, self._nearest.total
            except InputError as error:
                log.warning("vector index rebuilt: %s", error)
        self._catch_up()
        wrong = self._mismatch()
        if wrong:
            log.warning("vector index rebuilt: %s", wrong)
            self._nearest, self._removal, self._saved = self._empty(), 0, 0
            self._catch_up()
        self.save()

    def _mismatch(self) -> str:
        """Return why the index cannot be a copy of the ledger's vectors, or nothing."""
        if self._saved == 0:
            return ""
        stored = sum(m.count for m in self._ledger.vector_models() if (m.model, m.version) == (self._model, self._version))
        if stored != len(self._nearest):
            return f"it holds {len(self._nearest)} vectors and the ledger {stored}"
        newest = self._nearest.newest
        if newest is not None and self._ledger.vectors_at([newest[0]]).get(newest[0], ("",))[0] != newest[1]:
            return f"the ledger has another claim for vector {newest[0]}: it was set back since"
        if self._nearest.share_dead > _MAX_DEAD:
            return f"{self._nearest.share_dead:.0%} of it was removed"
        return ""

    def _catch_up(self) -> int:
        added = 0
        while True:
            removals = self._ledger.removals_after(self._removal, limit=_PAGE)
            if removals:
                self._nearest.remove([seq for _, seq in removals])
                self._removal = removals[-1][0]
            rows = self._ledger.vectors_after(self._nearest.last_key, model=self._model, version=self._version, limit=_PAGE)
            if rows:
                keys = np.array([row.seq for row in rows], np.int64)
                ids, langs, times = [r.claim_id for r in rows], [r.lang for r in rows], [r.published_at for r in rows]
                self._nearest.add(Batch(keys, ids, np.stack([row.vector for row in rows]), langs, times))
                added += len(rows)
            if max(len(removals), len(rows)) < _PAGE:
                return added

    def _empty(self) -> Nearest:
        return Nearest(self._nearest.dimension, exact_below=self._exact_below)

    def _stamp(self) -> Stamp:
        return Stamp(
            ledger=self._ledger.ledger_id(),
            model=self._model,
            version=self._version,
            dimension=self._nearest.dimension,
            removal=self._removal,
        )


def _files(ledger: Ledger, directory: Path | None) -> IndexFiles | None:
    if directory is None and ledger.path is not None:
        directory = ledger.path.with_name(ledger.path.name + ".index")
    return IndexFiles(directory) if directory else None


def _check_model(ledger: Ledger, model: str, version: str, dimension: int) -> None:
    held = ledger.vector_models()
    mine = [m for m in held if (m.model, m.version) == (model, version)]
    if held and not mine:
        others = ", ".join(f"{m.model} {m.version}" for m in held)
        message = f"the ledger's vectors were made by {others}, not by {model} {version}"
        raise Unavailable(f"{message}; run `counterclaim reindex`, or set the embedder back", loc=("embedder",))
    if mine and mine[0].dimension != dimension:
        message = f"{model} {version} makes vectors of {dimension} numbers, but those in the ledger have {mine[0].dimension}"
        raise InputError(f"{message}; give the changed model another version and reindex", loc=("embedder",))
