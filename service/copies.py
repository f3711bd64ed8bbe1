"""Whether two wire copies make the same claim, each cut a little otherwise perhaps: what several steps ask of claims."""

import re
from collections.abc import Iterable

SAME_CLAIM = 0.8
"""Share of the words of the shorter of two claims from which wire copies make the same claim."""


def repeats(text: str, others: Iterable[str]) -> bool:
    """Whether a claim stands among those of another copy: of the shorter of the two, four in five words are in the other."""
    words = set(re.findall(r"\w+", text.casefold()))
    for other in others:
        theirs = set(re.findall(r"\w+", other.casefold()))
        shorter = min(len(words), len(theirs))
        if shorter and len(words & theirs) >= SAME_CLAIM * shorter:
            return True
    return False
