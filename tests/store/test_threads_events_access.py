from datetime import timedelta

import pytest

from service.errors import Conflict, InputError, NotFound, Unauthorized
from service.store.access import ANSWER_KEPT_S
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import StoredAnswer, ThreadChange
from tests.store.conftest import Clock
from tests.store.make import DAY, flagged, stored


def test_a_thread_holds_claims_by_the_time_of_their_articles(ledger: Ledger, clock: Clock) -> None:
    later = stored(ledger, "Ten sank.", published_at=DAY + timedelta(days=1))[0]
    earlier = stored(ledger, "Nine sank.")[0]
    thread = ledger.save_thread(ThreadChange(new_id("thr"), "Boats", (later.claim.id,)))
    clock.forward(60)
    widened = ledger.save_thread(ThreadChange(thread.id, "Boats that sank", (earlier.claim.id, "clm_none")))
    assert (widened.title, widened.claims, widened.created_at) == ("Boats that sank", 2, thread.created_at)
    assert widened.updated_at == clock.now
    assert ledger.thread_claims(thread.id) == [earlier, later]
    assert ledger.threads_of([earlier.claim.id, "clm_none"]) == {earlier.claim.id: thread.id}


def test_merged_threads_give_their_claims_and_contradictions(ledger: Ledger) -> None:
    found = flagged(ledger, "Nine sank.", "Ten sank.")
    a, b = found.judgement.link.a.claim.id, found.judgement.link.b.claim.id
    old = ledger.save_thread(ThreadChange(new_id("thr"), "Old", (a,)))
    new = ledger.save_thread(ThreadChange(new_id("thr"), "New", (b,), merged=(old.id,)))
    assert (new.claims, ledger.get_thread(old.id).claims, ledger.get_thread(old.id).merged_into) == (2, 0, new.id)
    assert [thread.id for thread in ledger.list_threads().items] == [new.id]
    moved = ledger.save_thread(ThreadChange(new_id("thr"), "Third", (a,)))
    assert ledger.threads_of([a, b]) == {a: moved.id, b: new.id}
    first = ledger.list_threads(limit=1)
    assert [thread.id for thread in first.items] == [moved.id]
    assert [thread.id for thread in ledger.list_threads(limit=1, cursor=first.next_cursor).items] == [new.id]
    with pytest.raises(NotFound, match="no thread has the id thr_none"):
        ledger.get_thread("thr_none")


def test_events_come_in_order_and_resume(ledger: Ledger, clock: Clock) -> None:
    found = flagged(ledger, "Nine sank.", "Ten sank.")
    all_events = ledger.events_since(0)
    assert [e.type for e in all_events] == ["article.processed", "contradiction.created", "article.processed"]
    assert dict(all_events[1].data) == {
        "id": found.id,
        "status": "suggested",
        "relation": "contradiction",
        "kind": "numeric",
        "probability": 0.9,
    }
    assert all(e.created_at == clock.now for e in all_events)
    assert ledger.events_since(all_events[0].id) == all_events[1:]
    assert ledger.events_since(0, types=["contradiction.created"], limit=1) == [all_events[1]]
    assert ledger.last_event_id() == all_events[2].id


def test_counts(ledger: Ledger) -> None:
    assert (ledger.counts().claims, ledger.counts().last_event, ledger.last_event_id()) == (0, 0, 0)
    flagged(ledger, "Nine sank.", "Ten sank.")
    counts = ledger.counts()
    assert (dict(counts.articles), counts.claims, counts.withdrawn, counts.links) == ({"processed": 2}, 2, 0, 1)
    assert (dict(counts.contradictions), counts.threads, counts.last_event) == ({("suggested", "numeric"): 1}, 0, 3)
    ledger.ping()


def test_a_key_is_shown_once_and_ends_when_revoked(ledger: Ledger, clock: Clock) -> None:
    key, secret = ledger.create_key("cms", ["read", "write", "read"])
    assert secret.startswith("ck_")
    assert key.scopes == ("read", "write")
    assert ledger.authenticate(secret).id == key.id
    assert ledger.list_keys()[0].last_used_at == clock.now
    clock.forward(30)
    ledger.authenticate(secret)
    assert ledger.list_keys()[0].last_used_at == clock.now - timedelta(seconds=30)
    ledger.revoke_key(key.id)
    ledger.revoke_key(key.id)
    assert ledger.list_keys()[0].revoked_at == clock.now
    for wrong in (secret, "ck_other", "", "\ud800"):
        with pytest.raises(Unauthorized):
            ledger.authenticate(wrong)
    with pytest.raises(NotFound):
        ledger.revoke_key("key_none")


def test_a_secret_is_nowhere_in_the_file(sqlite_url: str) -> None:
    ledger = Ledger.open(sqlite_url)
    _, secret = ledger.create_key("cms", ["read"])
    ledger.close()
    assert ledger.path is not None
    written = b"".join(path.read_bytes() for path in ledger.path.parent.iterdir())
    assert b"cms" in written
    assert secret.encode() not in written


@pytest.mark.parametrize("scopes", [[], ["all"], ["read", ""]])
def test_scopes_are_four_words(ledger: Ledger, scopes: list[str]) -> None:
    with pytest.raises(InputError, match="name one or more of read, write, review, admin"):
        ledger.create_key("cms", scopes)


def test_the_same_request_gets_the_same_answer_for_a_day(ledger: Ledger, clock: Clock) -> None:
    def begin(request_hash: str = "h", owner: str = "key_1") -> StoredAnswer | None:
        return ledger.begin_answer("k", owner=owner, request_hash=request_hash)

    assert begin() is None
    with pytest.raises(Conflict, match="still at work"):
        begin()
    ledger.finish_answer("k", owner="key_1", status=202, body="{}")
    assert begin() == StoredAnswer(202, "{}")
    with pytest.raises(Conflict, match="was used for another request"):
        begin("other")
    assert begin(owner="key_2") is None
    ledger.drop_answer("k", owner="key_2")
    assert begin(owner="key_2") is None
    clock.forward(ANSWER_KEPT_S + 1)
    assert begin() is None


def test_requests_that_a_crash_cut_off_can_be_sent_again(ledger: Ledger) -> None:
    ledger.begin_answer("done", owner="key_1", request_hash="h")
    ledger.finish_answer("done", owner="key_1", status=200, body="")
    ledger.begin_answer("cut off", owner="key_1", request_hash="h")
    assert ledger.drop_unfinished_answers() == 1
    assert ledger.begin_answer("done", owner="key_1", request_hash="h") == StoredAnswer(200, "")
    assert ledger.begin_answer("cut off", owner="key_1", request_hash="h") is None
