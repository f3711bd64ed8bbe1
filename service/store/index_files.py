"""The files of a vector index: a graph, its rows, and a stamp that says what they are a copy of."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from service.errors import InputError
from service.store.index_rows import Rows
from service.store.nearest import Nearest, new_graph

_FORMAT = 1
_STAMP = "stamp.json"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an index is a copy of. `removal` is the last removal that it knows of."""

    ledger: str
    model: str
    version: str
    dimension: int
    removal: int
    format: int = _FORMAT
    name: str = ""
    graph_hash: str = ""
    rows_hash: str = ""


class IndexFiles:
    """One directory with the newest saved index.

    Each save writes files under a new name and then swaps the stamp, so that whoever dies in between, or writes at the same
    time from another process, leaves a stamp whose hashes fit whole files, or do not fit and are found out.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def exist(self) -> bool:
        """True if something was saved here."""
        return (self.directory / _STAMP).is_file()

    def save(self, index: Nearest, stamp: Stamp) -> None:
        """Write a graph index and drop the older files."""
        self.directory.mkdir(exist_ok=True)
        name = secrets.token_hex(8)
        graph, rows = self._paths(name)
        graph_of_index, rows_of_index = index.parts()
        graph_of_index.save(str(graph))
        with rows.open("wb") as file:
            np.savez(file, **rows_of_index.export())
        stamp = replace(stamp, name=name, graph_hash=_hash(graph), rows_hash=_hash(rows))
        fresh = self.directory / f"{name}.json"
        fresh.write_text(json.dumps(asdict(stamp), indent=1), encoding="utf-8")
        fresh.replace(self.directory / _STAMP)
        for path in self.directory.iterdir():
            if path.name != _STAMP and not path.name.startswith(name):
                path.unlink(missing_ok=True)

    def load(self, expected: Stamp, *, exact_below: int) -> tuple[Nearest, Stamp]:
        """Return the saved index and its stamp; InputError says why it does not fit `expected` or cannot be read."""
        stamp = self._read_stamp()
        for name in ("format", "ledger", "model", "version", "dimension"):
            found, wanted = getattr(stamp, name), getattr(expected, name)
            if found != wanted:
                raise InputError(f"{self.directory} is for {name} {found}, not {wanted}", loc=("index",))
        graph, rows = self._paths(stamp.name)
        for path, wanted in ((graph, stamp.graph_hash), (rows, stamp.rows_hash)):
            if not path.is_file():
                raise InputError(f"{path} is missing", loc=("index",))
            if _hash(path) != wanted:
                raise InputError(f"{path} is damaged: its hash is not the one in {_STAMP}", loc=("index",))
        return Nearest.of_parts(_load_graph(graph, stamp.dimension), _load_rows(rows), exact_below=exact_below), stamp

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self.directory / f"{name}.usearch", self.directory / f"{name}.npz"

    def _read_stamp(self) -> Stamp:
        path = self.directory / _STAMP
        try:
            return Stamp(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise InputError(f"{path} cannot be read: {error}", loc=("index",)) from error


def _load_graph(path: Path, dimension: int) -> Any:  # noqa: ANN401
    graph = new_graph(dimension)
    try:
        graph.load(str(path))
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{path} cannot be loaded: {error}", loc=("index",)) from error
    return graph


def _load_rows(path: Path) -> Rows:
    try:
        with np.load(path, allow_pickle=False) as columns:
            return Rows.restore(dict(columns))
    except (KeyError, ValueError, BadZipFile) as error:
        raise InputError(f"{path} cannot be loaded: {error}", loc=("index",)) from error


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
