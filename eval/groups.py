"""Claim groups: every pair of the claims of a topic, judged and scored. `python -m eval groups [--model NAME…] [FILE…]`.

Intervals draw whole topics, since the pairs of a topic share their claims. The threshold is chosen on training topics.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval import baselines, curves, metrics, places, results
from eval.metrics import CONTRADICTION, Bools, Ints
from eval.predicting import fingerprint
from models import registry
from models.training.groups import GroupPair, plain, topic_pairs, with_metadata
from models.training.mix import read_jsonl
from models.types import NLI_LABELS, RELATIONS, FloatArray, NliModel, Pair, PairScores

DEV = places.ROOT / "eval/data/groups/dev.jsonl"
TRAIN = places.ROOT / "models/training/data/groups"
FOUR_WAY = {
    "repeat or support": ("repeat", "support"),
    "contradiction or dispute": ("contradiction", "dispute"),
    "update": ("update",),
    "unrelated": ("unrelated",),
}
"""What an editor tells apart → the relations that it holds."""
CURVES = ("curve", "costs", "reliability", "worst")
LEADERBOARD = (
    "AP all", "AP all interval", "AP within en", "AP across languages", "contradiction f1", "3-way macro-F1",
    "relation macro-F1", "four-way macro-F1", "order agreement",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scored:
    """All pairs of some topics and what a model says of them, on the texts alone and with who says it and when."""

    pairs: list[GroupPair]
    topics: list[str]
    texts: PairScores
    metadata: PairScores


def read_pairs(files: Sequence[Path], *, topics: int | None = None, seed: int = 1) -> list[tuple[str, GroupPair]]:
    """Every pair with the name of its topic; of `topics` random topics where given."""
    found = [t for path in files for t in read_jsonl(path)]
    if topics is not None and topics < len(found):
        found = random.Random(seed).sample(found, topics)
    return [(f"{k} {topic['topic']}", pair) for k, topic in enumerate(found) for part in topic_pairs(topic) for pair in part]


def judge(model: NliModel, named: Sequence[tuple[str, GroupPair]]) -> Scored:
    """What the model says of the pairs, in both forms."""
    pairs = [pair for _, pair in named]
    texts, metadata = model.judge([plain(p) for p in pairs]), model.judge([with_metadata(p) for p in pairs])
    return Scored(pairs, [topic for topic, _ in named], texts, metadata)


def contradiction(scores: PairScores) -> FloatArray:
    """Probability of contradiction, the mean of both directions, (n,)."""
    return np.asarray((scores.forward[:, CONTRADICTION] + scores.backward[:, CONTRADICTION]) / 2, np.float32)


def contradicts(pairs: Sequence[GroupPair]) -> Bools:
    """Which pairs the gold calls contradictions, (n,)."""
    return np.array([p.forward == CONTRADICTION for p in pairs], bool)


def report(scored: Scored, *, threshold: float | None = None, rounds: int = 200) -> dict[str, Any]:
    """The figures of a model on claim groups, by name; a threshold comes from other topics."""
    pairs, gold, found = scored.pairs, contradicts(scored.pairs), contradiction(scored.texts)
    out: dict[str, Any] = {"pairs": len(pairs), "topics": len(set(scored.topics)), "contradictions": int(gold.sum())}
    for name, chosen in _kinds(pairs).items():
        if gold[chosen].any():
            out[f"AP {name}"] = metrics.average_precision(gold[chosen], found[chosen])
    out["AP all interval"] = metrics.cluster_interval(
        lambda rows: metrics.average_precision(gold[rows], found[rows]), scored.topics, rounds=rounds
    )
    both = np.array([label for p in pairs for label in (p.forward, p.backward)], np.int64)
    given = np.stack([scored.texts.forward, scored.texts.backward], 1).reshape(-1, len(NLI_LABELS)).argmax(-1)
    out["3-way macro-F1"] = float(metrics.macro_f1_of(metrics.confusion(both, given, len(NLI_LABELS))))
    out |= _relations(scored, rounds)
    if threshold is not None:
        out["threshold"] = threshold
        out |= {f"contradiction {k}": v for k, v in metrics.f1_at(threshold, gold, found).items()}
        out["contradiction f1 interval"] = metrics.cluster_interval(
            lambda rows: metrics.f1_at(threshold, gold[rows], found[rows])["f1"], scored.topics, rounds=rounds
        )
        out["recall by phenomenon"] = _by_phenomenon(pairs, gold, found >= threshold)
    return out


def _relations(scored: Scored, rounds: int) -> dict[str, Any]:
    """Macro-F1 of the six relations and of the four that an editor tells apart; nothing where the model has no such head."""
    given = scored.metadata.relation
    if given is None:
        return {}
    gold = np.array([p.relation for p in scored.pairs], np.int64)
    place = np.array([next(k for k, members in enumerate(FOUR_WAY.values()) if name in members) for name in RELATIONS])
    merged = np.stack([given[:, place == k].sum(-1) for k in range(len(FOUR_WAY))], -1)
    six, four = _f1(gold, given.argmax(-1), len(RELATIONS)), _f1(place[gold], merged.argmax(-1), len(FOUR_WAY))
    classes = metrics.per_class(metrics.confusion(place[gold], merged.argmax(-1), len(FOUR_WAY)))
    every = np.arange(len(gold))
    return {
        "relation macro-F1": six(every),
        "relation macro-F1 interval": metrics.cluster_interval(six, scored.topics, rounds=rounds),
        "four-way macro-F1": four(every),
        "four-way macro-F1 interval": metrics.cluster_interval(four, scored.topics, rounds=rounds),
        "four-way F1": {name: float(classes["f1"][k]) for k, name in enumerate(FOUR_WAY)},
    }


def _f1(gold: Ints, given: Ints, count: int) -> Callable[[Ints], float]:
    return lambda rows: float(metrics.macro_f1_of(metrics.confusion(gold[rows], given[rows], count)))


def _kinds(pairs: Sequence[GroupPair]) -> dict[str, Bools]:
    first, second = np.array([p.languages for p in pairs]).T
    out = {"all": np.ones(len(pairs), bool), "across languages": first != second}
    for lang in sorted(set(first) & set(second)):
        out[f"within {lang}"] = (first == lang) & (second == lang)
    return out


def _by_phenomenon(pairs: Sequence[GroupPair], gold: Bools, called: Bools) -> dict[str, dict[str, float]]:
    """Of the contradictions that show a phenomenon, how many there are and the share that is called."""
    names = sorted({name for p in pairs for name in p.phenomena})
    out = {}
    for name in names:
        rows = gold & np.array([name in p.phenomena for p in pairs])
        if rows.any():
            out[name] = {"contradictions": float(rows.sum()), "recall": float(called[rows].mean())}
    return out


def order_agreement(model: NliModel, pairs: Sequence[Pair], *, threshold: float | None = None) -> float:
    """Share of the pairs called contradiction one way round that are called so the other way round too.

    A pair is called so where contradiction is the most probable label, or at least `threshold` where given. Asked in separate
    calls, as a user would: a model that gives both directions in one pass has no advantage.
    """

    def called(scores: FloatArray) -> Bools:
        if threshold is not None:
            return scores[:, CONTRADICTION] >= threshold
        chosen: Bools = scores.argmax(-1) == CONTRADICTION
        return chosen

    one, other = called(model.predict(pairs)), called(model.predict([(b, a) for a, b in pairs]))
    either = one | other
    return float((one & other).sum() / either.sum()) if either.any() else float("nan")


def operating_threshold(model: NliModel, files: Sequence[Path], *, topics: int = 20) -> float:
    """The probability of contradiction with the best F1 on `topics` random topics of training files."""
    seen = [pair for _, pair in read_pairs(files, topics=topics)]
    return metrics.best_threshold(contradicts(seen), contradiction(model.judge([plain(p) for p in seen])))


def train_files(path: Path) -> list[Path]:
    """The file itself, or the training files in a folder."""
    return sorted(path.glob("train_*.jsonl")) if path.is_dir() else [path]


def main(argv: Sequence[str], *, load: Callable[[str], NliModel] = registry.load_nli) -> int:
    """Prints the figures of each model as a JSON line, and the leaderboard on standard error."""
    parser = argparse.ArgumentParser(prog="python -m eval groups", description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", default=[DEV])
    parser.add_argument("--model", nargs="+", default=[registry.BUNDLED], help="bundled, directories, hub ids, baseline:NAME")
    parser.add_argument("--baselines", action="store_true", help="all baselines too, fitted on the training topics")
    parser.add_argument("--topics", type=int, help="only so many random topics")
    parser.add_argument("--train", type=Path, default=TRAIN, help="topics that choose the threshold: a file or a folder")
    parser.add_argument("--train-topics", type=int, default=20, help="how many of them; 0 for no threshold")
    parser.add_argument("--errors", type=int, default=20, help="worst false alarms and misses to name")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args(argv)
    named = read_pairs(options.files, topics=options.topics)
    names = [*options.model, *(f"{baselines.PREFIX}{name}" for name in baselines.NAMES if options.baselines)]
    found = {}
    for name in names:
        found[name] = measured(name, _loaded(name, options.train, load), named, options)
        results.say({key: value for key, value in found[name].items() if key not in CURVES})
    sys.stderr.write(leaderboard(found))
    if options.json:
        data = {path.name: places.digest(path) for path in options.files}
        results.write(options.json, {"data": data, "pairs": len(named), "topics": options.topics, "models": found})
    return 0


def leaderboard(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures by which models on claim groups are compared, a line each."""
    return results.table([{"model": name, **{key: row.get(key) for key in LEADERBOARD}} for name, row in found.items()])


