"""Counts and times for Prometheus."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from service.link import Gates
from service.store.types import Counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTS_KEPT_S = 5.0
"""The ledger is counted at most this often, however many scrapers ask."""


class Metrics:
    """The metrics of one server."""

    def __init__(
        self,
        *,
        counts: Callable[[], Counts],
        requests: Callable[[], int],
        deliveries: Callable[[], Mapping[str, int]],
        gates: Callable[[], Gates],
    ) -> None:
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
        self._batch = Histogram(
            "counterclaim_model_batch_items", "Texts or pairs in one piece of model work.", ["work"],
            buckets=(1, 2, 4, 8, 16, 32, 64), registry=self._registry,
        )  # fmt: skip
        self._registry.register(_LedgerCollector(counts, requests, deliveries, gates))

    def observe_request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one answered request under its route's template, so that ids make no new series."""
        route = getattr(scope.get("route"), "path", "none")
        self._requests.labels(scope["method"], route, status).inc()
        self._request_s.labels(scope["method"], route).observe(seconds)

    def observe_model(self, work: str, seconds: float) -> None:
        """Count one piece of model work."""
        self._model_s.labels(work).observe(seconds)

    def observe_batch(self, work: str, items: int) -> None:
        """Count the texts or pairs that went to a model together."""
        self._batch.labels(work).observe(items)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _LedgerCollector(Collector):
    """What the ledger holds, counted when somebody asks."""

    def __init__(
        self,
        counts: Callable[[], Counts],
        requests: Callable[[], int],
        deliveries: Callable[[], Mapping[str, int]],
        gates: Callable[[], Gates],
    ) -> None:
        self._counts, self._requests, self._deliveries, self._gates = counts, requests, deliveries, gates
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
        waiting = counts.articles.get("received", 0)
        yield GaugeMetricFamily("counterclaim_queue_depth", "Articles that wait to be processed.", value=waiting)
        sent = GaugeMetricFamily("counterclaim_webhook_deliveries", "Deliveries by state.", labels=["state"])
        for state, number in self._deliveries().items():
            sent.add_metric([state], number)
        yield sent
        gates = self._gates()
        dropped = CounterMetricFamily("counterclaim_link_dropped", "Pairs of claims that a gate dropped.", labels=["gate"])
        for gate, number in list(gates.dropped.items()):
            dropped.add_metric([gate], number)
        yield dropped
        yield CounterMetricFamily("counterclaim_link_passed", "Pairs of claims that passed every gate.", value=gates.passed)
        yield GaugeMetricFamily("counterclaim_claims", "Claims that articles make now.", value=counts.claims)
        yield GaugeMetricFamily("counterclaim_links", "Links between claims.", value=counts.links)
        yield GaugeMetricFamily("counterclaim_threads", "Threads.", value=counts.threads)
        yield GaugeMetricFamily("counterclaim_model_requests", "Requests at the models or waiting.", value=self._requests())

    def _newest(self) -> Counts:
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept_at > COUNTS_KEPT_S:
                self._kept, self._kept_at = self._counts(), time.monotonic()
            return self._kept
