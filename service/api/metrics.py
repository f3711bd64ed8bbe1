"""Counts and times for Prometheus."""

import threading
import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from service.store.types import Counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTS_KEPT_S = 5.0
"""The ledger is counted at most this often, however many scrapers ask."""


class Metrics:
    """The metrics of one server."""

    def __init__(self, *, counts: Callable[[], Counts], requests: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "counterclaim_requests", "HTTP requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._request_s = Histogram(
            "counterclaim_request_seconds", "Time to the end of the answer.", ["method", "route"], registry=self._registry
        )
        self._model_s = Histogram(
            "counterclaim_model_seconds", "Time of one piece of model work.", ["work"], registry=self._registry
        )
        self._registry.register(_LedgerCollector(counts, requests))

    def observe_request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one answered request under its route's template, so that ids make no new series."""
        route = getattr(scope.get("route"), "path", "none")
        self._requests.labels(scope["method"], route, status).inc()
        self._request_s.labels(scope["method"], route).observe(seconds)

    def observe_model(self, work: str, seconds: float) -> None:
        """Count one piece of model work."""
        self._model_s.labels(work).observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _LedgerCollector(Collector):
    """What the ledger holds, counted when somebody asks."""

    def __init__(self, counts: Callable[[], Counts], requests: Callable[[], int]) -> None:
        self._counts, self._requests = counts, requests
        self._lock = threading.Lock()
        self._kept: Counts | None = None
        self._kept_at = 0.0

    def describe(self) -> Iterator[Metric]:
        """Return nothing: the registry need not count the ledger to learn the names."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield gauges of the ledger and of the queues."""
        counts = self._newest()
        articles = GaugeMetricFamily("counterclaim_articles", "Articles by state; received ones wait.", labels=["state"])
        for state, number in counts.articles.items():
            articles.add_metric([state], number)
        found = GaugeMetricFamily("counterclaim_contradictions", "Contradictions.", labels=["status", "kind"])
        for (status, kind), number in counts.contradictions.items():
            found.add_metric([status, kind], number)
        yield articles
        yield found
        yield GaugeMetricFamily("counterclaim_claims", "Claims that articles make now.", value=counts.claims)
        yield GaugeMetricFamily("counterclaim_links", "Links between claims.", value=counts.links)
        yield GaugeMetricFamily("counterclaim_threads", "Threads.", value=counts.threads)
        yield GaugeMetricFamily("counterclaim_model_requests", "Requests at the models or waiting.", value=self._requests())

    def _newest(self) -> Counts:
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept_at > COUNTS_KEPT_S:
                self._kept, self._kept_at = self._counts(), time.monotonic()
            return self._kept
