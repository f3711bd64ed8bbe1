"""A model's answers to a set, kept on disk by what the model and the data hold, so that a run that stops goes on where it was.

One file a model and set: float32, three a row, in the order of the set; beside it the seconds that were spent. A row that was
half written is cut off.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from eval.places import digest
from eval.progress import Progress
from models import card as cards
from models import registry
from models.types import NLI_LABELS, FloatArray, NliModel, Pair

CHUNK = 512
"""Pairs asked at once; the model makes batches of near lengths of them."""
ROW_BYTES = 4 * len(NLI_LABELS)


@dataclass(frozen=True, slots=True)
class Answers:
    """Probabilities (n, 3) of a set and the speed at which they were made (NaN where all were there already)."""

    probabilities: FloatArray
    pairs_per_s: float


def fingerprint(name: str, model: NliModel) -> str:
    """16 hex digits or so that change where the model's weights, name, version or engine do."""
    info = model.info
    parts = [name, info.name, info.version, info.runtime]
    if name == registry.BUNDLED:
        parts += [digest(path) for path in sorted(cards.WEIGHTS.glob(f"judge-*/{cards.CARD}"))]
    elif (Path(name) / cards.CARD).is_file():
        parts.append(digest(Path(name) / cards.CARD))
    elif Path(name).is_dir():
        parts.append(digest(Path(name)))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def predict(
    model: NliModel, pairs: Iterable[Pair], *, total: int, what: str, kept: Path | None = None, chunk: int = CHUNK
) -> Answers:
    """The answers of a model to `total` pairs, read as they come; those in the file `kept` are not asked again."""
    source = iter(pairs)
    if kept is None:
        start = time.perf_counter()
        parts = list(_chunks(model, source, Progress(what, total), chunk))
        speed = total / max(1e-9, time.perf_counter() - start)
        return Answers(np.concatenate(parts) if parts else np.zeros((0, 3), np.float32), speed)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch()
    done = min(kept.stat().st_size // ROW_BYTES, total)
    spent, asked = _spent(kept)
    with kept.open("r+b") as out:
        out.truncate(done * ROW_BYTES)
        out.seek(0, 2)
        start = time.perf_counter()
        for part in _chunks(model, islice(source, done, None), Progress(what, total, done=done), chunk):
            out.write(part.tobytes())
            out.flush()
            spent, asked, start = spent + time.perf_counter() - start, asked + len(part), time.perf_counter()
            _note(kept).write_text(json.dumps({"seconds": spent, "pairs": asked}), encoding="utf-8")
    found = np.fromfile(kept, np.float32).reshape(-1, len(NLI_LABELS))
    return Answers(found, asked / spent if spent else float("nan"))


def _chunks(model: NliModel, pairs: Iterator[Pair], progress: Progress, size: int) -> Iterator[FloatArray]:
    while part := list(islice(pairs, size)):
        yield np.ascontiguousarray(model.predict(part), np.float32)
        progress.step(len(part))
    progress.close()


def _note(kept: Path) -> Path:
    return kept.with_suffix(".json")


def _spent(kept: Path) -> tuple[float, int]:
    try:
        raw = json.loads(_note(kept).read_text(encoding="utf-8"))
        return float(raw["seconds"]), int(raw["pairs"])
    except (OSError, ValueError, KeyError):
        return 0.0, 0
