"""Evaluations on sets that are not ours, on small archives of the same shape made here."""

import csv
import json
import math
import tarfile

import numpy as np
import pytest

from eval import checkworthy, label, news, ordinary, places, predicting, retrieval
from service.errors import InputError
from tests import fakes
from tests.fakes import FakeEmbedder, FakeNli, FakeTagger

BODIES = [
    "On Monday the mayor said that Anna Holt counted 9 boats in the harbour. "
    "Later Mr Holt said 12 boats were in the harbour that day.",
    "A quiet day passed in the village without news. Nothing of note was seen by anyone there at all.",
]


def pack(folder, name, files):
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    root = folder / "made" / name.split("/")[-1].removesuffix(".tar.gz")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    with tarfile.open(target, "w:gz") as out:
        out.add(root, arcname=root.name)


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv(places.VARIABLE, str(folder))
    bodies = "".join(json.dumps({"body_id": str(k), "body": text}) + "\n" for k, text in enumerate(BODIES))
    pack(folder, "news/fnc1_train.tar.gz", {"bodies_train.jsonl": bodies})
    text = "Mr Smith bought 3 ships from the yard. The yard denied it."
    pack(folder, "quotes/polnear.tar.gz", {"dev/text/the-mail_2016-05-04_ships.txt": text})
    words = [("1_1ecb", 0, "Anna fell , police said ."), ("1_2ecb", 0, "The fall of Anna shocked many ."),
             ("1_2ecb", 1, "It rained on the town hall ."), ("2_1ecb", 0, "Ships sank .")]  # fmt: skip
    corpus = "".join(
        "\n" + "".join(f"{doc}\t{sent}\t{k}\t{word}\t-\n" for k, word in enumerate(line.split())) for doc, sent, line in words
    )
    chains = [
        ("1_1ecb", 0, "FALL", False),
        ("1_2ecb", 0, "FALL", False),
        ("1_2ecb", 1, "RAIN", False),
        ("2_1ecb", 0, "S", True),
    ]
    mentions = "".join(
        json.dumps({"doc_id": d, "sent_id": s, "coref_chain": c, "is_singleton": alone}) + "\n" for d, s, c, alone in chains
    )
    pack(folder, "linking/ecbplus.tar.gz", {"dev_corpus.txt": corpus, "dev_event_mentions.jsonl": mentions})
    return folder


def test_an_absent_set_is_named_with_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    with pytest.raises(places.NoData, match=r"news/fnc1_train\.tar\.gz is not here: set COUNTERCLAIM_DATA"):
        list(news.texts("fnc1"))
    with pytest.raises(places.NoData, match=places.VARIABLE):
        ordinary.main([])
    monkeypatch.delenv(places.VARIABLE)
    assert places.folder() == places.ROOT.parent / "shared/data"


def test_digests_change_with_a_byte_and_with_a_name(tmp_path):
    (tmp_path / "a").write_text("1")
    first = places.digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert places.digest(tmp_path) != first
    assert places.digest(tmp_path / "b") == "6b86b273ff34fce1"  # sha256 of "1"


def test_reads_each_archive(data):
    [first, _] = news.texts("fnc1")
    assert (first.id, first.text, first.publisher) == ("fnc1/0", BODIES[0], "FNC-1 outlet 0")
    [article] = news.texts("polnear")
    assert (article.publisher, article.published_at.date().isoformat()) == ("the-mail", "2016-05-04")
    documents = {t.id: t.text for t in news.texts("ecbplus")}
    assert documents["ecbplus/1_1ecb"] == "Anna fell, police said."
    assert len(documents) == 3
    assert len(list(news.texts("fnc1", limit=1))) == 1


def test_tokens_are_joined_as_they_were_written():
    assert news.joined("He did n't pay $ 3 ( or so ) .".split()) == "He didn't pay $3 (or so)."


def test_pairs_share_a_name_that_does_not_begin_a_sentence(data):
    [pair] = ordinary.sample(t for name in news.ARCHIVES for t in news.texts(name))
    assert pair.source == "fnc1/0"
    assert "Holt" in pair.a
    assert "Holt" in pair.b


def test_a_sample_draws_from_all_texts():
    text = news.Text(
        "x/1", "P", news.UNDATED["fnc1"], " ".join(f"Later on day {k} Mr Holt went to the town." for k in range(8))
    )
    other = news.Text("y/1", "P", news.UNDATED["fnc1"], text.text.replace("Holt", "Berg"))
    drawn = ordinary.sample(iter([text, other]), count=20)
    assert len(drawn) == 20
    assert {p.source for p in drawn} == {"x/1", "y/1"}
    assert drawn == ordinary.sample(iter([text, other]), count=20)


