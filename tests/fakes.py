"""Small models that satisfy the protocols in models/types.py: deterministic, instant, and wrong about the world."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from models.types import FloatArray, ModelInfo, Pair, PairScores, TaggedClaim, TaggedParagraph
from service.decision import Decision
from service.features import FEATURES
from service.judge import Judge
from service.pipeline import Models, Pipeline
from service.settings import Settings
from service.store.ledger import Ledger

DIMENSION = 256

_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"\S(?:[^.!?]|(?<=\d)[.](?=\d))*[.!?]?")
_SAID = re.compile(r"^(?P<content>.+), (?P<source>[A-Z][\w ]+?) (?P<cue>said|denied)\b")
_PREFIX = re.compile(r"^.*?: ")  # who says it and when, which the judge puts before a claim


class FakeEmbedder:
    """Counts of hashed words, so that texts with the same words are near to each other."""

    info = ModelInfo("fake-embedder", "1", "embedder", "python", 512, ("en",))
    dimension = DIMENSION

    def embed(self, texts: Sequence[str], *, kind: str = "query") -> FloatArray:
        del kind
        rows = np.full((len(texts), DIMENSION), 1e-6, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _WORD.findall(text.lower()):
                row[hashlib.blake2b(word.encode(), digest_size=2).digest()[0] % DIMENSION] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


class FakeNli:
    """Different figures contradict, equal words entail, all else is neutral."""

    info = ModelInfo("fake-nli", "1", "nli", "python", 512, ("en",))

    def __init__(self) -> None:
        self.calls: list[int] = []

    def predict(self, pairs: Sequence[Pair]) -> FloatArray:
        self.calls.append(len(pairs))
        return np.asarray([_label(*pair) for pair in pairs], dtype=np.float32).reshape(-1, 3)

    def judge(self, pairs: Sequence[Pair]) -> PairScores:
        bare = [(_PREFIX.sub("", a), _PREFIX.sub("", b)) for a, b in pairs]
        return PairScores(self.predict(bare), self.predict([(b, a) for a, b in bare]))


class FakeTagger:
    """Every sentence is a claim; "…, NAME said" names the speaker."""

    info = ModelInfo("fake-tagger", "1", "tagger", "python", 512, ("en",))

    def tag(self, paragraphs: Sequence[str], *, lang: str) -> list[TaggedParagraph]:
        del lang
        return [TaggedParagraph(0.0, tuple(map(_claim, _SENTENCE.finditer(text)))) for text in paragraphs]


def models(settings: Settings) -> Models:
    """Return the three small models as the pipeline holds them."""
    return Models(settings, embedder=FakeEmbedder(), nli=FakeNli(), tagger=FakeTagger())


def pipeline(ledger: Ledger, settings: Settings) -> Pipeline:
    """Return a pipeline over the small models, which flags what the small judge calls a contradiction."""
    made = Pipeline(ledger, models(settings), settings)
    made.judge = Judge(made.models.nli, decision())
    return made


def decision() -> Decision:
    """Return a decision that looks at the judge's contradiction alone."""
    weights = np.zeros((3, len(FEATURES)))
    weights[1, FEATURES.index("contradiction")] = 1.0
    bias = np.array([0.0, 0.0, -9.0])
    return Decision(np.zeros(len(FEATURES)), np.ones(len(FEATURES)), weights, bias, suggested=0.5, sure=0.8)


def _claim(sentence: re.Match[str]) -> TaggedClaim:
    start, end = sentence.span()
    said = _SAID.match(sentence[0])
    if said is None:
        return TaggedClaim((start, end), 0.9, None, None, "asserts", "fact", "none")
    source, cue = ((start + said.start(name), start + said.end(name)) for name in ("source", "cue"))
    stance = "denies" if said["cue"] == "denied" else "asserts"
    return TaggedClaim((start, start + said.end("content")), 0.9, source, cue, stance, "fact", "indirect", attributed=0.95)


def _label(premise: str, hypothesis: str) -> tuple[float, float, float]:
    a, b = (set(_WORD.findall(text.lower())) for text in (premise, hypothesis))
    digits_a, digits_b = ({word for word in side if word.isdigit()} for side in (a, b))
    if digits_a and digits_b and digits_a != digits_b:
        return (0.02, 0.08, 0.9)
    return (0.9, 0.08, 0.02) if a == b else (0.05, 0.9, 0.05)
