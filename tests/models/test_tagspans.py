import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tagspans import DISTANCES, TAGS, best_range, claim_spans, distance_classes, log_softmax, noise_of, trimmed

OUT, BEGIN, INSIDE, END, SINGLE, NOT_CLAIM, NOISE = range(len(TAGS))


def scores(*tags: int, sure: float = 0.9) -> np.ndarray:
    rest = (1 - sure) / (len(TAGS) - 1)
    return np.log(np.where(np.eye(len(TAGS))[list(tags)] > 0, sure, rest)).astype(np.float32)


def test_spans_of_clear_tags() -> None:
    assert claim_spans(scores(OUT, BEGIN, INSIDE, END, NOT_CLAIM, SINGLE, BEGIN, END, NOISE)) == [(1, 3), (5, 5), (6, 7)]


def test_an_end_that_was_missed_is_found_where_it_costs_least() -> None:
    tags = scores(BEGIN, INSIDE, INSIDE, OUT, OUT)
    tags[2, END] = np.log(0.3)
    assert claim_spans(tags) == [(0, 2)]


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_spans_are_well_formed_and_the_likeliest(n: int, seed: int) -> None:
    tags = log_softmax(np.random.default_rng(seed).normal(size=(n, len(TAGS))).astype(np.float32) * 3)
    spans = claim_spans(tags)
    ends = [x for span in spans for x in span]
    assert ends == sorted(ends)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))
    assert all(0 <= a <= b < n for a, b in spans)

    def total(chosen: list[tuple[int, int]]) -> float:
        inside = {i for a, b in chosen for i in range(a, b + 1)}
        free = sum(tags[i, [OUT, NOT_CLAIM, NOISE]].max() for i in range(n) if i not in inside)
        return free + sum(
            tags[a, SINGLE] if a == b else tags[a, BEGIN] + tags[b, END] + tags[a + 1 : b, INSIDE].sum() for a, b in chosen
        )

    best = total(spans)
    for k in range(len(spans)):
        assert total(spans[:k] + spans[k + 1 :]) <= best + 1e-3
    assert total([(0, n - 1)]) <= best + 1e-3


def test_distances_grow_on_both_sides() -> None:
    found = distance_classes((3, 5), 12).tolist()
    assert found[3:6] == [0, 0, 0]
    assert found[2::-1] == [1, 2, 3]
    assert found[6:9] == [n + len(DISTANCES) for n in (1, 2, 3)]
    assert max(distance_classes((0, 0), 5000)) == 2 * len(DISTANCES)


def test_a_range_stays_within_its_paragraph() -> None:
    paragraph = np.array([-1, 0, 0, 0, -1, 1, 1, -1], np.int32)
    start, end = np.zeros(8, np.float32), np.zeros(8, np.float32)
    start[[0, 3]], end[[4, 6]] = 9, 9
    start[5], end[3] = 5, 5
    assert best_range(start, end, paragraph) == (3, 3)
    end[3] = 0
    assert best_range(start, end, paragraph) == (5, 6)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("“Twelve people died.”", "Twelve people died"),
        ("Twelve people died,”", "Twelve people died"),
        ("«Tolv mennesker døde»", "Tolv mennesker døde"),
        ("„Zwölf Menschen starben“,", "Zwölf Menschen starben"),
        ("– Tolv døde", "Tolv døde"),
        ("kalt «et sted mellom 12 og 15 millioner»", "kalt «et sted mellom 12 og 15 millioner»"),
        ("the vessel was “a spy ship”", "the vessel was “a spy ship”"),
        ("“a spy ship” sailed into “the zone”", "“a spy ship” sailed into “the zone”"),
        ("the workers' strike", "the workers' strike"),
        ("it hit the workers'", "it hit the workers'"),
        ("the fee (12 euros)", "the fee (12 euros)"),
        ("12 euros) ", "12 euros"),
        ("…", ""),
        ("", ""),
    ],
)
def test_edges(text: str, kept: str) -> None:
    start, end = trimmed(text, 0, len(text))
    assert text[start:end] == kept


@given(st.text(alphabet="ab .,“”„«»'\"()–", max_size=20))
def test_trimming_stays_inside_and_does_nothing_the_second_time(text: str) -> None:
    start, end = trimmed(text, 0, len(text))
    assert 0 <= start <= end <= len(text)
    assert trimmed(text, start, end) == (start, end)
    assert [c for c in text if c in "ab"] == [c for c in text[start:end] if c in "ab"]


def test_noise_is_the_mean_over_tokens() -> None:
    assert noise_of(scores(NOISE, NOISE, OUT, OUT)) == pytest.approx((0.9 * 2 + 0.1 / 6 * 2) / 4, rel=1e-5)
    assert noise_of(np.zeros((0, len(TAGS)), np.float32)) == 0.0
