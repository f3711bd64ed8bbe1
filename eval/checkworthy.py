"""The claim probability against sentences that people judged: `python -m eval checkworthy`.

Sentences of ClaimBuster (Arslan et al. 2020; US presidential debates, crowd-labelled): is this a factual claim that the public
would want checked? Measured is the average precision of the probability that extraction gives a sentence, 0 where it takes no
claim out of it, beside TF-IDF with logistic regression fitted on the training split, on the held-out split. Extraction was
never fitted on either, and it answers a wider question (can it be checked at all), so the baseline has the home ground.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from eval import metrics, places, results
from eval.metrics import Bools, Ints
from eval.progress import Progress
from models import registry
from models.types import ClaimTagger, FloatArray
from service.errors import InputError
from service.extract import claims
from service.ingest import clean
from service.records import Article

ARCHIVE = ("checkworthy", "claimbuster.tar.gz")
SPLITS = "claimbuster_spotter/two_class"
RULES = "none"

Sentences = tuple[list[str], Bools]
"""Texts and whether each is worth checking."""


def read(path: Path) -> Sentences:
    """The sentences of a split; InputError, naming the entry, where one has no text or a label other than 0 and 1."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    for number, row in enumerate(raw):
        if not isinstance(row.get("text"), str) or row.get("label") not in (0, 1):
            raise InputError(f"{path}: entry {number} needs a text and a label of 0 or 1; it has {row!r:.100}")
    return [row["text"] for row in raw], np.array([row["label"] == 1 for row in raw], bool)


def by_extraction(texts: Sequence[str], tagger: ClaimTagger | None) -> FloatArray:
    """The largest probability of the claims that extraction takes out of each sentence, (n,)."""
    progress = Progress("sentences", len(texts))
    out = np.zeros(len(texts), np.float32)
    for k, text in enumerate(texts):
        article = Article(
            id=f"art_{k}", external_id=str(k), publisher="debate", published_at=datetime(2020, 1, 1, tzinfo=UTC), lang="en",
            text=text,
        )  # fmt: skip
        blocks = clean.blocks(article.text, title=None, lang="en")
        found = claims.extract(article, blocks=blocks, tagger=tagger, min_probability=0.0)
        out[k] = max((c.probability for c in found), default=0.0)
        progress.step()
    progress.close()
    return out


def by_words(train: Sentences, texts: Sequence[str]) -> FloatArray:
    """Probability of a logistic regression over TF-IDF of words and pairs of words, fitted on the training split, (n,)."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = LogisticRegression(max_iter=1000, class_weight="balanced").fit(vectorizer.fit_transform(train[0]), train[1])
    return np.asarray(model.predict_proba(vectorizer.transform(texts))[:, 1], np.float32)


def figures(gold: Bools, score: FloatArray, *, rounds: int = 500) -> dict[str, Any]:
    """Average precision and AUC with 95 % intervals."""
    out: dict[str, Any] = {}
    for name, measure in (("average precision", metrics.average_precision), ("AUC", metrics.auc)):
        out[name] = measure(gold, score)
        out[f"{name} interval"] = metrics.interval(_drawn(measure, gold, score), len(gold), rounds=rounds)
    return out


def _drawn(measure: Callable[[Bools, FloatArray], float], gold: Bools, score: FloatArray) -> Callable[[Ints], float]:
    return lambda rows: measure(gold[rows], score[rows])


def main(argv: Sequence[str], *, load: Callable[[str], ClaimTagger] = registry.load_tagger) -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m eval checkworthy", description=__doc__.split("\n\n")[0])
    parser.add_argument("--tagger", default=registry.BUNDLED, help='which tagger; "none" for the rules alone')
    parser.add_argument("--sample", type=int, help="only the first N sentences of the held-out split")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    with places.unpacked(*ARCHIVE) as folder:
        train, (texts, gold) = read(folder / SPLITS / "train.json"), read(folder / SPLITS / "test.json")
        digest = places.digest(folder / SPLITS / "test.json")
    texts, gold = texts[: options.sample], gold[: options.sample]
    tagger = None if options.tagger == RULES else load(options.tagger)
    name = "rules" if tagger is None else f"tagger {tagger.info.name} {tagger.info.version}".strip()
    out: dict[str, Any] = {"data": {"claimbuster two_class/test": digest}, "sentences": len(texts), "worthy": int(gold.sum())}
    out["figures"] = {
        f"extraction ({name})": figures(gold, by_extraction(texts, tagger)),
        "TF-IDF + logistic": figures(gold, by_words(train, texts)),
    }
    results.say(out)
    if options.json:
        results.write(options.json, out)
    return 0
