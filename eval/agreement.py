"""How far annotators agree beyond chance: Cohen's kappa for two, Krippendorff's alpha for any number with gaps."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

Votes = Sequence[str | None]
"""One annotator's label of each item, None where they gave none."""


def kappa(first: Votes, second: Votes) -> float:
    """Cohen's kappa (1960) over the items that both labelled.

    1 is full agreement, 0 what chance gives; NaN where they share no item, or where both always gave the one same label:
    chance then explains everything.
    """
    both = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    if not both:
        return float("nan")
    seen = sum(a == b for a, b in both) / len(both)
    one, other = (Counter(pair[k] for pair in both) for k in (0, 1))
    chance = sum(one[label] * other[label] for label in one) / len(both) ** 2
    return (seen - chance) / (1 - chance) if chance < 1 else float("nan")


def alpha(votes: Sequence[Votes]) -> float:
    """Krippendorff's alpha for nominal labels (2011, "Computing Krippendorff's alpha-reliability"), by coincidences.

    1 is full agreement, 0 what chance gives; NaN where no item has two labels or only one label was ever given.
    """
    weights: dict[tuple[str, str], float] = defaultdict(float)
    for item in zip(*votes, strict=True):
        given = [label for label in item if label is not None]
        if len(given) < 2:
            continue
        for i, a in enumerate(given):
            for j, b in enumerate(given):
                if i != j:
                    weights[(a, b)] += 1 / (len(given) - 1)
    total = sum(weights.values())
    if not total:
        return float("nan")
    marginal: dict[str, float] = defaultdict(float)
    for (a, _), weight in weights.items():
        marginal[a] += weight
    apart = sum(w for (a, b), w in weights.items() if a != b)
    expected = sum(marginal[a] * marginal[b] for a in marginal for b in marginal if a != b) / (total - 1)
    return 1 - apart / expected if expected else float("nan")


def report(votes: Mapping[str, Votes]) -> dict[str, Any]:
    """Alpha of all annotators, and of each two: items that both labelled, the share alike, and kappa."""
    out: dict[str, Any] = {"annotators": len(votes), "alpha": alpha(list(votes.values())), "pairs": {}}
    for a, b in combinations(votes, 2):
        both = [(x, y) for x, y in zip(votes[a], votes[b], strict=True) if x is not None and y is not None]
        alike = sum(x == y for x, y in both) / len(both) if both else float("nan")
        out["pairs"][f"{a}, {b}"] = {"items": len(both), "alike": alike, "kappa": kappa(votes[a], votes[b])}
    return out
