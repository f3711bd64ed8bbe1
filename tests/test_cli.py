"""The command line, run in this process; what needs a process of its own runs in one."""

import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import registry
from service import cli
from service.pipeline import Pipeline
from service.settings import Settings
from service.store.ledger import Ledger
from service.version import VERSION
from tests import fakes
from tests.api.test_articles import FIRST, SECOND
from tests.store import make

COMMAND = str(Path(sys.executable).parent / "counterclaim")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("COUNTERCLAIM_DB", url)
    monkeypatch.setenv("COUNTERCLAIM_TAGGER", "bundled")
    return url


@pytest.fixture
def run(db: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs `counterclaim` with small models; `stdin` is what comes in."""

    def opened(cls: type[Pipeline], settings: Settings) -> Pipeline:
        return fakes.pipeline(Ledger.open(settings.db), settings)

    monkeypatch.setattr(Pipeline, "open", classmethod(opened))
    monkeypatch.setattr(registry, "load_nli", lambda *_, **__: fakes.FakeNli())
    monkeypatch.setattr(registry, "load_embedder", lambda *_, **__: fakes.FakeEmbedder())
    monkeypatch.setattr(registry, "load_tagger", lambda *_, **__: fakes.FakeTagger())

    def go(*arguments: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["counterclaim", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, out.decode(), err.decode())

    return go


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def write(path: Path, *objects: Any) -> str:
    path.write_text("".join(json.dumps(o) + "\n" for o in objects), encoding="utf-8")
    return str(path)


def test_version_is_printed_without_heavy_imports() -> None:
    code = "import sys, service.cli; print(*(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "numpy", "openvino", "fastapi", "pydantic", "sqlalchemy", "rich", "transformers"} & set(loaded)
    assert subprocess.run([COMMAND, "version"], capture_output=True, text=True, check=True).stdout == f"{VERSION}\n"


def test_every_command_is_there_and_says_what_it_does(run: Run) -> None:
    shown = run("--help").out
    for name in cli.COMMANDS:
        assert name in shown
        helped = run(name, "--help")
        assert (helped.code, helped.out.startswith("Usage: counterclaim")) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"], ["ingest"], ["--nope"], ["export", "people"], ["export", "claims", "--format", "xml"], ["nli"],
        ["contradictions", "--status", "x"], ["contradictions", "--min-probability", "2"],
        ["--db", "mysql://x", "contradictions"], ["serve", "--port", "99999"],
        ["keys", "create", "x", "--scope", "all"],
    ],
)  # fmt: skip
def test_bad_usage_is_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.code, done.out, bool(done.err)) == (2, "", True)


def test_five_forms_are_ingested_and_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some 100,000 boats lie in the old harbour.", encoding="utf-8")
    json_file, jsonl_file = write(tmp_path / "b.json", FIRST), write(tmp_path / "c.jsonl", SECOND, FIRST)
    done = run("ingest", str(tmp_path / "a.txt"), json_file, jsonl_file, "--publisher", "Gazette", "--lang", "en")
    assert (done.code, done.err) == (0, "")
    assert done.out == "4 articles (3 new, 1 known before), 0 failed; 3 claims, 1 contradictions\n"
    assert run("ingest", json_file).out.startswith("1 articles (0 new, 1 known before), 0 failed")


def test_a_folder_and_stdin_are_read(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / ".hidden").write_text("x")
    write(folder / "sub" / "a.json", FIRST)
    piped = (json.dumps(SECOND) + "\n" + json.dumps(FIRST) + "\n").encode()
    done = run("ingest", str(folder), "-", "--json", stdin=piped)
    assert [(line["source"], line["item"], line["new"]) for line in lines(done.out)] == [
        (str(folder / "sub" / "a.json"), None, True),
        ("stdin", 1, True),
        ("stdin", 2, False),
    ]
    assert run("ingest", "-", "--publisher", "Desk", stdin=b"Just a text of one sentence.").code == 0


def test_a_bad_item_does_not_stop_the_good_ones(run: Run, tmp_path: Path) -> None:
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01\x02\xff")
    (tmp_path / "empty.txt").write_bytes(b" \n")
    (tmp_path / "latin.txt").write_bytes("Blåbær".encode("latin-1"))
    (tmp_path / "bad.jsonl").write_text(json.dumps(FIRST) + "\nnot JSON\n" + json.dumps(SECOND | {"publisher": None}) + "\n")
    (tmp_path / "big.txt").write_bytes(b"x" * 10_000_001)
    paths = [str(tmp_path / name) for name in ("binary.txt", "empty.txt", "latin.txt", "big.txt", "none.txt", "bad.jsonl")]
    done = run("ingest", *paths, "--json")
    assert done.code == 1
    states = [line["state"] for line in lines(done.out)]
    assert states[-3:] == ["processed", "rejected", "rejected"]
    assert states.count("processed") in (1, 2)  # latin-1 may be told from UTF-8, or refused
    complaints = done.err.splitlines()[:-1]
    assert len(complaints) == states.count("rejected")
    assert any("none.txt: cannot be read" in line for line in complaints)
    assert any("bad.jsonl, item 2: line 2" in line for line in complaints)


def test_contradictions_are_a_table_and_json(run: Run, db: str) -> None:
    ledger = Ledger.open(db)
    made = make.flagged(
        ledger, "There are 100 [bold]boats[/bold].", "There are 200 boats.", a_publisher="Gazette", b_publisher="Herald",
        a_speaker="Ana Ruiz", spans_a=((10, 13),), spans_b=((10, 13),),
    )  # fmt: skip
    ledger.close()
    table = run("contradictions")
    for words in (
        "0.90",
        "contradiction",
        "numeric",
        "Ana Ruiz",
        "Gazette",
        "Herald",
        "10 February 2024",
        "100",
        "↔ 200",
        "[bold]",
    ):
        assert words in table.out, words
    assert table.err == "1 contradiction\n"
    [line] = lines(run("contradictions", "--json").out)
    assert (line["id"], line["a"]["speaker"], line["b"]["clash"][0]["text"]) == (made.id, "Ana Ruiz", "200")
    assert run("contradictions", "--min-probability", "0.95", "--json").out == ""
    assert run("contradictions", "--status", "confirmed", "--status", "dismissed").err == "0 contradictions\n"


def test_a_draft_is_checked_and_not_stored(run: Run, tmp_path: Path) -> None:
    run("ingest", write(tmp_path / "a.json", FIRST))
    draft = tmp_path / "draft.txt"
    draft.write_text("Some 130,000 troops stand near the northern border.", encoding="utf-8")
    moment = ("--published-at", "2022-02-14T09:00:00Z")
    table = run("check", str(draft), *moment)
    assert (table.code, table.err) == (0, "1 claims, 1 of them known to the ledger\n")
    assert "Coast Herald" in table.out
    [line] = lines(run("check", str(draft), "--json", *moment).out)
    assert line["contradicts"][0]["claim"]["external_id"] == "herald-1"
    assert len(lines(run("export", "articles").out)) == 1
    assert run("check", str(tmp_path / "none.txt")).code == 1


def test_pairs_are_judged_in_order_and_bad_lines_reported(run: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    good = {"premise": "100 boats", "hypothesis": "200 boats", "id": 7}
    source.write_text(
        f'{json.dumps(good)}\nnot JSON\n[]\n{{"premise": "x"}}\n\n{json.dumps(good | {"id": 8})}\n', encoding="utf-8"
    )
    done = run("nli", "--input", str(source), "--output", str(target))
    found = lines(target.read_text(encoding="utf-8"))
    assert done.code == 1
    assert [line.get("id", "error" in line) for line in found] == [7, True, True, True, 8]
    assert found[0] == good | {"probabilities": found[0]["probabilities"]}
    assert found[0]["probabilities"]["contradiction"] == pytest.approx(0.9)
    assert [line.split(": ")[0] for line in done.err.splitlines()] == [f"{source}, line {n}" for n in (2, 3, 4)]
    assert run("nli", "--input", "-", "--output", "-", stdin=json.dumps(good).encode()).out.count("probabilities") == 1


def test_many_pairs_stream_through(run: Run, tmp_path: Path) -> None:
    pairs = [{"premise": f"{n} boats", "hypothesis": f"{n + n % 2} boats"} for n in range(5_000)]
    assert run("nli", "--input", write(tmp_path / "in.jsonl", *pairs), "--output", str(tmp_path / "out.jsonl")).code == 0
    found = lines((tmp_path / "out.jsonl").read_text())
    assert [line["premise"] for line in found] == [pair["premise"] for pair in pairs]
    assert [line["probabilities"]["contradiction"] > 0.5 for line in found] == [n % 2 == 1 for n in range(5_000)]


def test_texts_are_embedded_to_npy(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "boats left"}\n"boats left"\n{"text": ""}\n{"text": "rain"}\n', encoding="utf-8")
    done = run("embed", "--input", str(source), "--output", str(tmp_path / "out.npy"))
    vectors = np.load(tmp_path / "out.npy", allow_pickle=False)
    assert (done.code, vectors.shape, vectors.dtype) == (1, (4, fakes.DIMENSION), np.float32)
    assert np.array_equal(vectors[0], vectors[1])
    assert np.isnan(vectors[2]).all()
    assert np.linalg.norm(vectors[3]) == pytest.approx(1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.npy"]


def test_an_output_that_cannot_be_written_is_said(run: Run, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"premise": "a", "hypothesis": "b"})
    done = run("nli", "--input", source, "--output", str(tmp_path / "no" / "out.jsonl"))
    assert (done.code, "cannot be written" in done.err) == (1, True)


def test_exports_go_to_a_file_or_stdout(run: Run, tmp_path: Path) -> None:
    run("ingest", write(tmp_path / "a.json", FIRST))
    assert lines(run("export", "claims").out)[0]["external_id"] == "herald-1"
    assert run("export", "articles", "--format", "csv", "--output", str(tmp_path / "a.csv")).out == ""
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfid,external_id")
    assert run("export", "contradictions", "--format", "parquet", "--output", str(tmp_path / "c.parquet")).code == 0


def test_keys_are_made_listed_and_revoked(run: Run, db: str) -> None:
    made = run("keys", "create", "desk", "--scope", "read")
    assert made.out.startswith("ck_")
    [key] = lines(run("keys", "list", "--json").out)
    assert (key["name"], key["scopes"], made.out.strip() in str(key)) == ("desk", ["read"], False)
    assert run("keys", "revoke", key["id"]).code == 0
    assert "revoked" in run("keys", "list").out
    assert run("keys", "revoke", "key_01jc8q2v8h4x0s6n9q3t5w7y1z").code == 1


def test_a_backup_is_a_ledger(run: Run, tmp_path: Path) -> None:
    run("ingest", write(tmp_path / "a.json", FIRST))
    copy = tmp_path / "copy.db"
    assert run("backup", str(copy)).code == 0
    assert run("backup", str(copy)).code == 2
    assert run("backup", str(copy), "--force").code == 0
    with sqlite3.connect(copy) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(lines(run("--db", f"sqlite:///{copy}", "export", "claims").out)) == 1


def test_the_ledger_is_migrated_and_a_stranger_refused(run: Run, tmp_path: Path) -> None:
    assert run("migrate").code == 0
    (tmp_path / "x.db").write_text("no database")
    done = run("--db", f"sqlite:///{tmp_path / 'x.db'}", "contradictions")
    assert (done.code, "not an SQLite ledger" in done.err, done.err.count("\n")) == (1, True, 1)


def test_a_ledger_moves_to_another_embedder(run: Run, tmp_path: Path, db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("ingest", write(tmp_path / "a.jsonl", FIRST, SECOND))
    newer = fakes.FakeEmbedder()
    newer.info = replace(newer.info, version="2")
    monkeypatch.setattr(registry, "load_embedder", lambda *_, **__: newer)
    done = run("reindex")
    assert (done.code, done.out, done.err) == (0, "", "2 claims embedded by fake-embedder 2\n")
    ledger = Ledger.open(db)
    assert {(m.version, m.count) for m in ledger.vector_models()} == {("1", 2), ("2", 2)}
    assert run("reindex", "--drop-others").err == (
        "2 vectors of fake-embedder 1 deleted\n0 claims embedded by fake-embedder 2\n"
    )
    assert [(m.version, m.count) for m in ledger.vector_models()] == [("2", 2)]
    ledger.close()


def test_the_models_are_listed(run: Run) -> None:
    assert [line["kind"] for line in lines(run("models", "--json").out)] == ["embedder", "nli", "tagger"]
    assert "fake-nli 1" in run("models").out


def test_the_description_of_the_api_is_printed(run: Run) -> None:
    assert json.loads(run("openapi").out)["openapi"].startswith("3.1")


def test_options_variables_and_file_set_the_same(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUNTERCLAIM_DB")
    (tmp_path / "counterclaim.toml").write_text(f'db = "sqlite:///{tmp_path}/file.db"\n')
    run("migrate")
    monkeypatch.setenv("COUNTERCLAIM_DB", f"sqlite:///{tmp_path}/variable.db")
    run("migrate")
    run("--db", f"sqlite:///{tmp_path}/option.db", "migrate")
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["file.db", "option.db", "variable.db"]


@pytest.fixture
def without_models(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NLI", "EMBEDDER", "TAGGER"):
        monkeypatch.setenv(f"COUNTERCLAIM_{name}", "/nowhere/at/all")


def test_a_server_says_where_it_is_and_ends_well(without_models: None) -> None:
    with subprocess.Popen([COMMAND, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if "listens" in line)
        assert said.startswith("counterclaim listens on http://127.0.0.1:")
        port = int(said.split(" ")[3].rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
            raw.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 503")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_without_a_key_only_this_machine_is_served(run: Run, without_models: None) -> None:
    done = run("serve", "--host", "192.0.2.1")
    assert (done.code, done.out, "make a key" in done.err) == (1, "", True)


def test_a_port_in_use_is_said(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", str(taken.getsockname()[1]))
    assert (done.code, "choose another with --port" in done.err) == (1, True)


def test_a_worker_ends_when_it_is_told(without_models: None) -> None:
    with subprocess.Popen([COMMAND, "worker"], stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stderr is not None
        assert "works on what waits" in next(iter(process.stderr))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
