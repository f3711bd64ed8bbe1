import json
import math

import numpy as np
import pytest

from eval import baselines, hub, nli, nli_scores, predicting
from eval.datasets import survey
from models.types import NLI_LABELS
from service.errors import InputError
from tests.fakes import FakeNli

ROWS = [
    ("Nine died on Monday.", "Nine died on Monday.", "entailment", "en", "same"),
    ("Nine died on Monday.", "Twelve people died, 12 in all, not 9.", "contradiction", "en", "words"),
    ("9 died.", "12 died.", "contradiction", "en", "figures"),
    ("9 starben.", "12 starben.", "neutral", "de", "figures"),
    ("It rained.", "The boat was new.", "neutral", "en", "apart"),
    ("It rained.", "It was wet.", "entailment", "en", "apart"),
]


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "made.jsonl"
    rows = [
        {"premise": a, "hypothesis": b, "label": label, "lang": lang, "category": kind, "id": str(k)}
        for k, (a, b, label, lang, kind) in enumerate(ROWS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


class Neutral(FakeNli):
    def predict(self, pairs):
        self.calls.append(len(pairs))
        return np.tile(np.array([[0.2, 0.6, 0.2]], np.float32), (len(pairs), 1))


def run(data, tmp_path, *more, load=lambda name: {"fake": FakeNli, "neutral": Neutral}[name]()):
    out = tmp_path / "out.json"
    argv = ["--data", str(data), "--cache", str(tmp_path / "cache"), "--json", str(out), "--rounds", "50", *more]
    assert nli.main(argv, load=load) == 0
    return json.loads(out.read_text(encoding="utf-8"))


def test_figures_of_a_set_worked_by_hand(data, tmp_path, capsys):
    [found] = run(data, tmp_path, "--model", "fake", "--symmetry")["figures"]
    # right are the first, the third and the fifth; the fake sees no figure in "Nine" and none against one-sided figures
    assert (found["rows"], found["accuracy"], found["task"]) == (6, 0.5, "three")
    assert found["confusion"]["contradiction"] == {"entailment": 0, "neutral": 1, "contradiction": 1}
    assert found["per_class"]["entailment"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3, abs=1e-5),
        "gold": 2.0,
    }
    assert found["languages"]["de"]["accuracy"] == 0.0
    assert found["languages"]["en"]["accuracy"] == 0.6
    assert found["categories"]["figures"]["rows"] == 2
    assert (found["order_agreement"], found["order_difference"]) == (1.0, 0.0)
    assert [row["line"] for row in found["worst"]["false_alarms"]] == [4]
    assert [row["line"] for row in found["worst"]["misses"]] == [2]
    assert "premise" not in found["worst"]["misses"][0]
    line = json.loads(capsys.readouterr().out)
    assert line["accuracy"] == 0.5


def test_texts_of_errors_are_written_only_where_asked_for(data, tmp_path):
    [found] = run(data, tmp_path, "--model", "fake", "--texts")["figures"]
    assert found["worst"]["false_alarms"][0]["premise"] == "9 starben."


def test_models_are_compared_on_the_same_rows(data, tmp_path, capsys):
    found = run(data, tmp_path, "--model", "fake", "neutral")
    [compared] = found["compared"]
    assert (compared["first"], compared["second"]) == ("fake", "neutral")
    assert (compared["only_first"], compared["only_second"]) == (2, 1)
    assert compared["p"] == compared["p_holm"] == 1.0
    assert "neutral" in capsys.readouterr().err


def test_answers_are_kept_by_model_and_data(data, tmp_path):
    asked = []

    def load(name):
        asked.append(FakeNli())
        return asked[-1]

    first = run(data, tmp_path, "--model", "fake", load=load)["figures"][0]
    again = run(data, tmp_path, "--model", "fake", load=load)["figures"][0]
    assert (asked[0].calls, asked[1].calls) == ([6], [])
    assert again["accuracy"] == first["accuracy"]
    data.write_text(data.read_text(encoding="utf-8").replace("wet", "damp"), encoding="utf-8")
    run(data, tmp_path, "--model", "fake", load=load)
    assert asked[2].calls == [6]


def test_a_run_that_stopped_goes_on_where_it_was(tmp_path):
    pairs = [(f"{k} died.", f"{k % 3} died.") for k in range(10)]
    whole = FakeNli().predict(pairs)
    kept = tmp_path / "answers.f32"
    kept.write_bytes(whole[:4].tobytes() + b"\x00\x01")  # four answers and half of a fifth
    model = FakeNli()
    found = predicting.predict(model, iter(pairs), total=10, what="test", kept=kept, chunk=4)
    assert model.calls == [4, 2]
    assert np.array_equal(found.probabilities, whole)
    assert found.pairs_per_s > 0


def test_without_a_cache_the_answers_are_the_same(tmp_path):
    pairs = [(f"{k} died.", "2 died.") for k in range(5)]
    one = predicting.predict(FakeNli(), iter(pairs), total=5, what="test", chunk=2)
    assert np.array_equal(one.probabilities, FakeNli().predict(pairs))


def test_a_changed_model_directory_has_another_fingerprint(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"one")
    before = predicting.fingerprint(str(tmp_path), FakeNli())
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert predicting.fingerprint(str(tmp_path), FakeNli()) != before


def test_hans_is_broken_down_by_heuristic_and_label(tmp_path):
    path = tmp_path / "hans.tsv"
    path.write_text(
        "gold_label\tsentence1\tsentence2\theuristic\n"
        "entailment\tIt rained\tIt rained\tlexical\n"
        "non-entailment\tA saw B\tB saw A\tlexical\n"
        "non-entailment\t9 died\t12 died\tsubsequence\n",
        encoding="utf-8",
    )
    [found] = run(path, tmp_path, "--model", "fake")["figures"]
    assert (found["task"], found["asked"]) == ("entailment", "entailment")
    parts = {name: row["accuracy"] for name, row in found["categories"].items()}
    assert parts == {
        "lexical": 0.5, "lexical/entailment": 1.0, "lexical/not_entailment": 0.0,
        "subsequence": 1.0, "subsequence/not_entailment": 1.0,
    }  # fmt: skip


def test_a_single_class_set_has_no_auc(tmp_path):
    path = tmp_path / "one.jsonl"
    path.write_text('{"premise": "9 died", "hypothesis": "12 died", "label": "contradiction"}\n', encoding="utf-8")
    [found] = run(path, tmp_path, "--model", "fake")["figures"]
    assert (found["accuracy"], found["auc"], found["best_constant"]) == (1.0, None, 1.0)


def test_symmetry_counts_pairs_called_one_way_only():
    one = np.array([[0.1, 0.1, 0.8], [0.1, 0.1, 0.8], [0.8, 0.1, 0.1]], np.float32)
    other = np.array([[0.1, 0.1, 0.8], [0.1, 0.8, 0.1], [0.8, 0.1, 0.1]], np.float32)
    found = nli_scores.symmetry(one, other)
    assert found["order_agreement"] == 0.5
    assert found["order_difference"] == pytest.approx(0.7 / 3)
    assert math.isnan(nli_scores.symmetry(one[2:], other[2:])["order_agreement"])


def test_holm_by_hand():
    rows = [{"p": 0.01}, {"p": 0.04}, {"p": 0.03}]
    nli_scores.holm(rows)
    assert [row["p_holm"] for row in rows] == pytest.approx([0.03, 0.06, 0.06])


# baselines


def train_rows(count=60):
    texts = {"entailment": "indeed", "neutral": "perhaps", "contradiction": "never"}
    return [
        ((f"It is {k}.", f"It is {texts[label]} so."), NLI_LABELS.index(label)) for k in range(count) for label in NLI_LABELS
    ]


def train():
    pairs, labels = zip(*train_rows(), strict=True)
    return list(pairs), list(labels), "digest"


@pytest.mark.parametrize("name", ["hypothesis", "tfidf"])
def test_fitted_baselines_find_a_word_that_gives_the_label_away(name):
    model = baselines.load(name, train)
    given = model.predict([("It is 7.", "It is never so."), ("It is 7.", "It is indeed so.")])
    assert [NLI_LABELS[k] for k in given.argmax(-1)] == ["contradiction", "entailment"]
    assert given.sum(-1) == pytest.approx([1, 1], abs=1e-5)


def test_hypothesis_only_does_not_read_the_premise():
    model = baselines.load("hypothesis", train)
    one, other = model.predict([("It is 7.", "It is never so."), ("Nothing of that kind.", "It is never so.")])
    assert np.array_equal(one, other)


def test_majority_answers_the_most_frequent_label_of_the_training_rows():
    model = baselines.load("majority", lambda: ([("a", "b")] * 4, [1, 1, 1, 2], "d"))
    assert model.predict([("x", "y")] * 2).tolist() == [[0, 0.75, 0.25]] * 2
    assert model.predict([]).shape == (0, 3)


def test_numbers_only_compares_figures_and_nothing_else():
    pairs = [
        ("At least 40 people died.", "12 people died."),
        ("Some 100 people came.", "100 people came."),
        ("It rained.", "It snowed."),
    ]
    answers = [NLI_LABELS[k] for k in baselines.numbers_only(pairs).argmax(-1)]
    assert answers == ["contradiction", "entailment", "neutral"]


def test_an_unknown_baseline_is_named():
    with pytest.raises(InputError, match="no baseline 'luck'"):
        baselines.load("luck", train)


def test_baselines_refuse_rows_of_two_labels(tmp_path, data):
    assert baselines.read_train(data)[2] == survey(data).digest
    lines = [line for line in data.read_text(encoding="utf-8").splitlines() if '"neutral"' not in line]
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="all three labels"):
        baselines.read_train(data)


