import math
import random

import pytest

from models.training.numeric import Figure, figure, label, pairs

EXACT = Figure("40", 40, 40)
OVER_30 = Figure("more than 30", 31, math.inf)
AT_MOST_30 = Figure("up to 30", 0, 30)
ABOUT_40 = Figure("about 40", 37.2, 42.8)


@pytest.mark.parametrize(
    ("premise", "hypothesis", "expected"),
    [
        (EXACT, OVER_30, "entailment"),
        (OVER_30, EXACT, "neutral"),
        (EXACT, AT_MOST_30, "contradiction"),
        (EXACT, ABOUT_40, "entailment"),
        (ABOUT_40, EXACT, "neutral"),
        (ABOUT_40, AT_MOST_30, "contradiction"),
    ],
)
def test_labels_follow_the_intervals(premise, hypothesis, expected):
    assert label(premise, hypothesis) == expected


def test_contradiction_is_symmetric_for_any_two_figures():
    rng = random.Random(0)
    for _ in range(500):
        a, b = figure(rng.randrange(2, 5000), rng), figure(rng.randrange(2, 5000), rng)
        assert (label(a, b) == "contradiction") == (label(b, a) == "contradiction")


def test_pairs_differ_only_in_their_figures_unless_neutral():
    sentences = [
        "The storm on Monday left 340 homes without power.",
        "No figures here.",
        "In 1998 he left.",
        "Highway 90 is closed today.",
    ]
    made = list(pairs(sentences * 50, rows=60, seed=3))
    assert made
    assert all("homes" in row["premise"] for row in made)
    assert all(row["label"] == row["reverse"] == "neutral" for row in made if "Thursday" in row["hypothesis"])
    assert {row["label"] for row in made} == {"entailment", "neutral", "contradiction"}
