"""What a link comes to: the NLI model both ways, the quantity reasoner beside it, and the decision over both.

What is compared is the content; who says it decides the relation: two parties that say opposite things are a dispute, which
every outlet may report; the outlet's own voice, or one speaker, against itself is a contradiction.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.types import RELATIONS, NliModel
from service import comparing, counterfactual, decision, explain, features
from service.features import Scored
from service.records import Judgement, Kind, Link, QuantityVerdict, Relation

_ENTAILED = 0.5
SUSPECT = 0.05
"""Probability of a contradiction, either way, from which two figures that are apart are looked at more closely."""
MOMENTS_APART_DAYS = 2
"""From here on two figures that clash speak of different moments: in the story clusters and the dev groups all 5 such pairs are
updates, while of 14 pairs within a day 13 are conflicts."""


class Judge:
    """Judges links in batches."""

    def __init__(self, nli: NliModel, outcome: decision.Decision | None = None) -> None:
        self.nli = nli
        self.outcome = outcome or decision.bundled()

    def score(self, links: Sequence[Link]) -> list[Scored]:
        """What the model and the quantity reasoner say of each link, in order."""
        if not links:
            return []
        scores = self.nli.judge([features.claim_texts(link) for link in links])
        items = features.scored(list(links), scores, [compare_quantities(link) for link in links])
        figures = [counterfactual.apart(item.link) if suspect(item) else None for item in items]
        alike = counterfactual.entailments(self.nli, links, figures)
        return [with_figures(*each) for each in zip(items, figures, alike, strict=True)]

    def judge(self, links: Sequence[Link]) -> list[Judgement]:
        """One judgement a link, in order."""
        items = self.score(links)
        if not items:
            return []
        table = self.outcome.probabilities(np.stack([features.row(item) for item in items]))
        return [self._judgement(item, p) for item, p in zip(items, table, strict=True)]

    def _judgement(self, item: Scored, p: np.ndarray) -> Judgement:
        shown = float(p[1] + p[2])
        above = shown >= self.outcome.suggested
        relation = relation_of(item, conflict=float(p[1]), update=float(p[2])) if above else harmless(item)
        flagged = relation in ("contradiction", "dispute", "update")
        kind = kind_of(item, relation) if flagged else None
        spans_a, spans_b = explain.clash_spans(item) if flagged else ((), ())
        return Judgement(
            link=item.link,
            relation=relation,
            kind=kind,
            probability=shown if flagged else 1 - shown,
            forward=item.forward,
            backward=item.backward,
            model=self.nli.info.name,
            model_version=self.nli.info.version,
            quantity=item.quantity,
            spans_a=spans_a,
            spans_b=spans_b,
            explanation=explain.sentence(item, relation, kind) if flagged else "",
            corrected=relation == "update" and item.link.a.publisher == item.link.b.publisher,
        )


def suspect(item: Scored) -> bool:
    """Whether the model sees any sign of a conflict, so that a look at the figures is worth its time."""
    return max(item.forward[2], item.backward[2]) >= SUSPECT


def with_figures(item: Scored, figures: counterfactual.Figures | None, alike: float) -> Scored:
    """The item with what the counterfactual test found; figures that it takes for the same thing clash."""
    if figures is None or alike < counterfactual.ENTAILED or item.quantity.outcome != "incomparable":
        return replace(item, figures=figures, alike=alike)
    why = f"“{figures.a.text}” and “{figures.b.text}”: but for them one claim follows from the other"
    return replace(item, quantity=QuantityVerdict("clash", figures.a, figures.b, why), figures=figures, alike=alike)


def compare_quantities(link: Link) -> QuantityVerdict:
    """How the quantities of both sides stand that measure the same thing; one that agrees outweighs one that clashes."""
    found: dict[str, QuantityVerdict] = {}
    for a in link.a.claim.quantities:
        for b in link.b.claim.quantities:
            same = comparing.same_thing(a, b)
            outcome = comparing.compare(a, b) if same else "incomparable"
            why = f"“{a.text}” and “{b.text}”" + ("" if same else ": not known to measure the same thing")
            found.setdefault(outcome, QuantityVerdict(outcome, a, b, why))
    for outcome in ("agree", "clash", "incomparable"):
        if outcome in found:
            return found[outcome]
    return QuantityVerdict("none")


def relation_of(item: Scored, *, conflict: float, update: float) -> Relation:
    """Which of the three shown relations a flagged link has."""
    a, b = item.link.a, item.link.b
    moved = item.quantity.outcome == "clash" and features.days_apart(a, b) >= MOMENTS_APART_DAYS
    if moved or update > conflict:
        return "update"
    speaker_a, speaker_b = a.claim.attribution.speaker, b.claim.attribution.speaker
    if (speaker_a is None and speaker_b is None) or features.same_speaker(speaker_a, speaker_b):
        return "contradiction"
    if speaker_a is not None and speaker_b is not None:
        return "dispute"
    # One side is an outlet's own voice: the relation head has seen who is a party and who reports.
    relation = item.relation
    if relation is None:
        return "dispute"
    return "dispute" if relation[RELATIONS.index("dispute")] >= relation[RELATIONS.index("contradiction")] else "contradiction"


def harmless(item: Scored) -> Relation:
    """The relation of a link that is not shown: repeat, support or unrelated."""
    ahead, back = item.forward[0] >= _ENTAILED, item.backward[0] >= _ENTAILED
    if ahead and back:
        return "repeat"
    return "support" if ahead or back else "unrelated"


def kind_of(item: Scored, relation: Relation) -> Kind:
    """What clashes, for the editor's filter."""
    if item.quantity.outcome == "clash":
        return "numeric"
    if relation == "dispute":
        return "attributed_dispute"
    return explain.difference(item)
