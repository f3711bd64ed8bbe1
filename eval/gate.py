"""Holds the figures of a run against floors that only rise: `python -m eval gate RUN [--update]`.

A run is a folder of JSON files as `eval all` writes them. `baseline.json` names, for each mode of running, the data by hash
and row count, and for each figure a floor: the value it was measured at, and the margin under it with the reason for its width.
The gate fails where a figure is under its floor (over it, where less is better), where a figure is missing, and where the data
is not the data that the floors were measured on. `--update` raises what is better now and never lowers anything.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from eval import results
from eval.places import ROOT
from service.errors import InputError

BASELINE = ROOT / "eval/baseline.json"


@dataclass(frozen=True, slots=True)
class Floor:
    """What one figure must reach."""

    figure: str
    """The file of the run and the path in it, as "groups/AP all"."""
    measured: float
    margin: float
    why: str
    """Where the margin comes from."""
    less_is_better: bool = False

    @property
    def bound(self) -> float:
        """The value that still passes."""
        return self.measured + self.margin if self.less_is_better else self.measured - self.margin

    def passes(self, value: float) -> bool:
        """Whether a value is on the right side of the bound."""
        return value <= self.bound if self.less_is_better else value >= self.bound

    def better(self, value: float) -> bool:
        """Whether a value is better than what was measured."""
        return value < self.measured if self.less_is_better else value > self.measured


def read_run(folder: Path) -> tuple[dict[str, float], dict[str, str]]:
    """(figures by name, hash of each set with its row count) of a run; InputError where it holds none."""
    figures: dict[str, float] = {}
    data: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        raw = results.read(path)
        raw = {key: value for key, value in raw.items() if key not in ("made", "worst", "curve", "costs", "reliability")}
        if path.stem == "nli":
            data |= {f"nli/{s['set']}": f"{s['data']} {s['rows']} rows" for s in raw["sets"]}
            raw = _by_model(raw["figures"])
        elif isinstance(raw.get("data"), Mapping):
            rows = f" {raw['pairs']} rows" if isinstance(raw.get("pairs"), int) else ""
            data |= {f"{path.stem}/{name}": f"{digest}{rows}" for name, digest in raw["data"].items()}
        figures |= {f"{path.stem}/{name}": value for name, value in results.flat(raw).items()}
    if not figures:
        raise InputError(f"{folder} holds no figures: run `python -m eval all --out {folder}` first")
    return figures, data


def _by_model(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for row in rows:
        kept = {k: v for k, v in row.items() if k not in ("confusion", "worst", "reliability")}
        out.setdefault(str(row["model"]), {})[str(row["set"])] = kept
    return out


def read_baseline(path: Path, mode: str) -> tuple[list[Floor], dict[str, str]]:
    """(floors, data) of a mode; InputError, naming what is wrong, where the file does not hold them."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        part = raw[mode]
        floors = [Floor(**row) for row in part["floors"]]
        data = dict(part["data"])
    except OSError as error:
        raise InputError(f"{path} could not be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} holds no floors for {mode!r}: {type(error).__name__} {error}") from error
    for floor in floors:
        if not (math.isfinite(floor.measured) and math.isfinite(floor.margin) and floor.margin >= 0 and floor.why.strip()):
            raise InputError(f"{path}: {floor.figure} needs a finite value, a margin of 0 or more and a reason for it")
    return floors, data


INITIAL = (
    "groups/models/bundled/AP all", "groups/models/bundled/contradiction f1", "groups/models/bundled/relation macro-F1",
    "groups/models/bundled/four-way macro-F1", "groups/models/bundled/order agreement", "stories/rates/precision",
    "stories/rates/recall", "stories/rates/speaker right", "extraction/articles/*", "nli/bundled/*/accuracy",
    "ordinary/pairs/rate", "checkworthy/figures/extraction*/average precision",
    "retrieval/rankers/bundled/checked claims/PolitiFact/MAP@5", "retrieval/rankers/bundled/same event/AUC",
    "retrieval/rankers/bundled/across languages/mean first",
)  # fmt: skip
"""Figures that a first baseline holds, where the run has them; * stands for anything."""
LESS_IS_BETTER = ("ordinary/pairs/rate",)
LEAST_MARGIN, PLAIN_MARGIN = 0.005, 0.02
BY_INTERVAL = "half of the 95 % interval at the time of measuring: a run that is as good falls below it seldom"
BY_RULE = "no interval is measured: 0.02, what another processor or a reordering of equal scores can move at most"


def first_floors(folder: Path, figures: Mapping[str, float]) -> list[Floor]:
    """Floors for the figures of `INITIAL` that a run has, with margins of half their interval where the run measured one."""
    widths = _half_widths(folder)
    out = []
    for name, value in figures.items():
        if not any(fnmatchcase(name, pattern) for pattern in INITIAL) or name.endswith("a second"):
            continue
        margin, why = (max(LEAST_MARGIN, widths[name]), BY_INTERVAL) if name in widths else (PLAIN_MARGIN, BY_RULE)
        out.append(Floor(name, value, round(margin, 4), why, name in LESS_IS_BETTER))
    return out