def _loaded(name: str, train: Path, load: Callable[[str], NliModel]) -> NliModel:
    """A model of the registry, or a baseline fitted on both directions of all pairs of the training topics."""
    if not name.startswith(baselines.PREFIX):
        return load(name)

    def rows() -> baselines.Train:
        pairs = [pair for _, pair in read_pairs(train_files(train))]
        both = [(plain(p), p.forward) for p in pairs] + [((p.b.text, p.a.text), p.backward) for p in pairs]
        chosen = random.Random(1).sample(both, min(baselines.FIT_ROWS, len(both)))
        return [pair for pair, _ in chosen], [label for _, label in chosen], places.digest(train)

    return baselines.load(name.removeprefix(baselines.PREFIX), rows)


def measured(name: str, model: NliModel, named: Sequence[tuple[str, GroupPair]], options: argparse.Namespace) -> dict[str, Any]:
    """Figures, curves and worst errors of one model."""
    count = options.train_topics
    threshold = operating_threshold(model, train_files(options.train), topics=count) if count else None
    start = time.perf_counter()
    scored = judge(model, named)
    spent = time.perf_counter() - start
    out: dict[str, Any] = {"model": name, "version": model.info.version, "runtime": model.info.runtime}
    out |= {"fingerprint": fingerprint(name, model), **report(scored, threshold=threshold)}
    out["pairs per second"] = 2 * len(scored.pairs) / spent
    out["order agreement"] = order_agreement(model, [plain(p) for p in scored.pairs if p.forward == CONTRADICTION])
    gold, found = contradicts(scored.pairs), contradiction(scored.texts)
    out |= {"curve": curves.precision_recall(gold, found), "costs": curves.costs(gold, found)}
    return out | {"reliability": metrics.reliability(gold, found), "worst": _worst(scored, gold, found, options.errors)}


def _worst(scored: Scored, gold: Bools, found: FloatArray, count: int) -> dict[str, list[dict[str, Any]]]:
    """The contradictions seen least and the other pairs that most look like one, with their texts: the set is ours to print."""
    order = np.argsort(-found, kind="stable")

    def rows(chosen: Ints) -> list[dict[str, Any]]:
        return [
            {
                "topic": scored.topics[i].split(" ", 1)[1],
                "premise": scored.pairs[i].a.text,
                "hypothesis": scored.pairs[i].b.text,
                "label": RELATIONS[scored.pairs[i].relation],
                "probability": float(found[i]),
            }
            for i in chosen
        ]

    return {"false_alarms": rows(order[~gold[order]][:count]), "misses": rows(order[gold[order]][::-1][:count])}
