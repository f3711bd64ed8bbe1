"""False alarms on ordinary news: `python -m eval ordinary [--part pairs|ledgers] [--limit N]`.

An article rarely contradicts itself, and outlets rarely contradict one another. Two measures, over the archives at hand:

- pairs: random pairs of sentences of one text that share a name, and the share that the model calls a contradiction at the
  operating threshold, chosen on training claim groups. What was called is written as CSV, to be read by hand with `eval label`.
- ledgers: every set in one ledger through the whole pipeline, and what it flags for each 100 articles, listed as JSON lines.
  FNC-1 and ECB+ hold reports that do contradict one another, so this counts what an editor would see, not errors alone.

Both go on where a run stopped.
"""

import argparse
import csv
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from eval import metrics, news, places, results
from eval.groups import TRAIN, operating_threshold, train_files
from eval.metrics import CONTRADICTION
from eval.predicting import fingerprint, predict
from eval.progress import Progress
from models import registry
from models.types import FloatArray, ModelInfo, NliModel, Pair
from service.extract import sentences
from service.pipeline import Models, Pipeline
from service.records import Contradiction
from service.settings import Settings, load_settings
from service.store.ledger import Ledger

PAIRS = 20_000
PER_TEXT = 60
"""Pairs of one text that can be drawn at most, so that long texts do not fill the sample."""
WORDS = (6, 50)
READ_BY_HAND = 200
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w’'-]{2,}")
"""A capitalised word that does not begin its sentence."""


@dataclass(frozen=True, slots=True)
class SentencePair:
    """Two sentences of one text."""

    source: str
    a: str
    b: str


class BothWays:
    """A model whose answer is the mean of both directions, as a pair of claims is judged."""

    def __init__(self, model: NliModel) -> None:
        self._model = model
        self.info: ModelInfo = model.info
        self.judge = model.judge

    def predict(self, pairs: Sequence[Pair]) -> FloatArray:
        """Mean probabilities (n, 3) in the order of `NLI_LABELS`."""
        scores = self._model.judge(pairs)
        return np.asarray((scores.forward + scores.backward) / 2, np.float32)


def pairs_of(text: news.Text, rng: random.Random) -> list[SentencePair]:
    """Pairs of sentences of a text that share a name, `PER_TEXT` random ones at most."""
    spans = sentences.split(text.text, "en")
    kept = [" ".join(text.text[a:b].split()) for a, b in spans]
    kept = [s for s in kept if WORDS[0] <= len(s.split()) <= WORDS[1]]
    names = [set(_NAME.findall(s)) for s in kept]
    found = [
        SentencePair(text.id, a, b)
        for i, a in enumerate(kept)
        for j, b in enumerate(kept[i + 1 :], i + 1)
        if names[i] & names[j] and a != b
    ]
    return rng.sample(found, PER_TEXT) if len(found) > PER_TEXT else found


def sample(texts: Iterator[news.Text], *, count: int = PAIRS, seed: int = 1) -> list[SentencePair]:
    """`count` random pairs out of all texts, each as likely as any other, reading the texts one at a time."""
    rng = random.Random(seed)
    kept: list[SentencePair] = []
    seen = 0
    for text in texts:
        for pair in pairs_of(text, rng):
            seen += 1
            if len(kept) < count:
                kept.append(pair)
            elif (place := rng.randrange(seen)) < count:
                kept[place] = pair
    return kept


def called(
    model: NliModel, name: str, pairs: Sequence[SentencePair], *, threshold: float, folder: Path
) -> tuple[dict[str, Any], list[tuple[float, SentencePair]]]:
    """The rate of contradictions called, with its interval, overall and by set; and what was called, the surest first."""
    digest = sha256("\0".join(f"{p.a}\0{p.b}" for p in pairs).encode()).hexdigest()[:16]
    kept = folder / f"{fingerprint(name, model)}-{digest}.f32"
    texts = ((p.a, p.b) for p in pairs)
    given = predict(BothWays(model), texts, total=len(pairs), what="sentence pairs", kept=kept).probabilities
    probability = given[:, CONTRADICTION]
    hits = probability >= threshold
    out: dict[str, Any] = {"pairs": len(pairs), "data": digest, "threshold": threshold, "called": int(hits.sum())}
    out |= {"rate": float(hits.mean()), "rate_interval": metrics.share_interval(int(hits.sum()), len(pairs))}
    sets = np.array([p.source.split("/")[0] for p in pairs])
    out["sets"] = {
        str(s): {"pairs": int((sets == s).sum()), "rate": float(hits[sets == s].mean())} for s in sorted(set(sets.tolist()))
    }
    found = [(float(probability[k]), pairs[k]) for k in np.argsort(-probability, kind="stable") if hits[k]]
    return out, found


