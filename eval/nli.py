"""NLI sets scored with one model or several. `python -m eval nli --data FILE… --model NAME… [--sample N]`."""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval import metrics
from models import registry
from models.training.mix import read_jsonl
from models.types import NLI_LABELS, NliModel, Pair


@dataclass(frozen=True, slots=True)
class NliSet:
    """One set: pairs and their labels."""

    name: str
    pairs: list[Pair]
    labels: list[str]


def read_set(path: Path, *, sample: int | None = None, seed: int = 1) -> NliSet:
    """The rows of a JSONL file, plain or gzipped, of which `sample` random ones where given.

    Raises ValueError, naming file and line, for a row without premise, hypothesis and a known label.
    """
    rows = [_row(raw, path, number) for number, raw in enumerate(read_jsonl(path), 1)]
    if sample is not None and sample < len(rows):
        rows = random.Random(seed).sample(rows, sample)
    return NliSet(path.name.split(".")[0], [(a, b) for a, b, _ in rows], [label for _, _, label in rows])


def _row(raw: dict[str, Any], path: Path, number: int) -> tuple[str, str, str]:
    values = raw.get("premise"), raw.get("hypothesis"), raw.get("label")
    if not all(isinstance(v, str) for v in values):
        raise ValueError(f"{path}:{number}: a row needs the texts premise, hypothesis and label; it has {sorted(raw)}")
    if values[2] not in (*NLI_LABELS, *metrics.TWO_WAY):
        raise ValueError(
            f"{path}:{number}: unknown label {values[2]!r}; known are {', '.join([*NLI_LABELS, *metrics.TWO_WAY])}"
        )
    return values  # type: ignore[return-value]


def score(model: NliModel, data: NliSet) -> dict[str, float]:
    """Accuracy with its 95 % interval, macro-F1, average precision of contradiction, calibration error, pairs a second."""
    start = time.perf_counter()
    probabilities = model.predict(data.pairs)
    took = time.perf_counter() - start
    predicted = metrics.predictions(data.labels, probabilities)
    right = np.array([g == p for g, p in zip(data.labels, predicted, strict=True)])
    low, high = metrics.interval(lambda rows: float(right[rows].mean()), len(right))
    against = np.array([label == "contradiction" for label in data.labels])
    return {
        "rows": float(len(right)),
        "accuracy": float(right.mean()),
        "low": low,
        "high": high,
        "macro_f1": metrics.macro_f1(data.labels, predicted),
        "contradiction_ap": metrics.average_precision(against, probabilities[:, NLI_LABELS.index("contradiction")]),
        "calibration_error": metrics.calibration_error(right, metrics.confidence(data.labels, probabilities)),
        "pairs_per_s": len(right) / took,
    }


def expand(paths: Iterable[Path]) -> list[Path]:
    """The files, and of each folder its JSONL files by name."""
    out: list[Path] = []
    for path in paths:
        out += sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")]) if path.is_dir() else [path]
    return out


def main(argv: Sequence[str], *, load: Callable[[str], NliModel] = registry.load_nli) -> int:
    """Prints one JSON line per model and set, and the table on standard error as it grows."""
    parser = argparse.ArgumentParser(prog="python -m eval nli", description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="JSONL files, plain or gzipped, or folders of them")
    parser.add_argument("--model", nargs="+", default=[registry.BUNDLED])
    parser.add_argument("--sample", type=int, help="at most so many random rows of each set")
    options = parser.parse_args(argv)
    for name in options.model:
        model = load(name)
        for path in expand(options.data):
            data = read_set(path, sample=options.sample)
            found = score(model, data)
            line = {"model": model.info.name, "version": model.info.version, "set": data.name}
            sys.stdout.write(json.dumps({**line, **{k: round(v, 4) for k, v in found.items()}}) + "\n")
            sys.stdout.flush()
    return 0
