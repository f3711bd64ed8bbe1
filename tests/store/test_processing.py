from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from service.errors import Conflict, InputError, StoreError
from service.records import Article, WireSignature
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import ContradictionFilter, ThreadChange
from tests.store.conftest import Clock
from tests.store.make import DAY, claim, context, contradiction, judgement, processed, rich_claim, stored, submission


def receive(ledger: Ledger, text: str = "Ten boats sank.", **fields: Any) -> Article:
    return ledger.add_article(submission(text, **fields)).article


def everything(ledger: Ledger) -> tuple[Any, ...]:
    vectors = [(row.seq, row.claim_id) for row in ledger.vectors_after(0, model="small", version="1")]
    return list(ledger.iter_articles()), list(ledger.iter_claims()), ledger.counts(), vectors, ledger.wire_candidates(["band"])


def test_articles_are_leased_oldest_first_and_to_one_worker(ledger: Ledger) -> None:
    made = [receive(ledger, f"Text {n}.") for n in range(3)]
    assert ledger.lease_pending(limit=2) == made[:2]
    assert ledger.lease_pending(limit=2) == made[2:]
    assert ledger.lease_pending() == []
    assert ledger.count_pending() == 3


def test_a_crashed_worker_loses_its_lease(ledger: Ledger, clock: Clock) -> None:
    article = receive(ledger)
    assert ledger.lease_pending(lease_s=60) == [article]
    clock.forward(59)
    assert ledger.lease_pending() == []
    clock.forward(2)
    assert ledger.lease_pending() == [article]


def test_an_article_that_ends_three_workers_fails_and_the_rest_go_on(ledger: Ledger, clock: Clock) -> None:
    poison = receive(ledger, "Poison.")
    for _ in range(3):
        assert ledger.lease_pending(lease_s=60) == [poison]
        clock.forward(61)
    good = receive(ledger, "Good.")
    assert ledger.lease_pending(limit=5) == [good]
    failed = ledger.get_article(poison.id)
    assert (failed.state, failed.failure) == ("failed", "processing ended 3 times without an answer")
    assert [e.type for e in ledger.events_since(0)] == ["article.failed"]
    ledger.retry_article(poison.id)
    assert ledger.lease_pending() == [replace(failed, state="received", failure=None)]


def test_a_released_lease_is_free_at_once_and_no_attempt(ledger: Ledger) -> None:
    article = receive(ledger)
    for _ in range(5):
        assert ledger.lease_pending() == [article]
        ledger.release_leases([article.id])
    assert ledger.get_article(article.id).state == "received"


def test_leases_that_a_crash_left_end_at_once_but_count(ledger: Ledger) -> None:
    article = receive(ledger)
    assert ledger.end_leases() == 0
    for _ in range(3):
        assert ledger.lease_pending() == [article]
        assert ledger.end_leases() == 1
    assert ledger.lease_pending() == []
    assert ledger.get_article(article.id).state == "failed"


def test_only_a_failed_article_is_retried(ledger: Ledger) -> None:
    article = receive(ledger)
    with pytest.raises(Conflict, match="is received, not failed"):
        ledger.retry_article(article.id)
    assert ledger.save_failed(article.id, version=1, reason="no model")
    assert not ledger.save_failed(article.id, version=1, reason="again")
    assert ledger.get_article(article.id).failure == "no model"


def test_claims_come_back_as_they_were_saved(ledger: Ledger) -> None:
    article = receive(ledger, external_id="k1")
    plain, rich = claim(article), rich_claim(article)
    saved = ledger.save_processed(processed(article, [plain, rich]))
    assert (saved.done, dict(saved.claim_ids), saved.withdrawn) == (True, {plain.id: plain.id, rich.id: rich.id}, ())
    assert [c.claim for c in ledger.article_claims(article.id)] == [plain, rich]
    found = ledger.get_claim(rich.id)
    assert found.claim == rich
    assert (found.publisher, found.published_at, found.source_group, found.external_id) == ("Gazette", DAY, article.id, "k1")
    assert ledger.get_article(article.id).state == "processed"


def test_processing_fills_in_the_language(ledger: Ledger) -> None:
    article = receive(ledger, lang=None)
    assert article.lang == "und"
    ledger.save_processed(replace(processed(article), lang="no"))
    assert ledger.get_article(article.id).lang == ledger.article_versions(article.id)[0].lang == "no"


def test_saving_twice_writes_once(ledger: Ledger) -> None:
    article = receive(ledger)
    assert ledger.save_processed(processed(article, [claim(article)])).done
    before = everything(ledger)
    assert not ledger.save_processed(processed(article, [claim(article)])).done
    assert everything(ledger) == before


def test_findings_of_an_older_version_or_a_deleted_article_are_dropped(ledger: Ledger) -> None:
    old = receive(ledger, external_id="k1")
    new = receive(ledger, "Twelve boats sank.", external_id="k1")
    assert not ledger.save_processed(processed(old, [claim(old)])).done
    assert not ledger.save_failed(old.id, version=1, reason="x")
    assert ledger.save_processed(processed(new, [claim(new)])).done
    gone = receive(ledger, "Gone.")
    ledger.delete_article(gone.id)
    assert not ledger.save_processed(processed(gone, [claim(gone)])).done


