"""Metric functions against scikit-learn and against examples worked by hand."""

import math

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import metrics
from models.types import NLI_LABELS

GOLD = np.array([0, 0, 1, 1, 2, 2, 2])
GIVEN = np.array([0, 1, 1, 1, 2, 0, 2])


def probabilities(*rows):
    return np.array(rows, np.float32)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_classes_of_a_confusion_table_are_those_of_scikit_learn(pairs):
    gold, predicted = (np.array(column) for column in zip(*pairs, strict=True))
    table = metrics.confusion(gold, predicted, 3)
    assert table.tolist() == reference.confusion_matrix(gold, predicted, labels=[0, 1, 2]).tolist()
    precision, recall, f1, count = reference.precision_recall_fscore_support(gold, predicted, labels=[0, 1, 2], zero_division=0)
    found = metrics.per_class(table)
    for name, wanted in (("precision", precision), ("recall", recall), ("f1", f1), ("gold", count)):
        assert found[name] == pytest.approx(wanted)
    there = sorted(set(gold.tolist()))
    wanted = reference.f1_score(gold, predicted, labels=there, average="macro", zero_division=0)
    assert metrics.macro_f1_of(table) == pytest.approx(wanted)
    assert metrics.accuracy_of(table) == pytest.approx(reference.accuracy_score(gold, predicted))


def test_a_table_worked_by_hand():
    table = metrics.confusion(GOLD, GIVEN, 3)
    assert table.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 2]]
    found = metrics.per_class(table)
    assert found["precision"].tolist() == pytest.approx([1 / 2, 2 / 3, 1])
    assert found["recall"].tolist() == pytest.approx([1 / 2, 1, 2 / 3])
    assert metrics.macro_f1_of(table) == pytest.approx((1 / 2 + 4 / 5 + 4 / 5) / 3)
    assert metrics.accuracy_of(table) == pytest.approx(5 / 7)


def test_a_wrong_label_order_shows():
    right = np.eye(3, dtype=np.float32)[GOLD]
    exchanged = right[:, [2, 1, 0]]
    names = [NLI_LABELS[k] for k in GOLD]
    assert metrics.accuracy(names, right) == 1.0
    assert metrics.accuracy(names, exchanged) == pytest.approx(2 / 7)
    against = GOLD == 2
    assert metrics.auc(against, right[:, 2]) == 1.0
    assert metrics.auc(against, exchanged[:, 2]) < 0.5


def test_an_empty_class_has_no_say_in_the_mean():
    table = metrics.confusion(np.array([0, 0, 2]), np.array([0, 1, 2]), 3)
    assert metrics.per_class(table)["f1"].tolist() == pytest.approx([2 / 3, 0, 1])
    assert metrics.macro_f1_of(table) == pytest.approx((2 / 3 + 1) / 2)


def test_a_constant_predictor_gets_the_share_of_its_label_and_ranks_by_chance():
    constant = np.tile(probabilities([0.2, 0.5, 0.3]), (7, 1))
    answers = metrics.answer_indices("three", constant)
    table = metrics.confusion(GOLD, answers, 3)
    assert metrics.accuracy_of(table) == pytest.approx(2 / 7)
    assert metrics.macro_f1_of(table) == pytest.approx((4 / 9) / 3)
    assert metrics.auc(GOLD == 2, constant[:, 2]) == 0.5
    assert metrics.average_precision(GOLD == 2, constant[:, 2]) == pytest.approx(3 / 7)
    assert metrics.calibration_error(answers == GOLD, constant.max(-1)) == pytest.approx(abs(2 / 7 - 0.5))


def test_a_single_class_set_has_no_ranking_but_an_accuracy():
    only = np.ones(3, bool)
    score = np.array([0.9, 0.2, 0.4], np.float32)
    assert math.isnan(metrics.auc(only, score))
    assert math.isnan(metrics.average_precision(~only, score))
    table = metrics.confusion(np.array([2, 2, 2]), np.array([2, 0, 2]), 3)
    assert metrics.macro_f1_of(table) == pytest.approx(4 / 5)
    assert metrics.table_intervals(table)["accuracy"][1] == 1.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1, width=32)), min_size=2, max_size=50))
