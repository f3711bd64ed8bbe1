import json
import math

import numpy as np
import pytest

from eval import curves, groups
from models.types import RELATIONS, PairScores
from tests.fakes import FakeNli


def claim(text, lang="en", **more):
    given = {"speaker": None, "stance": "asserts", "outlet": "The Mail", "said_at": "2024-03-01", "as_of": None}
    return {"text": text, "lang": lang, **given, **more}


def topic(name, texts, pairs):
    return {"topic": name, "domain": "transport", "claims": [claim(*t) for t in texts], "pairs": pairs}


BRIDGE = topic(
    "bridge",
    [("9 people died.",), ("12 people died.",), ("12 Menschen starben.", "de"), ("The bridge is closed.",)],
    [
        [0, 1, "c", "c", "contradiction", ["interval"]],
        [0, 2, "c", "c", "dispute", ["interval", "translation"]],
        [1, 2, "e", "e", "repeat", ["translation"]],
    ],
)
FERRY = topic("ferry", [("It sank.",), ("It did not sink.",)], [[0, 1, "c", "c", "contradiction", ["negation"]]])


class Headed(FakeNli):
    """The fake with a relation head that calls every contradiction in content a dispute."""

    def judge(self, pairs):
        scores = super().judge(pairs)
        relation = np.zeros((len(pairs), len(RELATIONS)), np.float32)
        against = scores.forward.argmax(-1) == groups.CONTRADICTION
        relation[:, RELATIONS.index("unrelated")] = ~against
        relation[:, RELATIONS.index("dispute")] = against
        return PairScores(scores.forward, scores.backward, relation)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "dev.jsonl"
    path.write_text("".join(json.dumps(t) + "\n" for t in (BRIDGE, FERRY)), encoding="utf-8")
    return path


def test_every_pair_is_read_with_its_topic(file):
    named = groups.read_pairs([file])
    assert len(named) == 6 + 1
    assert {name for name, _ in named} == {"0 bridge", "1 ferry"}
    assert {name for name, _ in groups.read_pairs([file], topics=1)} in ({"0 bridge"}, {"0 ferry"})


def test_figures_worked_by_hand(file):
    found = groups.report(groups.judge(Headed(), groups.read_pairs([file])), threshold=0.5, rounds=20)
    # of the three contradictions the fake sees the two with figures, which it ranks first; the ferry ties with the rest at 0.05
    assert (found["pairs"], found["topics"], found["contradictions"]) == (7, 2, 3)
    assert found["AP all"] == pytest.approx((2 + 3 / 7) / 3)
    assert found["AP within en"] == pytest.approx((1 + 2 / 4) / 2)
    assert found["AP across languages"] == 1.0
    assert found["contradiction precision"] == 1.0
    assert found["contradiction recall"] == pytest.approx(2 / 3)
    assert found["recall by phenomenon"]["negation"] == {"contradictions": 1.0, "recall": 0.0}
    assert found["recall by phenomenon"]["interval"] == {"contradictions": 2.0, "recall": 1.0}
    # six relations: repeat 0, contradiction 0, dispute 1 of 2 called, unrelated 3 of 5 called; four: conflict 2 of 3, unrelated
    assert found["relation macro-F1"] == pytest.approx((0 + 0 + 2 / 3 + 6 / 8) / 4)
    assert found["four-way macro-F1"] == pytest.approx((0 + 4 / 5 + 6 / 8) / 3)
    assert found["four-way F1"]["contradiction or dispute"] == pytest.approx(4 / 5)
    low, high = found["AP all interval"]
    assert low <= found["AP all"] <= high


def test_a_model_without_a_relation_head_has_no_relation_figures(file):
    found = groups.report(groups.judge(FakeNli(), groups.read_pairs([file])))
    assert "relation macro-F1" not in found
    assert "threshold" not in found


def test_the_threshold_comes_from_the_training_file(file):
    assert groups.operating_threshold(FakeNli(), [file], topics=2) == pytest.approx(0.9)


def test_the_command_measures_models_side_by_side(file, tmp_path, capsys):
    out = tmp_path / "groups.json"
    argv = [str(file), "--train", str(file), "--model", "fake", "baseline:numbers", "baseline:majority", "--json", str(out)]
    assert groups.main(argv, load=lambda _: FakeNli()) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert list(found["models"]) == ["fake", "baseline:numbers", "baseline:majority"]
    assert found["pairs"] == 7
    assert list(found["data"]) == ["dev.jsonl"]
    worst = found["models"]["fake"]["worst"]["misses"][0]
    assert (worst["premise"], worst["label"]) == ("It sank.", "contradiction")
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_order_agreement_of_a_model_that_minds_the_order():
    class OneWay(FakeNli):
        def predict(self, pairs):
            return np.array([[0.1, 0.1, 0.8] if a < b else [0.8, 0.1, 0.1] for a, b in pairs], np.float32)

    assert groups.order_agreement(FakeNli(), [("9 died", "12 died")]) == 1.0
    assert groups.order_agreement(OneWay(), [("a", "b")]) == 0.0
    assert groups.order_agreement(OneWay(), [("a", "b")], threshold=0.05) == 1.0
    assert math.isnan(groups.order_agreement(FakeNli(), [("It rained.", "It snowed.")]))


def test_costs_by_hand():
    positive, score = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1], np.float32)
    found = {row["worth"]: row for row in curves.costs(positive, score)}
    # a miss is worth one false alarm: stop after the first (1 miss), or after the third (1 alarm); the base is two either way
    assert found[1.0]["cost"] == pytest.approx(0.5)
    # worth four: stop after the third, at one alarm, against showing everything at two
    assert found[4.0] == {"worth": 4.0, "threshold": pytest.approx(0.7), "cost": pytest.approx(0.5)}
    # worth a quarter: showing the first costs a quarter for the second contradiction, against two quarters for showing nothing
    assert found[0.25] == {"worth": 0.25, "threshold": pytest.approx(0.9), "cost": pytest.approx(0.5)}
    assert curves.costs(np.array([True]), score[:1]) == []


def test_precision_recall_points_fall_in_threshold():
    rng = np.random.default_rng(1)
    score = rng.random(2000).astype(np.float32)
    points = curves.precision_recall(rng.random(2000) < score, score)
    assert len(points) <= curves.POINTS
    assert [p[2] for p in points] == sorted((p[2] for p in points), reverse=True)
    assert points[-1][0] == pytest.approx(1.0)
    assert curves.precision_recall(np.zeros(3, bool), score[:3]) == []
