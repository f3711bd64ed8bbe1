"""Webhooks from an event in the ledger to a receiver on the loopback address."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from service.errors import InputError
from service.notify import post as posting
from service.notify.payloads import MAX_BYTES, payload
from service.notify.signing import headers, new_secret
from service.notify.webhooks import FIRST_RETRY_S, LONGEST_RETRY_S, Notifier, retry_delay_s
from service.store.ledger import Ledger
from service.store.push_types import Webhook
from service.store.types import ContradictionFilter, Event
from tests.receiver import Received, receiving
from tests.store import make
from tests.store.conftest import Clock
from tests.test_worker import until

DAY_S = 24 * 3600


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.now = datetime.now(UTC)  # receivers refuse messages that are old by their own clock
    return made


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def receiver() -> Iterator[Received]:
    with receiving() as found:
        yield found


def notifier(ledger: Ledger, clock: Clock, **options: Any) -> Notifier:
    return Notifier(ledger, clock=clock, **{"allow_private": True, "chance": lambda: 0.5, **options})


def webhook(ledger: Ledger, url: str, **options: Any) -> Webhook:
    return ledger.create_webhook(url, secret=new_secret(), **options)


def step(one: Notifier, ledger: Ledger) -> int:
    """Queue and send what is due now, in this thread; how many were sent."""
    one.queue()
    due = ledger.lease_deliveries(limit=100, lease_s=60, per_webhook=100)
    hooks = {hook.id: hook for hook in ledger.list_webhooks()}
    for delivery in due:
        one.send(delivery, hooks[delivery.webhook_id])
    return len(due)


def test_a_receiver_verifies_what_it_gets(ledger: Ledger, clock: Clock, receiver: Received) -> None:
    make.stored(ledger, "This was before anybody asked.")
    hook = webhook(ledger, receiver.url, types=["contradiction.created", "contradiction.updated"])
    found = make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    ledger.review(found.id, status="confirmed", reviewer="Kari")
    step(notifier(ledger, clock), ledger)
    created, updated = (Verifier(hook.secret).verify(body, sent) for sent, body in receiver.messages)
    assert (created["type"], updated["type"]) == ("contradiction.created", "contradiction.updated")
    assert created["data"]["id"] == found.id
    assert (created["data"]["a"]["text"], created["data"]["b"]["text"]) == ("There are 100 boats.", "There are 200 boats.")
    assert updated["data"]["status"] == "confirmed"
    sent, body = receiver.messages[0]
    assert sent["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Verifier(new_secret()).verify(body, sent)
    with pytest.raises(WebhookVerificationError):
        Verifier(hook.secret).verify(body.replace(b"100", b"900"), sent)


def test_an_event_is_sent_once_and_a_new_notifier_goes_on_where_the_last_one_stopped(
    ledger: Ledger, clock: Clock, receiver: Received
) -> None:
    webhook(ledger, receiver.url)
    make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    one, other = notifier(ledger, clock), notifier(ledger, clock)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: each.queue(), [one, other] * 2))
    assert step(other, ledger) == 3
    assert step(notifier(ledger, clock), ledger) == 0
    assert len({sent["webhook-id"] for sent, _ in receiver.messages}) == 3


def test_filters_narrow_what_is_sent(ledger: Ledger, clock: Clock, receiver: Received) -> None:
    created = ("contradiction.created",)
    wanted = {
        webhook(ledger, receiver.url, types=types, filters=ContradictionFilter(**filters)).id: number
        for types, filters, number in [
            (created, {}, 2),
            (created, {"min_probability": 0.8}, 1),
            (created, {"kind": ("negation",)}, 1),
            (created, {"publisher": "Herald"}, 1),
            (created, {"speaker": "holt ana"}, 1),
            (created, {"status": ("confirmed",)}, 0),
            (created, {"watched": True}, 1),
            (("article.processed",), {}, 4),
            (("article.processed",), {"publisher": "Herald"}, 1),
            (("article.processed",), {"watched": True}, 2),
        ]
    }
    ledger.add_watch("topic", "boats")
    make.flagged(ledger, "There are 100 boats.", "There are 200 boats.", b_publisher="Herald", a_speaker="Ana Holt")
    make.flagged(ledger, "The bridge is open.", "The bridge is shut.", kind="negation", probability=0.6)
    step(notifier(ledger, clock), ledger)
    assert {hook: len(ledger.list_deliveries(hook).items) for hook in wanted} == wanted


def test_what_fails_is_tried_again_over_a_day_and_is_dead_then(ledger: Ledger, clock: Clock, receiver: Received) -> None:
    receiver.statuses = [500]
    hook = webhook(ledger, receiver.url)
    make.stored(ledger, "There are 100 boats.")
    one, begun = notifier(ledger, clock), clock.now
    step(one, ledger)
    while (delivery := ledger.list_deliveries(hook.id).items[0]).state == "pending":
        assert delivery.next_attempt_at is not None
        clock.now = delivery.next_attempt_at - timedelta(seconds=1)
        assert step(one, ledger) == 0
        clock.forward(1)
        assert step(one, ledger) == 1
    assert delivery.state == "dead"
    assert 8 <= len(delivery.log) == delivery.attempts == len(receiver.messages) <= 15
    assert {sent["webhook-id"] for sent, _ in receiver.messages} == {delivery.id}
    assert {(attempt.status, attempt.error) for attempt in delivery.log} == {(500, "the receiver answered 500")}
    assert timedelta(hours=12) < delivery.log[-1].tried_at - begun <= timedelta(days=1)
    assert step(one, ledger) == 0

    receiver.statuses = [204]
    ledger.retry_delivery(hook.id, delivery.id)
    assert step(one, ledger) == 1
    assert ledger.get_delivery(hook.id, delivery.id).state == "delivered"


def test_a_receiver_that_comes_back_gets_what_it_missed(ledger: Ledger, clock: Clock, receiver: Received) -> None:
    receiver.statuses = [503, 200]
    receiver.headers = {"Retry-After": "1000"}
    hook = webhook(ledger, receiver.url)
    make.stored(ledger, "There are 100 boats.")
    one = notifier(ledger, clock)
    step(one, ledger)
    clock.forward(999)
    assert step(one, ledger) == 0
    clock.forward(2)
    assert step(one, ledger) == 1
    [delivery] = ledger.list_deliveries(hook.id).items
    assert (delivery.state, [attempt.status for attempt in delivery.log]) == ("delivered", [503, 200])


def test_a_receiver_that_is_gone_is_left_alone(ledger: Ledger, clock: Clock, receiver: Received) -> None:
    receiver.statuses = [410]
    hook = webhook(ledger, receiver.url)
    make.stored(ledger, "There are 100 boats.")
    one = notifier(ledger, clock)
    step(one, ledger)
    assert ledger.get_webhook(hook.id).disabled_reason == "the receiver answered 410 Gone"
    make.stored(ledger, "There are 300 cars.")
    assert step(one, ledger) == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1"])
def test_nothing_is_sent_into_the_network(ledger: Ledger, clock: Clock, receiver: Received, address: str) -> None:
    url = receiver.url.replace("127.0.0.1", "chat.example")
    hook = webhook(ledger, url)
    make.stored(ledger, "There are 100 boats.")
    step(notifier(ledger, clock, allow_private=False, resolver=lambda *_: [address]), ledger)
    [delivery] = ledger.list_deliveries(hook.id).items
    assert (delivery.log[0].status, receiver.messages) == (None, [])
    assert "not on the open internet" in str(delivery.log[0].error)
    with pytest.raises(InputError, match="not on the open internet"):
        posting.check_target(url, allow_private=False, resolver=lambda *_: [address])


def test_redirects_are_not_followed(ledger: Ledger, clock: Clock, receiver: Received) -> None:
    receiver.statuses, receiver.headers = [302], {"Location": receiver.url}
    hook = webhook(ledger, receiver.url)
    make.stored(ledger, "There are 100 boats.")
    step(notifier(ledger, clock), ledger)
    assert len(receiver.messages) == 1
    assert ledger.list_deliveries(hook.id).items[0].log[0].error == "the receiver answered 302"


def test_a_receiver_that_does_not_answer_holds_up_nobody_else(ledger: Ledger, receiver: Received) -> None:
    with receiving() as slow:
        slow.gate.clear()
        webhook(ledger, slow.url)
        hook = webhook(ledger, receiver.url)
        ledger._clock = lambda: datetime.now(UTC)
        running = Notifier(ledger, allow_private=True, poll_s=0.02, timeout_s=1.0)
        running.start()
        for number in range(6):
            make.stored(ledger, f"There are {number} boats.")
        until(lambda: len(receiver.messages) == 6)
        assert len(slow.messages) <= 6
        until(lambda: ledger.count_deliveries().get("delivered", 0) == 6)
        running.stop()
        log = [attempt for item in ledger.list_deliveries().items if item.webhook_id != hook.id for attempt in item.log]
        assert {attempt.error for attempt in log} == {"no answer within 1 s"}


def test_what_a_crash_cut_off_is_sent_after_its_lease(ledger: Ledger, clock: Clock, receiver: Received) -> None:
    webhook(ledger, receiver.url)
    make.stored(ledger, "There are 100 boats.")
    one = notifier(ledger, clock)
    one.queue()
    assert len(ledger.lease_deliveries(limit=5, lease_s=60)) == 1  # by a process that then died
    assert step(one, ledger) == 0
    clock.forward(61)
    assert step(one, ledger) == 1


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True), st.none() | st.floats(0, 10 * DAY_S))
def test_pauses_grow_and_are_bounded(attempts: int, chance: float, asked: float | None) -> None:
    pause = retry_delay_s(attempts, chance, asked)
    assert FIRST_RETRY_S * 0.8 <= pause <= LONGEST_RETRY_S * 1.2
    assert pause >= min(asked or 0, LONGEST_RETRY_S)
    if asked is None:
        assert 0.6 < pause / retry_delay_s(attempts, 0.5) < 1.6
        assert retry_delay_s(attempts + 1, 0.5) >= retry_delay_s(attempts, 0.5)


@given(st.text(max_size=40), st.integers(0, 2_000))
def test_a_signature_is_what_the_reference_says(words: str, seed: int) -> None:
    secret, now = new_secret(), int(datetime.now(UTC).timestamp())
    body = json.dumps({"words": words, "seed": seed}).encode()
    assert Verifier(secret).verify(body, headers(secret, message_id=f"dlv_{seed}", timestamp=now, body=body))["words"] == words


def test_a_payload_stays_small_whatever_is_in_the_ledger(ledger: Ledger) -> None:
    long = "😀" * 60_000
    found = make.flagged(
        ledger, f"100 {long}", f"200 {long}", explanation=long, a_publisher=long, a_external_id=long, a_speaker=long,
        spans_a=tuple((n, n + 2) for n in range(0, 1_000, 2)),
    )  # fmt: skip
    event = Event(7, "contradiction.created", make.DAY, {"id": found.id})
    body = payload(event, found)
    assert len(body.encode()) < MAX_BYTES
    assert json.loads(body)["data"]["truncated"] is True
    small = payload(event, make.flagged(ledger, "There are 100 boats.", "There are 200 boats."))
    assert "truncated" not in json.loads(small)["data"]
    failed = payload(Event(8, "article.failed", make.DAY, {"id": "art_1", "reason": "x" * 100_000}), None)
    assert len(failed.encode()) < MAX_BYTES


def test_a_failing_ledger_ends_nothing(ledger: Ledger, clock: Clock, receiver: Received) -> None:
    webhook(ledger, receiver.url)
    one = Notifier(ledger, allow_private=True, poll_s=0.01)
    tries = threading.Semaphore(0)
    real = ledger.queued_event

    def failing() -> int:
        tries.release()
        if tries._value < 3:
            raise RuntimeError("a moment of trouble")
        return real()

    ledger.queued_event = failing  # type: ignore[method-assign]
    ledger._clock = lambda: datetime.now(UTC)
    one.start()
    make.stored(ledger, "There are 100 boats.")
    until(lambda: len(receiver.messages) == 1)
    one.stop()
