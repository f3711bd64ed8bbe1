"""How far a long run is: one line on standard error, rewritten on a terminal, and every ten seconds elsewhere."""

import sys
import time

EVERY_S = 10.0


class Progress:
    """Counts what is done of `total` (None where it is not known beforehand); `done` items came out of a cache."""

    def __init__(self, what: str, total: int | None, *, done: int = 0) -> None:
        self._what, self._total = what, total
        self._done, self._cached = done, done
        self._start = time.monotonic()
        self._told = self._start if not sys.stderr.isatty() else 0.0

    def step(self, count: int = 1) -> None:
        """Adds what was done and tells it where it is time to."""
        self._done += count
        now = time.monotonic()
        if now - self._told < (0.2 if sys.stderr.isatty() else EVERY_S):
            return
        self._told = now
        sys.stderr.write(f"\r{self.line(now)}\x1b[K" if sys.stderr.isatty() else f"{self.line(now)}\n")
        sys.stderr.flush()

    def line(self, now: float) -> str:
        """What is done, how fast, and how long the rest takes at this speed."""
        speed = (self._done - self._cached) / max(1e-9, now - self._start)
        of = f"/{self._total:,}" if self._total is not None else ""
        left = f", {(self._total - self._done) / speed:.0f} s left" if self._total is not None and speed > 0 else ""
        return f"{self._what}: {self._done:,}{of}, {speed:.1f} a second{left}"

    def close(self) -> None:
        """Clears the line on a terminal."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
