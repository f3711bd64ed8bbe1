"""Texts as the token ids that a model reads."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import BadText, NoTokenizer
from models.types import Pair

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

SENTENCE_ENDS = frozenset(".!?…。！？؟।")


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text or pair: ids with the special tokens, and which side each belongs to."""

    ids: list[int]
    types: list[int]


@cache
def shared_tokenizer(path: Path) -> "Tokenizer":
    """The tokenizer of a `tokenizer.json`, the same object for every model of the process; it neither cuts nor pads."""
    from tokenizers import Tokenizer

    if not path.is_file():
        raise NoTokenizer(f"{path} is missing: a model needs the tokenizer it was trained with beside its weights")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def clean(text: str, *, at: int) -> str:
    """The text with control characters as spaces and lone surrogates as U+FFFD, which no tokenizer can read otherwise.

    Raises BadText, naming the position `at` in the input, for anything but a string.
    """
    if not isinstance(text, str):
        raise BadText(f"input {at} is a {type(text).__name__}, expected a string")
    if text.isascii() and text.isprintable():
        return text
    return "".join(_readable(c) for c in text)


def _readable(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "\ufffd" if category == "Cs" else character


class TextEncoder:
    """A tokenizer with what its model can take: encodes texts and pairs, and cuts what is too long at sentence ends."""

    def __init__(self, tokenizer: "Tokenizer", *, max_tokens: int, pad_id: int) -> None:
        self._tokenizer = tokenizer
        self.max_tokens, self.pad_id = max_tokens, pad_id
        self.special = tokenizer.num_special_tokens_to_add(is_pair=False)
        self.special_in_pair = tokenizer.num_special_tokens_to_add(is_pair=True)

    def texts(self, texts: Sequence[str]) -> list[Tokens]:
        """One encoding per text, however long."""
        return [_tokens(e) for e in self._tokenizer.encode_batch(list(texts))]

    def pairs(self, pairs: Sequence[Pair]) -> list[Tokens]:
        """One encoding per pair, however long."""
        return [_tokens(e) for e in self._tokenizer.encode_batch(list(pairs))]

    def cut(self, tokens: Tokens) -> Tokens:
        """At most `max_tokens` of the tokens: for a chunk that became longer when it was read alone."""
        return Tokens(tokens.ids[: self.max_tokens], tokens.types[: self.max_tokens])

    def chunks(self, text: str, *, max_tokens: int) -> list[str]:
        """The text in pieces of at most `max_tokens` tokens, cut after a sentence where possible, else between two tokens."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        if len(offsets) <= max_tokens:
            return [text]
        return [text[a:b] for a, b in _cuts(text, offsets, max_tokens)]


def _tokens(encoding: "Encoding") -> Tokens:
    return Tokens(encoding.ids, encoding.type_ids)


def _cuts(text: str, offsets: Sequence[tuple[int, int]], max_tokens: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(offsets):
        end = min(start + max_tokens, len(offsets))
        if end < len(offsets):
            ends = (k for k in range(end, start, -1) if _ends_sentence(text, offsets, k))
            end = next(ends, end)
        yield offsets[start][0], offsets[end - 1][1]
        start = end


def _ends_sentence(text: str, offsets: Sequence[tuple[int, int]], k: int) -> bool:
    last = text[offsets[k - 1][0] : offsets[k - 1][1]].strip()
    return (
        bool(last)
        and last[-1] in SENTENCE_ENDS
        and (last[-1] in "。！？" or offsets[k][0] > offsets[k - 1][1] or text[offsets[k][0]].isspace())
    )
