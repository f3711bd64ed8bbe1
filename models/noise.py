"""How likely each line of a raw article is no part of it, by a small linear model over hashed character n-grams and shape.

Text in, numbers out: no rules, no word lists, no framework. The weights and their card stand in models/weights/noise-lines.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.types import FloatArray

BUCKETS = 1 << 15
"""Hash buckets of the n-gram features."""
SHAPES = 44
"""Features of shape and place a line has, before its neighbours' are added."""
_ORDERS = (2, 3, 4, 5)
_HEAD, _TAIL, _EDGE = 96, 48, 16
_PRIMES = np.array([2654435761, 2246822519, 3266489917, 668265263, 374761393], dtype=np.uint32)
_SALTS = (0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35)
_DIGIT = re.compile(r"\d")
_END = re.compile(r"""[.!?…。؟]["'”’»“)\]]*$""")
_SENTENCE = re.compile(r"""[.!?…]["'”’»“)]* +(?=["'“„«(–—-]?\s?[^\W\d_a-z])""")
_SEPARATOR = re.compile(r"\s[|·•›»>/▸➤⏐❘•–—-]\s|\|")
_SYMBOL = re.compile(r"[\u2190-\u21FF\u2300-\u23FF\u25A0-\u27BF\u2B00-\u2BFF\U0001F000-\U0001FAFF]")
_LINK = re.compile(r"@\w|https?:|www\.|\.(?:com|org|net|example|info|no|de|fr|uk)\b", re.IGNORECASE)
_MONEY = re.compile(r"[£$€₽₴]|\b(?:kr|Kč|zł|euro?s?)\b")
_TIME = re.compile(r"\b\d{1,2}[.:hH]\d{2}\b")
_WORD = re.compile(r"[^\W\d_]+")
_OPENERS = "\"“„«‘'”’»"
_DASHES = "-–—"


class LineNoise:
    """A fitted model; `load` it once and share it, calls change nothing."""

    def __init__(self, grams: FloatArray, shapes: FloatArray, bias: float) -> None:
        self._grams, self._shapes, self._bias = grams, shapes, bias

    @classmethod
    def load(cls, directory: Path) -> "LineNoise":
        """The model whose weights.npz stands in the directory. Raises OSError where there is none."""
        with np.load(directory / "weights.npz") as data:
            grams = data["grams"].astype(np.float32) * np.float32(data["scale"])
            return cls(grams, data["shapes"].astype(np.float32), float(data["bias"]))

    def save(self, directory: Path) -> None:
        """Writes weights.npz into the directory, the n-gram weights as 8-bit steps of one scale."""
        directory.mkdir(parents=True, exist_ok=True)
        scale = float(np.abs(self._grams).max()) / 127
        np.savez_compressed(
            directory / "weights.npz",
            grams=np.round(self._grams / scale).astype(np.int8),
            scale=np.float32(scale),
            shapes=self._shapes,
            bias=np.float32(self._bias),
        )

    def probabilities(self, lines: Sequence[str]) -> FloatArray:
        """Probability in [0, 1] that each line is no part of the article, (n,).

        `lines` are those of one article in order, none of them empty.
        """
        if not lines:
            return np.zeros(0, dtype=np.float32)
        hashed, owner = gram_features(lines)
        counts = np.bincount(owner, minlength=len(lines)).clip(1)
        sums = np.bincount(owner, weights=self._grams[hashed], minlength=len(lines))
        logits = sums / np.sqrt(counts) + shape_features(lines) @ self._shapes + self._bias
        return np.asarray(1 / (1 + np.exp(-logits.clip(-30, 30))), dtype=np.float32)


def gram_features(lines: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Hash bucket and line number of every n-gram in the head and the tail of the lines; n-grams at either edge count twice."""
    texts = [_digest(line) for line in lines]
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32)
    lengths = np.array([len(text) for text in texts])
    owner = np.repeat(np.arange(len(texts)), lengths)
    starts = np.cumsum(lengths) - lengths
    offset = np.arange(len(codes)) - starts[owner]
    left = lengths[owner] - offset
    buckets, owners = [], []
    with np.errstate(over="ignore"):
        for order in _ORDERS:
            if len(codes) < order:
                continue
            size = len(codes) - order + 1
            rolled = np.full(size, order * 0x01000193 & 0xFFFFFFFF, dtype=np.uint32)
            for k in range(order):
                rolled = (rolled ^ codes[k : k + size]) * _PRIMES[k]
                rolled ^= rolled >> np.uint32(15)
            inside = left[:size] >= order
            zones = (inside, inside & (offset[:size] < _EDGE), inside & (left[:size] <= _EDGE))
            for salt, zone in zip(_SALTS, zones, strict=True):
                mixed = (rolled[zone] ^ np.uint32(salt)) * _PRIMES[4]
                buckets.append((mixed ^ (mixed >> np.uint32(13))) % np.uint32(BUCKETS))
                owners.append(owner[:size][zone])
    return np.concatenate(buckets), np.concatenate(owners)


def shape_features(lines: Sequence[str]) -> FloatArray:
    """Shape of each line, its place, and the shape of the lines around it, (n, 3 * SHAPES)."""
    own = np.array([_shape(line) for line in lines], dtype=np.float32)
    count = len(lines)
    place = np.zeros((count, 12), dtype=np.float32)
    for at in range(count):
        place[at, min(at, 4)] = 1
        place[at, 5 + min(count - 1 - at, 4)] = 1
        place[at, 10] = at / count
        place[at, 11] = lines.count(lines[at]) > 1 if count < 400 else 0
    both = np.hstack([own, place])
    edge = np.zeros((1, both.shape[1]), dtype=np.float32)
    return np.hstack([both, np.vstack([edge, both[:-1]]), np.vstack([both[1:], edge])])


def _digest(line: str) -> str:
    text = line if len(line) <= _HEAD + _TAIL else line[:_HEAD] + " … " + line[-_TAIL:]
    return " " + _DIGIT.sub("0", text).lower() + " \n"


def _shape(line: str) -> list[float]:
    words = _WORD.findall(line[:600])
    count = max(1, len(words))
    first = line[0]
    letters = max(1, sum(map(str.isalpha, line[:600])))
    return [
        np.log1p(len(line)) / 6,
        len(line) < 25,
        len(line) < 60,
        len(line) > 160,
        len(line) > 320,
        count <= 3,
        count <= 8,
        bool(_END.search(line[-6:])),
        line[-1] == ":",
        line[-1] == "?",
        line[-1] in _OPENERS,
        line[-1] == ")",
        first.islower(),
        first.isdigit(),
        first in _OPENERS,
        first in _DASHES,
        first in "([{",
        first in "•*·●◦",
        bool(_SYMBOL.match(line)),
        min(4, len(_SYMBOL.findall(line[:600]))) / 4,
        min(6, len(_SEPARATOR.findall(line[:600]))) / 6,
        min(3, len(_SENTENCE.findall(line[:600]))) / 3,
        sum(map(str.isupper, line[:600])) / letters,
        sum(word[0].isupper() for word in words) / count,
        line.isupper(),
        sum(map(str.isdigit, line[:600])) / len(line[:600]),
        bool(_LINK.search(line)),
        bool(_MONEY.search(line)),
        bool(_TIME.search(line)),
        ":" in line[:28],
        "  " in line,
        "©" in line,
    ]


@cache
def bundled() -> LineNoise:
    """The model that comes with the project, loaded once."""
    return LineNoise.load(Path(__file__).with_name("weights") / "noise-lines")
