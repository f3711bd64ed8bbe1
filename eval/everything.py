"""Everything that this machine has the data for, and the report of it: `python -m eval all --out docs/report`.

Each part leaves one JSON file. A part whose file was made with the same options, code and weights is not run again, so that the
same command goes on where a run stopped. A part that fails is named at the end, and the others are run all the same.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from importlib import import_module
from io import StringIO
from pathlib import Path

from eval import places, report, results
from models import card as cards
from models.errors import ModelError
from service.errors import CounterclaimError

DATA = places.ROOT / "eval/data"
KEYS = "keys.json"
FAST_TOPICS = ("--topics", "12", "--train-topics", "8")
ARTICLES = 100
"""Articles of each set that a run takes through the pipeline, where no other number is given."""


@dataclass(frozen=True, slots=True)
class Part:
    """One evaluation with its options, without the file it writes."""

    name: str
    options: tuple[str, ...] = ()
    data: dict[str, Path] = field(default_factory=dict)
    """What it is measured on, for parts that do not say so themselves."""
    fast: bool = False
    """Whether CI runs it."""


def parts(options: argparse.Namespace) -> list[Part]:
    """The parts of a run, the cheap ones first."""
    stories, articles = {"stories": DATA / "stories"}, {"articles": DATA / "articles/dev.jsonl"}
    sample = ("--sample", str(options.sample)) if options.sample else ()
    pairs = str(20 * options.sample if options.sample else 20_000)
    topics = FAST_TOPICS if options.fast else ()
    baselines = () if options.fast else ("--baselines",)
    ordinary = ("--pairs", pairs, "--limit", str(options.articles), "--out", str(options.work / "ordinary"))
    found = [
        Part("groups", (*topics, *baselines), fast=True),
        Part("extraction", ("--articles", str(DATA / "articles/dev.jsonl")), articles, fast=True),
        Part("checkworthy", sample),
        Part("retrieval", sample),
        Part("stories", (), stories),
        Part("linking", (), stories),
        Part("nli", _nli(options, sample)),
        Part("ordinary", ordinary),
    ]
    if options.ablation:
        found.append(Part("ablation", (), stories))
    if options.speed:
        found.append(Part("speed"))
    chosen = [p for p in found if p.fast or not options.fast]
    return [p for p in chosen if not options.only or p.name in options.only]


def _nli(options: argparse.Namespace, sample: tuple[str, ...]) -> tuple[str, ...]:
    more = ("--symmetry",) if options.symmetry else ()
    return ("--data", str(places.folder() / "nli/dev"), "--model", *options.model, "--baselines", "--skip-bad", *more, *sample)


def key(part: Part) -> str:
    """What a part's figures depend on, besides the data that it reads: options, code and weights."""
    total = hashlib.sha256("\0".join((part.name, *part.options)).encode())
    for package in ("models", "service", "eval"):
        for path in sorted((places.ROOT / package).rglob("*")):
            if path.suffix in (".py", ".toml") or path.name in (cards.CARD, "decision.json"):
                total.update(path.read_bytes())
    return total.hexdigest()[:16]


def run(part: Part, path: Path) -> None:
    """Runs a part into its file; CounterclaimError or ModelError where it cannot be run."""
    module = import_module(f"eval.{part.name}")
    if part.name == "speed":
        _run_speed(module.main, path)
    else:
        module.main([*part.options, "--json", str(path)])
    raw = results.read(path)
    if part.data or "made" not in raw:
        data = {name: places.digest(where) for name, where in part.data.items()}
        results.write(path, {**raw, **({"data": data} if data else {})})


def _run_speed(main: Callable[..., object], path: Path) -> None:
    heard = StringIO()
    with redirect_stdout(heard), suppress(SystemExit):  # 1 says that a limit was passed, which the figures say too
        main(["--json"], standalone_mode=False)
    results.write(path, {row["name"]: row for row in map(json.loads, heard.getvalue().splitlines())})


def parser() -> argparse.ArgumentParser:
    """The options."""
    out = argparse.ArgumentParser(prog="python -m eval all", description=__doc__)
    out.add_argument("--out", type=Path, default=Path("docs/report"), help="figures, plots and the report")
    out.add_argument("--work", type=Path, default=Path("build"), help="what is not part of the report: ledgers, lists to read")
    out.add_argument("--model", nargs="+", default=["bundled"], help="NLI models of the NLI sets")
    out.add_argument("--sample", type=int, help="at most so many random rows of each set")
    out.add_argument("--articles", type=int, default=ARTICLES, help="ordinary articles of each set through the pipeline")
    out.add_argument("--fast", action="store_true", help="the part that CI runs: our own sets, within a minute or two")
    out.add_argument("--symmetry", action="store_true", help="NLI pairs the other way round too")
    out.add_argument("--ablation", action="store_true", help="the stories without one stage at a time too")
    out.add_argument("--speed", action="store_true", help="time and size too")
    out.add_argument("--only", nargs="+", metavar="PART", help="only these parts")
    out.add_argument("--fresh", action="store_true", help="run what is there already too")
    return out


def main(argv: Sequence[str]) -> int:
    """Runs the parts and writes the report; 1 where a part could not be run."""
    options = parser().parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    noted = options.work / "eval-all" / hashlib.sha256(str(options.out.resolve()).encode()).hexdigest()[:8] / KEYS
    keys = json.loads(noted.read_text(encoding="utf-8")) if noted.exists() else {}
    failed = []
    for part in parts(options):
        path, mark = options.out / f"{part.name}.json", key(part)
        if not options.fresh and path.exists() and keys.get(part.name) == mark:
            results.warn(f"{part.name}: there already")
            continue
        results.warn(f"{part.name} …")
        start = time.monotonic()
        try:
            run(part, path)
        except (CounterclaimError, ModelError) as error:
            failed.append(f"{part.name}: {getattr(error, 'message', error)}")
            results.warn(failed[-1])
            continue
        keys[part.name] = mark
        noted.parent.mkdir(parents=True, exist_ok=True)
        noted.write_text(json.dumps(keys, indent=1), encoding="utf-8")
        results.warn(f"{part.name}: {time.monotonic() - start:.0f} s")
    if any(options.out.glob("*.json")):
        for path in report.write(options.out):
            results.warn(str(path))
    if failed:
        sys.stderr.write("\n".join(["these parts are missing:", *failed]) + "\n")
    return int(bool(failed))
