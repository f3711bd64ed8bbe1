"""Ids: a prefix that says what the record is, then 26 characters that sort by time of making."""

import os
import re
import secrets
import threading
import time

from service.errors import InputError

PREFIXES = {
    "art": "article",
    "clm": "claim",
    "lnk": "link",
    "con": "contradiction",
    "thr": "thread",
    "key": "API key",
    "whk": "webhook",
    "dlv": "delivery",
    "wch": "watch",
}
"""Every prefix in use, and the word for what it marks."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_SHAPE = re.compile(r"([a-z]{3})_[0-7][0-9a-hjkmnp-tv-z]{25}")
_RANDOM_BITS = 80


class _Clock:
    """Hands out 128-bit numbers that rise within a process: 48 bits of milliseconds, 80 of chance (as in the ULID spec)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def reset(self) -> None:
        """Forget the last number, so that a forked child does not count on from its parent's."""
        self.__init__()  # type: ignore[misc]

    def next(self) -> int:
        """Return the next number, higher than all before it even if the system clock steps back."""
        fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS - 1)
        with self._lock:
            same_ms = fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS
            self._last = self._last + 1 + secrets.randbits(32) if same_ms else fresh
            return self._last


_clock = _Clock()
os.register_at_fork(after_in_child=_clock.reset)


def new_id(prefix: str) -> str:
    """Return a fresh id such as "clm_01jc8q2v8h4x0s6n9q3t5w7y1z"; ids of one process rise in the order they were made.

    Raises KeyError for a prefix that is not in `PREFIXES`.
    """
    PREFIXES[prefix]
    number = _clock.next()
    letters = [_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(letters)}"


def check_id(value: str, prefix: str, *, loc: tuple[str | int, ...] = ("id",)) -> str:
    """Return the id itself if it has the shape of this prefix; InputError says what it is instead."""
    match = _SHAPE.fullmatch(value)
    if match and match[1] == prefix:
        return value
    if match and match[1] in PREFIXES:
        message = (
            f"{value} is an id of the kind {PREFIXES[match[1]]!r}; this needs one of the kind {PREFIXES[prefix]!r} ({prefix}_…)"
        )
    else:
        message = f"{value[:60]!r} is not an id; one of the kind {PREFIXES[prefix]!r} is {prefix}_ and 26 letters and digits"
    raise InputError(message, loc=loc)