def test_ranking_is_that_of_scikit_learn(rows):
    positive, score = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], np.float32)
    if positive.any() and not positive.all():
        assert metrics.auc(positive, score) == pytest.approx(reference.roc_auc_score(positive, score))
    if positive.any():
        assert metrics.average_precision(positive, score) == pytest.approx(reference.average_precision_score(positive, score))


def test_two_way_sets_are_scored_as_their_papers_do():
    given_ = probabilities([0.4, 0.3, 0.3], [0.1, 0.8, 0.1], [0.35, 0.1, 0.55])
    assert metrics.answers("three", given_) == ["entailment", "neutral", "contradiction"]
    # HANS and RTE: the most probable label, the others collapsed; 0.6 for the rest together does not outweigh 0.4
    assert metrics.answers("entailment", given_) == ["entailment", "not_entailment", "not_entailment"]
    assert metrics.answers("contradiction", given_) == ["not_contradiction", "not_contradiction", "contradiction"]
    # supports against refutes: neutral is no answer
    assert metrics.answers("two", given_) == ["entailment", "entailment", "contradiction"]
    assert metrics.certainty("two", given_).tolist() == pytest.approx([4 / 7, 1 / 2, 55 / 90])
    assert metrics.certainty("entailment", given_).tolist() == pytest.approx([0.4, 0.9, 0.65])


def test_probabilities_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(n, 3\)"):
        metrics.answer_indices("three", np.zeros((4, 2), np.float32))
    with pytest.raises(ValueError, match="unknown labels"):
        metrics.predictions(["maybe"], np.zeros((1, 3), np.float32))


def test_calibration_error_by_hand():
    right = np.array([True, False, True, True])
    sure = np.array([0.95, 0.95, 0.62, 0.62], np.float32)
    assert metrics.calibration_error(right, sure, bins=10) == pytest.approx(0.5 * 0.45 + 0.5 * 0.38, abs=1e-6)
    assert [n for n, _, _ in metrics.reliability(right, sure, bins=10)] == [2, 2]


def test_mcnemar_by_hand():
    first = np.array([True] * 8 + [False] * 2 + [True] * 5)
    second = np.array([False] * 8 + [True] * 2 + [True] * 5)
    found = metrics.mcnemar(first, second)
    # 8 against 2: the two tails of ten throws of a coin at 8 or more, 2 * (45 + 10 + 1) / 1024
    assert (found["only_first"], found["only_second"]) == (8, 2)
    assert found["p"] == pytest.approx(112 / 1024)
    assert metrics.mcnemar(first, first)["p"] == 1.0


def test_intervals_hold_the_value_and_narrow_with_rows():
    small, large = (metrics.table_intervals(np.array([[6, 2], [1, 7]]) * n) for n in (1, 100))
    for found in (small, large):
        assert found["accuracy"][0] < 13 / 16 < found["accuracy"][1]
    assert large["accuracy"][1] - large["accuracy"][0] < (small["accuracy"][1] - small["accuracy"][0]) / 5
    rows = np.array([1.0] * 13 + [0.0] * 3)
    low, high = metrics.interval(lambda chosen: float(rows[chosen].mean()), 16, rounds=2000)
    assert (low, high) == pytest.approx(small["accuracy"], abs=0.07)


def test_clusters_that_agree_within_make_the_interval_wider():
    values = np.repeat([1.0, 0.0, 1.0, 1.0, 0.0, 1.0], 20)
    clusters = np.repeat(np.arange(6), 20).tolist()

    def mean(rows):
        return float(values[rows].mean())

    low, high = metrics.interval(mean, len(values))
    cluster_low, cluster_high = metrics.cluster_interval(mean, clusters)
    assert cluster_high - cluster_low > 2 * (high - low)


def test_share_interval_stays_inside_at_the_ends():
    low, high = metrics.share_interval(0, 20)
    assert low == 0.0
    assert 0.1 < high < 0.2
    assert math.isnan(metrics.share_interval(0, 0)[0])
