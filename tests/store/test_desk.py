"""What the review desk asks of the ledger beside the rest."""

import pytest

from service.errors import NotFound
from service.store import contradictions
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import ContradictionFilter
from tests.store import make


def test_outlets_and_languages_are_listed_once(ledger: Ledger) -> None:
    assert ledger.list_publishers() == ledger.list_languages() == []
    for publisher, lang in (("Herald", "nb"), ("Gazette", "en"), ("Herald", "en"), ("Вісті", "uk")):
        make.stored(ledger, f"Said by {publisher} in {lang}.", publisher=publisher, lang=lang)
    assert sorted(ledger.list_publishers()) == ["Gazette", "Herald", "Вісті"]
    assert sorted(ledger.list_languages()) == ["en", "nb", "uk"]


def test_statuses_are_counted(ledger: Ledger) -> None:
    found = [make.flagged(ledger, f"{n} boats.", f"{n}00 boats.") for n in range(1, 4)]
    ledger.review(found[0].id, status="dismissed", reviewer="Kari")
    assert ledger.count_statuses() == {"dismissed": 1, "suggested": 2}


@pytest.mark.parametrize("few", [0, 3_000])
def test_filters_find_the_same_from_either_end(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(contradictions, "FEW_CLAIMS", few)
    fields = {"a_publisher": "Fjordposten", "a_lang": "nb", "b_speaker": "Ana Ruiz"}
    boats = make.flagged(ledger, "100 boats lay there.", "200 boats lay there.", **fields)
    later = make.DAY.replace(day=20)
    cars = make.flagged(ledger, "100 cars stood there.", "200 cars stood there.", a_published_at=later, b_published_at=later)

    def ids(**filters: object) -> list[str]:
        return [item.id for item in ledger.list_contradictions(ContradictionFilter(**filters)).items]  # type: ignore[arg-type]

    assert ids() == [cars.id, boats.id]
    assert ids(q="boats") == ids(lang="nb") == ids(speaker="ruiz") == ids(publisher="Fjordposten") == [boats.id]
    assert ids(q="200 cars") == ids(since=later) == [cars.id]
    assert ids(until=later) == [boats.id]
    assert ids(q="there", lang="nb", until=later) == [boats.id]
    assert ids(q="bicycles") == ids(q="cars", lang="nb") == ids(publisher="Nobody") == []
    assert ids(article_id=boats.judgement.link.b.claim.article_id) == [boats.id]


def test_one_key_is_read_by_its_id(ledger: Ledger) -> None:
    key, _ = ledger.create_key("desk", ["read"])
    assert ledger.get_key(key.id) == key
    ledger.revoke_key(key.id)
    assert ledger.get_key(key.id).revoked_at is not None
    with pytest.raises(NotFound):
        ledger.get_key(new_id("key"))


def test_the_signing_secret_is_made_once(ledger: Ledger) -> None:
    secret = ledger.signing_secret()
    assert len(secret) == 32
    assert ledger.signing_secret() == secret
