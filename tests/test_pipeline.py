"""The whole way over small models: what is stored, what is not, and what a failure leaves behind."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.pipeline import Models
from service.records import Submission
from service.settings import Settings
from service.store.ledger import Ledger
from tests import fakes

FERRY = (
    "The ferry Hartland sank on Monday off the coast of Norrhamn in heavy seas. "
    "The rescue service counted 40 people on board the ferry Hartland when it sank. "
    "The harbour master of Norrhamn has ordered an inquiry into the sinking of the ferry."
)
LATER = (
    "Divers went down to the wreck at noon. "
    "The rescue service counted 52 people on board the ferry Hartland when it sank. "
    "Schools in Norrhamn stayed closed for the rest of the week."
)


def submission(text, publisher, day=1, **more):
    return Submission(text=text, publisher=publisher, published_at=datetime(2024, 3, day, tzinfo=UTC), lang="en", **more)


@pytest.fixture
def pipeline(tmp_path):
    settings = Settings(db=f"sqlite:///{tmp_path}/ledger.db")
    made = fakes.pipeline(Ledger.open(settings.db), settings)
    yield made
    made.ledger.close()


def ingest(pipeline, *submissions):
    return [pipeline.process(pipeline.submit(s)[0].id) for s in submissions]


def test_two_articles_that_differ_make_one_contradiction_with_a_thread(pipeline):
    first, second = ingest(pipeline, submission(FERRY, "Post"), submission(LATER, "Sun", 2))
    assert [o.article.state for o in (first, second)] == ["processed", "processed"]
    assert len(first.claims) == 3
    assert first.contradictions == ()
    [found] = second.contradictions
    link = found.judgement.link
    assert ("40 people" in link.a.claim.text, "52 people" in link.b.claim.text) == (True, True)
    assert found.judgement.kind == "numeric"
    assert found.thread_id is not None
    assert pipeline.ledger.threads_of([link.a.claim.id, link.b.claim.id]).keys() == {link.a.claim.id, link.b.claim.id}


def test_a_wire_copy_joins_its_group_and_adds_no_second_contradiction(pipeline):
    *_, copy = ingest(
        pipeline,
        submission(FERRY, "Post"),
        submission(LATER, "Sun", 2),
        submission(FERRY + "\n\nSign in to comment", "Herald", 3),
    )
    groups = {a.publisher: a.wire_group for a in pipeline.ledger.iter_articles()}
    assert groups["Post"] == groups["Herald"] is not None
    assert groups["Sun"] is None
    assert copy.contradictions == ()


def test_processing_again_changes_nothing(pipeline):
    ingest(pipeline, submission(FERRY, "Post"), submission(LATER, "Sun", 2))
    before = pipeline.ledger.counts()
    article, created = pipeline.submit(submission(LATER, "Sun", 2))
    assert not created
    assert pipeline.process(article.id).contradictions == ()
    assert pipeline.ledger.counts() == before


def test_checking_a_draft_finds_what_contradicts_it_and_stores_nothing(pipeline):
    ingest(pipeline, submission(FERRY, "Post"))
    before = pipeline.ledger.counts()
    checked = pipeline.check(submission(LATER, "draft", 2))
    [clash] = [c for c in checked if c.contradicts]
    assert "52 people" in clash.claim.text
    assert [c for c in checked if c is not clash and c.contradicts] == []
    assert pipeline.ledger.counts() == before


def test_one_broken_article_fails_with_its_reason_and_the_others_go_on(pipeline, monkeypatch):
    healthy = pipeline.models.embedder.embed

    def embed(texts, *, kind="query"):
        if any("Divers" in t for t in texts):
            raise ValueError("the model choked")
        return healthy(texts, kind=kind)

    monkeypatch.setattr(pipeline.models.embedder, "embed", embed)
    for s in (submission(LATER, "Sun"), submission(FERRY, "Post")):
        pipeline.submit(s)
    outcomes = list(pipeline.process_pending())
    assert [o.article.state for o in outcomes] == ["failed", "processed"]
    assert outcomes[0].article.failure == "ValueError: the model choked"
    assert pipeline.ledger.counts().claims == 3


def test_the_language_is_found_where_the_client_gave_none(pipeline):
    [outcome] = ingest(pipeline, replace(submission(FERRY, "Post"), lang=None))
    assert outcome.article.lang == "en"


def test_models_are_ready_without_a_tagger_only_where_none_is_wanted():
    given = {"embedder": fakes.FakeEmbedder(), "nli": fakes.FakeNli()}
    assert Models(Settings(tagger="none"), **given).ready
    assert not Models(Settings(tagger="bundled"), **given).ready
    assert Models(Settings(tagger="none"), **given).tagger is None
