"""Cuts a text into pieces that a template can write one after another, each marked or plain."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.records import Span

MAX_SHOWN = 2_400
"""Code points of a claim that are shown whole; of longer ones, the beginning and what surrounds each clash."""

_AROUND = 240
_OPENING = 900
_MAX_WINDOWS = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words: inside the claim or around it, clashing or not. A gap stands for words that are left out."""

    text: str
    claim: bool = False
    clash: bool = False
    gap: bool = False


def paragraph(text: str, span: Span, *, most: int = 600) -> Span:
    """Return the span of the paragraphs that hold a claim, cut to `most` code points on either side of it."""
    start = text.rfind("\n", 0, span[0]) + 1
    end = text.find("\n", span[1])
    return max(start, span[0] - most), min(len(text) if end < 0 else end, span[1] + most)


def cut(text: str, offset: int, *, claim: Span, clash: Sequence[Span]) -> list[Piece]:
    """Return the pieces of a text that begins at `offset` of its article; spans are offsets into the article."""
    end = offset + len(text)
    marks = [span for span in clash if span[0] < span[1]]
    edges = {offset, end, *(edge for span in (claim, *marks) for edge in span)}
    points = sorted(edge for edge in edges if offset <= edge <= end)
    found = [
        Piece(
            text[start - offset : stop - offset],
            claim=claim[0] <= start and stop <= claim[1],
            clash=any(span[0] <= start and stop <= span[1] for span in marks),
        )
        for start, stop in pairwise(points)
    ]
    return shortened(found) if end - offset > MAX_SHOWN else found


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with the middle of long plain stretches left out, so that a claim of any length can be read."""
    found: list[Piece] = []
    windows = 0
    for number, piece in enumerate(pieces):
        if piece.clash:
            windows += 1
        if windows > _MAX_WINDOWS:
            return [*found, Piece("", gap=True)]
        found.extend(_trimmed(piece, first=number == 0, last=number == len(pieces) - 1))
    return found


def _trimmed(piece: Piece, *, first: bool, last: bool) -> list[Piece]:
    head = _OPENING if first else _AROUND
    tail = 0 if last else _AROUND
    if len(piece.text) <= head + tail + _AROUND:
        return [piece]
    cut_out = Piece("", claim=piece.claim, gap=True)
    opening = Piece(piece.text[:head], piece.claim, piece.clash)
    return [opening, cut_out, Piece(piece.text[-tail:], piece.claim, piece.clash)] if tail else [opening, cut_out]


def clipped(text: str, most: int) -> str:
    """Return the beginning of a text, with an ellipsis where something is left out."""
    return text if len(text) <= most else text[:most].rstrip() + "…"
