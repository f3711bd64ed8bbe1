"""Paragraphs as the windows of tokens that the tagger reads: `<s> paragraph </s> paragraph </s> …`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BOS, EOS, PAD = 0, 2, 1
"""Token ids of `<s>`, `</s>` and `<pad>` in the vocabulary of XLM-R, which multilingual-e5 shares."""
SENTENCE_ENDS = ".!?…。！？"


class Encoding(Protocol):
    """What the tokenizer gives for one text."""

    @property
    def ids(self) -> list[int]:
        """Token ids."""
        ...

    @property
    def offsets(self) -> list[tuple[int, int]]:
        """Code-point offsets of each token into the text."""
        ...


class Encoder(Protocol):
    """The part of `tokenizers.Tokenizer` that is used here."""

    def encode_batch(self, texts: list[str], /, *, add_special_tokens: bool) -> Sequence[Encoding]:
        """One encoding per text."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph, or a part of one that is too long for a window, as tokens."""

    paragraph: int
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens that go through the model together; the arrays have one entry per token."""

    ids: NDArray[np.int64]
    paragraph: NDArray[np.int32]
    """Index of the paragraph, -1 for `<s>` and `</s>`."""
    offsets: NDArray[np.int32]
    """(n, 2) code points into the paragraph."""
    fresh: int
    """First token whose result counts; those before it are context, judged in an earlier window."""


def pieces(paragraphs: Sequence[str], tokenizer: Encoder, *, longest: int) -> list[Piece]:
    """The paragraphs as tokens, those of more than `longest` tokens cut, at the end of a sentence where there is one."""
    out: list[Piece] = []
    for number, (text, encoding) in enumerate(
        zip(paragraphs, tokenizer.encode_batch(list(paragraphs), add_special_tokens=False), strict=True)
    ):
        ids, offsets = encoding.ids, encoding.offsets
        start = 0
        while start < len(ids):
            end = _cut(text, offsets, start, longest)
            out.append(Piece(number, tuple(ids[start:end]), tuple(offsets[start:end])))
            start = end
    return out


def _cut(text: str, offsets: Sequence[tuple[int, int]], start: int, longest: int) -> int:
    if len(offsets) - start <= longest:
        return len(offsets)
    for end in range(start + longest, start + longest // 2, -1):
        begin, stop = offsets[end - 1]
        if text[begin:stop].rstrip("\"'”»“").endswith(tuple(SENTENCE_ENDS)):
            return end
    return start + longest


def windows(parts: Sequence[Piece], *, max_tokens: int, context_tokens: int) -> list[Window]:
    """Windows over consecutive pieces, each beginning with whole earlier pieces, up to `context_tokens`, as context."""
    out: list[Window] = []
    first = 0
    while first < len(parts):
        begin, used = first, 0
        while begin > 0 and used + len(parts[begin - 1].ids) + 1 <= context_tokens:
            begin -= 1
            used += len(parts[begin].ids) + 1
        end, total = first, used + 1
        while end < len(parts) and (end == first or total + len(parts[end].ids) + 1 <= max_tokens):
            total += len(parts[end].ids) + 1
            end += 1
        while total > max_tokens and begin < first:
            total -= len(parts[begin].ids) + 1
            begin += 1
        out.append(_window(parts[begin:end], sum(len(p.ids) + 1 for p in parts[begin:first]) + 1))
        first = end
    return out


def _window(parts: Sequence[Piece], fresh: int) -> Window:
    ids, owner, offsets = [BOS], [-1], [(0, 0)]
    for part in parts:
        ids += [*part.ids, EOS]
        owner += [part.paragraph] * len(part.ids) + [-1]
        offsets += [*part.offsets, (0, 0)]
    return Window(np.array(ids, np.int64), np.array(owner, np.int32), np.array(offsets, np.int32).reshape(-1, 2), fresh)


def padded(batch: Sequence[Window]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and attention mask of the windows, both (n, longest)."""
    width = max(len(w.ids) for w in batch)
    ids = np.full((len(batch), width), PAD, np.int64)
    mask = np.zeros((len(batch), width), np.int64)
    for row, window in enumerate(batch):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
    return ids, mask