def _half_widths(folder: Path) -> dict[str, float]:
    """Half of each measured interval, by the name of its figure."""
    out: dict[str, float] = {}
    for path in sorted(folder.glob("*.json")):
        raw = results.read(path)
        found = _by_model(raw["figures"]) if path.stem == "nli" else raw
        for name, value in results.leaves(found):
            figure = f"{path.stem}/{name.replace(' / ', '/')}"
            for end in (" interval", "_interval"):
                if figure.endswith(end) and isinstance(value, list) and None not in value:
                    out[figure.removesuffix(end)] = (value[1] - value[0]) / 2
    return out


def check(floors: Sequence[Floor], data: Mapping[str, str], run: tuple[Mapping[str, float], Mapping[str, str]]) -> list[str]:
    """A line for each thing that is wrong; none where the run passes."""
    figures, seen = run
    lines = [
        f"data: {name} is {seen.get(name, 'missing')}, the floors were measured on {wanted}"
        for name, wanted in data.items()
        if seen.get(name) != wanted
    ]
    for floor in floors:
        value = figures.get(floor.figure)
        if value is None or not math.isfinite(value):
            lines.append(f"missing: {floor.figure}, which must reach {floor.bound:.4f}")
        elif not floor.passes(value):
            side = "over" if floor.less_is_better else "under"
            lines.append(f"{side}: {floor.figure} is {value:.4f}, allowed is {floor.bound:.4f} (measured {floor.measured:.4f})")
    return lines


def updated(floors: Sequence[Floor], figures: Mapping[str, float], *, allow_regression: bool = False) -> list[Floor]:
    """The floors with what a run does better; InputError where it has no value for one, or one that does not pass.

    With `allow_regression` every floor takes the value of the run, lower ones too.
    """
    missing = [f.figure for f in floors if f.figure not in figures]
    if missing:
        raise InputError(f"the run lacks {', '.join(missing)}")
    worse = [f for f in floors if not f.passes(figures[f.figure])]
    if worse and not allow_regression:
        listed = "\n".join(f"  {f.figure}: {f.measured:.4f} → {figures[f.figure]:.4f}" for f in worse)
        raise InputError(f"these would be lowered; --allow-regression does it, and the commit should say why:\n{listed}")
    taken = [f if not (allow_regression or f.better(figures[f.figure])) else None for f in floors]
    return [kept or replace(f, measured=figures[f.figure]) for f, kept in zip(floors, taken, strict=True)]


def write(path: Path, mode: str, floors: Sequence[Floor], data: Mapping[str, str]) -> None:
    """The baseline with the floors of one mode replaced, the others as they were."""
    raw = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows = [
        {"figure": f.figure, "measured": round(f.measured, 6), "margin": f.margin, "why": f.why}
        | ({"less_is_better": True} if f.less_is_better else {})
        for f in floors
    ]
    raw[mode] = {"data": dict(sorted(data.items())), "floors": rows}
    path.write_text(json.dumps(raw, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(argv: Sequence[str]) -> int:
    """0 where the run passes, 1 where it does not, with a line for each reason."""
    parser = argparse.ArgumentParser(prog="python -m eval gate", description=__doc__.split("\n\n")[0])
    parser.add_argument("run", type=Path, help="the folder that `eval all --out` wrote")
    parser.add_argument("--mode", default="full", help="which floors: full, or fast for the part that CI runs")
    parser.add_argument("--baseline", type=Path, default=BASELINE)
    parser.add_argument("--init", action="store_true", help="write the first floors of a mode from this run")
    parser.add_argument("--update", action="store_true", help="raise the floors that this run beats")
    parser.add_argument("--allow-regression", action="store_true", help="with --update: lower them too, and take other data")
    options = parser.parse_args(argv)
    run = read_run(options.run)
    if options.init:
        _init(options, run)
        return 0
    floors, data = read_baseline(options.baseline, options.mode)
    if options.update:
        if not options.allow_regression and (other := check([], data, run)):
            raise InputError("\n".join([*other, "--allow-regression takes other data"]))
        kept = {name: run[1][name] for name in data if name in run[1]}
        write(options.baseline, options.mode, updated(floors, run[0], allow_regression=options.allow_regression), kept)
        return 0
    lines = check(floors, data, run)
    for floor in floors:
        if floor.figure in run[0] and floor.better(run[0][floor.figure]) and floor.passes(run[0][floor.figure]):
            results.warn(f"better: {floor.figure} is {run[0][floor.figure]:.4f}, measured was {floor.measured:.4f}")
    sys.stdout.write("\n".join(lines or [f"{len(floors)} floors held"]) + "\n")
    return int(bool(lines))


def _init(options: argparse.Namespace, run: tuple[Mapping[str, float], Mapping[str, str]]) -> None:
    """Writes the first floors of a mode; InputError where there are some already, which --update raises."""
    there = json.loads(options.baseline.read_text(encoding="utf-8")) if options.baseline.exists() else {}
    if options.mode in there and not options.allow_regression:
        raise InputError(f"{options.baseline} has floors for {options.mode!r}: --update raises them")
    write(options.baseline, options.mode, first_floors(options.run, run[0]), run[1])