def test_false_alarms_among_pairs_are_counted_and_written_for_reading(data, tmp_path):
    pairs = [ordinary.SentencePair("fnc1/0", "It counted 9 boats.", "It counted 12 boats."),
             ordinary.SentencePair("polnear/1", "It rained.", "It was wet.")]  # fmt: skip
    figures, found = ordinary.called(FakeNli(), "fake", pairs, threshold=0.5, folder=tmp_path)
    assert (figures["called"], figures["rate"]) == (1, 0.5)
    assert figures["sets"]["fnc1"]["rate"] == 1.0
    ordinary.write_pairs(tmp_path / "called.csv", found)
    [row] = label.read(tmp_path / "called.csv")[1]
    assert (row["premise"], row["source"]) == ("It counted 9 boats.", "fnc1/0")


def test_the_pipeline_is_run_over_each_set_and_resumed(data, tmp_path, monkeypatch):
    made = []

    def load(settings):
        made.append(fakes.models(settings))
        return made[-1]

    monkeypatch.setattr(ordinary, "operating_threshold", lambda *_, **__: 0.5)
    out = tmp_path / "figures.json"
    argv = ["--sets", "fnc1", "polnear", "--out", str(tmp_path / "work"), "--json", str(out)]
    assert ordinary.main(argv, load=load) == 0
    first = json.loads(out.read_text(encoding="utf-8"))
    assert first["ledgers"]["fnc1"]["articles"] == 2
    assert first["ledgers"]["fnc1"]["claims"] == 4
    assert first["ledgers"]["polnear"]["claims"] == 2
    assert first["pairs"]["pairs"] == 1
    assert ordinary.main(argv, load=load) == 0
    again = json.loads(out.read_text(encoding="utf-8"))
    assert again["ledgers"] == first["ledgers"]
    assert sum(made[1].nli.calls) == 0  # neither an article nor a pair was judged again


