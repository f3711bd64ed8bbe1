from dataclasses import replace
from datetime import UTC, datetime

from service.flag import count_sources, flags
from service.link import ordered_link
from service.records import Judgement
from tests.builders import context

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def judgement(a, b, relation="contradiction", probability=0.9):
    return Judgement(ordered_link(a, b, 0.9), relation, "numeric", probability, (0, 0, 1), (0, 0, 1), "m", "1")


A = context("The fire killed 9 people", id="clm_a", article="art_a", group="wire_1")
A_COPY = context("The fire killed 9 people", id="clm_c", article="art_c", group="wire_1")
B = context("The fire killed 12 people", id="clm_b", article="art_b")


def ids():
    numbers = iter(range(100))
    return lambda: f"con_{next(numbers)}"


def test_a_disagreement_with_two_copies_is_flagged_once_at_its_highest_probability():
    found = flags([judgement(A_COPY, B, probability=0.7), judgement(A, B)], new_id=ids(), now=NOW)
    assert [c.judgement.link.a.claim.id for c in found] == ["clm_a"]


def test_what_is_known_is_not_flagged_again():
    known = flags([judgement(A, B)], new_id=ids(), now=NOW)
    assert flags([judgement(A_COPY, B)], known=known, new_id=ids(), now=NOW) == []


def test_support_and_weak_conflicts_are_not_flagged():
    weak = judgement(A, B, probability=0.3)
    assert flags([judgement(A, B, relation="support"), weak], new_id=ids(), now=NOW, min_probability=0.5) == []


def test_sources_count_wire_groups_not_copies():
    [found] = flags([judgement(A, B)], new_id=ids(), now=NOW)
    other = context("Nine died in the fire", id="clm_d", article="art_d")
    supports = [judgement(A, other, "repeat"), judgement(A, A_COPY, "repeat"), judgement(B, other, "unrelated")]
    counted = count_sources(found, supports)
    assert (counted.sources_a, counted.sources_b) == (2, 1)
    assert replace(counted, sources_a=1) == found
