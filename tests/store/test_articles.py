import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import Conflict, EmptyText, InputError, NotFound
from service.store.ledger import Ledger
from service.store.types import Added, ArticleFilter
from tests.store.conftest import Clock
from tests.store.make import DAY, claim, processed, stored, submission


def test_an_article_comes_back_as_it_was_sent(ledger: Ledger, clock: Clock) -> None:
    sent = submission("Naïve “text” 😀\n", title="T", url="https://x.test/1", external_id="k1", assumed=("published_at",))
    added = ledger.add_article(sent)
    article = ledger.get_article(added.article.id)
    assert added.created
    assert article == added.article
    assert (article.text, article.title, article.url, article.external_id) == (sent.text, "T", "https://x.test/1", "k1")
    assert (article.published_at, article.received_at, article.assumed) == (DAY, clock.now, ("published_at",))
    assert (article.state, article.version, article.wire_group) == ("received", 1, None)


def test_times_are_kept_in_utc(ledger: Ledger) -> None:
    oslo = datetime(2024, 2, 10, 12, tzinfo=timezone(timedelta(hours=1)))
    article = ledger.add_article(submission(published_at=oslo)).article
    assert article.published_at == oslo
    assert article.published_at.tzinfo == UTC


def test_the_same_content_is_the_same_article(ledger: Ledger) -> None:
    first = ledger.add_article(submission(external_id="k1"))
    again = ledger.add_article(submission(external_id="k1", published_at=DAY + timedelta(days=1)))
    assert again == Added(first.article, created=False)


def test_without_a_key_content_and_publisher_tell(ledger: Ledger) -> None:
    first = ledger.add_article(submission("A text."))
    assert first.article.external_id == first.article.id
    assert ledger.add_article(submission("A text.")) == Added(first.article, created=False)
    assert ledger.add_article(submission("A text.", publisher="Herald")).created
    assert ledger.add_article(submission("Another text.")).created
    assert ledger.add_article(submission("A text.", title="With a title")).created


def test_new_text_under_a_known_key_is_a_new_version(ledger: Ledger) -> None:
    first = stored(ledger, "Ten boats sank.", external_id="k1")[0].claim
    second = ledger.add_article(submission("Twelve boats sank.", external_id="k1"))
    article = second.article
    assert second.created
    assert (article.id, article.version, article.state) == (first.article_id, 2, "received")
    assert [a.text for a in ledger.article_versions(article.id)] == ["Ten boats sank.", "Twelve boats sank."]
    assert ledger.get_article(article.id, version=1).text == "Ten boats sank."
    assert ledger.find_article("k1") == article


def test_an_older_version_sent_again_changes_nothing(ledger: Ledger) -> None:
    ledger.add_article(submission("Ten boats sank.", external_id="k1"))
    second = ledger.add_article(submission("Twelve boats sank.", external_id="k1"))
    assert ledger.add_article(submission("Ten boats sank.", external_id="k1")) == Added(second.article, created=False)


def test_a_key_belongs_to_one_publisher(ledger: Ledger) -> None:
    ledger.add_article(submission("Ten boats sank.", external_id="k1"))
    with pytest.raises(Conflict, match="'k1' belongs to an article of 'Gazette', not of 'Herald'"):
        ledger.add_article(submission("Twelve boats sank.", external_id="k1", publisher="Herald"))
    assert ledger.find_article("k1").version == 1


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        (submission(" \n\t "), EmptyText, "text is empty"),
        (submission(publisher=" "), InputError, "publisher is empty"),
        (submission("a\0b"), InputError, "text holds a NUL character at position 1"),
        (submission("ab\ud800"), InputError, "text holds a lone surrogate at position 2"),
        (submission(title="\udfff"), InputError, "title holds a lone surrogate"),
        (submission(external_id="\0"), InputError, "external_id holds a NUL"),
        (submission(published_at=datetime(2024, 1, 1)), InputError, "without a time zone"),
    ],
)
def test_what_no_database_takes_is_refused(ledger: Ledger, wrong: object, error: type[InputError], said: str) -> None:
    with pytest.raises(error, match=said):
        ledger.add_article(wrong)  # type: ignore[arg-type]
    assert ledger.list_articles().items == ()


def test_a_bad_item_does_not_stop_the_good_ones(ledger: Ledger) -> None:
    outcomes = ledger.add_articles([submission("One."), submission(""), submission("Two."), submission("One.")])
    assert [type(outcome) for outcome in outcomes] == [Added, EmptyText, Added, Added]
    assert [a.text for a in ledger.iter_articles()] == ["One.", "Two."]
    assert outcomes[3] == replace(outcomes[0], created=False)  # type: ignore[type-var]


