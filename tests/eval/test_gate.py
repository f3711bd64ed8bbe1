import json

import pytest

from eval import gate, results
from service.errors import InputError

WHY = "half of the interval"


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    results.write(folder / "groups.json", {
        "data": {"dev.jsonl": "abc"}, "pairs": 40,
        "models": {"bundled": {"AP all": 0.80, "AP all interval": [0.75, 0.86], "order agreement": 1.0, "curve": [[0, 1, 2]]}},
    })  # fmt: skip
    results.write(folder / "nli.json", {
        "sets": [{"set": "rte", "data": "def", "rows": 800}],
        "figures": [{"model": "bundled", "set": "rte", "accuracy": 0.7, "accuracy_interval": [0.66, 0.74], "auc": None}],
    })  # fmt: skip
    results.write(folder / "ordinary.json", {"pairs": {"rate": 0.02, "rate_interval": [0.018, 0.022]}})
    return folder


@pytest.fixture
def baseline(tmp_path, run):
    path = tmp_path / "baseline.json"
    assert gate.main([str(run), "--init", "--baseline", str(path)]) == 0
    return path


def change(run, name, value, part="groups"):
    raw = results.read(run / f"{part}.json")
    target = raw["models"]["bundled"] if part == "groups" else raw["pairs"]
    target[name] = value
    results.write(run / f"{part}.json", raw)


def held(run, baseline, *more):
    return gate.main([str(run), "--baseline", str(baseline), *more])


def floor(baseline, figure):
    return next(f for f in gate.read_baseline(baseline, "full")[0] if f.figure == figure)


AP = "groups/models/bundled/AP all"


def test_first_floors_take_half_of_the_interval_as_their_margin(run, baseline):
    assert floor(baseline, AP) == gate.Floor(AP, 0.8, 0.055, gate.BY_INTERVAL)
    assert floor(baseline, "groups/models/bundled/order agreement").why == gate.BY_RULE
    assert floor(baseline, "nli/bundled/rte/accuracy").margin == pytest.approx(0.04)
    assert floor(baseline, "ordinary/pairs/rate").less_is_better
    assert gate.read_baseline(baseline, "full")[1] == {"groups/dev.jsonl": "abc 40 rows", "nli/rte": "def 800 rows"}


def test_the_run_that_made_the_floors_passes(run, baseline, capsys):
    assert held(run, baseline) == 0
    assert capsys.readouterr().out == "4 floors held\n"


@pytest.mark.parametrize(("value", "passes"), [(0.746, True), (0.744, False), (0.95, True)])
def test_a_figure_may_fall_by_its_margin_and_no_more(run, baseline, value, passes, capsys):
    change(run, "AP all", value)
    assert held(run, baseline) == (0 if passes else 1)
    assert (f"under: {AP} is {value:.4f}" in capsys.readouterr().out) is not passes


def test_where_less_is_better_the_figure_may_not_rise(run, baseline, capsys):
    change(run, "rate", 0.026, "ordinary")
    assert held(run, baseline) == 1
    assert "over: ordinary/pairs/rate is 0.0260, allowed is 0.0250" in capsys.readouterr().out
    change(run, "rate", 0.001, "ordinary")
    assert held(run, baseline) == 0


def test_a_figure_that_is_gone_or_undefined_fails(run, baseline, capsys):
    change(run, "AP all", float("nan"))
    assert held(run, baseline) == 1
    assert f"missing: {AP}" in capsys.readouterr().out


@pytest.mark.parametrize(("key", "value"), [("data", "fed"), ("rows", 799)])
def test_other_data_or_fewer_rows_fail(run, baseline, key, value, capsys):
    raw = results.read(run / "nli.json")
    raw["sets"][0][key] = value
    results.write(run / "nli.json", raw)
    assert held(run, baseline) == 1
    assert "data: nli/rte is " in capsys.readouterr().out
    with pytest.raises(InputError, match="takes other data"):
        held(run, baseline, "--update")
    assert held(run, baseline, "--update", "--allow-regression") == 0
    assert held(run, baseline) == 0


def test_update_raises_what_is_better_and_keeps_what_is_within_its_margin(run, baseline):
    change(run, "AP all", 0.9)
    change(run, "order agreement", 0.99)
    assert held(run, baseline, "--update") == 0
    assert floor(baseline, AP).measured == 0.9
    assert floor(baseline, "groups/models/bundled/order agreement").measured == 1.0


def test_update_refuses_to_lower_a_floor_unless_told(run, baseline):
    change(run, "AP all", 0.5)
    before = baseline.read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"AP all: 0\.8000 → 0\.5000"):
        held(run, baseline, "--update")
    assert baseline.read_text(encoding="utf-8") == before
    assert held(run, baseline, "--update", "--allow-regression") == 0
    assert floor(baseline, AP).measured == 0.5


def test_floors_of_another_mode_are_left_alone(run, baseline):
    assert held(run, baseline, "--mode", "fast", "--init") == 0
    change(run, "AP all", 0.9)
    assert held(run, baseline, "--mode", "fast", "--update") == 0
    raw = json.loads(baseline.read_text(encoding="utf-8"))
    found = {mode: next(f["measured"] for f in part["floors"] if f["figure"] == AP) for mode, part in raw.items()}
    assert found == {"full": 0.8, "fast": 0.9}


def test_first_floors_do_not_replace_those_that_stand(run, baseline):
    with pytest.raises(InputError, match="--update raises them"):
        held(run, baseline, "--init")


@pytest.mark.parametrize(
    "broken",
    ["{", '{"fast": {}}', '{"full": {"data": {}, "floors": [{"figure": "x"}]}}',
     json.dumps({"full": {"data": {}, "floors": [{"figure": "x", "measured": 1, "margin": -1, "why": WHY}]}}),
     json.dumps({"full": {"data": {}, "floors": [{"figure": "x", "measured": 1, "margin": 0.1, "why": " "}]}})],
)  # fmt: skip
def test_a_broken_baseline_is_named(run, tmp_path, broken):
    path = tmp_path / "broken.json"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.json"):
        held(run, path)


def test_a_missing_baseline_or_run_is_named(run, tmp_path):
    with pytest.raises(InputError, match="could not be read"):
        held(run, tmp_path / "none.json")
    with pytest.raises(InputError, match="holds no figures"):
        gate.read_run(tmp_path / "empty")
