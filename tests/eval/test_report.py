import json
import re

import pytest

from eval import benchmark, everything, page, report, results
from eval.page import Details, Heading, Plot, Table, Text
from service.errors import InputError, NotFound
from tests.eval.test_groups import BRIDGE, FERRY, Headed
from tests.eval.test_nli import ROWS


@pytest.fixture
def run(tmp_path):
    """A run of claim groups and an NLI set by the small models, as the commands write it."""
    from eval import groups, nli
    from tests.fakes import FakeNli

    folder = tmp_path / "run"
    topics = tmp_path / "dev.jsonl"
    topics.write_text("".join(json.dumps(t) + "\n" for t in (BRIDGE, FERRY)), encoding="utf-8")
    data = tmp_path / "rte.jsonl"
    data.write_text(
        "".join(json.dumps({"premise": a, "hypothesis": b, "label": c, "lang": d}) + "\n" for a, b, c, d, _ in ROWS),
        encoding="utf-8",
    )
    groups.main(
        [str(topics), "--train", str(topics), "--model", "fake", "--json", str(folder / "groups.json")], load=lambda _: Headed()
    )
    nli.main(
        ["--data", str(data), "--no-cache", "--model", "fake", "baseline:numbers", "--json", str(folder / "nli.json")],
        load=lambda _: FakeNli(),
    )
    results.write(folder / "stories.json", {"rates": {"precision": 0.75}, "data": {"stories": "abc"}})
    return folder


def test_both_files_show_every_part_and_the_plots(run):
    markdown, html = (path.read_text(encoding="utf-8") for path in report.write(run))
    for text in (markdown, html):
        for wanted in ("Claim groups", "NLI sets", "Story clusters", "How this was made", "baseline:numbers", "0.750", "abc"):
            assert wanted in text
    plots = re.findall(r"\]\((plots/[\w-]+\.svg)\)", markdown)
    assert len(plots) == len(set(plots)) == html.count("<svg") == 5
    assert all((run / name).read_text(encoding="utf-8").startswith("<svg") for name in plots)
    assert "http://" not in re.sub(
        r'xmlns(:\w+)?="[^"]+"|"http://purl[^"]+"|"http://www\.w3[^"]+"|"http://creativecommons[^"]+"', "", html
    )
    assert "It sank." in html  # the misses on claim groups, with their texts
    assert ROWS[1][1] not in html  # other sets' texts are not ours to print


def test_the_same_figures_give_the_same_files(run):
    first = [path.read_bytes() for path in report.write(run)]
    assert [path.read_bytes() for path in report.write(run)] == first


def test_a_run_without_figures_is_named(tmp_path):
    with pytest.raises(InputError, match="holds no figures"):
        report.write(tmp_path)


def test_a_page_escapes_what_it_shows():
    blocks = [Heading(2, "A < B"), Text("x & y"), Table([{"a|b": "c|d\ne", "n": 0.5}]), Details("<more>", [Text("z")])]
    html, markdown = page.html([*blocks, Plot("p", "q", "<svg></svg>")]), page.markdown(blocks)
    assert "<h2>A &lt; B</h2>" in html
    assert "&lt;more&gt;" in html
    assert "<svg></svg>" in html
    assert "c\\|d e | 0.500 |" in markdown
    assert page.markdown([Table([])]) == "\n"


def test_undefined_figures_are_null_and_shown_as_a_dash(tmp_path):
    results.write(tmp_path / "x.json", {"auc": float("nan"), "p": (0.1234567, float("inf"))})
    raw = (tmp_path / "x.json").read_text(encoding="utf-8")
    assert "NaN" not in raw
    found = results.read(tmp_path / "x.json")
    assert (found["auc"], found["p"]) == (None, [0.123457, None])
    assert set(found["made"]) >= {"at", "commit", "processor", "cores", "python"}
    assert results.shown(found["auc"]) == "–"
    assert results.shown([0.5, 1.0]) == "0.500–1"
    assert results.flat({"a": {"b": 1, "c": [1, 2], "d": None, "e": True}, "f": 0.5}) == {"a/b": 1.0, "f": 0.5}