def test_a_folder_gives_its_sets_and_a_missing_one_is_named(tmp_path, data):
    assert nli.expand([str(tmp_path)]) == [data]
    with pytest.raises(nli.places.NoData, match="nothing-there is not here"):
        nli.expand([str(tmp_path / "nothing-there")])


# the hub


def test_a_file_of_the_hub_is_fetched_once(tmp_path, monkeypatch):
    import httpx2

    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx2.Response(200, content=b"rows")

    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    for _ in range(2):
        client = httpx2.Client(transport=httpx2.MockTransport(answer))
        path = hub.fetch("hf:owner/set/data/dev.jsonl", folder=tmp_path, client=client)
    assert path.read_bytes() == b"rows"
    assert asked == ["https://mirror.example/datasets/owner/set/resolve/main/data/dev.jsonl"]


def test_a_hub_that_does_not_answer_leaves_no_file(tmp_path):
    import httpx2

    client = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(404)))
    with pytest.raises(hub.Unavailable, match="could not be fetched"):
        hub.fetch("hf:owner/set/dev.jsonl", folder=tmp_path, client=client)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


@pytest.mark.parametrize("name", ["hf:owner/set", "hf:owner/set/../x.jsonl", "hf:owner//x.jsonl"])
def test_a_hub_name_needs_a_file(name, tmp_path):
    with pytest.raises(InputError, match="owner/name/path"):
        hub.fetch(name, folder=tmp_path)
