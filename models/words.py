"""The word embeddings of the small multilingual models: one 4-bit table, read from disk and shared by all of them.

A row holds one token: blocks of 32 values, each 18 bytes: an fp16 scale, then 16 bytes of nibbles, the low ones first. A value
is (nibble - 8) * scale. multilingual-e5-small as rebuilt carries exactly this precision, so nothing is lost.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import FilesChanged
from models.types import FloatArray

BLOCK = 32
BYTES_PER_BLOCK = 2 + BLOCK // 2


class WordTable:
    """Embeddings by token id, decoded when asked for; the file stays on disk and is mapped into memory."""

    def __init__(self, path: Path, *, width: int) -> None:
        row = width // BLOCK * BYTES_PER_BLOCK
        size = path.stat().st_size if path.is_file() else 0
        if width % BLOCK or size == 0 or size % row:
            raise FilesChanged(f"{path}: {size} bytes are no table of rows of {row} bytes; restore it from the repository")
        self.width = width
        self._rows = np.memmap(path, dtype=np.uint8, mode="r").reshape(-1, width // BLOCK, BYTES_PER_BLOCK)

    def __len__(self) -> int:
        return len(self._rows)

    def __call__(self, ids: NDArray[np.int64]) -> FloatArray:
        """Embeddings of token ids of any shape, (*ids.shape, width); raises IndexError for an id out of range."""
        unique, where = np.unique(ids, return_inverse=True)
        return decode(self._rows[unique]).reshape(len(unique), self.width)[where.reshape(ids.shape)]


@cache
def shared_table(path: Path, width: int) -> WordTable:
    """The table of a file, the same object for every model of the process."""
    return WordTable(path, width=width)


def decode(blocks: NDArray[np.uint8]) -> FloatArray:
    """Values of (…, 18) bytes, (…, 32)."""
    scale = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    nibbles = blocks[..., 2:]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    return values * scale


def encode(values: FloatArray) -> NDArray[np.uint8]:
    """The bytes of a (rows, width) matrix of 4-bit precision, (rows, width / 32, 18).

    Raises ValueError where a block is no fp16 scale times whole numbers from -8 to 7: packing would lose something.
    """
    blocks = values.reshape(-1, BLOCK)
    largest = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(-1)]
    out = np.zeros((len(blocks), BYTES_PER_BLOCK), np.uint8)
    left = np.arange(len(blocks))
    for steps in (-8, 7, -7, 6, -6, 5, -5, 4, -4, 3, -3, 2, -2, 1, -1):
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = (largest[left] / np.float32(steps)).astype(np.float16)
            whole = np.nan_to_num(np.rint(blocks[left] / scale.astype(np.float32)[:, None])).clip(-8, 7)
        exact = (whole * scale.astype(np.float32)[:, None] == blocks[left]).all(-1)
        done, nibbles = left[exact], (whole[exact] + 8).astype(np.uint8)
        out[done, :2] = scale[exact].view(np.uint8).reshape(-1, 2)
        out[done, 2:] = nibbles[:, : BLOCK // 2] | nibbles[:, BLOCK // 2 :] << 4
        left = left[~exact]
    if len(left):
        raise ValueError(f"{len(left)} of {len(blocks)} blocks are not of 4-bit precision: the word table was trained")
    return out.reshape(len(values), -1, BYTES_PER_BLOCK)
