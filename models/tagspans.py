"""From the numbers of the tagger's heads to spans: the decoding, in numpy alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.types import FloatArray

TAGS = ("outside", "begin", "inside", "end", "single", "not claim", "noise")
"""Order of the last axis of the token tags."""
MODALITIES = ("fact", "forecast", "plan", "condition", "possibility")
FORMS = ("direct", "indirect", "mixed", "none")
POINTERS = ("source start", "source end", "cue start", "cue end")
"""What a claim points at, in the order of the pointer logits."""
CLASSES = {"claim": 1, "attributed": 1, "denies": 1, "modality": len(MODALITIES), "form": len(FORMS)}
"""The class logits of a claim, in order, and how many each has; one logit means yes or no."""
DISTANCES = (1, 2, 3, 5, 9, 17, 33, 65, 129)
"""Lower ends, in tokens, of the distance classes between a claim and a token outside it, the same on both sides."""
LONGEST_MENTION = 32
"""Tokens in the longest mention or cue that is looked for."""

_BEGIN, _INSIDE, _END, _SINGLE = (TAGS.index(x) for x in ("begin", "inside", "end", "single"))
_OPEN = (_BEGIN, _INSIDE)
_ALLOWED = np.array([[(b in (_INSIDE, _END)) == (a in _OPEN) for b in range(len(TAGS))] for a in range(len(TAGS))])
_PAIRS = {"“": "”", "„": "“", "«": "»", "»": "«", "‘": "’", "‹": "›", "”": "”", '"': '"', "'": "'", "(": ")", "[": "]"}
_QUOTES = "“”„«»‘’‹›\"'"
_EDGE = " \t\n\r\u00a0\u200b.,;:!…–—-*•"


def log_softmax(logits: FloatArray) -> FloatArray:
    """Logarithms of the probabilities along the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)), np.float32)


def claim_spans(tags: FloatArray) -> list[tuple[int, int]]:
    """The claims of one paragraph as tokens [first, last], from its (n, len(TAGS)) log-probabilities, by Viterbi."""
    n = len(tags)
    if n == 0:
        return []
    score = np.where([t in (_INSIDE, _END) for t in range(len(TAGS))], -np.inf, tags[0])
    back = np.zeros((n, len(TAGS)), np.int64)
    for i in range(1, n):
        through = np.where(_ALLOWED, score[:, None], -np.inf)
        back[i] = through.argmax(0)
        score = through.max(0) + tags[i]
    score[list(_OPEN)] = -np.inf
    path = [int(score.argmax())]
    for i in range(n - 1, 0, -1):
        path.append(int(back[i, path[-1]]))
    spans, first = [], 0
    for i, tag in enumerate(reversed(path)):
        if tag == _BEGIN:
            first = i
        elif tag == _SINGLE:
            spans.append((i, i))
        elif tag == _END:
            spans.append((first, i))
    return spans


def in_claim(tags: FloatArray) -> FloatArray:
    """Probability that each token belongs to a claim, (n,), from the (n, len(TAGS)) log-probabilities."""
    return np.asarray(np.exp(tags[:, [_BEGIN, _INSIDE, _END, _SINGLE]]).sum(1), np.float32)


def distance_classes(span: tuple[int, int], n: int) -> NDArray[np.int64]:
    """For each of n tokens the class of its distance to the claim [first, last]: 0 within, then before it, then after it."""
    position = np.arange(n)
    before = np.searchsorted(DISTANCES, span[0] - position, side="right")
    after = np.searchsorted(DISTANCES, position - span[1], side="right")
    return np.where(before > 0, before, np.where(after > 0, after + len(DISTANCES), 0))


def best_range(start: FloatArray, end: FloatArray, paragraph: NDArray[np.int32]) -> tuple[int, int]:
    """The range [first, last] within one paragraph of the largest start plus end logit."""
    best, found = -np.inf, (0, 0)
    usable = np.where(paragraph >= 0, start, -np.inf)
    for width in range(min(LONGEST_MENTION, len(start))):
        stop = len(start) - width
        total = np.where(paragraph[:stop] == paragraph[width:], usable[:stop] + end[width:], -np.inf)
        first = int(total.argmax())
        if total[first] > best:
            best, found = float(total[first]), (first, first + width)
    return found


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space, closing punctuation and quotation marks at its edges; marks that pair up within it stay."""
    while start < end:
        first, last = text[start], text[end - 1]
        if first in _EDGE:
            start += 1
        elif last in _EDGE:
            end -= 1
        elif first in _QUOTES and _stray(text[start:end], 0):
            start += 1
        elif last in _QUOTES + ")]" and _stray(text[start:end], end - start - 1):
            end -= 1
        elif first in _QUOTES and last == _PAIRS.get(first) and not _closes(text[start + 1 : end - 1], last):
            start, end = start + 1, end - 1
        else:
            break
    return start, end


def _stray(span: str, position: int) -> bool:
    """Whether the mark at an edge has no partner within the span."""
    mark = span[position]
    if mark in "'’" and position and span[position - 1].isalpha() and not any(q in span[:position] for q in "'‘"):
        return False  # an apostrophe
    rest = span[1:] if position == 0 else span[:-1]
    partners = [_PAIRS[mark]] if position == 0 and mark in _PAIRS else [k for k, v in _PAIRS.items() if v == mark]
    return not any(p in rest for p in partners)


def _closes(inner: str, mark: str) -> bool:
    """Whether the closing mark stands within too, so that the outer two need not be one pair."""
    return mark in inner


def noise_of(tags: FloatArray, weights: Sequence[int] | None = None) -> float:
    """Mean probability of noise over the tokens of a paragraph, from their log-probabilities; 0 for none."""
    if len(tags) == 0:
        return 0.0
    return float(np.average(np.exp(tags[:, TAGS.index("noise")]), weights=weights))
