from datetime import timedelta
from typing import Any

import pytest

from service.errors import InputError, NotFound
from service.store.ledger import Ledger
from service.store.types import ClaimFilter
from tests.store.make import DAY, claim, processed, stored, submission


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    stored(ledger, "a", claims=["Nine boats sank off Kristiansund."], external_id="k1")
    article = ledger.add_article(submission("b", publisher="Avis", lang="no", published_at=DAY + timedelta(days=2))).article
    said = claim(article, "Ti båter sank.", speaker="Sergej Lavrov-Åsen")
    ledger.save_processed(processed(article, [said]))
    return ledger


def texts(ledger: Ledger, **filters: Any) -> list[str]:
    return [c.claim.text for c in ledger.iter_claims(ClaimFilter(**filters))]


def test_filters(filled: Ledger) -> None:
    english, norwegian = texts(filled)
    assert texts(filled, publisher="Avis") == texts(filled, lang="no") == [norwegian]
    assert texts(filled, since=DAY + timedelta(days=2)) == [norwegian]
    assert texts(filled, until=DAY + timedelta(days=2)) == [english]
    assert texts(filled, article_id=filled.find_article("k1").id) == [english]
    assert texts(filled, stance="denies") == []
    assert texts(filled, stance="asserts", lang="no", publisher="Gazette") == []


@pytest.mark.parametrize("speaker", ["lavrov", "LAVROV", "sergej lavrov", "Lavrov, Sergej", "åsen", "Lav"])
def test_speakers_are_found_by_words_of_their_name(filled: Ledger, speaker: str) -> None:
    assert texts(filled, speaker=speaker) == ["Ti båter sank."]


@pytest.mark.parametrize("speaker", ["putin", "sergej putin", "båter"])
def test_other_words_are_no_speaker(filled: Ledger, speaker: str) -> None:
    assert texts(filled, speaker=speaker) == []


@pytest.mark.parametrize("q", ["boats", "BOATS sank", "sank nine", "kristian", '"boats"', "boats AND sank*", "boats - (sank"])
def test_every_word_must_occur(filled: Ledger, q: str) -> None:
    expected = [] if "AND" in q else ["Nine boats sank off Kristiansund."]
    assert texts(filled, q=q) == expected


def test_claims_near_in_meaning_pass_without_the_words(filled: Ledger) -> None:
    norwegian = next(c for c in filled.iter_claims() if c.claim.lang == "no").claim.id
    assert len(texts(filled, q="boats", near_ids=(norwegian,))) == 2
    assert texts(filled, q="boats", near_ids=(norwegian,), lang="no") == ["Ti båter sank."]


@pytest.mark.parametrize(("field", "value"), [("q", ""), ("q", "— !"), ("speaker", "*")])
def test_a_search_without_words_is_refused(filled: Ledger, field: str, value: str) -> None:
    with pytest.raises(InputError, match="holds no word to search for") as raised:
        texts(filled, **{field: value})
    assert raised.value.loc == (field,)


def test_the_search_follows_new_versions_and_deletions(filled: Ledger) -> None:
    second = filled.add_article(submission("a2", external_id="k1")).article
    filled.save_processed(processed(second, [claim(second, "Eight ships burned.")]))
    assert texts(filled, q="boats") == []
    assert texts(filled, q="boats", withdrawn=True) == ["Nine boats sank off Kristiansund."]
    assert texts(filled, q="ships", withdrawn=None) == ["Eight ships burned."]
    filled.delete_article(second.id)
    assert texts(filled, q="boats", withdrawn=None) == texts(filled, q="ships", withdrawn=None) == []


def test_lists_page_from_the_newest(ledger: Ledger) -> None:
    made = [c.claim.id for c in stored(ledger, "t", claims=[f"Claim {n}." for n in range(5)])]
    pages, cursor = [], None
    for _ in range(3):
        page = ledger.list_claims(limit=2, cursor=cursor)
        pages += [c.claim.id for c in page.items]
        cursor = page.next_cursor
    assert (pages, cursor) == (made[::-1], None)


def test_contexts_leave_out_what_is_not_there(ledger: Ledger) -> None:
    made = stored(ledger, "Nine boats sank.")[0]
    assert ledger.contexts([made.claim.id, made.claim.id, "clm_none"]) == {made.claim.id: made}
    assert ledger.contexts([]) == {}
    with pytest.raises(NotFound, match="no claim has the id clm_none"):
        ledger.get_claim("clm_none")


def test_many_ids_are_more_than_one_statement(ledger: Ledger) -> None:
    made = [c.claim.id for c in stored(ledger, "t", claims=[f"Claim {n}." for n in range(1200)])]
    assert list(ledger.contexts(made)) == made
    assert len(list(ledger.iter_claims())) == 1200
