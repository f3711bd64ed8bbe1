"""An article, or a draft, with its claims highlighted in place."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.records import Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some words of a text, and the numbers of the claims they belong to."""

    text: str
    claims: tuple[int, ...] = ()
    opens: tuple[int, ...] = ()
    """Numbers of the claims that begin here."""
    closes: tuple[int, ...] = ()
    """Numbers of the claims that end here."""
    clash: bool = False
    flagged: bool = False


def paragraphs(
    text: str, claims: Sequence[Span], *, flagged: Collection[int] = (), clash: Sequence[Span] = ()
) -> list[list[Stretch]]:
    """Return the text in paragraphs, each in stretches; nothing is left out but empty lines.

    `flagged` are the numbers of the claims that something contradicts, `clash` the words that do.
    """
    edges = sorted({edge for span in (*claims, *clash) for edge in span})
    waiting = sorted(range(len(claims)), key=lambda number: claims[number], reverse=True)
    near: list[int] = []
    opened: set[int] = set()
    found: list[list[Stretch]] = []
    at = 0
    for line in text.split("\n"):
        start, end = at, at + len(line)
        at = end + 1
        if not line.strip():
            continue
        while waiting and claims[waiting[-1]][0] < end:
            near.append(waiting.pop())
        near = [number for number in near if claims[number][1] > start]
        points = [start, *edges[bisect_right(edges, start) : bisect_left(edges, end)], end]
        stretches = []
        for first, last in pairwise(points):
            inside = tuple(sorted(n for n in near if claims[n][0] <= first and last <= claims[n][1]))
            opens = tuple(n for n in inside if n not in opened)
            opened.update(opens)
            marked = any(mark[0] <= first and last <= mark[1] for mark in clash) if inside else False
            closes = tuple(n for n in inside if claims[n][1] == last)
            stretches.append(Stretch(text[first:last], inside, opens, closes, marked, any(n in flagged for n in inside)))
        found.append(stretches)
    return found
