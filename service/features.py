"""What the decision looks at: one link with the judge's scores, as a row of named numbers.

Kept apart from the decision itself, so that fitting (eval/decision.py) and use see the very same row.
"""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.pairtext import ClaimText, pair_text
from models.types import RELATIONS, PairScores
from service.counterfactual import Figures
from service.records import ClaimContext, Link, QuantityVerdict

FEATURES = (
    "contradiction", "entailment", "neutral",
    *(f"relation_{name}" for name in RELATIONS),
    "similarity", "event", "quantity_clash", "quantity_agree", "quantity_incomparable", "figures_apart", "same_but_for_figures",
    "same_speaker", "own_voice_both", "attributed_both", "stance_differs", "same_article", "same_publisher",
    "same_language", "days_apart", "same_day", "modality_fact_both", "modality_differs", "entities_shared", "anchored",
)  # fmt: skip
"""Names of the columns, in order."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One link with what the judge and the quantity reasoner say of it."""

    link: Link
    forward: tuple[float, float, float]
    backward: tuple[float, float, float]
    relation: tuple[float, ...] | None
    quantity: QuantityVerdict
    figures: Figures | None = None
    """Two figures that are apart, in units that compare."""
    alike: float = 0.0
    """Probability that one claim follows from the other once both give the same figure; 0 where that was not asked."""


def claim_texts(link: Link) -> tuple[str, str]:
    """The two sides of a link as the judge reads them."""
    return pair_text(_claim_text(link.a), _claim_text(link.b))


def _claim_text(side: ClaimContext) -> ClaimText:
    claim = side.claim
    return ClaimText(
        text=claim.standalone,
        speaker=claim.attribution.speaker,
        outlet=side.publisher,
        denies=claim.attribution.stance == "denies",
        date=moment(side),
    )


def moment(side: ClaimContext) -> str:
    """ISO date of what the claim speaks of, or failing that of its publication."""
    return side.claim.as_of or side.published_at.date().isoformat()


def scored(links: list[Link], scores: PairScores, verdicts: list[QuantityVerdict]) -> list[Scored]:
    """Links, scores (n rows) and verdicts, side by side."""
    out = []
    for i, link in enumerate(links):
        relation = None if scores.relation is None else tuple(float(x) for x in scores.relation[i])
        out.append(Scored(link, _triple(scores.forward[i]), _triple(scores.backward[i]), relation, verdicts[i]))
    return out


def row(item: Scored) -> NDArray[np.float64]:
    """The features of one link, (len(FEATURES),), in the order of `FEATURES`."""
    a, b = item.link.a, item.link.b
    f, g = item.forward, item.backward
    speaker_a, speaker_b = a.claim.attribution.speaker, b.claim.attribution.speaker
    days = days_apart(a, b)
    entities = sum(x.startswith("entity:") for x in item.link.anchors)
    values = (
        _logit((f[2] + g[2]) / 2), _logit(max(f[0], g[0])), _logit(min(f[1], g[1])),
        *(_logit(x) for x in item.relation or (1 / 6,) * len(RELATIONS)),
        item.link.similarity, item.link.event,
        *(float(item.quantity.outcome == x) for x in ("clash", "agree", "incomparable")),
        float(item.figures is not None), _logit(item.alike) - _logit(0.0) if item.alike else 0.0,
        float(same_speaker(speaker_a, speaker_b)),
        float(speaker_a is None and speaker_b is None), float(speaker_a is not None and speaker_b is not None),
        float(a.claim.attribution.stance != b.claim.attribution.stance),
        float(a.claim.article_id == b.claim.article_id), float(a.publisher == b.publisher),
        float(a.claim.lang == b.claim.lang), math.log1p(days), float(days == 0),
        float(a.claim.modality == b.claim.modality == "fact"), float(a.claim.modality != b.claim.modality),
        float(min(entities, 3)), float(bool(item.link.anchors)),
    )  # fmt: skip
    return np.array(values, dtype=np.float64)


def same_speaker(a: str | None, b: str | None) -> bool:
    """Whether two speaker names share a word of more than two letters, the outlet's own voice (None) being nobody's."""
    return bool(a and b and _words(a) & _words(b))


def days_apart(a: ClaimContext, b: ClaimContext) -> int:
    """Whole days between the moments two claims speak of; a month or a year without a day counts from its start."""
    return abs((_date(moment(a)) - _date(moment(b))).days)


def _date(iso: str) -> date:
    parts = [int(x) for x in iso.split("-")]
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)


def _words(name: str) -> set[str]:
    return {w.strip(".,’'\"").casefold() for w in name.split() if len(w) > 2}


def _triple(values: NDArray[np.float32]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))
