"""The bundled models as they load, and directories that are refused."""

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from models import card, registry
from models.errors import FilesChanged, LabelsUnknown, ModelNotFound, NoTokenizer, PickledWeights, SelfTestFailed
from models.labels import label_order
from models.types import ModelInfo, PairScores

PAIRS = [
    ("The bridge is closed.", "The bridge is open."),
    ("A total of 148 people were brought ashore in the harbour late on Tuesday night.", "143 people were brought ashore."),
    ("Broen er stengt.", "The bridge is closed."),
    ("Nine people died.", "The weather was fine."),
]


@pytest.fixture(scope="module")
def judge():
    return registry.load_nli()


@pytest.fixture(scope="module")
def embedder():
    return registry.load_embedder()


def test_the_bundled_judge_knows_a_plain_contradiction_and_a_plain_neutral(judge):
    p = judge.predict(PAIRS)
    assert p.shape == (4, 3)
    assert p.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert p[0].argmax() == 2
    assert p[3].argmax() == 1


def test_other_pairs_in_the_batch_do_not_change_an_answer(judge):
    together = judge.judge([*PAIRS, ("A much longer premise " * 40, "and its hypothesis")])
    alone = [judge.judge([pair]) for pair in PAIRS]
    assert together.forward[:4] == pytest.approx(np.concatenate([s.forward for s in alone]), abs=1e-3)
    assert together.relation[:4] == pytest.approx(np.concatenate([s.relation for s in alone]), abs=1e-3)


def test_the_order_of_a_pair_does_not_matter(judge):
    scores, turned = judge.judge(PAIRS), judge.judge([(b, a) for a, b in PAIRS])
    assert scores.forward == pytest.approx(turned.backward, abs=1e-3)
    assert scores.backward == pytest.approx(turned.forward, abs=1e-3)
    assert scores.forward[:, 2] == pytest.approx(scores.backward[:, 2], abs=1e-5)
    assert scores.forward.sum(axis=1) == pytest.approx(1.0, abs=1e-4)


def test_an_empty_side_is_neutral_and_a_long_premise_is_read_to_its_end(judge):
    assert judge.predict([("", "The bridge is open.")])[0].argmax() == 1
    long = "The committee met in the town hall and spoke of the budget. " * 150 + "The bridge is closed."
    assert judge.predict([(long, "The bridge is open.")])[0].argmax() == 2


def test_vectors_are_unit_and_translations_are_near(embedder):
    vectors = embedder.embed(["The bridge is closed.", "Broen er stengt.", "Prices of butter rose by a third."])
    assert vectors.shape == (3, embedder.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_every_bundled_file_is_the_one_of_its_card_and_small_enough():
    found = registry.describe()
    assert {"embedder", "judge-english", "judge-multilingual", "tagger"} <= {c.name for c in found}
    for each in found:
        card.verify(each)
        page = (each.directory / "README.md").read_text(encoding="utf-8")
        for name, digest in each.files.items():
            assert (each.directory / name).stat().st_size < 95_000_000
            assert digest in page


def test_a_changed_file_is_refused(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"other")
    changed = card.Card(tmp_path, "x", "nli", "1", 8, 8, None, tmp_path, 0, files={"model.bin": "0" * 64})
    with pytest.raises(FilesChanged, match="restore"):
        card.verify(changed)


@pytest.mark.parametrize(
    ("names", "forward"),
    [
        (["contradiction", "entailment", "neutral"], (1, 2, 0)),
        (["ENTAILMENT", "NEUTRAL", "CONTRADICTION"], (0, 1, 2)),
        (["SUPPORTS", "REFUTES", "NOT ENOUGH INFO"], (0, 2, 1)),
    ],
)
def test_the_order_of_labels_is_told_from_their_names(names, forward):
    assert label_order(names, model="x").forward == forward


@pytest.mark.parametrize("names", [["entailment", "not_entailment"], ["LABEL_0", "LABEL_1", "LABEL_2"]])
def test_labels_that_cannot_be_told_are_refused(names):
    with pytest.raises(LabelsUnknown):
        label_order(names, model="x")


def tiny(directory, labels):
    config = BertConfig(
        vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=16, num_labels=len(labels), id2label=dict(enumerate(labels)),
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(directory)
    return str(directory)


def test_a_two_label_model_is_refused_for_three(tmp_path):
    with pytest.raises(LabelsUnknown, match="not_entailment"):
        registry.load_nli(tiny(tmp_path, ["entailment", "not_entailment"]))


def test_a_directory_without_a_tokenizer_is_refused(tmp_path):
    with pytest.raises(NoTokenizer):
        registry.load_nli(tiny(tmp_path, ["entailment", "neutral", "contradiction"]))


def test_pickled_weights_are_refused(tmp_path):
    name = tiny(tmp_path, ["entailment", "neutral", "contradiction"])
    (tmp_path / "model.safetensors").unlink()
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(PickledWeights, match=r"pytorch_model\.bin"):
        registry.load_nli(name)


def test_a_name_that_is_nothing_is_refused():
    with pytest.raises(ModelNotFound):
        registry.load_embedder("no such/directory/at all")


class Exchanged:
    """A judge whose entailment and contradiction are exchanged; satisfies the protocol."""

    info = ModelInfo("exchanged", "1", "nli", "none", 512)

    def __init__(self, judge):
        self.judged = judge

    def predict(self, pairs):
        return self.judged.predict(pairs)[:, ::-1]

    def judge(self, pairs):
        return PairScores(self.predict(pairs), self.predict(pairs))


def test_exchanged_labels_do_not_pass_the_self_test(judge):
    with pytest.raises(SelfTestFailed, match="exchanged"):
        registry.self_test(Exchanged(judge))
