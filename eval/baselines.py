"""Models that read little or nothing, for a number to be judged by; each satisfies `models.types.NliModel`.

What is fitted is fitted on rows of a training file, never on a set that is measured. `hypothesis` is the test of Poliak et al.
2018 ("Hypothesis only baselines in natural language inference"): what it gets right over the majority needs no premise.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from eval import datasets
from models import registry
from models.types import NLI_LABELS, Embedder, FloatArray, ModelInfo, Pair, PairScores
from service import comparing
from service.errors import InputError
from service.extract import quantities

PREFIX = "baseline:"
NAMES = ("majority", "hypothesis", "tfidf", "cosine", "numbers")
FIT_ROWS = 20_000
COSINE_ROWS = 1_000
"""A logistic curve over two numbers needs no more, and each row is two texts to embed."""

Train = tuple[list[Pair], list[int], str]
"""Pairs, their labels as places in `NLI_LABELS`, and the digest of their file."""


class Baseline:
    """A name and a function from pairs to probabilities (n, 3)."""

    def __init__(self, name: str, version: str, answer: Callable[[Sequence[Pair]], FloatArray]) -> None:
        self.info = ModelInfo(PREFIX + name, version, "nli", "scikit-learn", 0)
        self._answer = answer

    def predict(self, pairs: Sequence[Pair]) -> FloatArray:
        """Probabilities (n, 3) in the order of `NLI_LABELS`."""
        return self._answer(pairs) if pairs else np.zeros((0, len(NLI_LABELS)), np.float32)

    def judge(self, pairs: Sequence[Pair]) -> PairScores:
        """Both directions of each pair, without a relation."""
        return PairScores(self.predict(pairs), self.predict([(b, a) for a, b in pairs]))


def read_train(path: Path, *, count: int = FIT_ROWS, seed: int = 1) -> Train:
    """`count` random three-way rows of a training file; bad lines of it are left out."""
    found = datasets.survey(path, skip_bad=True)
    kept = [row for row in datasets.rows(found, sample=count, seed=seed) if row.label in NLI_LABELS]
    if len({row.label for row in kept}) < len(NLI_LABELS):
        raise InputError(f"{path}: baselines are fitted on rows of all three labels; it has {sorted({r.label for r in kept})}")
    return [(r.premise, r.hypothesis) for r in kept], [NLI_LABELS.index(r.label) for r in kept], found.digest


def load(name: str, train: Callable[[], Train], *, embedder: Callable[[], Embedder] = registry.load_embedder) -> Baseline:
    """The baseline of a name of `NAMES`, fitted where it needs to be; InputError for another name."""
    if name == "numbers":
        return Baseline(name, "1", numbers_only)
    if name == "majority":
        return majority(train())
    if name == "hypothesis":
        return _linear(name, train(), lambda pairs: [[b for _, b in pairs]])
    if name == "tfidf":
        return _linear(name, train(), lambda pairs: [[a for a, _ in pairs], [b for _, b in pairs]])
    if name == "cosine":
        return cosine(train(), embedder())
    raise InputError(f"no baseline {name!r}: there are {', '.join(NAMES)}")


def majority(train: Train) -> Baseline:
    """The shares of the labels in the training rows, whatever the pair says."""
    shares = (np.bincount(train[1], minlength=len(NLI_LABELS)) / len(train[1])).astype(np.float32)
    return Baseline("majority", train[2], lambda pairs: np.repeat(shares[None], len(pairs), 0))


def _linear(name: str, train: Train, columns: Callable[[Sequence[Pair]], list[list[str]]]) -> Baseline:
    """Logistic regression over the TF-IDF of words and pairs of words of each column, and of what two columns share."""
    pairs, labels, version = train
    texts = columns(pairs)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=100_000)
    vectorizer.fit([text for column in texts for text in column])

    def features(columns_: list[list[str]]) -> csr_matrix:
        found = [vectorizer.transform(column) for column in columns_]
        return csr_matrix(hstack([*found, found[0].multiply(found[1])] if len(found) > 1 else found))

    model = LogisticRegression(max_iter=300, C=1.0).fit(features(texts), labels)
    return Baseline(name, version, lambda rows: _ordered(model, features(columns(rows))))


def cosine(train: Train, embedder: Embedder) -> Baseline:
    """Logistic regression over the cosine similarity of both texts and its square."""
    pairs, labels = train[0][:COSINE_ROWS], train[1][:COSINE_ROWS]
    model = LogisticRegression(max_iter=1000).fit(_similarity(embedder, pairs), labels)
    version = f"{train[2]}/{embedder.info.name}/{embedder.info.version}"
    return Baseline("cosine", version, lambda rows: _ordered(model, _similarity(embedder, rows)))


def _similarity(embedder: Embedder, pairs: Sequence[Pair]) -> np.ndarray:
    a, b = (embedder.embed([pair[k] for pair in pairs]) for k in (0, 1))
    similar = (a * b).sum(-1)
    return np.stack([similar, similar**2], -1)


def _ordered(model: LogisticRegression, features: Any) -> FloatArray:  # noqa: ANN401
    """Probabilities with a column for each label, 0 for one that the training rows lack."""
    out = np.zeros((features.shape[0], len(NLI_LABELS)), np.float32)
    out[:, model.classes_] = model.predict_proba(features)
    return out


def numbers_only(pairs: Sequence[Pair]) -> FloatArray:
    """Contradiction where two figures clash, entailment where figures agree and none clashes, else neutral."""
    return np.asarray([_by_numbers(*pair) for pair in pairs], np.float32).reshape(-1, len(NLI_LABELS))


def _by_numbers(premise: str, hypothesis: str) -> tuple[float, float, float]:
    first, second = (quantities.find(text, lang="en") for text in (premise, hypothesis))
    outcomes = [{comparing.compare(a, b) for a in first} for b in second]
    if any("clash" in found and "agree" not in found for found in outcomes):
        return 0.05, 0.15, 0.8
    if any("agree" in found for found in outcomes):
        return 0.8, 0.15, 0.05
    return 0.1, 0.8, 0.1
