"""What holds on five real raw articles that are no part of the project; `make seeds` prints the whole list, open points too."""

import re

import pytest

from eval import seeds
from eval.ledgers import filled
from service.store.types import ClaimFilter

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(seeds.folder() is None, reason="no seed articles here: set COUNTERCLAIM_SEEDS to their folder"),
]


@pytest.fixture(scope="module")
def run():
    with filled(seeds.submissions(seeds.folder())) as done:
        assert done.failures == []
        yield done


@pytest.fixture(scope="module")
def claims(run):
    return list(run.ledger.iter_claims(ClaimFilter()))


@pytest.fixture(scope="module")
def flagged(run):
    return list(run.ledger.iter_contradictions())


def sides(contradiction):
    link = contradiction.judgement.link
    return link.a, link.b


def test_the_two_press_association_copies_share_a_wire_group(run):
    groups = {a.external_id: a.wire_group for a in run.ledger.iter_articles()}
    assert groups["000"] is not None
    assert groups["000"] == groups["001"]
    assert {groups[x] for x in ("002", "003", "004")}.isdisjoint({groups["000"]})


def test_no_claim_is_made_of_what_is_not_the_article(claims):
    noise = re.compile(
        r"\bicon\b|Sign in|accepting comments|foreign agent|support us|small favor|\$2|\[\[|annonse|READ MORE", re.IGNORECASE
    )
    assert [c.claim.text for c in claims if noise.search(c.claim.text)] == []


def test_the_troop_figures_are_flagged_once_with_both_dates(flagged):
    found = [
        c
        for c in flagged
        if {"100,000", "130,000"} == {n for side in sides(c) for n in ("100,000", "130,000") if n in side.claim.text}
    ]
    assert len(found) == 1
    judgement = found[0].judgement
    assert judgement.kind == "numeric"
    assert judgement.relation == "update"
    assert "10 Feb 2022" in judgement.explanation
    assert "14 Feb 2022" in judgement.explanation


def test_the_copies_do_not_contradict_each_other(flagged):
    assert [c for c in flagged if {side.external_id for side in sides(c)} == {"000", "001"}] == []


def test_the_norwegian_possibilities_say_what_the_english_ones_say(run, claims):
    norwegian = [c.claim.id for c in claims if "uttømt" in c.claim.text]
    assert norwegian
    found = [
        stored.judgement.relation
        for stored in run.ledger.links_of(norwegian)
        if any("exhausted" in side.claim.text for side in (stored.judgement.link.a, stored.judgement.link.b))
    ]
    assert found
    assert set(found) <= {"repeat", "support"}