def write_pairs(path: Path, found: Sequence[tuple[float, SentencePair]], *, count: int = READ_BY_HAND, seed: int = 1) -> None:
    """A random part of what was called, as a CSV file that `eval label` reads."""
    chosen = random.Random(seed).sample(list(found), min(count, len(found)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(["id", "premise", "hypothesis", "probability", "source"])
        for number, (probability, pair) in enumerate(chosen):
            lines.writerow([number, pair.a, pair.b, f"{probability:.3f}", pair.source])


def ledger(name: str, models: Models, settings: Settings, *, folder: Path, limit: int | None) -> dict[str, Any]:
    """Flags of one set in one ledger, written as JSON lines beside it; articles that are in the ledger are not read anew."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings.model_copy(update={"db": f"sqlite:///{folder / name}.db"})
    pipeline = Pipeline(Ledger.open(settings.db), models, settings)
    try:
        progress = Progress(f"articles of {name}", limit)
        failed = 0
        for text in news.texts(name, limit=limit):
            article, _ = pipeline.submit(text.submission())
            failed += pipeline.process(article.id).article.state == "failed"
            progress.step()
        progress.close()
        return _flags(pipeline, folder / f"{name}-flags.jsonl", failed)
    finally:
        pipeline.ledger.close()


def _flags(pipeline: Pipeline, path: Path, failed: int) -> dict[str, Any]:
    counts = pipeline.ledger.counts()
    articles = counts.articles.get("processed", 0)
    relations: Counter[str] = Counter()
    within = 0
    touched: set[str] = set()
    with path.open("w", encoding="utf-8") as out:
        for found in pipeline.ledger.iter_contradictions():
            line = flag_line(found)
            relations[line["relation"]] += 1
            within += line["a"]["article"] == line["b"]["article"]
            touched |= {line["a"]["article"], line["b"]["article"]}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    flags = sum(relations.values())
    per = 100 / max(1, articles)
    return {
        "articles": articles,
        "failed": failed,
        "claims": counts.claims,
        "flags": flags,
        "flags per 100 articles": flags * per,
        "of them within one article": within * per,
        "articles with a flag": len(touched) / max(1, articles),
        "relations": dict(relations),
        "claims per article": counts.claims / max(1, articles),
        "listed in": path.name,
    }


def flag_line(found: Contradiction) -> dict[str, Any]:
    """A flag as a line to be read by hand."""
    judgement = found.judgement
    sides = {
        name: {"article": side.external_id, "speaker": side.claim.attribution.speaker, "text": side.claim.standalone}
        for name, side in (("a", judgement.link.a), ("b", judgement.link.b))
    }
    return {"relation": judgement.relation, "kind": judgement.kind, "probability": round(judgement.probability, 3), **sides}


def main(argv: Sequence[str], *, load: Callable[[Settings], Models] = Models) -> int:
    """Prints the figures as JSON; sets that are not on this machine are named and left out."""
    parser = argparse.ArgumentParser(prog="python -m eval ordinary", description=__doc__.split("\n\n")[0])
    parser.add_argument("--part", choices=("pairs", "ledgers", "both"), default="both")
    parser.add_argument("--sets", nargs="+", choices=list(news.ARCHIVES), default=list(news.ARCHIVES))
    parser.add_argument("--model", default=registry.BUNDLED, help="the NLI model")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="sentence pairs to draw")
    parser.add_argument("--threshold", type=float, help="operating threshold; chosen on training claim groups where not given")
    parser.add_argument("--limit", type=int, help="articles of each set at most")
    parser.add_argument("--out", type=Path, default=Path("build/ordinary"), help="ledgers, answers and what to read by hand")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    here, missing = _at_hand(options.sets)
    settings = load_settings(nli=options.model)
    models = load(settings)
    mark = fingerprint(options.model, models.nli)
    out: dict[str, Any] = {"model": options.model, "fingerprint": mark, "missing": missing}
    if options.part != "ledgers":
        threshold = options.threshold
        if threshold is None:
            threshold = operating_threshold(models.nli, train_files(TRAIN))
        texts = (text for name in here for text in news.texts(name, limit=options.limit))
        out["pairs"], found = called(
            models.nli, options.model, sample(texts, count=options.pairs), threshold=threshold, folder=options.out
        )
        write_pairs(options.out / "called.csv", found)
        results.say({"pairs": out["pairs"]})
    if options.part != "pairs":
        out["ledgers"] = {}
        for name in here:
            out["ledgers"][name] = ledger(name, models, settings, folder=options.out / mark, limit=options.limit)
            results.say({name: out["ledgers"][name]})
    if options.json:
        results.write(options.json, out)
    return 0


def _at_hand(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The sets that are on this machine, and a line for each that is not; NoData where none is."""
    here, missing = [], []
    for name in names:
        try:
            places.packed(*news.ARCHIVES[name])
            here.append(name)
        except places.NoData as error:
            missing.append(error.message)
    if not here:
        raise places.NoData("\n".join(missing))
    for line in missing:
        results.warn(line)
    return here, missing