def test_lists_page_from_the_newest(ledger: Ledger) -> None:
    made = [ledger.add_article(submission(f"Text {n}.")).article for n in range(5)]
    first = ledger.list_articles(limit=2)
    second = ledger.list_articles(limit=2, cursor=first.next_cursor)
    last = ledger.list_articles(limit=2, cursor=second.next_cursor)
    assert [*first.items, *second.items, *last.items] == made[::-1]
    assert last.next_cursor is None
    assert list(ledger.iter_articles()) == made


@pytest.mark.parametrize("limit", [0, 201, -1])
def test_a_page_has_1_to_200_items(ledger: Ledger, limit: int) -> None:
    with pytest.raises(InputError, match=f"limit is {limit}"):
        ledger.list_articles(limit=limit)


@pytest.mark.parametrize("cursor", ["", "x", "ä", "W10", "e30", "WyJjbGFpbXMiLCAiYSJd", "WyJhcnRpY2xlcyIsIDFd", "A" * 5000])
def test_a_cursor_of_something_else_is_refused(ledger: Ledger, cursor: str) -> None:
    with pytest.raises(InputError, match="is not a cursor of this list"):
        ledger.list_articles(cursor=cursor)


def test_filters(ledger: Ledger) -> None:
    ledger.add_article(submission("One.", external_id="k1"))
    ledger.add_article(submission("To.", publisher="Avis", lang="no", published_at=DAY + timedelta(days=2)))
    stored(ledger, "Three.")

    def texts(**filters: object) -> list[str]:
        return [a.text for a in ledger.iter_articles(ArticleFilter(**filters))]  # type: ignore[arg-type]

    assert texts(publisher="Avis") == texts(lang="no") == texts(since=DAY + timedelta(days=1)) == ["To."]
    assert texts(until=DAY + timedelta(days=2)) == texts(publisher="Gazette") == ["One.", "Three."]
    assert texts(state="processed") == ["Three."]
    assert texts(external_id="k1") == ["One."]


def test_deleting_takes_everything_of_the_article(ledger: Ledger) -> None:
    kept, gone = stored(ledger, "One."), stored(ledger, "Two.")
    ledger.delete_article(gone[0].claim.article_id)
    assert [c.claim.id for c in ledger.iter_claims()] == [kept[0].claim.id]
    assert [row.claim_id for row in ledger.vectors_after(0, model="small", version="1")] == [kept[0].claim.id]
    with pytest.raises(NotFound, match="no article has the id art_"):
        ledger.get_article(gone[0].claim.article_id)
    with pytest.raises(NotFound):
        ledger.delete_article(gone[0].claim.article_id)


@pytest.mark.parametrize("call", ["get_article", "article_versions", "delete_article", "find_article", "retry_article"])
def test_unknown_ids_are_not_found(ledger: Ledger, call: str) -> None:
    with pytest.raises(NotFound):
        getattr(ledger, call)("art_none")


def test_ten_clients_send_the_same_article_at_once(ledger: Ledger) -> None:
    start = threading.Barrier(10)
    outcomes: list[Added] = []

    def send(n: int) -> None:
        start.wait()
        outcomes.append(ledger.add_article(submission(external_id="k1" if n % 2 else None)))

    workers = [threading.Thread(target=send, args=(n,)) for n in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(outcomes) == 10
    # With a key and without one these are two articles at most: who comes second without a key finds the first by its content.
    stored_ids = {outcome.article.id for outcome in outcomes}
    assert sum(outcome.created for outcome in outcomes) == len(stored_ids) == len(list(ledger.iter_articles())) <= 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1).filter(str.strip),
        min_size=1,
        max_size=6,
    ),
    keyed=st.booleans(),
)
def test_sending_all_again_changes_nothing(ledger: Ledger, texts: list[str], keyed: bool) -> None:
    sent = [submission(text, external_id=f"k{n % 2}" if keyed else None) for n, text in enumerate(texts)]
    for added in ledger.add_articles(sent):
        assert isinstance(added, Added)
        if added.created:
            ledger.save_processed(processed(added.article, [claim(added.article, added.article.text)]))
    before = (list(ledger.iter_articles()), list(ledger.iter_claims()), ledger.counts())
    again = ledger.add_articles(sent)
    assert not any(added.created for added in again)  # type: ignore[union-attr]
    assert ledger.lease_pending(limit=10) == []
    assert (list(ledger.iter_articles()), list(ledger.iter_claims()), ledger.counts()) == before
    for article in before[0]:
        ledger.delete_article(article.id)
