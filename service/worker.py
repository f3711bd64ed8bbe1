"""Processes what waits in the ledger, in a thread of the server or as a process of its own."""

import logging
import threading

from service.errors import CounterclaimError
from service.notify.webhooks import Notifier
from service.pipeline import Pipeline

log = logging.getLogger(__name__)

POLL_S = 1.0
"""How often to look for articles that another process took in; those of this process wake the worker at once."""

RETRY_S = 5.0
"""Pause after the models would not load or the ledger did not answer."""


STOP_S = 10.0
"""How long the end waits for the article at work, which takes a second or two."""


class Worker:
    """Loads the models, then processes article after article until it is stopped. Each start of `run` may follow a crash."""

    def __init__(self, pipeline: Pipeline, *, poll_s: float = POLL_S, retry_s: float = RETRY_S) -> None:
        self.pipeline = pipeline
        self.failure: str | None = None
        """Why nothing is processed at the moment; None where all is well."""
        self._poll_s, self._retry_s = poll_s, retry_s
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.notifier = Notifier(pipeline.ledger, allow_private=pipeline.settings.allow_private_urls)
        """Delivers webhooks, in threads beside this one: neither waits for the other."""

    @property
    def alive(self) -> bool:
        """Whether the thread that `start` made is at work."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that an article came in."""
        self._work.set()

    def request_stop(self) -> None:
        """Ask for the end after the article at work; safe in a signal handler."""
        self._stop.set()
        self._work.set()

    def stop(self, *, timeout_s: float = STOP_S) -> bool:
        """Return whether the thread ended in time; what it was at stays in the queue otherwise."""
        self.request_stop()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.alive

    def run(self) -> None:
        """Work until `request_stop`."""
        self.notifier.start()
        try:
            self._work_on()
        finally:
            self.notifier.stop(wait_s=STOP_S)

    def _work_on(self) -> None:
        recovered = not self.pipeline.ledger.is_sqlite  # beside a PostgreSQL ledger other workers may hold what is held
        while not self._stop.is_set():
            self._work.clear()
            pause_s = self._poll_s
            try:
                if not recovered:
                    self._recover()
                    recovered = True
                self.pipeline.models.load()
                self._process()
                self.failure = None
            except CounterclaimError as error:
                self.failure, pause_s = error.message, self._retry_s
                log.error("nothing is processed: %s; trying again in %g s", error.message, pause_s)
            except Exception as error:
                self.failure, pause_s = f"{type(error).__name__}: {error}", self._retry_s
                log.exception("nothing is processed; trying again in %g s", pause_s)
            if self.failure is None:
                self._work.wait(pause_s)
            else:
                self._stop.wait(pause_s)

    def _recover(self) -> None:
        freed = self.pipeline.ledger.end_leases()
        if freed:
            log.warning("%d articles were left half-done when the last process ended; they are processed again", freed)

    def _process(self) -> None:
        for outcome in self.pipeline.process_pending():
            article = outcome.article
            log.info(
                "article %s %s: %d claims, %d contradictions",
                article.id, article.state, len(outcome.claims), len(outcome.contradictions),
            )  # fmt: skip
            if self._stop.is_set():
                return
