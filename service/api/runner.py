"""Runs model work in a few threads of its own, so that the event loop stays free and no request waits without end."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from service.errors import Overloaded

T = TypeVar("T")
R = TypeVar("R")

THREADS = 2
"""A short request need not wait for a long one; more would only share the same cores."""

MAX_REQUESTS = 64
"""Requests that may be at work or wait at once; the next is refused with 429."""

CHUNK = 64
"""Texts or pairs in one piece of work. Between two pieces of a large request those of other requests get their turn."""


class ModelRunner:
    """A bounded pool for model work. `observe` is told the name and the seconds of each piece."""

    def __init__(
        self,
        *,
        observe: Callable[[str, float], None],
        observe_batch: Callable[[str, int], None] = lambda *_: None,
        threads: int = THREADS,
        max_requests: int = MAX_REQUESTS,
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="model")
        self._max_requests = max_requests
        self._requests = 0
        self._observe, self._observe_batch = observe, observe_batch
        self._waiting: dict[str, deque[_Piece]] = {}
        self._lock = threading.Lock()

    @property
    def requests(self) -> int:
        """How many requests are at work or wait."""
        return self._requests

    async def run(self, name: str, call: Callable[[], R]) -> R:
        """Return what the call returns, or raise what it raises; raises Overloaded where too many wait already."""
        with self._admitted():
            return await self._run(name, call)

    async def map(
        self,
        name: str,
        call: Callable[[list[T]], Sequence[R]],
        items: Sequence[T],
        *,
        size: Callable[[T], int] | None = None,
        chunk: int = CHUNK,
        coalesce: bool = False,
    ) -> list[R]:
        """Return one result for each item, in order; `call` gets `chunk` items at a time, those of like `size` together.

        With `coalesce`, what other requests of this name wait for goes along in one call of up to `CHUNK` items, so that many
        small requests cost no more than one large one. Their `call` must then do the same as this one.
        """
        order = list(range(len(items)))
        if size is not None:
            order.sort(key=lambda i: size(items[i]))
        results: dict[int, R] = {}
        with self._admitted():
            for start in range(0, len(order), chunk):
                some = order[start : start + chunk]
                work = [items[i] for i in some]
                if coalesce:
                    found = await self._join(name, call, work)
                else:
                    found = await self._run(name, partial(call, work))
                    self._observe_batch(name, len(work))
                results.update(zip(some, found, strict=True))
        return [results[i] for i in range(len(items))]

    def close(self) -> None:
        """Forget what waits and let the threads end."""
        with self._lock:
            for piece in (piece for pieces in self._waiting.values() for piece in pieces):
                piece.result.cancel()
            self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        if self._requests >= self._max_requests:
            raise Overloaded(f"{self._requests} requests wait for the models; try again in a few seconds", retry_after_s=5)
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    async def _run(self, name: str, call: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._timed, name, call)

    def _timed(self, name: str, call: Callable[[], R]) -> R:
        start = time.perf_counter()
        try:
            return call()
        finally:
            self._observe(name, time.perf_counter() - start)

    async def _join(self, name: str, call: Callable[[list[Any]], Sequence[Any]], items: list[Any]) -> Sequence[Any]:
        piece = _Piece(items, call)
        with self._lock:
            self._waiting.setdefault(name, deque()).append(piece)
        self._pool.submit(self._drain, name)
        return await asyncio.wrap_future(piece.result)

    def _drain(self, name: str) -> None:
        """Run what waits first under this name, with as many that wait behind it as one call takes."""
        pieces: list[_Piece] = []
        with self._lock:
            waiting, items = self._waiting.get(name, deque()), 0
            while waiting and (not pieces or items + len(waiting[0].items) <= CHUNK):
                piece = waiting.popleft()
                if piece.result.set_running_or_notify_cancel():
                    pieces.append(piece)
                    items += len(piece.items)
        try:
            self._answer(name, pieces)
        except Exception:  # one of them may be at fault: each by itself, so that only that one fails
            for piece in pieces:
                try:
                    self._answer(name, [piece])
                except Exception as error:
                    piece.result.set_exception(error)

    def _answer(self, name: str, pieces: list["_Piece"]) -> None:
        if not pieces:
            return
        together = [item for piece in pieces for item in piece.items]
        found = self._timed(name, partial(pieces[0].call, together))
        self._observe_batch(name, len(together))
        start = 0
        for piece in pieces:
            piece.result.set_result(found[start : start + len(piece.items)])
            start += len(piece.items)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Items that one request waits for."""

    items: list[Any]
    call: Callable[[list[Any]], Sequence[Any]]
    result: Future[Any] = field(default_factory=Future)
