"""Runs model work in a few threads of its own, so that the event loop stays free and no request waits without end."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

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
        threads: int = THREADS,
        max_requests: int = MAX_REQUESTS,
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="model")
        self._max_requests = max_requests
        self._requests = 0
        self._observe = observe

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
    ) -> list[R]:
        """Return one result for each item, in order; `call` gets `chunk` items at a time, those of like `size` together."""
        order = list(range(len(items)))
        if size is not None:
            order.sort(key=lambda i: size(items[i]))
        results: dict[int, R] = {}
        with self._admitted():
            for start in range(0, len(order), chunk):
                some = order[start : start + chunk]
                found = await self._run(name, partial(call, [items[i] for i in some]))
                results.update(zip(some, found, strict=True))
        return [results[i] for i in range(len(items))]

    def close(self) -> None:
        """Forget what waits and let the threads end."""
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
