"""Every format of NLI sets, and every kind of bad line, named with file and line."""

import gzip
import json

import pytest

from eval import datasets
from service.errors import UnknownFormat

GOOD = {"premise": "It rained.", "hypothesis": "It was wet.", "label": "entailment", "lang": "en", "id": "1"}


def jsonl(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write(folder, name, text):
    path = folder / name
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def read(path, **options):
    found = datasets.survey(path, **options)
    return found, list(datasets.rows(found, numbers=options.get("numbers", ())))


SNLI = jsonl(
    {"sentence1": "A", "sentence2": "B", "gold_label": "neutral", "pairID": "p1", "genre": "travel"},
    {"sentence1": "A", "sentence2": "C", "gold_label": "-", "pairID": "p2"},
)
HANS = (
    "gold_label\tsentence1\tsentence2\tpairID\theuristic\n"
    "non-entailment\tThe judge saw the man .\tThe man saw the judge .\tex0\tlexical_overlap\n"
    "entailment\tThe judge slept .\tThe judge slept .\tex1\tsubsequence\n"
)
GLUE = 'index\tsentence1\tsentence2\tlabel\n0\tHe said "no.\tHe spoke.\tentailment\n1\tA.\tB.\tnot_entailment\n'
QNLI = "index\tquestion\tsentence\tlabel\n0\tWho fell?\tAnna fell.\tentailment\n1\tWho?\tIt rained.\tnot_entailment\n"
XNLI = "language\tgold_label\tsentence1\tsentence2\tpairID\nde\tcontradiction\tEs regnet.\tEs ist trocken.\t7\n"
FEVER = jsonl(
    {"claim": "It is old.", "evidence": "It is of recent origin.", "label": "REFUTES", "unique_id": "a"},
    {"claim": "It is new.", "evidence": "It is of recent origin.", "label": "SUPPORTS", "unique_id": "b"},
)
CSV = 'premise,hypothesis,label\n"He said ""no"", twice",He spoke,entailment\n'


@pytest.mark.parametrize(
    ("name", "text", "task", "first"),
    [
        ("ours.jsonl", jsonl(GOOD), "three", ("It rained.", "It was wet.", "entailment", "en", "", "1")),
        ("ours.jsonl.gz", jsonl(GOOD), "three", ("It rained.", "It was wet.", "entailment", "en", "", "1")),
        ("snli.jsonl", SNLI, "three", ("A", "B", "neutral", "", "travel", "p1")),
        ("hans.txt", HANS, "entailment",
         ("The judge saw the man .", "The man saw the judge .", "not_entailment", "", "lexical_overlap", "ex0")),
        ("rte.tsv", GLUE, "entailment", ('He said "no.', "He spoke.", "entailment", "", "", "0")),
        ("qnli.tsv.gz", QNLI, "entailment", ("Anna fell.", "Who fell?", "entailment", "", "", "0")),
        ("xnli.tsv", XNLI, "three", ("Es regnet.", "Es ist trocken.", "contradiction", "de", "", "7")),
        ("fever.jsonl", FEVER, "two", ("It is of recent origin.", "It is old.", "contradiction", "", "", "a")),
        ("pairs.csv", CSV, "three", ('He said "no", twice', "He spoke", "entailment", "", "", "")),
    ],
)  # fmt: skip
def test_reads_each_format(tmp_path, name, text, task, first):
    found, rows = read(write(tmp_path, name, text))
    row = rows[0]
    assert (row.premise, row.hypothesis, row.label, row.lang, row.category, row.id) == first
    assert found.task == task
    assert found.rows == len(rows)


def test_rows_without_a_gold_label_are_counted_and_left_out(tmp_path):
    found, rows = read(write(tmp_path, "snli.jsonl", SNLI))
    assert (found.no_gold, len(rows), found.bad) == (1, 1, [])


def test_parquet_needs_to_be_told_what_numbers_mean(tmp_path):
    import duckdb

    path = tmp_path / "anli.parquet"
    with duckdb.connect() as db:
        db.execute(f"COPY (SELECT 'A' AS premise, 'B' AS hypothesis, 2 AS label) TO '{path}' (FORMAT parquet)")
    with pytest.raises(datasets.BadRows, match="--int-labels"):
        datasets.survey(path)
    _, rows = read(path, numbers=("entailment", "neutral", "contradiction"))
    assert [row.label for row in rows] == ["contradiction"]


BAD = {
    "unknown label": (json.dumps({**GOOD, "label": "maybe"}).encode(), "unknown label 'maybe'"),
    "missing field": (b'{"premise": "A", "label": "neutral"}', "no hypothesis"),
    "no label": (b'{"premise": "A", "hypothesis": "B"}', "no label"),
    "a number": (b'{"premise": "A", "hypothesis": 5, "label": "neutral"}', "the hypothesis is no text: 5"),
    "empty": (b'{"premise": " ", "hypothesis": "B", "label": "neutral"}', "the premise is no text"),
    "encoding": ('{"premise": "Möwe"}'.encode("latin-1"), "not UTF-8: byte 0xf6 at 15"),
    "no JSON": (b"premise: A", "no JSON: Expecting value at 1"),
    "no object": (b'["A", "B"]', "no JSON object"),
    "the same pair again": (json.dumps({**GOOD, "label": "neutral"}).encode(), "id '1' stands in line 1 already"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line_is_named_and_skipped_only_on_request(tmp_path, kind):
    line, why = BAD[kind]
    other = {**GOOD, "id": "2", "premise": "It snowed."}
    path = write(tmp_path, "set.jsonl", jsonl(GOOD).encode() + line + b"\n" + jsonl(other).encode())
    with pytest.raises(datasets.BadRows) as caught:
        datasets.survey(path)
    assert f"{path}:2: {why}" in caught.value.message
    found, rows = read(path, skip_bad=True)
    assert [row.line for row in rows] == [1, 3]
    assert found.bad_lines == {2}


def test_half_a_line_at_the_end_is_named(tmp_path):
    path = write(tmp_path, "set.jsonl", jsonl(GOOD) + json.dumps(GOOD)[:40])
    with pytest.raises(datasets.BadRows, match=r"set\.jsonl:2: half a line at the end of the file"):
        datasets.survey(path)
    path = write(tmp_path, "set.tsv", XNLI + "de\tneutral\tEs")
    with pytest.raises(datasets.BadRows, match="3 fields, the header has 5: half a line at the end"):
        datasets.survey(path)


def test_a_whole_last_line_needs_no_newline(tmp_path):
    assert read(write(tmp_path, "set.jsonl", json.dumps(GOOD)))[0].rows == 1


def test_a_gzip_file_that_was_cut_off_is_named(tmp_path):
    path = write(tmp_path, "set.jsonl.gz", "".join(jsonl({**GOOD, "id": str(k), "premise": str(k) * 9}) for k in range(500)))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(datasets.BadRows, match="cut off or broken"):
        datasets.survey(path)


def test_ids_that_many_pairs_share_are_counted_not_refused(tmp_path):
    found, rows = read(write(tmp_path, "fnc.jsonl", jsonl(GOOD, {**GOOD, "hypothesis": "It was dry."})))
    assert (len(rows), found.shared_ids) == (2, 1)


def test_many_bad_lines_are_counted_and_the_first_are_shown(tmp_path):
    path = write(tmp_path, "set.jsonl", "no\n" * 50)
    with pytest.raises(datasets.BadRows) as caught:
        datasets.survey(path)
    assert caught.value.message.startswith("50 bad lines")
    assert caught.value.message.endswith("… and 30 more")
    with pytest.raises(datasets.BadRows, match="no row that can be used"):
        datasets.survey(path, skip_bad=True)


def test_a_sample_is_the_same_each_time_and_in_order(tmp_path):
    path = write(tmp_path, "set.jsonl", jsonl(*({**GOOD, "id": str(k), "premise": f"Day {k}."} for k in range(100))))
    found = datasets.survey(path)
    one, again = ([row.line for row in datasets.rows(found, sample=10, seed=3)] for _ in range(2))
    other = [row.line for row in datasets.rows(found, sample=10, seed=4)]
    assert one == again == sorted(one)
    assert len(one) == 10
    assert one != other


def test_a_sample_of_one_class_is_still_scored_as_its_set(tmp_path):
    found, rows = read(write(tmp_path, "hans.txt", HANS))
    assert {row.label for row in rows} == {"entailment", "not_entailment"}
    assert found.task == "entailment"  # told by the file, whatever rows a sample draws
    mixed = jsonl({**GOOD, "label": "not_entailment"}, {**GOOD, "id": "2", "label": "not_contradiction"})
    with pytest.raises(datasets.BadRows, match="split it into two"):
        datasets.survey(write(tmp_path, "mixed.jsonl", mixed))


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(UnknownFormat, match=r"\.docx is not read"):
        datasets.survey(write(tmp_path, "set.docx", "x"))
