"""Which claims are brought before the judge: neighbours by meaning that pass every gate, each gate counting what it drops.

A contradiction is only looked for between claims that may speak of the same question. The gates are few and cheap; the judge's
relation head does the rest.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.types import FloatArray
from service.records import Claim, ClaimContext, Link

Neighbour = tuple[ClaimContext, float]
"""A claim of the ledger and its cosine similarity to the claim at hand."""


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Thresholds of the gates, by default those of `settings.Thresholds`. None of them was fitted to data yet."""

    suggested_similarity: float = 0.75
    """Below this no pair goes on. Cosine of the bundled embedder, whose similarities crowd between 0.7 and 1."""
    sure_similarity: float = 0.9
    """From here on a pair needs no shared anchor."""
    window_days: float = 365.0
    """Claims published further apart than this are not compared."""
    per_claim: int = 6
    """Pairs of one claim that go on at most, the most similar first."""
    min_words: int = 3
    """Shorter claims ("He denied it") say too little to be compared."""


@dataclass(slots=True)
class Gates:
    """How many pairs each gate dropped; names are labels of the metric `counterclaim_link_dropped_total`."""

    dropped: Counter[str] = field(default_factory=Counter)
    passed: int = 0


class Linker:
    """Turns neighbours into links."""

    def __init__(self, rules: LinkRules | None = None, gates: Gates | None = None) -> None:
        self.rules = rules or LinkRules()
        self.gates = gates or Gates()

    def links(self, claim: ClaimContext, neighbours: Sequence[Neighbour]) -> list[Link]:
        """The links of one claim to its neighbours that pass every gate, the most similar first."""
        found: list[Link] = []
        sources: set[tuple[str, str]] = set()
        for other, similarity in sorted(neighbours, key=lambda n: -n[1]):
            reason = self._refuses(claim, other, similarity)
            anchors = () if reason else anchors_of(claim.claim, other.claim)
            if not reason and not anchors and similarity < self.rules.sure_similarity and _same_script(claim, other):
                reason = "no_anchor"
            same_text = (other.source_group, _folded(other.claim.text))
            if not reason and same_text in sources:
                reason = "wire_copy"
            if not reason and len(found) >= self.rules.per_claim:
                reason = "too_many"
            if reason:
                self.gates.dropped[reason] += 1
                continue
            sources.add(same_text)
            found.append(ordered_link(claim, other, similarity, anchors))
        self.gates.passed += len(found)
        return found

    def _refuses(self, a: ClaimContext, b: ClaimContext, similarity: float) -> str:
        rules = self.rules
        if similarity < rules.suggested_similarity:
            return "not_similar"
        if min(len(a.claim.text.split()), len(b.claim.text.split())) < rules.min_words:
            return "too_short"
        if abs((a.published_at - b.published_at).total_seconds()) > rules.window_days * 86_400:
            return "window"
        if a.claim.article_id == b.claim.article_id:
            return "same_statement" if a.claim.attribution.speaker == b.claim.attribution.speaker else ""
        if a.source_group == b.source_group:
            return "wire_copy"
        return ""


def within_article(claims: Sequence[ClaimContext], vectors: FloatArray) -> dict[str, list[Neighbour]]:
    """Claim id → the other claims of the same article by other speakers, with similarities; `vectors` is (n, d), unit rows."""
    similar = vectors @ vectors.T if len(claims) else np.zeros((0, 0), np.float32)
    return {
        a.claim.id: [
            (b, float(similar[i, j]))
            for j, b in enumerate(claims)
            if j > i and a.claim.attribution.speaker != b.claim.attribution.speaker
        ]
        for i, a in enumerate(claims)
    }


def ordered_link(a: ClaimContext, b: ClaimContext, similarity: float, anchors: tuple[str, ...] = ()) -> Link:
    """A link with the older claim first, by publication and then by id, so that one pair has one link."""
    first, second = sorted((a, b), key=lambda c: (c.published_at, c.claim.id))
    return Link(first, second, similarity, anchors)


def anchors_of(a: Claim, b: Claim) -> tuple[str, ...]:
    """What two claims share, as "entity:…" for names and "word:…" for content words; numbers play no part."""
    entities = _names(a.entities) & _names(b.entities)
    words = _content_words(a.standalone) & _content_words(b.standalone) - entities
    return (*(f"entity:{x}" for x in sorted(entities)), *(f"word:{x}" for x in sorted(words)))


def _names(entities: Iterable[str]) -> set[str]:
    return {_stem(w) for name in entities for w in re.findall(r"\w+", name) if len(w) > 2}


def _content_words(text: str) -> set[str]:
    # Five letters keep function words of most European languages out without a list for each.
    return {_stem(w) for w in re.findall(r"[^\W\d_]{5,}", text)}


def _stem(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c))[:6]


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _same_script(a: ClaimContext, b: ClaimContext) -> bool:
    """Names in two scripts or two languages need not look alike, so that no shared word is asked of them."""
    return a.claim.lang == b.claim.lang
