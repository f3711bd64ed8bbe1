import json
import math

import pytest
from sklearn.metrics import cohen_kappa_score

from eval import agreement, label
from eval.datasets import rows, survey
from service.errors import InputError

PAIRS = 'premise,hypothesis,source\n"It rained, he said",It was wet,a\n9 died,12 died,b\nA,B,c\n'


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    return path


def answers(*keys):
    given = iter(keys)

    def answer(prompt):
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    return answer


def column(path, name):
    return [row[f"label_{name}"] for row in label.read(path)[1]]


def test_answers_are_saved_one_by_one_and_asked_once(pairs):
    assert label.ask(pairs, "eva", answer=answers("e", "c"), say=lambda _: None) == 2
    assert column(pairs, "eva") == ["entailment", "contradiction", ""]
    seen = []
    assert label.ask(pairs, "eva", answer=answers("n"), say=seen.append) == 1
    assert "1 of 3 pairs to label" in seen[0]
    assert column(pairs, "eva") == ["entailment", "contradiction", "neutral"]
    assert [row["source"] for row in label.read(pairs)[1]] == ["a", "b", "c"]


def test_one_can_go_back_skip_and_stop(pairs):
    assert label.ask(pairs, "eva", answer=answers("c", "b", "E", "s", "x", "q"), say=lambda _: None) == 1
    assert column(pairs, "eva") == ["entailment", "", ""]


def test_the_labels_of_others_are_not_shown(pairs):
    label.ask(pairs, "eva", answer=answers("c", "c", "c"), say=lambda _: None)
    seen = []
    label.ask(pairs, "tom", answer=answers("e"), say=seen.append)
    assert "contradiction" not in "".join(seen[1:])


def test_merged_labels_are_a_set_that_models_are_measured_on(pairs, tmp_path):
    for name, keys in (("eva", "ecn"), ("tom", "ecc"), ("kim", "cc")):
        label.ask(pairs, name, answer=answers(*keys), say=lambda _: None)
    out = tmp_path / "gold.csv"
    assert label.main([str(pairs), "--merge", str(out)]) == 0
    found = survey(out)
    assert (found.rows, found.no_gold) == (2, 1)  # of the third pair two annotators say two things
    assert [(r.premise, r.label) for r in rows(found)] == [("It rained, he said", "entailment"), ("9 died", "contradiction")]


def test_the_command_labels_and_tells_agreement(pairs, capsys):
    assert label.main([str(pairs), "--as", "eva"], answer=answers("e", "c", "n")) == 0
    assert label.main([str(pairs), "--as", "tom", "--agreement"], answer=answers("e", "c", "c")) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["annotators"] == 2
    assert found["pairs"]["eva, tom"]["alike"] == pytest.approx(2 / 3, abs=1e-5)


def test_nothing_labelled_is_said(pairs, tmp_path):
    with pytest.raises(InputError, match="nobody has labelled"):
        label.main([str(pairs), "--merge", str(tmp_path / "out.csv")])
    with pytest.raises(SystemExit):
        label.main([str(pairs)])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("premise,text\nA,B\n", "no column hypothesis"),
        ("premise,hypothesis\nA\n", ":2: more or fewer fields"),
        ("premise,hypothesis\nA, \n", ":2: the hypothesis is empty"),
        ("premise,hypothesis,label_eva\nA,B,maybe\n", ":2: unknown label 'maybe' in label_eva"),
        ("premise,hypothesis\nM\udcf6we,B\n", "is not UTF-8"),
        ("", "no column"),
    ],
)
def test_a_file_that_cannot_be_labelled_is_named(tmp_path, text, why):
    path = tmp_path / "pairs.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"pairs\.csv") as caught:
        label.read(path)
    assert why in caught.value.message


def test_kappa_is_that_of_scikit_learn():
    a, b = "e n c c n e e c n n".split(), "e n c n n e c c n e".split()
    assert agreement.kappa(a, b) == pytest.approx(cohen_kappa_score(a, b))
    assert agreement.kappa([*a, None], [*b, "e"]) == pytest.approx(cohen_kappa_score(a, b))
    assert math.isnan(agreement.kappa(["e", "e"], ["e", "e"]))
    assert math.isnan(agreement.kappa(["e", None], [None, "e"]))


def test_alpha_of_the_example_in_krippendorff_2011():
    # section C, nominal data of four observers with gaps; the paper gives 0.743
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    votes = [[None if v is None else str(v) for v in row] for row in observers]
    assert agreement.alpha(votes) == pytest.approx(0.743, abs=5e-4)
    assert agreement.alpha([["e", "c"], ["e", "c"]]) == 1.0
    assert math.isnan(agreement.alpha([["e", "c"], [None, None]]))
    assert math.isnan(agreement.alpha([["e", "e"], ["e", "e"]]))
