"""What a model takes and gives: protocols and frozen result types, free of any framework."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

NLI_LABELS = ("entailment", "neutral", "contradiction")
"""Order of the last axis of every NLI probability array in this project."""

RELATIONS = ("repeat", "support", "contradiction", "dispute", "update", "unrelated")
"""Order of the last axis of every relation probability array in this project."""

Pair = tuple[str, str]
"""One NLI input: (premise, hypothesis)."""


@dataclass(frozen=True, slots=True)
class PairScores:
    """What a judge says of n pairs.

    `forward` is p(label | a as premise, b as hypothesis) and `backward` the same with the sides swapped, both (n, 3) in the
    order of `NLI_LABELS`. `relation` is (n, 6) in the order of `RELATIONS`, or None where the model has no such head.
    """

    forward: FloatArray
    backward: FloatArray
    relation: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """How a loaded model introduces itself in answers, judgements and `counterclaim models`."""

    name: str
    version: str
    kind: str
    """"nli", "embedder" or "tagger"."""
    runtime: str
    """Engine and precision in use, such as "openvino int8"."""
    max_tokens: int
    languages: tuple[str, ...] = ()


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def info(self) -> ModelInfo:
        """Name, version and runtime of the model."""
        ...

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        ...

    def embed(self, texts: Sequence[str], *, kind: str = "query") -> FloatArray:
        """Unit vectors of the texts, (n, dimension). `kind` is "query" or "passage" for models that tell them apart."""
        ...


@runtime_checkable
class NliModel(Protocol):
    """A 3-class natural language inference model."""

    @property
    def info(self) -> ModelInfo:
        """Name, version and runtime of the model."""
        ...

    def predict(self, pairs: Sequence[Pair]) -> FloatArray:
        """Probabilities (n, 3) in the order of `NLI_LABELS`, for each premise and hypothesis."""
        ...

    def judge(self, pairs: Sequence[Pair]) -> PairScores:
        """Both directions of each pair, and its relation where the model has a head for it."""
        ...


@dataclass(frozen=True, slots=True)
class TaggedClaim:
    """One claim the tagger sees in a paragraph; offsets are code points into that paragraph."""

    span: tuple[int, int]
    probability: float
    """That this span is a checkable claim, in [0, 1]."""
    source: tuple[int, int] | None
    """The words that stand for the speaker, or None where the outlet itself says it."""
    cue: tuple[int, int] | None
    stance: str
    """"asserts" or "denies"."""
    modality: str
    """"fact", "forecast", "plan", "condition" or "possibility"."""
    form: str
    """"direct", "indirect", "mixed" or "none"."""
    attributed: float = 0.0
    """Probability in [0, 1] that somebody else than the outlet says it."""
    elsewhere: tuple[int, int, int] | None = None
    """(paragraph, start, end) of the words that stand for the speaker where they are in another paragraph; `source` is None."""


@dataclass(frozen=True, slots=True)
class TaggedParagraph:
    """What the tagger says of one paragraph."""

    noise: float
    """Probability in [0, 1] that the paragraph is no part of the article (menu, caption, appeal)."""
    claims: tuple[TaggedClaim, ...]
    tokens: tuple[tuple[int, int, float], ...] = ()
    """(start, end, probability in [0, 1] that it belongs to a claim) of each token; offsets into the paragraph."""


@runtime_checkable
class ClaimTagger(Protocol):
    """Finds noise, claims and who says them in the paragraphs of one article."""

    @property
    def info(self) -> ModelInfo:
        """Name, version and runtime of the model."""
        ...

    def tag(self, paragraphs: Sequence[str], *, lang: str) -> list[TaggedParagraph]:
        """One result per paragraph, in order. The paragraphs are one article's, so that context may be used."""
        ...
