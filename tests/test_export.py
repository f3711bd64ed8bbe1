import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service import export
from service.lines import dumps
from service.shapes import SHAPES
from service.store.ledger import Ledger
from tests.store import make


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('export') / 'ledger.db'}")
    first = make.flagged(opened, "=100 boats “left”, 3 stayed.", "There are 200 boats.", a_external_id="g-1", a_speaker="-Ana")
    opened.review(first.id, status="confirmed", reviewer="Kari", note="Both are of Monday.")
    make.flagged(opened, "There are 300 cars.", "There are 400 cars.")
    article = opened.add_article(make.submission("“She” – naïve 😀 text, and more of it.", title="@Title")).article
    opened.save_processed(make.processed(article, [make.rich_claim(article)]))
    yield opened
    opened.close()


def written(ledger: Ledger, what: Any, fmt: Any) -> bytes:
    return b"".join(export.write(ledger, what, fmt))


def jsonl(ledger: Ledger, what: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(ledger, what, "jsonl").decode().splitlines()]


def test_jsonl_has_the_fields_that_scripts_rely_on(ledger: Ledger) -> None:
    assert {"external_id", "wire_group"} <= set(jsonl(ledger, "articles")[0])
    claim = jsonl(ledger, "claims")[-1]
    names = "external_id span text standalone speaker stance modality as_of lang quantities".split()
    assert set(names) <= set(claim)
    assert (claim["span"], claim["speaker"], claim["stance"], claim["as_of"]) == ([0, 30], "Ana Ruiz", "denies", "2024-03")
    quantity = {"span": [4, 22], "text": "well over 130,000", "low": 130000.0, "high": None, "approx": True, "unit": "troops"}
    assert quantity.items() <= claim["quantities"][0].items()
    found = jsonl(ledger, "contradictions")[0]
    assert {"relation": "contradiction", "kind": "numeric", "probability": 0.9, "status": "confirmed"}.items() <= found.items()
    assert (found["a"]["external_id"], found["a"]["speaker"], found["a"]["text"][:4]) == ("g-1", "-Ana", "=100")


@pytest.mark.parametrize("what", SHAPES)
def test_lines_have_the_shape_that_the_other_formats_expect(ledger: Ledger, what: str) -> None:
    def check(value: Any, shape: Any) -> None:
        if isinstance(shape, dict):
            assert list(value) == list(shape)
            for name in shape:
                check(value[name], shape[name])
        elif isinstance(shape, list):
            for item in value:
                check(item, shape[0])
        elif value is not None:
            assert isinstance(value, (int, float) if shape is float else str if shape == "time" else shape)

    for line in export.lines(ledger, what):  # type: ignore[arg-type]
        check(json.loads(dumps(line)), SHAPES[what])


@pytest.mark.parametrize("what", SHAPES)
def test_csv_has_a_column_for_every_cell_and_no_formulas(ledger: Ledger, what: str) -> None:
    raw = written(ledger, what, "csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert len(set(header)) == len(header)
    assert len(rows) == len(jsonl(ledger, what))
    for row in rows:
        assert len(row) == len(header)
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    if what == "contradictions":
        first = dict(zip(header, rows[0], strict=True))
        assert (first["a_text"], first["a_speaker"]) == ("'=100 boats “left”, 3 stayed.", "'-Ana")
        assert (first["a_start"], first["b_text"], first["judgement_a_to_b_contradiction"]) == (
            "0",
            "There are 200 boats.",
            "0.8",
        )


@pytest.mark.parametrize("what", SHAPES)
def test_parquet_holds_the_same_values_as_jsonl(ledger: Ledger, what: str, tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "export.parquet"
    path.write_bytes(written(ledger, what, "parquet"))
    with duckdb.connect() as database:
        found = database.read_parquet(str(path)).fetchall()
        names = database.read_parquet(str(path)).columns
    lines = jsonl(ledger, what)
    assert (names, len(found)) == (list(SHAPES[what]), len(lines))
    for row, line in zip(found, lines, strict=True):
        values = dict(zip(names, row, strict=True))
        for name, kind in SHAPES[what].items():
            if kind == "time":
                assert values[name] == (line[name] and datetime.fromisoformat(line[name])), name
            elif name not in ("a", "b", "reviews"):
                assert values[name] == line[name], name


@pytest.mark.parametrize("fmt", export.MEDIA_TYPES)
@pytest.mark.parametrize("what", SHAPES)
def test_an_empty_ledger_can_be_exported(tmp_path: Path, ledger: Ledger, what: str, fmt: str) -> None:
    copy = tmp_path / "empty.db"
    empty = Ledger.open(f"sqlite:///{copy}")
    raw = written(empty, what, fmt)
    empty.close()
    if fmt == "jsonld":
        assert json.loads(raw)["@graph"] == []
    elif fmt == "csv":
        assert raw.count(b"\n") == 1
    elif fmt == "parquet":
        assert raw[:4] == raw[-4:] == b"PAR1"
    else:
        assert raw == b""


def test_jsonld_is_one_document_of_schema_org_terms(ledger: Ledger) -> None:
    claims = json.loads(written(ledger, "claims", "jsonld"))
    assert claims["@context"] == "https://schema.org"
    last = claims["@graph"][-1]
    assert (last["@type"], last["author"], last["temporalCoverage"]) == ("Claim", {"name": "Ana Ruiz"}, "2024-03")
    assert last["appearance"]["publisher"] == {"@type": "Organization", "name": "Gazette"}
    [review] = json.loads(written(ledger, "contradictions", "jsonld"))["@graph"]
    assert (review["@type"], review["author"], review["reviewBody"]) == ("ClaimReview", {"name": "Kari"}, "Both are of Monday.")
    assert [claim["@type"] for claim in review["itemReviewed"]] == ["Claim", "Claim"]
    assert review["reviewRating"]["alternateName"] == "confirmed contradiction"
    articles = json.loads(written(ledger, "articles", "jsonld"))["@graph"]
    assert {node["@type"] for node in articles} == {"NewsArticle"}


@pytest.mark.parametrize(
    ("text", "safe"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-3", "'-3"), (" +1", "' +1"), ("\t=1", "'\t=1"), ("a=b", "a=b"), ("", "")],
)
def test_cells_that_a_spreadsheet_would_run(text: str, safe: str) -> None:
    assert export.safe_cell(text) == safe
