import pytest

from service.errors import Conflict, InputError, NotFound
from service.store import watches
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import ContradictionFilter, ThreadChange
from tests.store import make

WATCHED = ContradictionFilter(watched=True)


def watched(ledger: Ledger) -> list[str]:
    return [item.id for item in ledger.list_contradictions(WATCHED).items]


def test_the_watchlist_keeps_an_entry_once(ledger: Ledger) -> None:
    first, created = ledger.add_watch("name", "Ana  Holt ")
    assert created
    assert (first.value, ledger.add_watch("name", "Ana Holt")) == ("Ana Holt", (first, False))
    other, _ = ledger.add_watch("topic", "Ana Holt")
    assert ledger.list_watches() == [first, other]
    ledger.delete_watch(first.id)
    with pytest.raises(NotFound):
        ledger.delete_watch(first.id)
    assert ledger.list_watches() == [other]


def test_what_cannot_be_watched_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, value, error in (
        ("name", "!?", InputError), ("topic", "a\0b", InputError), ("thread", "x", InputError),
        ("thread", new_id("thr"), NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            ledger.add_watch(kind, value)  # type: ignore[arg-type]
    monkeypatch.setattr(watches, "MAX_WATCHES", 1)
    ledger.add_watch("name", "Ana Holt")
    with pytest.raises(Conflict, match="1 entries"):
        ledger.add_watch("name", "Ben Ito")


def test_names_and_topics_find_what_they_are_about(ledger: Ledger) -> None:
    assert watched(ledger) == []
    boats = make.flagged(ledger, "There are 100 boats in the old harbour.", "There are 200 boats.")
    cars = make.flagged(ledger, "There are 300 cars.", "There are 400 cars.", b_speaker="Minister Ana Holt")
    assert watched(ledger) == []
    one, _ = ledger.add_watch("topic", "harbour boats")
    assert watched(ledger) == [boats.id]
    ledger.add_watch("name", "Ana Holt")
    assert watched(ledger) == [cars.id, boats.id]
    ledger.delete_watch(one.id)
    assert watched(ledger) == [cars.id]
    ledger.add_watch("topic", 'bridges" OR "boats')  # three words, and no query language
    assert watched(ledger) == [cars.id]
    link = cars.judgement.link
    assert ledger.is_watched_article(link.b.claim.article_id)
    assert not ledger.is_watched_article(link.a.claim.article_id)


def test_a_full_watchlist_is_still_one_query(ledger: Ledger) -> None:
    boats = make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    for number in range(watches.MAX_WATCHES - 1):
        ledger.add_watch("topic", f"word{number} other{number}")
    ledger.add_watch("topic", "boats")
    assert watched(ledger) == [boats.id]


def test_a_watched_thread_is_followed_when_it_is_merged(ledger: Ledger) -> None:
    found = make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    link = found.judgement.link
    old, new = new_id("thr"), new_id("thr")
    ids = (link.a.claim.id, link.b.claim.id)
    ledger.save_thread(ThreadChange(old, "Boats", ids))
    ledger.add_watch("thread", old)
    assert ledger.is_watched_article(link.a.claim.article_id)
    ledger.save_thread(ThreadChange(new, "Boats in the harbour", ids, merged=(old,)))
    assert ledger.is_watched_article(link.a.claim.article_id)
