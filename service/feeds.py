"""Polls RSS and Atom feeds politely: only what changed, no feed too often, and whoever is in trouble less and less often.

What was read is remembered while the process runs; after a restart a feed is read once more, and articles that the ledger holds
already change nothing in it.
"""

import heapq
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import urlsplit

from service.errors import InputError
from service.ingest import formats
from service.ingest.fetch import Fetched, Refused, Validators, fetch
from service.ingest.formats import Given
from service.records import Submission

LEAST_INTERVAL_S = 60.0
"""No feed is asked more often, whatever the settings say."""

HOST_PAUSE_S = 1.0
"""Between two requests to one host."""

LONGEST_PAUSE_S = 24 * 3600.0
JITTER = 0.1
_GONE = 410


class Fetch(Protocol):
    """Reads a page unless it is the version that is known; as `service.ingest.fetch.fetch`."""

    def __call__(self, url: str, *, allow_private: bool, known: Validators) -> Fetched:
        """Return the page; InputError says why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Polled:
    """What came of asking a feed once."""

    feed: str
    items: tuple[Submission | InputError, ...] = ()
    error: InputError | None = None
    changed: bool = True
    next_s: float | None = None
    """Seconds until it is asked again; None: never, because the server says that it is gone."""


@dataclass(frozen=True, slots=True)
class _Known:
    validators: Validators = field(default_factory=Validators)
    failures: int = 0


class Feeds:
    """Some feeds and when each is due. `now` gives seconds on a clock that only goes forward."""

    def __init__(
        self,
        urls: Iterable[str],
        *,
        interval_s: float,
        given: Given,
        now: Callable[[], float],
        allow_private: bool = False,
        fetching: Fetch = fetch,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._interval_s = max(interval_s, LEAST_INTERVAL_S)
        self._given, self._now, self._allow_private = given, now, allow_private
        self._fetch, self._chance = fetching, chance
        feeds = dict.fromkeys(urls)
        self._known: dict[str, _Known] = {url: _Known() for url in feeds}
        self._host_free: dict[str, float] = {}
        self._due = [(now(), number, url) for number, url in enumerate(feeds)]

    def wait_s(self) -> float | None:
        """Return the seconds until a feed is due, 0 if one is; None where none will ever be."""
        return max(0.0, self._due[0][0] - self._now()) if self._due else None

    def poll(self) -> Polled | None:
        """Return what came of the feed that is due, or None if its host was asked a moment ago and must wait."""
        _, number, url = heapq.heappop(self._due)
        host = urlsplit(url).netloc.lower()
        free = self._host_free.get(host, 0.0)
        if free > self._now():
            heapq.heappush(self._due, (free, number, url))
            return None
        polled = self._ask(url)
        self._host_free[host] = self._now() + HOST_PAUSE_S
        if polled.next_s is not None:
            heapq.heappush(self._due, (self._now() + polled.next_s, number, url))
        return polled

    def _ask(self, url: str) -> Polled:
        known = self._known[url]
        try:
            page = self._fetch(url, allow_private=self._allow_private, known=known.validators)
        except InputError as error:
            self._known[url] = replace(known, failures=known.failures + 1)
            return Polled(url, error=error, next_s=self._after(error, known.failures + 1))
        self._known[url] = _Known(page.validators)
        if not page.changed:
            return Polled(url, changed=False, next_s=self._pause(0))
        found = formats.read(page.data, filename="feed.xml", given=self._given)
        return Polled(url, tuple(_own(item, url) for item in found), next_s=self._pause(0))

    def _after(self, error: InputError, failures: int) -> float | None:
        if isinstance(error, Refused):
            if error.answered == _GONE:
                return None
            return max(self._pause(failures), min(error.retry_after_s or 0.0, LONGEST_PAUSE_S))
        return self._pause(failures)

    def _pause(self, failures: int) -> float:
        """Seconds: the interval, doubled with each failure in a row; a little more or less, so that feeds spread out."""
        pause = min(self._interval_s * 2.0 ** min(failures, 20), max(LONGEST_PAUSE_S, self._interval_s))
        return max(LEAST_INTERVAL_S, pause * (1 + JITTER * (2 * self._chance() - 1)))


def _own(item: Submission | InputError, feed: str) -> Submission | InputError:
    """The item under a key that no other feed has: bare numbers are common as ids of entries, and not unique."""
    if isinstance(item, InputError) or item.external_id is None or ":" in item.external_id:
        return item
    return replace(item, external_id=f"{feed}#{item.external_id}")
