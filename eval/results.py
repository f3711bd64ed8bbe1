"""How figures leave an evaluation: as JSON in which an undefined figure is null, and as a table on a terminal."""

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.places import ROOT

NLI_COLUMNS = (
    "model",
    "set",
    "task",
    "rows",
    "accuracy",
    "accuracy_interval",
    "macro_f1",
    "auc",
    "calibration_error",
    "pairs_per_s",
)


def plain(value: Any) -> Any:  # noqa: ANN401
    """The value as JSON can hold it: NaN and infinities null, floats of six digits, tuples lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [plain(x) for x in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def say(value: Mapping[str, Any]) -> None:
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def write(path: Path, value: Mapping[str, Any]) -> None:
    """A JSON file, whole or not at all, with the machine and the moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(plain({**value, "made": made()}), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def made() -> dict[str, Any]:
    """When, on what machine and with which versions: written beside every figure."""
    import numpy
    import sklearn

    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip()[:12] or None,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
        "cores": os.cpu_count(),
        "processor": _processor(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def flat(value: Any, *, prefix: str = "") -> dict[str, float]:  # noqa: ANN401
    """Every number in nested mappings, by the path to it joined with "/"; lists are left out."""
    if isinstance(value, Mapping):
        return {k: v for key, x in value.items() for k, v in flat(x, prefix=f"{prefix}/{key}" if prefix else str(key)).items()}
    return {prefix: float(value)} if isinstance(value, int | float) and not isinstance(value, bool) else {}


def shown(value: Any) -> str:  # noqa: ANN401
    """A cell of a table."""
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.0f}" if abs(value) >= 100 or value == int(value) != 0 else f"{value:.3f}"
    if isinstance(value, list | tuple):
        return "–".join(shown(x) for x in value)
    return "–" if value is None else str(value)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as columns of text, numbers to the right."""
    if not rows:
        return ""
    head = list(rows[0])
    cells = [[shown(row.get(name)) for name in head] for row in rows]
    widths = [max(len(name), *(len(line[k]) for line in cells)) for k, name in enumerate(head)]
    texts = [isinstance(rows[0].get(name), str) for name in head]

    def line(values: Sequence[str]) -> str:
        fitted = zip(values, widths, texts, strict=True)
        return "  ".join(v.ljust(w) if left else v.rjust(w) for v, w, left in fitted).rstrip()

    return "\n".join([line(head), *map(line, cells)]) + "\n"


def warn(line: str) -> None:
    """One line on standard error."""
    sys.stderr.write(line + "\n")


def leaves(value: Any, *, prefix: str = "") -> list[tuple[str, Any]]:  # noqa: ANN401
    """Every value in nested mappings with the path to it; a pair of numbers under "NAME interval" stays one value."""
    if isinstance(value, Mapping):
        return [pair for key, x in value.items() for pair in leaves(x, prefix=f"{prefix} / {key}" if prefix else str(key))]
    if isinstance(value, list) and value and not all(isinstance(x, int | float) for x in value):
        return [(prefix, "; ".join(map(str, value)))]
    return [(prefix, value)]