TABLES = ("claims", "vectors", "wire_bands", "links", "judgements", "thread_claims", "contradictions", "events")


@pytest.mark.parametrize("table", TABLES)
def test_a_crash_at_any_table_leaves_nothing_half_stored(ledger: Ledger, table: str) -> None:
    other = stored(ledger, "Nine boats sank.")[0]
    article = receive(ledger)
    made = claim(article)
    here = context(ledger, made)
    thread = ThreadChange(new_id("thr"), "Boats", (other.claim.id, made.id))
    findings = processed(
        article,
        [made],
        wire=WireSignature(b"signature", ("band",)),
        wire_group="g",
        wire_members=(other.claim.article_id,),
        contradictions=(contradiction(other, here, thread_id=thread.id),),
        threads=(thread,),
    )
    before = everything(ledger)

    def crash(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith(f"INSERT INTO {table}"):
            raise KeyboardInterrupt

    event.listen(ledger._engine, "before_cursor_execute", crash)
    with pytest.raises(KeyboardInterrupt):
        ledger.save_processed(findings)
    event.remove(ledger._engine, "before_cursor_execute", crash)
    assert everything(ledger) == before
    assert ledger.save_processed(findings).done
    assert len(ledger.list_contradictions().items) == 1


def test_vectors_must_fit_the_claims(ledger: Ledger) -> None:
    article = receive(ledger)
    good = processed(article, [claim(article), claim(article, "Two.")])
    assert good.vectors is not None
    broken = good.vectors.copy()
    broken[1, 3] = np.nan
    for wrong, said in (
        ({"vectors": None}, "0 vectors came with 2 claims"),
        ({"vectors": good.vectors[:1]}, "1 vectors came with 2 claims"),
        ({"vectors": broken}, "vector 1 of 2 holds NaN"),
        ({"vectors": good.vectors * 2}, "vector 0 of 2 has length 2.000"),
        ({"embedder": ""}, "the vectors name no model"),
    ):
        with pytest.raises(InputError, match=said):
            ledger.save_processed(replace(good, **wrong))  # type: ignore[arg-type]
    assert ledger.get_article(article.id).state == "received"
    with pytest.raises(InputError, match=r"claim clm_.* is of article art_other"):
        ledger.save_processed(processed(article, [replace(claim(article), article_id="art_other")]))


def test_a_new_version_keeps_what_it_still_says_and_withdraws_the_rest(ledger: Ledger, clock: Clock) -> None:
    said = stored(ledger, "v1", claims=["Ten boats sank.", "All were lost."], external_id="k1", published_at=DAY)
    second = receive(ledger, "v2", external_id="k1", published_at=DAY + timedelta(days=1))
    again = replace(claim(second, "Ten  boats\nsank."), span=(7, 22))
    fresh = claim(second, "Some were saved.", span=(30, 46))
    saved = ledger.save_processed(processed(second, [again, fresh]))
    assert dict(saved.claim_ids) == {again.id: said[0].claim.id, fresh.id: fresh.id}
    assert saved.withdrawn == (said[1].claim.id,)
    now = {c.claim.id: c for c in ledger.article_claims(second.id, withdrawn=True)}
    kept, gone = now[said[0].claim.id], now[said[1].claim.id]
    assert (kept.claim.span, kept.claim.article_version, kept.claim.withdrawn, kept.published_at) == ((7, 22), 2, False, DAY)
    assert (gone.claim.article_version, gone.claim.withdrawn) == (1, True)
    assert [c.claim.id for c in ledger.article_claims(second.id)] == [kept.claim.id, fresh.id]
    assert {row.claim_id for row in ledger.vectors_after(0, model="small", version="1")} == {kept.claim.id, fresh.id}
    assert len(ledger.removals_after(0)) == 2


def test_a_review_survives_a_new_version_of_the_article(ledger: Ledger) -> None:
    other = stored(ledger, "Nine boats sank.")[0]
    first = receive(ledger, "v1", external_id="k1")
    made = claim(first, "Ten boats sank.")
    found = contradiction(other, context(ledger, made))
    ledger.save_processed(processed(first, [made], contradictions=(found,)))
    ledger.review(found.id, status="confirmed", reviewer="ed")
    second = receive(ledger, "v2", external_id="k1")
    again = claim(second, "Ten boats sank.")
    saved = ledger.save_processed(processed(second, [again], contradictions=(contradiction(other, context(ledger, again)),)))
    assert saved.contradictions == ()
    only = ledger.list_contradictions().items
    assert [(item.id, item.status, item.judgement.link.b.claim.id) for item in only] == [(found.id, "confirmed", made.id)]


def test_a_contradiction_with_a_withdrawn_claim_is_kept_and_says_so(ledger: Ledger) -> None:
    other = stored(ledger, "Nine boats sank.")[0]
    first = receive(ledger, "v1", external_id="k1")
    made = claim(first, "Ten boats sank.")
    found = contradiction(other, context(ledger, made))
    ledger.save_processed(processed(first, [made], contradictions=(found,)))
    second = receive(ledger, "v2", external_id="k1")
    ledger.save_processed(processed(second, [claim(second, "Nine boats sank.")]))
    now = ledger.get_contradiction(found.id)
    assert now.judgement.link.b.claim.withdrawn
    assert now.version == 2
    assert [e.type for e in ledger.events_since(0)][-2:] == ["contradiction.updated", "article.processed"]


def test_a_link_is_stored_once_and_judged_once_by_each_model(ledger: Ledger) -> None:
    one, two = stored(ledger, "Nine boats sank.", claims=["Nine boats sank.", "Nine boats went down."])
    for n, model in enumerate(("judge", "judge", "other")):
        article = receive(ledger, f"Text {n}.")
        ledger.save_processed(processed(article, judgements=(judgement(one, two, model=model, probability=n / 10),)))
    links = ledger.links_of([one.claim.id, two.claim.id])
    assert [(link.judgement.model, link.judgement.probability) for link in links] == [("other", 0.2)]
    assert links[0].judgement == judgement(one, two, model="other", probability=0.2)
    turned = receive(ledger, "Turned.")
    ledger.save_processed(processed(turned, judgements=(judgement(two, one, model="third"),)))
    assert ledger.links_of([one.claim.id]) == links


def test_unrelated_links_are_shown_on_demand(ledger: Ledger) -> None:
    one, two = stored(ledger, "Text.", claims=["Nine boats sank.", "Rain fell."])
    article = receive(ledger, "Other.")
    ledger.save_processed(processed(article, judgements=(judgement(one, two, relation="unrelated", kind=None),)))
    assert ledger.links_of([one.claim.id]) == []
    assert len(ledger.links_of([one.claim.id], unrelated=True)) == 1


def test_findings_about_claims_that_went_meanwhile_are_left_out(ledger: Ledger) -> None:
    other = stored(ledger, "Nine boats sank.")[0]
    article = receive(ledger)
    made = claim(article)
    found = contradiction(other, context(ledger, made))
    ledger.delete_article(other.claim.article_id)
    saved = ledger.save_processed(processed(article, [made], contradictions=(found,)))
    assert (saved.done, saved.contradictions) == (True, ())
    assert ledger.counts().links == 0


def test_copies_share_a_wire_group_and_are_found_by_their_bands(ledger: Ledger) -> None:
    first = receive(ledger, "Wire text.", publisher="Agency")
    ledger.save_processed(processed(first, [claim(first)], wire=WireSignature(b"one", ("a", "b"))))
    second = receive(ledger, "Wire text, cut.", published_at=DAY + timedelta(days=3))
    found = ledger.wire_candidates(["b", "b", "c"], but_not=second.id)
    assert [(c.article_id, c.publisher, c.published_at, c.wire_group, c.signature) for c in found] == [
        (first.id, "Agency", DAY, None, b"one")
    ]
    copy = WireSignature(b"two", ("b", "b"))
    ledger.save_processed(processed(second, wire=copy, wire_group=first.id, wire_members=(first.id,)))
    assert {ledger.get_article(a.id).wire_group for a in (first, second)} == {first.id}
    assert ledger.article_claims(first.id)[0].source_group == first.id
    assert [c.article_id for c in ledger.wire_candidates(["b"], since=DAY + timedelta(days=1))] == [second.id]
    assert [c.article_id for c in ledger.wire_candidates(["b"], until=DAY + timedelta(days=1))] == [first.id]
    assert ledger.wire_candidates([]) == []


def test_known_contradictions_get_new_sources_and_threads_and_nothing_else(ledger: Ledger) -> None:
    other = stored(ledger, "Nine boats sank.")[0]
    article = receive(ledger)
    made = claim(article)
    found = contradiction(other, context(ledger, made))
    ledger.save_processed(processed(article, [made], contradictions=(found,)))
    ledger.review(found.id, status="confirmed", reviewer="ed")
    third = receive(ledger, "Third.")
    thread = ThreadChange(new_id("thr"), "Boats")
    changed = replace(found, sources_b=4, thread_id=thread.id, status="dismissed")
    ledger.save_processed(processed(third, changed=(changed,), threads=(thread,)))
    now = ledger.get_contradiction(found.id)
    assert (now.sources_a, now.sources_b, now.thread_id, now.status, now.version) == (1, 4, thread.id, "confirmed", 3)
    assert ledger.list_contradictions(ContradictionFilter(thread_id=thread.id)).items == (now,)


def test_a_thread_that_does_not_exist_is_refused_whole(ledger: Ledger) -> None:
    other = stored(ledger, "Nine boats sank.")[0]
    article = receive(ledger)
    made = claim(article)
    found = contradiction(other, context(ledger, made), thread_id="thr_none")
    with pytest.raises(StoreError, match="nothing was stored"):
        ledger.save_processed(processed(article, [made], contradictions=(found,)))
    assert ledger.article_claims(article.id) == []
