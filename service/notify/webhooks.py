"""Delivers webhooks: queues what each new event comes to, sends what is due, and tries again over a day.

The queue and its log lie in the ledger, so that a crash loses nothing. Any number of processes may run this at once: an event
is queued once, and a delivery is held by one of them. A receiver may still get a message twice (a crash after it was sent),
and in another order than things happened; `webhook-id` tells repeats.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from service.errors import CounterclaimError
from service.ingest.addresses import Resolver, resolve
from service.notify import signing
from service.notify.payloads import payload
from service.notify.post import TIMEOUT_S, Posted, post
from service.store.ledger import Ledger
from service.store.push_types import Attempt, Delivery, DeliveryState, Message, Webhook
from service.store.types import ContradictionFilter, Event

log = logging.getLogger(__name__)

POLL_S = 0.5
THREADS = 8
EVENTS = 100
"""Events that are queued in one transaction."""

FIRST_RETRY_S, FACTOR, LONGEST_RETRY_S = 10.0, 3.0, 6 * 3600.0
"""10 s, 30 s, 90 s, … up to 6 h: some ten tries in a day."""

JITTER = 0.2
"""Share by which a pause is longer or shorter at random, so that what failed together does not come back together."""

PRUNE_S = 3600.0
_GONE = 410


def retry_delay_s(attempts: int, chance: float, retry_after_s: float | None = None) -> float:
    """Return the pause after so many failed tries (1 or more); `chance` in [0, 1) picks the jitter.

    What the receiver asks for in Retry-After is heeded where it is longer, up to the longest pause.
    """
    pause = min(FIRST_RETRY_S * FACTOR ** min(attempts - 1, 20), LONGEST_RETRY_S) * (1 + JITTER * (2 * chance - 1))
    return max(pause, min(retry_after_s or 0.0, LONGEST_RETRY_S))


class Notifier:
    """Queues and sends in threads of its own until it is stopped."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        allow_private: bool,
        poll_s: float = POLL_S,
        timeout_s: float = TIMEOUT_S,
        resolver: Resolver = resolve,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger, self._allow_private, self._resolver = ledger, allow_private, resolver
        self._poll_s, self._timeout_s, self._chance, self._clock = poll_s, timeout_s, chance, clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._sending: set[Future[None]] = set()

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
        self._thread.start()

    def stop(self, *, wait_s: float | None = None) -> None:
        """End after what is being sent, which takes `timeout_s` at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(wait_s)

    def _run(self) -> None:
        pruned = time.monotonic()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
            while not self._stop.is_set():
                busy = False
                try:
                    busy = self.queue() >= EVENTS
                    busy = self._dispatch(pool) or busy
                    if time.monotonic() - pruned > PRUNE_S:
                        pruned = time.monotonic()
                        self._ledger.prune_deliveries()
                except CounterclaimError as error:
                    log.warning("webhooks wait: %s", error.message)
                except Exception:
                    log.exception("webhooks wait")
                if not busy:
                    self._stop.wait(self._poll_s)

    def queue(self) -> int:
        """Return how many events were looked at; what they come to waits in the ledger then."""
        webhooks = self._ledger.list_webhooks(active=True)
        if not webhooks:
            return 0
        done = self._ledger.queued_event()
        events = self._ledger.events_since(max(done, min(webhook.after_event for webhook in webhooks)), limit=EVENTS)
        if not events:
            return 0
        messages = [message for event in events for message in self._messages(event, webhooks)]
        self._ledger.queue_deliveries(messages, after=done, upto=events[-1].id)
        return len(events)

    def send(self, delivery: Delivery, webhook: Webhook) -> Attempt:
        """Return what came of one try; the ledger knows it then, with what comes next."""
        body, moment = delivery.body.encode(), self._clock()
        signed = signing.headers(webhook.secret, message_id=delivery.id, timestamp=int(moment.timestamp()), body=body)
        posted = post(
            webhook.url, body, signed, allow_private=self._allow_private, timeout_s=self._timeout_s, resolver=self._resolver
        )
        attempt = Attempt(moment, posted.duration_s, posted.status, posted.error)
        state, next_at = self._next(delivery, posted)
        self._ledger.finish_attempt(delivery.id, attempt, state=state, next_at=next_at)
        if posted.status == _GONE and delivery.event_id is not None:
            self._ledger.switch_webhook(webhook.id, reason="the receiver answered 410 Gone")
        if posted.error:
            log.warning("%s to %s, try %d: %s", delivery.id, webhook.id, delivery.attempts + 1, posted.error)
        return attempt

    def _next(self, delivery: Delivery, posted: Posted) -> tuple[DeliveryState, datetime | None]:
        if posted.error is None:
            return "delivered", None
        pause_s = retry_delay_s(delivery.attempts + 1, self._chance(), posted.retry_after_s)
        next_at = self._clock() + timedelta(seconds=pause_s)
        if posted.status == _GONE or next_at > delivery.retry_until:
            return "dead", None
        return "pending", next_at

    def _dispatch(self, pool: ThreadPoolExecutor) -> bool:
        """Return whether anything was due and is being sent."""
        self._sending = {future for future in self._sending if not future.done()}
        free = THREADS - len(self._sending)
        if not free or not self._ledger.has_due_deliveries():
            return False
        due = self._ledger.lease_deliveries(limit=free, lease_s=2 * self._timeout_s + 60)
        webhooks = {webhook.id: webhook for webhook in self._ledger.list_webhooks()} if due else {}
        for delivery in due:
            if delivery.webhook_id in webhooks:
                self._sending.add(pool.submit(self._try, delivery, webhooks[delivery.webhook_id]))
        return bool(due)

    def _try(self, delivery: Delivery, webhook: Webhook) -> None:
        try:
            self.send(delivery, webhook)
        except Exception:  # the ledger does not answer: the lease ends, and it is sent again
            log.exception("%s could not be finished", delivery.id)

    def _messages(self, event: Event, webhooks: list[Webhook]) -> list[Message]:
        found = []
        for webhook in webhooks:
            if event.id <= webhook.after_event or (webhook.types and event.type not in webhook.types):
                continue
            body = self._body(event, webhook.filters)
            if body is not None:
                found.append(Message(webhook.id, event.id, event.type, body))
        return found

    def _body(self, event: Event, filters: ContradictionFilter) -> str | None:
        """Return what to send of an event, or None where the filters leave it out or its record is gone."""
        record_id = str(event.data["id"])
        if event.type.startswith("contradiction."):
            contradiction = self._ledger.find_contradiction(record_id, filters)
            return None if contradiction is None else payload(event, contradiction)
        if filters.publisher is not None and not self._is_of(record_id, filters.publisher):
            return None
        if filters.watched and not self._ledger.is_watched_article(record_id):
            return None
        return payload(event, None)

    def _is_of(self, article_id: str, publisher: str) -> bool:
        known = self._ledger.get_articles([article_id])
        return article_id in known and known[article_id].publisher == publisher
