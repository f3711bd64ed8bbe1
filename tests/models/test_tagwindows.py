from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.tagwindows import BOS, EOS, PAD, padded, pieces, windows


@dataclass
class Words:
    ids: list[int]
    offsets: list[tuple[int, int]]


class SplitAtSpaces:
    """A tokenizer of one token a word, numbered by its length."""

    def encode_batch(self, texts: list[str], /, *, add_special_tokens: bool) -> Sequence[Words]:  # noqa: ARG002
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> Words:
        offsets, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            offsets.append((at, at + len(word)))
            at += len(word)
        return Words([10 + b - a for a, b in offsets], offsets)


def test_one_window_for_a_short_article() -> None:
    parts = pieces(["One two.", "", "Three"], SplitAtSpaces(), longest=10)
    (window,) = windows(parts, max_tokens=20, context_tokens=8)
    assert window.ids.tolist() == [BOS, 13, 14, EOS, 15, EOS]
    assert window.paragraph.tolist() == [-1, 0, 0, -1, 2, -1]
    assert window.offsets.tolist() == [[0, 0], [0, 3], [4, 8], [0, 0], [0, 5], [0, 0]]
    assert window.fresh == 1


def test_a_long_paragraph_is_cut_after_a_sentence() -> None:
    parts = pieces(["a a a a. a a a a a a a a"], SplitAtSpaces(), longest=6)
    assert [len(p.ids) for p in parts] == [4, 6, 2]
    assert {p.paragraph for p in parts} == {0}


def test_later_windows_begin_with_context() -> None:
    parts = pieces(["a a a", "b b b", "c c c"], SplitAtSpaces(), longest=9)
    first, second = windows(parts, max_tokens=10, context_tokens=4)
    assert sorted(set(first.paragraph.tolist())) == [-1, 0, 1]
    assert second.paragraph.tolist() == [-1, 1, 1, 1, -1, 2, 2, 2, -1]
    assert second.fresh == 5


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(8, 40), st.integers(0, 20))
def test_every_token_is_fresh_exactly_once(lengths: list[int], max_tokens: int, context: int) -> None:
    texts = [" ".join(["w"] * n) for n in lengths]
    read = windows(pieces(texts, SplitAtSpaces(), longest=max_tokens - 2), max_tokens=max_tokens, context_tokens=context)
    assert all(len(w.ids) <= max_tokens for w in read)
    seen = [
        (int(p), int(o[0])) for w in read for p, o in zip(w.paragraph[w.fresh :], w.offsets[w.fresh :], strict=True) if p >= 0
    ]
    assert seen == [(i, 2 * k) for i, n in enumerate(lengths) for k in range(n)]


def test_padding() -> None:
    parts = pieces(["a", "b b b"], SplitAtSpaces(), longest=9)
    read = windows(parts, max_tokens=5, context_tokens=0)
    ids, mask = padded(read)
    assert ids.tolist() == [[BOS, 11, EOS, PAD, PAD], [BOS, 11, 11, 11, EOS]]
    assert mask.sum(1).tolist() == [3, 5]
    assert ids.dtype == mask.dtype == np.int64
