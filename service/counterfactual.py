"""Would two claims say the same if they gave the same figure? Then their figures measure the same thing.

Words alone seldom tell that "142 have the infection confirmed by a laboratory" and "laboratory-confirmed cases have climbed to
318" count the same, or that "36 per cent at five o'clock" and "48.6 per cent in the second round" do not. The NLI model can: it
is asked once more, with one side's figure put into the other's sentence, and where it sees an entailment then, the figures are
what keeps the two apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.types import NliModel
from service import comparing, units
from service.records import Link, Quantity

ENTAILED = 0.5
"""Probability of entailment, either way, from which the figures are taken to measure the same thing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Two figures of a link whose intervals are apart, which may measure the same thing."""

    a: Quantity
    b: Quantity


def apart(link: Link) -> Figures | None:
    """The two figures most likely to clash, one of each side; None where there are none in units that compare.

    A figure that agrees with one of the other side is out of it. Of several pairs the first is taken whose things are the
    same by their words, failing that the pair nearest to each other in size.
    """
    ours, theirs = link.a.claim.quantities, link.b.claim.quantities
    agreeing = {id(x) for a in ours for b in theirs if comparing.compatible(a, b) and comparing.overlap(a, b) for x in (a, b)}
    found = [
        (a, b)
        for a in ours
        for b in theirs
        if not {id(a), id(b)} & agreeing and comparing.compatible(a, b) and units.same_thing(a, b) is not False
    ]
    if not found:
        return None
    return Figures(*min(found, key=lambda pair: (units.same_thing(*pair) is not True, _distance(*pair))))


def entailments(nli: NliModel, links: Sequence[Link], figures: Sequence[Figures | None]) -> list[float]:
    """For each link the larger probability of entailment, either way, once both sides give one figure; 0 without figures."""
    out = [0.0] * len(links)
    asked: list[int] = []
    pairs: list[tuple[str, str]] = []
    for i, (link, pair) in enumerate(zip(links, figures, strict=True)):
        if pair is None:
            continue
        a, b = link.a.claim.standalone, link.b.claim.standalone
        for first, second in ((a, _put(b, pair.b.text, pair.a.text)), (_put(a, pair.a.text, pair.b.text), b)):
            if first is not None and second is not None:
                asked.append(i)
                pairs.append((first, second))
    if pairs:
        scores = nli.judge(pairs)
        for row, i in enumerate(asked):
            out[i] = max(out[i], float(scores.forward[row, 0]), float(scores.backward[row, 0]))
    return out


def _put(text: str, old: str, new: str) -> str | None:
    """The text with one figure in another's place; None where it does not stand there word for word."""
    return text.replace(old, new, 1) if old in text else None


def _distance(a: Quantity, b: Quantity) -> float:
    sizes = [abs(x.low if x.low is not None else x.high or 0.0) for x in (a, b)]
    return abs(math.log1p(sizes[0]) - math.log1p(sizes[1]))