def test_all_runs_parts_once_and_names_those_that_fail(tmp_path, monkeypatch, capsys):
    ran = []

    def fake(part, path):
        ran.append(part.name)
        if part.name == "nli":
            raise NotFound("nli/dev is not here: set COUNTERCLAIM_DATA")
        results.write(path, {"rates": {"precision": 0.5}})

    monkeypatch.setattr(everything, "run", fake)
    argv = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--only", "stories", "linking", "nli"]
    assert everything.main(argv) == 1
    assert "these parts are missing:\nnli: nli/dev is not here" in capsys.readouterr().err
    assert (tmp_path / "out/report.html").exists()
    assert everything.main(argv) == 1
    assert ran == ["stories", "linking", "nli", "nli"]
    everything.main([*argv, "--fresh"])
    assert ran[4:] == ["stories", "linking", "nli"]


def test_parts_of_a_run_by_its_options():
    def names(*argv):
        return [p.name for p in everything.parts(everything.parser().parse_args(argv))]

    assert names("--fast") == ["groups", "extraction"]
    assert "speed" not in names()
    assert names("--speed", "--ablation", "--only", "speed", "ablation") == ["ablation", "speed"]
    options = everything.parser().parse_args(["--sample", "50"])
    by_name = {p.name: p for p in everything.parts(options)}
    assert by_name["nli"].options[-2:] == ("--sample", "50")
    assert everything.key(by_name["nli"]) != everything.key(by_name["retrieval"])


# our own sets


def test_our_own_sets_keep_to_their_formats_and_the_datasheet_counts_them(capsys):
    assert benchmark.main([]) == 0, capsys.readouterr().out


@pytest.fixture
def folder(tmp_path):
    for kind in benchmark.CHECKS:
        (tmp_path / kind).mkdir()
    return tmp_path


def topic(**more):
    from tests.eval.test_groups import claim

    return {"topic": "t", "claims": [claim(f"Claim {k} stands.") for k in range(7)], "pairs": [], **more}


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([[0, 1, "c", "n", "contradiction", []]], "contradiction one way only"),
        ([[0, 1, "n", "n", "dispute", ["x"]]], "dispute without contradiction"),
        ([[0, 1, "c", "c", "support", []]], "support with contradiction"),
        ([[1, 0, "e", "e", "repeat", []]], "out of order"),
        ([[0, 9, "e", "e", "repeat", []]], "out of range"),
        ([[0, 1, "e", "e", "repeat", []], [0, 1, "e", "e", "repeat", []]], "stands twice"),
        ([[0, 1, "x", "e", "repeat", []]], "'x' 'e' 'repeat'"),
        ([[0, 1, "e"]], "has 3 fields"),
    ],
)
def test_a_broken_pair_is_named_with_file_and_line(folder, pairs, why):
    good, bad = json.dumps(topic()), json.dumps(topic(pairs=pairs))
    (folder / "groups/dev.jsonl").write_text(f"{good}\n{bad}\n", encoding="utf-8")
    [line] = benchmark.check(folder)
    assert line.startswith("groups/dev.jsonl:2: ")
    assert why in line


def test_broken_articles_and_stories_are_named(folder, capsys):
    article = {
        "id": "a", "lang": "en", "publisher": "P", "published_at": "2024-03-01T00:00:00Z", "title": None,
        "text": "It rained. It rained.", "claims": [], "not_claims": [{"quote": "It rained", "why": "vague"}],
        "noise": ["Menu"],
    }  # fmt: skip
    (folder / "articles/dev.jsonl").write_text(json.dumps(article) + "\n{\n", encoding="utf-8")
    story = {"articles": [{"id": "a", "text": "It rained.", "published_at": "yesterday"}]}
    (folder / "stories/s.json").write_text(json.dumps(story), encoding="utf-8")
    assert benchmark.main([str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any("dev.jsonl:1: not a claim, or noise: stands 2 times" in line for line in lines)
    assert any("stands 0 times in the text: 'Menu'" in line for line in lines)
    assert any("dev.jsonl:2: no JSON" in line for line in lines)
    assert any(line.startswith("stories/s.json:1: ValueError") for line in lines)
