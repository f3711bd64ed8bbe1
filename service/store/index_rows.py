"""What a vector index keeps for each vector beside the vector: key, id, language, time, and whether it was removed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Vectors to add: n of each, `keys` rising."""

    keys: NDArray[np.int64]
    ids: Sequence[str]
    vectors: FloatArray
    """(n, dimension), unit length."""
    langs: Sequence[str]
    times: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class Within:
    """What a search is confined to: `since` ≤ time < `until`, one of `langs`; None leaves it open."""

    since: datetime | None = None
    until: datetime | None = None
    langs: Collection[str] | None = None


ANYWHERE = Within()


class Rows:
    """What the index keeps for each slot beside its vector, in arrays that grow by doubling."""

    def __init__(self) -> None:
        self._size = 0
        self._columns: dict[str, NDArray[Any]] = {
            "keys": np.empty(0, np.int64),
            "ids": np.empty(0, "S30"),
            "langs": np.empty(0, np.int16),
            "times": np.empty(0, np.int64),
            "alive": np.empty(0, np.bool_),
        }
        self._lang_codes: dict[str, int] = {}
        self.living = 0

    @property
    def keys(self) -> NDArray[np.int64]:
        """Keys by slot, rising."""
        return self._columns["keys"][: self._size]

    def id_of(self, slot: Any) -> str:  # noqa: ANN401
        """Return the id in a slot."""
        name: bytes = self._columns["ids"][slot]
        return name.decode()

    def add(self, batch: Batch) -> int:
        """Return the slot of the first of these rows."""
        start, end = self._size, self._size + len(batch.ids)
        langs = [self._lang_codes.setdefault(lang, len(self._lang_codes)) for lang in batch.langs]
        values = {
            "keys": batch.keys,
            "ids": [name.encode() for name in batch.ids],
            "langs": langs,
            "times": [int(time.timestamp()) for time in batch.times],
            "alive": True,
        }
        for name, column in self._columns.items():
            self._columns[name] = write_rows(column, start, values[name], end=end)
        self._size = end
        self.living += end - start
        return start

    def remove(self, keys: Sequence[int]) -> int:
        """Return how many of the keys were alive."""
        wanted = np.unique(np.asarray(keys, np.int64))
        slots = np.searchsorted(self.keys, wanted)
        inside = slots < self._size
        slots, wanted = slots[inside], wanted[inside]
        slots = slots[self.keys[slots] == wanted]
        gone = int(self._columns["alive"][slots].sum())
        self._columns["alive"][slots] = False
        self.living -= gone
        return gone

    def last_living(self) -> int | None:
        """Return the highest slot that was not removed."""
        for slot in range(self._size - 1, -1, -1):
            if self._columns["alive"][slot]:
                return slot
        return None

    def passes(self, within: Within, slots: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
        """Return which of the slots (default: all) are alive and pass the filter."""
        chosen: Any = slice(0, self._size) if slots is None else slots
        mask: NDArray[np.bool_] = self._columns["alive"][chosen].copy()
        times = self._columns["times"][chosen]
        if within.since is not None:
            mask &= times >= within.since.timestamp()
        if within.until is not None:
            mask &= times < within.until.timestamp()
        if within.langs is not None:
            codes = [self._lang_codes[lang] for lang in within.langs if lang in self._lang_codes]
            mask &= np.isin(self._columns["langs"][chosen], codes)
        return mask

    def export(self) -> dict[str, Any]:
        """Return the columns as arrays for a file."""
        columns = {name: column[: self._size] for name, column in self._columns.items()}
        return columns | {"lang_names": np.array(list(self._lang_codes), dtype=np.str_)}

    @classmethod
    def restore(cls, columns: Mapping[str, NDArray[Any]]) -> "Rows":
        """Return the rows that `export` gave; raises KeyError or ValueError if they are not whole."""
        rows = cls()
        rows._lang_codes = {str(lang): code for code, lang in enumerate(columns["lang_names"])}
        rows._columns = {name: columns[name].astype(column.dtype, copy=False) for name, column in rows._columns.items()}
        sizes = {len(column) for column in rows._columns.values()}
        if len(sizes) != 1:
            raise ValueError(f"columns of different lengths: {sorted(sizes)}")
        rows._size = sizes.pop()
        rows.living = int(rows._columns["alive"].sum())
        return rows


def write_rows(array: NDArray[Any], start: int, values: Any, *, end: int) -> NDArray[Any]:  # noqa: ANN401
    """Return the array with the values in rows `start` to `end`; it doubles when it is full, so that growing stays cheap."""
    if end > len(array):
        grown = np.empty((max(end, 2 * len(array)), *array.shape[1:]), array.dtype)
        grown[:start] = array[:start]
        array = grown
    array[start:end] = values
    return array
