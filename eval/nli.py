"""NLI sets scored with one model or several, side by side. `python -m eval nli --data FILE… --model NAME… [--sample N]`.

Prints one JSON line for each model and set, then a table and McNemar's test of each two models on standard error. Answers are
kept by the hashes of model and data, so the same command goes on where a run stopped.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval import baselines, datasets, hub, nli_scores, places, results
from eval.datasets import Row, Survey
from eval.lines import SUFFIXES
from eval.metrics import LABELS_OF, Bools
from eval.nli_scores import Gold
from eval.predicting import fingerprint, predict
from models import registry
from models.types import NliModel

CACHE = Path("build/eval-cache")
FORMATS = [pattern for suffix in SUFFIXES for pattern in (f"*{suffix}", f"*{suffix}.gz")]


def expand(named: Iterable[str]) -> list[Path]:
    """The files, of each folder the files in it that can be read, and of "hf:owner/name/path" the file fetched from the hub."""
    out: list[Path] = []
    for name in named:
        path = hub.fetch(name) if name.startswith(hub.PREFIX) else Path(name)
        if not path.exists():
            raise places.NoData(f"{path} is not here")
        out += sorted({p for f in FORMATS for p in path.glob(f) if p.suffix != ".txt"}) if path.is_dir() else [path]
    return out


def gold_of(found: Survey, rows: Iterable[Row]) -> Gold:
    """What the rows hold beside their texts."""
    names = LABELS_OF[found.task]
    kept = [(names.index(r.label), r.line, sys.intern(r.lang), sys.intern(r.category), r.id) for r in rows]
    labels, lines, langs, categories, ids = zip(*kept, strict=True)
    return Gold(found, np.array(labels, np.int64), np.array(lines, np.int64), langs, categories, ids)


class Run:
    """One evaluation: sets that were surveyed, and models that are asked one after the other."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.numbers = tuple(options.int_labels.split(",")) if options.int_labels else ()
        self.sets = [datasets.survey(path, skip_bad=options.skip_bad, numbers=self.numbers) for path in expand(options.data)]
        self.gold = [gold_of(found, self.rows(found)) for found in self.sets]
        self.hits: list[list[Bools]] = [[] for _ in self.sets]

    def rows(self, found: Survey) -> Iterable[Row]:
        """The rows of a set that are asked."""
        return datasets.rows(found, sample=self.options.sample, seed=self.options.seed, numbers=self.numbers)

    def ask(self, name: str, model: NliModel) -> list[dict[str, Any]]:
        """The figures of a model on every set, each printed as soon as it is there."""
        mark = fingerprint(name, model)
        out = []
        for k, found in enumerate(self.sets):
            line: dict[str, Any] = {"model": name, "version": model.info.version, "runtime": model.info.runtime}
            line |= {"fingerprint": mark, "set": found.name, "data": found.digest, "no_gold": found.no_gold}
            line |= {"bad_lines": len(found.bad_lines), "shared_ids": found.shared_ids}
            out.append(line | self._score(k, model, mark))
            results.say({key: value for key, value in out[-1].items() if key not in ("reliability", "worst")})
        return out

    def _score(self, k: int, model: NliModel, mark: str) -> dict[str, Any]:
        found, gold, options = self.sets[k], self.gold[k], self.options
        of = f"-{options.sample}-{options.seed}" if len(gold.labels) < found.rows else ""
        kept = None if options.no_cache else options.cache / f"{mark}-{found.digest}{of}.f32"
        what, total = f"{model.info.name} on {found.name}", len(gold.labels)
        given = predict(model, ((r.premise, r.hypothesis) for r in self.rows(found)), total=total, what=what, kept=kept)
        self.hits[k].append(nli_scores.right(gold, given.probabilities))
        out = nli_scores.figures(gold, given.probabilities, rounds=options.rounds, worst=options.errors)
        out["pairs_per_s"] = given.pairs_per_s
        if options.symmetry:
            back = None if kept is None else kept.with_name(f"{kept.stem}-swapped.f32")
            pairs = ((r.hypothesis, r.premise) for r in self.rows(found))
            turned = predict(model, pairs, total=total, what=f"{what}, swapped", kept=back)
            out |= nli_scores.symmetry(given.probabilities, turned.probabilities)
        if options.texts:
            self._add_texts(found, out["worst"])
        return out

    def _add_texts(self, found: Survey, worst: dict[str, list[dict[str, Any]]]) -> None:
        wanted = {row["line"]: row for rows in worst.values() for row in rows}
        for row in self.rows(found):
            if row.line in wanted:
                wanted[row.line] |= {"premise": row.premise, "hypothesis": row.hypothesis}

    def compare(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """McNemar's test of each two models on each set, with p corrected for all of them."""
        out = [
            {"set": found.name, **row}
            for found, hits in zip(self.sets, self.hits, strict=True)
            for row in nli_scores.compare(names, hits)
        ]
        nli_scores.holm(out)
        return out


def loader(options: argparse.Namespace, load: Callable[[str], NliModel]) -> Callable[[str], NliModel]:
    """Models by name, baselines among them; the training rows are read once, when the first baseline needs them."""
    read: list[baselines.Train] = []

    def train() -> baselines.Train:
        if not read:
            path = options.train or places.find("nli", "train", "en_mix.jsonl.gz")
            read.append(baselines.read_train(path, seed=options.seed))
        return read[0]

    def named(name: str) -> NliModel:
        if name.startswith(baselines.PREFIX):
            return baselines.load(name.removeprefix(baselines.PREFIX), train)
        return load(name)

    return named


def parser() -> argparse.ArgumentParser:
    """The options."""
    out = argparse.ArgumentParser(prog="python -m eval nli", description=__doc__)
    out.add_argument("--data", nargs="+", required=True, help="files or folders of them, or hf:owner/name/path of a data set")
    out.add_argument("--model", nargs="+", default=[registry.BUNDLED], help="bundled, directories, hub ids, baseline:NAME")
    out.add_argument("--baselines", action="store_true", help=f"all of {', '.join(baselines.NAMES)} too")
    out.add_argument("--train", type=Path, help="rows that baselines are fitted on")
    out.add_argument("--sample", type=int, help="at most so many random rows of each set")
    out.add_argument("--seed", type=int, default=1)
    out.add_argument("--skip-bad", action="store_true", help="leave bad lines out and count them")
    out.add_argument("--int-labels", metavar="LABELS", help='what 0, 1, 2 mean, as "entailment,neutral,contradiction"')
    out.add_argument("--symmetry", action="store_true", help="ask every pair the other way round too")
    out.add_argument("--rounds", type=int, default=2000, help="bootstrap draws")
    out.add_argument("--errors", type=int, default=20, help="worst false alarms and misses to name")
    out.add_argument("--texts", action="store_true", help="with their texts: mind the licence of the set")
    out.add_argument("--cache", type=Path, default=CACHE)
    out.add_argument("--no-cache", action="store_true")
    out.add_argument("--json", type=Path, help="write everything to this file")
    return out


def main(argv: Sequence[str], *, load: Callable[[str], NliModel] = registry.load_nli) -> int:
    """Prints one JSON line per model and set, and the table on standard error."""
    options = parser().parse_args(argv)
    run = Run(options)
    names = [*options.model, *(f"{baselines.PREFIX}{name}" for name in baselines.NAMES if options.baselines)]
    get = loader(options, load)
    lines = [line for name in names for line in run.ask(name, get(name))]
    compared = run.compare(names)
    sys.stderr.write(results.table([{key: row.get(key) for key in results.NLI_COLUMNS} for row in lines]))
    if compared:
        sys.stderr.write(results.table(compared))
    if options.json:
        sets = [{"set": s.name, "data": s.digest, "rows": s.rows, "labels": dict(s.labels)} for s in run.sets]
        results.write(options.json, {"sets": sets, "figures": lines, "compared": compared, "sample": options.sample})
    return 0
