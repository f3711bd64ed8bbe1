import numpy as np
import pytest

from models.types import ModelInfo, PairScores
from service.counterfactual import apart, entailments
from service.judge import Judge
from service.link import ordered_link
from tests.builders import context, quantity


class EqualTexts:
    """Entails where both texts are the same, contradicts where they are not; keeps what it was asked."""

    info = ModelInfo("equal", "1", "nli", "none", 512)

    def __init__(self):
        self.asked = []

    def predict(self, pairs):
        return self.judge(pairs).forward

    def judge(self, pairs):
        self.asked += pairs
        rows = np.array([(0.9, 0.05, 0.05) if a == b else (0.05, 0.05, 0.9) for a, b in pairs], np.float32).reshape(-1, 3)
        return PairScores(rows, rows.copy(), None)


def link(first, second):
    """A link of two claims, each a text and its quantities."""
    a, b = (
        context(text, id=f"clm_{name}", article=f"art_{name}", quantities=tuple(found))
        for name, (text, found) in zip("ab", (first, second), strict=True)
    )
    return ordered_link(a, b, 0.9)


CASES = ("142 cases are confirmed", [quantity("142", 142, 142)])
MORE = ("318 cases are confirmed", [quantity("318", 318, 318)])
DEATHS = ("318 people were hurt", [quantity("318", 318, 318)])


def test_figures_apart_are_found_and_put_in_each_others_place():
    pair = link(CASES, MORE)
    figures = apart(pair)
    assert (figures.a.text, figures.b.text) == ("142", "318")
    nli = EqualTexts()
    assert entailments(nli, [pair], [figures]) == pytest.approx([0.9])
    assert nli.asked == [("142 cases are confirmed",) * 2, ("318 cases are confirmed",) * 2]


def test_other_words_around_the_figures_stay_apart():
    pair = link(CASES, DEATHS)
    assert entailments(EqualTexts(), [pair], [apart(pair)]) == pytest.approx([0.05])


def test_figures_that_agree_are_out_of_it():
    assert apart(link(CASES, CASES)) is None
    first = ("4 of 20 voted", [quantity("4", 4, 4), quantity("20", 20, 20)])
    second = ("5 of 20 voted", [quantity("5", 5, 5), quantity("20", 20, 20)])
    figures = apart(link(first, second))
    assert (figures.a.text, figures.b.text) == ("4", "5")


def test_units_that_do_not_convert_are_never_set_against_each_other():
    hours = ("It took 4 hours", [quantity("4 hours", 4, 4, unit="hours")])
    metres = ("It is 90 metres long", [quantity("90 metres", 90, 90, unit="m")])
    assert apart(link(hours, metres)) is None
    minutes = ("It took 90 minutes", [quantity("90 minutes", 90, 90, unit="minutes")])
    assert apart(link(hours, minutes)) is not None


def test_without_figures_nothing_is_asked():
    nli = EqualTexts()
    assert entailments(nli, [link(("The bridge is open", []), MORE)], [None]) == [0.0]
    assert nli.asked == []


def test_the_judge_takes_such_figures_for_a_clash_and_says_why():
    [item] = Judge(EqualTexts()).score([link(CASES, MORE)])
    assert item.quantity.outcome == "clash"
    assert item.alike == pytest.approx(0.9)
    [other] = Judge(EqualTexts()).score([link(CASES, DEATHS)])
    assert other.alike == pytest.approx(0.05)
