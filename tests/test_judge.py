from dataclasses import replace

import numpy as np
import pytest

from models.types import ModelInfo, PairScores
from service import decision, features
from service.judge import Judge, compare_quantities, harmless, kind_of, relation_of
from service.link import ordered_link
from tests.builders import context, quantity


class ConstantNli:
    """Says the same of every pair; satisfies the NliModel protocol."""

    info = ModelInfo("constant", "1", "nli", "none", 512)

    def __init__(self, forward, relation=None):
        self.forward, self.relation = np.array(forward, np.float32), relation

    def predict(self, pairs):
        return np.tile(self.forward, (len(pairs), 1))

    def judge(self, pairs):
        relation = None if self.relation is None else np.tile(np.array(self.relation, np.float32), (len(pairs), 1))
        return PairScores(self.predict(pairs), self.predict(pairs), relation)


CLASH = (0.01, 0.04, 0.95)
NEUTRAL = (0.01, 0.98, 0.01)
DISPUTE = (0.01, 0.01, 0.10, 0.80, 0.05, 0.03)
NOTHING = (0.01, 0.01, 0.01, 0.01, 0.01, 0.95)


def troops(**options):
    a = context(
        "Russia has some 100,000 troops at the border", id="clm_a", article="art_a", publisher="Moscow Daily", day="2022-02-10",
        quantities=(quantity("some 100,000", 100_000, 100_000, approx=True),), entities=("Russia",),
    )  # fmt: skip
    b = context(
        "Russia has well over 130,000 troops at the border", id="clm_b", article="art_b", day="2022-02-14",
        quantities=(quantity("well over 130,000", 130_000, None),), entities=("Russia",), **options,
    )  # fmt: skip
    return ordered_link(a, b, 0.95, anchors=("entity:russia",), event=0.9)


def only(judge, link):
    [item] = judge.score([link])
    return item


def test_a_clash_of_figures_is_found_and_said_in_words():
    verdict = compare_quantities(troops())
    assert verdict.outcome == "clash"
    judgement = Judge(ConstantNli(CLASH, (0.01, 0.01, 0.9, 0.04, 0.03, 0.01))).judge([troops()])[0]
    assert judgement.relation in ("contradiction", "update")
    assert judgement.kind == "numeric"
    assert "10 Feb 2022, Moscow Daily" in judgement.explanation
    assert "well over 130,000" in judgement.explanation
    assert 0 < judgement.probability <= 1


def test_figures_of_different_days_are_an_update_and_of_one_day_a_conflict():
    judge = Judge(ConstantNli(CLASH, DISPUTE))
    later = troops()
    assert relation_of(only(judge, later), conflict=0.9, update=0.05) == "update"
    same_day = ordered_link(later.a, replace(later.b, published_at=later.a.published_at), 0.95)
    assert relation_of(only(judge, same_day), conflict=0.9, update=0.05) == "contradiction"


def test_a_neutral_pair_is_not_shown():
    a = context("The ferry carries 90 cars", id="clm_a", article="art_a")
    b = context("The harbour master is on holiday", id="clm_b", article="art_b")
    judgement = Judge(ConstantNli(NEUTRAL, NOTHING)).judge([ordered_link(a, b, 0.82)])[0]
    assert judgement.relation == "unrelated"
    assert judgement.kind is None
    assert judgement.explanation == ""


def test_quantities_of_other_things_are_not_comparable():
    a = context("9 people died", quantities=(quantity("9", 9, 9, unit="dead"),), id="clm_a")
    b = context("12 people were hurt", quantities=(quantity("12", 12, 12, unit="injured"),), id="clm_b", article="art_b")
    verdict = compare_quantities(ordered_link(a, b, 0.9))
    assert verdict.outcome == "incomparable"
    assert "same thing" in verdict.why


@pytest.mark.parametrize(
    ("speaker_a", "speaker_b", "expected"),
    [
        (None, None, "contradiction"),
        ("Sergei Lavrov", "Oleg Nikolenko", "dispute"),
        ("Sergei Lavrov", "Mr Lavrov", "contradiction"),
        ("Sergei Lavrov", None, "dispute"),
    ],
)
def test_who_says_it_decides_between_dispute_and_contradiction(speaker_a, speaker_b, expected):
    a = context("The problems were solved", id="clm_a", speaker=speaker_a)
    b = context("The problems were not solved", id="clm_b", article="art_b", speaker=speaker_b)
    item = only(Judge(ConstantNli(CLASH, DISPUTE)), ordered_link(a, b, 0.9))
    relation = relation_of(item, conflict=0.9, update=0.05)
    assert relation == expected
    assert kind_of(item, relation) == ("attributed_dispute" if expected == "dispute" else "negation")


def test_a_correction_by_the_same_outlet_is_an_update_marked_so():
    a = context("The fire killed 9 people", id="clm_a", publisher="Post", day="2024-03-01", as_of="2024-03-01")
    b = context(
        "The fire killed 12 people", id="clm_b", article="art_b", publisher="Post", day="2024-03-03", as_of="2024-03-03"
    )
    judge = Judge(ConstantNli(CLASH, (0.0, 0.0, 0.05, 0.02, 0.9, 0.03)))
    item = only(judge, ordered_link(a, b, 0.95))
    assert relation_of(item, conflict=0.1, update=0.8) == "update"
    judgement = judge._judgement(item, np.array([0.05, 0.1, 0.85]))
    assert judgement.corrected
    assert "2024-03-01 and of 2024-03-03" in judgement.explanation


def test_entailment_both_ways_is_a_repeat_and_one_way_support():
    link = ordered_link(context("A is in B", id="clm_a"), context("A lies in B", id="clm_b", article="art_b"), 0.95)
    assert harmless(only(Judge(ConstantNli((0.9, 0.05, 0.05))), link)) == "repeat"
    assert harmless(only(Judge(ConstantNli((0.1, 0.85, 0.05))), link)) == "unrelated"


def test_a_model_that_returns_nan_flags_nothing():
    judgement = Judge(ConstantNli((np.nan, np.nan, np.nan), DISPUTE)).judge([troops()])[0]
    assert judgement.relation == "unrelated"
    assert np.isfinite(judgement.probability)


def test_swapping_the_sides_changes_nothing():
    link = troops()
    judge = Judge(ConstantNli(CLASH, DISPUTE))
    swapped = ordered_link(link.b, link.a, link.similarity, anchors=link.anchors, event=link.event)
    assert judge.judge([link]) == judge.judge([swapped])


def test_feature_rows_have_every_column_and_are_finite():
    row = features.row(only(Judge(ConstantNli(CLASH, DISPUTE)), troops()))
    assert row.shape == (len(features.FEATURES),)
    assert np.isfinite(row).all()


def test_the_bundled_decision_is_a_distribution_and_rises_with_the_clash():
    bundled = decision.bundled()
    judge_clash, judge_neutral = Judge(ConstantNli(CLASH, DISPUTE)), Judge(ConstantNli(NEUTRAL, NOTHING))
    rows = np.stack([features.row(only(judge, troops())) for judge in (judge_clash, judge_neutral)])
    p = bundled.probabilities(rows)
    assert p.sum(axis=1) == pytest.approx(1.0)
    assert p[0, 1] + p[0, 2] > p[1, 1] + p[1, 2]


def test_a_decision_for_other_features_is_refused(tmp_path):
    (tmp_path / "d.json").write_text('{"features": ["a"]}')
    with pytest.raises(ValueError, match="other features"):
        decision.load(tmp_path / "d.json")
