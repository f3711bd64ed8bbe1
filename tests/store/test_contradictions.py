import threading
from datetime import timedelta
from typing import Any

import pytest

from service.errors import CounterclaimError, InputError, NotFound, PreconditionFailed
from service.records import Contradiction, Review
from service.store.ledger import Ledger
from service.store.types import ContradictionFilter
from tests.store.conftest import Clock
from tests.store.make import DAY, claim, flagged, judgement, processed, submission


@pytest.fixture
def two(ledger: Ledger) -> tuple[Contradiction, Contradiction]:
    first = flagged(ledger, "Nine sank.", "Ten sank.", a_publisher="Avis", a_speaker="Ana Ruiz", probability=0.95)
    later = DAY + timedelta(days=5)
    second = flagged(
        ledger, "It rains.", "It is dry.", b_published_at=later, relation="dispute", kind="attributed_dispute", probability=0.6
    )
    return first, second


def ids(ledger: Ledger, **filters: Any) -> list[str]:
    return [item.id for item in ledger.iter_contradictions(ContradictionFilter(**filters))]


def test_a_contradiction_comes_back_with_both_sides(ledger: Ledger, clock: Clock) -> None:
    found = flagged(ledger, "Nine sank.", "Ten sank.", corrected=True)
    link = found.judgement.link
    assert found.judgement == judgement(link.a, link.b, corrected=True)
    assert (link.a.claim.text, link.b.claim.text) == ("Nine sank.", "Ten sank.")
    assert (found.status, found.version, found.created_at, found.reviews) == ("suggested", 1, DAY, ())


def test_filters(ledger: Ledger, two: tuple[Contradiction, Contradiction]) -> None:
    first, second = (item.id for item in two)
    assert ids(ledger) == [first, second]
    assert ids(ledger, relation=("dispute",)) == ids(ledger, kind=("attributed_dispute", "negation")) == [second]
    assert ids(ledger, status=("suggested", "confirmed")) == [first, second]
    assert ids(ledger, status=("dismissed",)) == []
    assert ids(ledger, min_probability=0.9) == ids(ledger, publisher="Avis") == ids(ledger, speaker="ruiz") == [first]
    assert ids(ledger, since=DAY + timedelta(days=1)) == [second]
    assert ids(ledger, until=DAY + timedelta(days=1)) == [first]
    assert ids(ledger, article_id=two[1].judgement.link.a.claim.article_id) == [second]
    assert ids(ledger, thread_id="thr_none") == []
    assert ids(ledger, publisher="Gazette", speaker="ruiz", min_probability=0.99) == []


def test_two_orders(ledger: Ledger, two: tuple[Contradiction, Contradiction]) -> None:
    third = flagged(ledger, "A.", "B.", probability=0.95)
    expected = {"newest": [third.id, two[1].id, two[0].id], "strongest": [third.id, two[0].id, two[1].id]}
    for order in ("newest", "strongest"):
        seen, cursor = [], None
        for _ in range(3):
            page = ledger.list_contradictions(order=order, limit=1, cursor=cursor)
            seen += [item.id for item in page.items]
            cursor = page.next_cursor
        assert (seen, cursor) == (expected[order], None)
    with pytest.raises(InputError, match="not a cursor of this list and order"):
        ledger.list_contradictions(order="strongest", cursor=ledger.list_contradictions(limit=1).next_cursor)


def test_contradictions_about_claims_and_sources(ledger: Ledger, two: tuple[Contradiction, Contradiction]) -> None:
    a, b = two[0].judgement.link.a, two[1].judgement.link.b
    assert [item.id for item in ledger.contradictions_about(claim_ids=[a.claim.id])] == [two[0].id]
    assert [item.id for item in ledger.contradictions_about(source_groups=[b.source_group])] == [two[1].id]
    both = ledger.contradictions_about(claim_ids=[a.claim.id], source_groups=[a.source_group, b.source_group])
    assert [item.id for item in both] == [two[0].id, two[1].id]
    copy = ledger.add_article(submission("Copy.")).article
    ledger.save_processed(processed(copy, [claim(copy)], wire_group="group", wire_members=(a.claim.article_id,)))
    assert [item.id for item in ledger.contradictions_about(source_groups=["group"])] == [two[0].id]
    assert ledger.contradictions_about() == []


def test_reviews_make_a_history(ledger: Ledger, clock: Clock) -> None:
    found = flagged(ledger, "Nine sank.", "Ten sank.")
    confirmed = ledger.review(found.id, status="confirmed", reviewer="ana", note="called both", expected_version=1)
    first = Review("confirmed", "ana", clock.now, "called both")
    clock.forward(60)
    resolved = ledger.review(found.id, status="resolved", reviewer="bo", expected_version=2)
    assert (confirmed.status, confirmed.version, confirmed.reviews) == ("confirmed", 2, (first,))
    assert (resolved.status, resolved.version, resolved.updated_at) == ("resolved", 3, clock.now)
    assert resolved.reviews == (first, Review("resolved", "bo", clock.now, ""))
    assert ledger.get_contradiction(found.id) == resolved
    updates = [e.data for e in ledger.events_since(0, types=["contradiction.updated"])]
    assert updates == [{"id": found.id, "status": "confirmed"}, {"id": found.id, "status": "resolved"}]


def test_a_review_of_another_version_is_refused(ledger: Ledger) -> None:
    found = flagged(ledger, "Nine sank.", "Ten sank.")
    ledger.review(found.id, status="confirmed", reviewer="ana")
    with pytest.raises(PreconditionFailed, match="is at version 2, not 1; someone changed it meanwhile"):
        ledger.review(found.id, status="dismissed", reviewer="bo", expected_version=1)
    assert ledger.get_contradiction(found.id).status == "confirmed"
    with pytest.raises(NotFound):
        ledger.review("con_none", status="dismissed", reviewer="bo")
    with pytest.raises(InputError, match="note holds a NUL"):
        ledger.review(found.id, status="dismissed", reviewer="bo", note="\0")


def test_of_two_editors_at_once_one_wins(ledger: Ledger) -> None:
    found = flagged(ledger, "Nine sank.", "Ten sank.")
    start = threading.Barrier(6)
    outcomes: list[int | type[CounterclaimError]] = []

    def decide(n: int) -> None:
        start.wait()
        try:
            outcomes.append(ledger.review(found.id, status="confirmed", reviewer=str(n), expected_version=1).version)
        except PreconditionFailed as error:
            outcomes.append(type(error))

    editors = [threading.Thread(target=decide, args=(n,)) for n in range(6)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert sorted(map(str, outcomes)) == sorted(["2", *[str(PreconditionFailed)] * 5])
    assert len(ledger.get_contradiction(found.id).reviews) == 1
