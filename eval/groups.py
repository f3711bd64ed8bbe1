"""Claim groups: every pair of the claims of a topic, judged and scored. `python -m eval groups [--model NAME] [FILE…]`."""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval import metrics
from eval.metrics import Bools
from models import registry
from models.training.groups import GroupPair, plain, topic_pairs, with_metadata
from models.training.mix import read_jsonl
from models.types import NLI_LABELS, RELATIONS, FloatArray, NliModel, Pair, PairScores

DEV = Path("eval/data/groups/dev.jsonl")
TRAIN = Path("models/training/data/groups")
CONTRADICTION = NLI_LABELS.index("contradiction")


@dataclass(frozen=True, slots=True)
class Scored:
    """All pairs of some topics and what a model says of them, on the texts alone and with who says it and when."""

    pairs: list[GroupPair]
    texts: PairScores
    metadata: PairScores


def read_pairs(files: Sequence[Path], *, topics: int | None = None, seed: int = 1) -> list[GroupPair]:
    """Every pair of the topics, of `topics` random ones where given."""
    found = [t for path in files for t in read_jsonl(path)]
    if topics is not None and topics < len(found):
        found = random.Random(seed).sample(found, topics)
    return [pair for topic in found for part in topic_pairs(topic) for pair in part]


def judge(model: NliModel, pairs: list[GroupPair]) -> Scored:
    """What the model says of the pairs, in both forms."""
    return Scored(pairs, model.judge([plain(p) for p in pairs]), model.judge([with_metadata(p) for p in pairs]))


def contradiction(scores: PairScores) -> FloatArray:
    """Probability of contradiction, the mean of both directions, (n,)."""
    return np.asarray((scores.forward[:, CONTRADICTION] + scores.backward[:, CONTRADICTION]) / 2, np.float32)


def report(scored: Scored, *, threshold: float | None = None) -> dict[str, float]:
    """The figures of a model on claim groups, by name; a threshold comes from other topics."""
    pairs = scored.pairs
    gold = np.array([p.forward == CONTRADICTION for p in pairs])
    found = contradiction(scored.texts)
    out = {"pairs": float(len(pairs)), "contradictions": float(gold.sum())}
    for name, chosen in _kinds(pairs).items():
        if gold[chosen].any():
            out[f"AP {name}"] = metrics.average_precision(gold[chosen], found[chosen])
    both = [NLI_LABELS[label] for p in pairs for label in (p.forward, p.backward)]
    given = np.stack([scored.texts.forward, scored.texts.backward], 1).reshape(-1, len(NLI_LABELS))
    out["3-way macro-F1"] = metrics.macro_f1(both, [NLI_LABELS[i] for i in given.argmax(-1)])
    if scored.metadata.relation is not None:
        relations = [RELATIONS[p.relation] for p in pairs]
        out["relation macro-F1"] = metrics.macro_f1(relations, [RELATIONS[i] for i in scored.metadata.relation.argmax(-1)])
    if threshold is not None:
        out["threshold"] = threshold
        out |= {f"contradiction {k}": v for k, v in metrics.f1_at(threshold, gold, found).items()}
    return out


def _kinds(pairs: Sequence[GroupPair]) -> dict[str, Bools]:
    first, second = np.array([p.languages for p in pairs]).T
    out = {"all": np.ones(len(pairs), bool), "across languages": first != second}
    for lang in sorted(set(first) & set(second)):
        out[f"within {lang}"] = (first == lang) & (second == lang)
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


def main(argv: Sequence[str], *, load: Callable[[str], NliModel] = registry.load_nli) -> int:
    """Prints the figures of a model as JSON."""
    parser = argparse.ArgumentParser(prog="python -m eval groups", description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", default=[DEV])
    parser.add_argument("--model", default=registry.BUNDLED)
    parser.add_argument("--topics", type=int, help="only so many random topics")
    parser.add_argument("--train", type=Path, default=TRAIN, help="folder of topics that choose the threshold")
    parser.add_argument("--train-topics", type=int, default=20, help="how many of them; 0 for no threshold")
    options = parser.parse_args(argv)
    model = load(options.model)
    threshold = None
    if options.train_topics:
        seen = read_pairs(sorted(options.train.glob("train_*.jsonl")), topics=options.train_topics)
        scores = model.judge([plain(p) for p in seen])
        threshold = metrics.best_threshold(np.array([p.forward == CONTRADICTION for p in seen]), contradiction(scores))
    start = time.perf_counter()
    scored = judge(model, read_pairs(options.files, topics=options.topics))
    out = report(scored, threshold=threshold)
    out["pairs per second"] = 2 * len(scored.pairs) / (time.perf_counter() - start)
    out["order agreement"] = order_agreement(model, [plain(p) for p in scored.pairs if p.forward == CONTRADICTION])
    line = {"model": model.info.name, "version": model.info.version, "runtime": model.info.runtime}
    sys.stdout.write(json.dumps({**line, **{k: round(v, 4) for k, v in out.items()}}, ensure_ascii=False) + "\n")
    return 0
