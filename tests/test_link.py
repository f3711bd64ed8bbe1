import json
from pathlib import Path

import numpy as np
import pytest

from service import link
from service.link import Gates, Linker, LinkRules, Neighbour, anchors_of, ordered_link, within_article
from tests.builders import context

A = context("Russia moved some 100,000 troops to Ukraine", id="clm_a", article="art_a", entities=("Russia", "Ukraine"))
B = context("Over 130,000 troops stand near Ukraine", id="clm_b", article="art_b", entities=("Ukraine",), day="2024-03-05")
LIKELY = 0.95, 0.95


def near(other, similarity=LIKELY[0], event=LIKELY[1]):
    return Neighbour(other, similarity, event)


def test_a_near_claim_of_another_article_is_linked_older_first():
    [found] = Linker().links(B, [near(A)])
    assert (found.a, found.b, found.event) == (A, B, LIKELY[1])
    assert "entity:ukrain" in found.anchors
    assert "word:troops" in found.anchors


def test_every_gate_counts_what_it_drops():
    gates = Gates()
    linker = Linker(LinkRules(per_claim=1), gates)
    far_in_time = context("Troops stand near Ukraine", id="clm_c", article="art_c", day="2023-01-01", entities=("Ukraine",))
    short = context("He denied", id="clm_d", article="art_d")
    copy = context("Over 130,000 troops stand near Ukraine", id="clm_e", article="art_e", group="art_b", entities=("Ukraine",))
    unrelated = context("The bakery sells bread daily", id="clm_f", article="art_f")
    more = context("Ukraine counts 120,000 troops nearby", id="clm_g", article="art_g", entities=("Ukraine",))
    neighbours = [near(A), near(far_in_time), near(short), near(copy), near(unrelated, 0.2, 0.2), near(more, 0.9)]
    assert len(linker.links(B, neighbours)) == 1
    assert gates.passed == 1
    assert gates.dropped == {"window": 1, "too_short": 1, "wire_copy": 1, "other_question": 1, "too_many": 1}


def test_the_same_words_about_another_event_are_less_likely_one_question():
    model = link.bundled()
    rows = np.stack([link.link_row(B, near(A, 0.8, event)) for event in (0.2, 0.6, 0.9)])
    p = model.probabilities(rows)
    assert p[0] < p[1] < p[2]


def test_a_nearer_claim_is_more_likely_one_question():
    rows = np.stack([link.link_row(B, near(A, similarity, 0.9)) for similarity in (0.3, 0.6, 0.9)])
    p = link.bundled().probabilities(rows)
    assert p[0] < p[1] < p[2]


def test_a_setting_takes_the_place_of_the_fitted_threshold():
    assert Linker(LinkRules(min_probability=1.0)).links(B, [near(A)]) == []
    assert len(Linker(LinkRules(min_probability=0.0)).links(B, [near(A, 0.1, 0.1)])) == 1


def test_a_regression_for_other_features_is_refused(tmp_path: Path):
    raw = json.loads(Path(link.__file__).with_name("link.json").read_text(encoding="utf-8"))
    (tmp_path / "link.json").write_text(json.dumps(raw | {"features": ["similarity"]}), encoding="utf-8")
    with pytest.raises(ValueError, match="was fitted for other features; fit it again"):
        link.load(tmp_path / "link.json")


def test_two_copies_of_one_wire_story_are_one_neighbour():
    copy = context(
        "Russia moved some 100,000 troops to Ukraine", id="clm_z", article="art_z", group="art_a", entities=("Ukraine",)
    )
    assert len(Linker().links(B, [near(A), near(copy)])) == 1


def test_one_speaker_within_one_article_is_not_set_against_himself():
    a = context("The talks went very well today", id="clm_1", speaker="Lavrov")
    b = context("The talks made no progress today", id="clm_2", speaker="Nikolenko")
    c = context("The talks will go on tomorrow", id="clm_3", speaker="Lavrov")
    vectors = np.ones((3, 4), np.float32) / 2
    own = within_article([a, b, c], vectors)
    assert {(x, n.context.claim.id) for x, found in own.items() for n in found} == {("clm_1", "clm_2"), ("clm_2", "clm_3")}
    assert len(Linker().links(a, own["clm_1"])) == 1


def test_numbers_are_no_anchor_and_accents_do_not_matter():
    a = context("130000 Zürich", entities=("Zürich",)).claim
    b = context("130000 Zurich", entities=("Zurich",)).claim
    assert anchors_of(a, b) == ("entity:zurich",)


def test_claims_in_two_languages_need_no_shared_word():
    norwegian = context("Mulighetene er slett ikke brukt opp", id="clm_n", article="art_n", lang="no")
    assert len(Linker().links(B, [near(norwegian)])) == 1


def test_a_link_is_the_same_from_either_side():
    assert ordered_link(A, B, 0.5) == ordered_link(B, A, 0.5)