def test_flags_are_listed_with_both_sides(tmp_path):
    settings = ordinary.load_settings()
    texts = ["The mayor counted 9 boats in the harbour.", "The mayor counted 12 boats in the harbour."]
    ledger = ordinary.Ledger.open(f"sqlite:///{tmp_path}/ledger.db")
    pipeline = fakes.pipeline(ledger, settings.model_copy(update={"db": f"sqlite:///{tmp_path}/ledger.db"}))
    for k, text in enumerate(texts):
        article, _ = pipeline.submit(news.Text(f"fnc1/{k}", f"Outlet {k}", news.UNDATED["fnc1"], text).submission())
        pipeline.process(article.id)
    figures = ordinary._flags(pipeline, tmp_path / "flags.jsonl", 0)
    ledger.close()
    assert (figures["articles"], figures["flags"], figures["flags per 100 articles"]) == (2, 1, 50.0)
    assert figures["articles with a flag"] == 1.0
    [line] = [json.loads(x) for x in (tmp_path / "flags.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["a"]["article"], line["b"]["article"]} == {"fnc1/0", "fnc1/1"}


# retrieval


def test_ranks_and_map_by_hand():
    scores = np.array([[0.9, 0.1, 0.2], [0.5, 0.5, 0.1], [0.3, 0.2, 0.1]], np.float32)
    ranks = retrieval.first_ranks(scores, [0, 1, 2])
    assert ranks.tolist() == [1, 2, 3]  # an equal score of another text stands before
    found = retrieval.ranking_figures(ranks, depth=2)
    assert found["MAP@2"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert (found["first"], found["within 2"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    constant = retrieval.first_ranks(np.ones((2, 9), np.float32), [0, 5])
    assert retrieval.ranking_figures(constant)["MAP@5"] == 0.0


@pytest.mark.parametrize("rank", [retrieval.by_words, retrieval.by_embedder(FakeEmbedder())])
def test_both_rankers_find_the_text_with_the_same_words(rank):
    texts = ["the moon is cheese", "unemployment fell to four percent", "ships sank in the storm"]
    scores = rank(["He said unemployment fell to four percent", "the ships sank"], texts)
    assert scores.argmax(-1).tolist() == [1, 2]


def test_checked_claims_are_read_once_each(tmp_path):
    data = tmp_path / "data"
    (data / "politifact/fact-checking").mkdir(parents=True)
    (data / "politifact/verified-claims").mkdir()
    (data / "snopes").mkdir()
    with (data / "politifact/fact-checking/a.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(
            [["sentence", "verified_claim"], ["We cut, costs.", "Costs fell."], ["They fell.", "Costs fell."]]
        )
    (data / "politifact/verified-claims/b.csv").write_text("0,Taxes rose.,d,u,False,s,t,x\n", encoding="utf-8")
    (data / "snopes/verified-claims.tsv").write_text('title\tfact\nMoon\tThe "moon is cheese.\n', encoding="utf-8")
    queries, claims = retrieval.known_lies(tmp_path)
    assert queries == [("We cut, costs.", 0), ("They fell.", 0)]
    assert claims == ["Costs fell.", "Taxes rose.", 'The "moon is cheese.']
    assert retrieval.known_lies(tmp_path, distractors=False)[1] == claims[:2]


def test_event_pairs_join_documents_of_a_topic_by_chain(data):
    with places.unpacked("linking", "ecbplus.tar.gz") as folder:
        pairs, same = retrieval.event_pairs(folder)
    assert dict(zip(pairs, same.tolist(), strict=True)) == {
        ("Anna fell, police said.", "The fall of Anna shocked many."): True,
        ("Anna fell, police said.", "It rained on the town hall."): False,
    }


def test_parallel_rows_are_joined_by_id(tmp_path):
    import gzip

    rows = {"en": [("1", "It rained."), ("2", "It snowed.")], "de": [("1", "Es regnete."), ("9", "Niemand.")]}
    for lang, lines in rows.items():
        text = "".join(json.dumps({"premise": "x", "hypothesis": h, "label": "neutral", "id": key}) + "\n" for key, h in lines)
        (tmp_path / f"mnli_{lang}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    assert list(retrieval.parallel(tmp_path)) == [("de", ["Es regnete."], ["It rained."])]


def test_retrieval_leaves_out_what_is_not_here(data, tmp_path, capsys):
    out = tmp_path / "out.json"
    assert retrieval.main(["--json", str(out)], load=lambda _: FakeEmbedder()) == 0
    found = json.loads(out.read_text(encoding="utf-8"))["rankers"]
    assert list(found) == ["BM25", "bundled"]
    assert found["BM25"]["same event"]["AUC"] == 1.0  # Anna is in both texts of the one event, and in none of the other pair
    assert "checked claims" not in found["bundled"]
    assert "known_lie.tar.gz is not here" in capsys.readouterr().err


# check-worthiness


def splits(folder, test):
    train = [
        {"sentence_id": k, "label": k % 2, "text": "Taxes rose by 9 percent." if k % 2 else "Thank you all."} for k in range(8)
    ]
    files = {f"{checkworthy.SPLITS}/{name}.json": json.dumps(rows) for name, rows in (("train", train), ("test", test))}
    pack(folder, "checkworthy/claimbuster.tar.gz", files)


def test_the_claim_probability_is_ranked_against_the_gold(data, tmp_path):
    splits(data, [{"label": 1, "text": "Taxes rose by 3 percent."}, {"label": 0, "text": "Thank you all."},
                  {"label": 0, "text": "Taxes are on the minds of many people."}])  # fmt: skip
    out = tmp_path / "out.json"
    assert checkworthy.main(["--json", str(out)], load=lambda _: FakeTagger()) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert (found["sentences"], found["worthy"]) == (3, 1)
    assert found["figures"]["TF-IDF + logistic"]["average precision"] == 1.0
    tagged = found["figures"]["extraction (tagger fake-tagger 1)"]
    assert tagged["AUC"] == 0.75  # over the thanks, which are no claim, and level with the other, which the fake calls one


def test_a_sentence_without_a_label_is_named(data):
    splits(data, [{"label": 2, "text": "So."}])
    with pytest.raises(InputError, match=r"test\.json: entry 0"):
        checkworthy.main([], load=lambda _: FakeTagger())


def test_both_directions_are_averaged():
    found = ordinary.BothWays(FakeNli()).predict([("9 died", "12 died")])
    assert found.tolist() == [pytest.approx([0.02, 0.08, 0.9])]
    assert predicting.fingerprint("fake", ordinary.BothWays(FakeNli())) == predicting.fingerprint("fake", FakeNli())
    assert not math.isnan(found.sum())
