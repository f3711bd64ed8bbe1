"""Which claims are brought before the judge: those that probably speak of the same question, each gate counting what it drops.

Similar words do not make a question: "all fires were out by noon" has hundreds of neighbours nearer than the claim about the
same fire that it answers. Whether the two articles report one event tells more. So a small logistic regression weighs the
similarity of the claims, that of their articles, and the names and words they share; it is fitted by `python -m eval linking
--fit` on story clusters, and its numbers are data (service/link.json).
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.types import FloatArray
from service import copies
from service.records import Claim, ClaimContext, Link

LINK_FEATURES = ("similarity", "event", "names", "words", "same_language", "words_same_language", "same_article")
"""Columns of the regression: cosines of the claims and of their articles, counts of shared names and words, and so on."""
MOST_NAMES, MOST_WORDS = 3, 4
"""More shared names or words than these count no more."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A claim that may speak of the same question as the one at hand."""

    context: ClaimContext
    similarity: float
    """Cosine of the two claims' vectors."""
    event: float = 0.0
    """Cosine of the two articles' vectors; 1 within an article, 0 where one has none."""


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Limits of the gates, by default those of `settings.Thresholds`."""

    min_probability: float | None = None
    """Of the same question, from which a pair goes on; None takes what was fitted."""
    window_days: float = 365.0
    """Claims published further apart than this are not compared."""
    per_claim: int = 12
    """Pairs of one claim that go on at most, the most probable first."""
    min_words: int = 3
    """Shorter claims ("He denied it") say too little to be compared."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkModel:
    """The fitted regression."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float
    suggested: float
    """Probability from which a pair goes to the judge."""

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(same question) of each row (n, len(LINK_FEATURES)), (n,)."""
        p: NDArray[np.float64] = 1 / (1 + np.exp(-(((rows - self.mean) / self.scale) @ self.weights + self.bias)))
        return p


@dataclass(slots=True)
class Gates:
    """How many pairs each gate dropped; names are labels of the metric `counterclaim_link_dropped_total`."""

    dropped: Counter[str] = field(default_factory=Counter)
    passed: int = 0


class Linker:
    """Turns neighbours into links."""

    def __init__(self, rules: LinkRules | None = None, gates: Gates | None = None, model: LinkModel | None = None) -> None:
        self.rules = rules or LinkRules()
        self.gates = gates or Gates()
        self.model = model or bundled()

    def links(self, claim: ClaimContext, neighbours: Sequence[Neighbour]) -> list[Link]:
        """The links of one claim to its neighbours that pass every gate, the most probable first."""
        likely: list[tuple[float, Neighbour]] = []
        for neighbour, p in zip(neighbours, self._probabilities(claim, neighbours), strict=True):
            reason = self._refuses(claim, neighbour.context, p)
            if reason:
                self.gates.dropped[reason] += 1
            else:
                likely.append((p, neighbour))
        found: list[Link] = []
        for _, neighbour in sorted(likely, key=lambda x: -x[0]):
            other = neighbour.context
            same_source = [side.claim.text for link in found for side in (link.a, link.b) if side is not claim
                           and side.source_group == other.source_group]  # fmt: skip
            copied = copies.repeats(other.claim.text, same_source)
            if copied or len(found) >= self.rules.per_claim:
                self.gates.dropped["wire_copy" if copied else "too_many"] += 1
                continue
            found.append(
                ordered_link(
                    claim, other, neighbour.similarity, anchors=anchors_of(claim.claim, other.claim), event=neighbour.event
                )
            )
        self.gates.passed += len(found)
        return found

    def _probabilities(self, claim: ClaimContext, neighbours: Sequence[Neighbour]) -> list[float]:
        if not neighbours:
            return []
        rows = np.stack([link_row(claim, n) for n in neighbours])
        return [float(p) for p in self.model.probabilities(rows)]

    def _refuses(self, a: ClaimContext, b: ClaimContext, probability: float) -> str:
        rules = self.rules
        least = self.model.suggested if rules.min_probability is None else rules.min_probability
        if probability < least:
            return "other_question"
        if min(len(a.claim.text.split()), len(b.claim.text.split())) < rules.min_words:
            return "too_short"
        if abs((a.published_at - b.published_at).total_seconds()) > rules.window_days * 86_400:
            return "window"
        if a.claim.article_id == b.claim.article_id:
            return "same_statement" if a.claim.attribution.speaker == b.claim.attribution.speaker else ""
        if a.source_group == b.source_group:
            return "wire_copy"
        return ""


@cache
def bundled() -> LinkModel:
    """The regression that ships with the product."""
    return load(Path(__file__).with_name("link.json"))


def load(path: Path) -> LinkModel:
    """A regression from its JSON file; ValueError where it was fitted for other features."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    if tuple(raw["features"]) != LINK_FEATURES:
        raise ValueError(f"{path.name} was fitted for other features; fit it again with `python -m eval linking --fit`")
    mean, scale, weights = (np.array(raw[k], dtype=np.float64) for k in ("mean", "scale", "weights"))
    return LinkModel(mean, scale, weights, float(raw["bias"]), float(raw["suggested"]))


def link_row(claim: ClaimContext, neighbour: Neighbour) -> NDArray[np.float64]:
    """The features of a pair in the order of `LINK_FEATURES`."""
    a, b = claim.claim, neighbour.context.claim
    names, words = _shared(a, b)
    count = float(min(len(words), MOST_WORDS))
    same = float(a.lang == b.lang)
    within = float(a.article_id == b.article_id)
    values = (neighbour.similarity, neighbour.event, float(min(len(names), MOST_NAMES)), count, same, count * same, within)
    return np.array(values, dtype=np.float64)


def within_article(claims: Sequence[ClaimContext], vectors: FloatArray) -> dict[str, list[Neighbour]]:
    """Claim id → the other claims of the same article by other speakers, with similarities; `vectors` is (n, d), unit rows."""
    similar = vectors @ vectors.T if len(claims) else np.zeros((0, 0), np.float32)
    return {
        a.claim.id: [
            Neighbour(b, float(similar[i, j]), 1.0)
            for j, b in enumerate(claims)
            if j > i and a.claim.attribution.speaker != b.claim.attribution.speaker
        ]
        for i, a in enumerate(claims)
    }


def ordered_link(
    a: ClaimContext, b: ClaimContext, similarity: float, *, anchors: tuple[str, ...] = (), event: float = 0.0
) -> Link:
    """A link with the older claim first, by publication and then by id, so that one pair has one link."""
    first, second = sorted((a, b), key=lambda c: (c.published_at, c.claim.id))
    return Link(first, second, similarity, anchors, event)


def anchors_of(a: Claim, b: Claim) -> tuple[str, ...]:
    """What two claims share, as "entity:…" for names and "word:…" for content words; numbers play no part."""
    names, words = _shared(a, b)
    return (*(f"entity:{x}" for x in sorted(names)), *(f"word:{x}" for x in sorted(words)))


def _shared(a: Claim, b: Claim) -> tuple[frozenset[str], frozenset[str]]:
    names = _names(a.entities) & _names(b.entities)
    return names, (_content_words(a.standalone) & _content_words(b.standalone)) - names


@lru_cache(maxsize=20_000)
def _names(entities: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_stem(w) for name in entities for w in re.findall(r"\w+", name) if len(w) > 2)


@lru_cache(maxsize=20_000)
def _content_words(text: str) -> frozenset[str]:
    # Five letters keep function words of most European languages out without a list for each.
    return frozenset(_stem(w) for w in re.findall(r"[^\W\d_]{5,}", text))


def _stem(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c))[:6]
