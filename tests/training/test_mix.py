import json

from models.pairtext import ClaimText, pair_text
from models.training.groups import topic_pairs
from models.training.mix import UNKNOWN, Row, Source, Stage, load_recipe, stage_rows


def _claim(text, lang, speaker, outlet, said_at, *, as_of=None, stance="asserts"):
    return {
        "text": text, "lang": lang, "speaker": speaker, "stance": stance, "outlet": outlet, "said_at": said_at, "as_of": as_of,
    }  # fmt: skip


TOPIC = {
    "topic": "Ferry fire",
    "claims": [
        _claim("Nine died.", "en", None, "Post", "2024-03-02"),
        _claim("Twelve died.", "en", "Police", "Sun", "2024-03-04", as_of="2024-03-03"),
        _claim("Ingen døde.", "no", "Rederiet", "VG", "2024-03-02", stance="denies"),
    ],
    "pairs": [[0, 1, "c", "c", "update", ["count"]]],
}


def test_pairs_that_are_not_listed_are_neutral_and_unrelated():
    listed, unlisted = topic_pairs(TOPIC)
    assert [(p.forward, p.backward, p.relation) for p in listed] == [(2, 2, 4)]
    assert {(p.forward, p.backward, p.relation) for p in unlisted} == {(1, 1, 5)}
    assert len(unlisted) == 2


def test_languages_choose_pairs():
    listed, unlisted = topic_pairs(TOPIC, languages=("en",))
    assert (len(listed), len(unlisted)) == (1, 0)


def test_swapping_a_row_swaps_its_labels_and_its_teacher():
    row = Row("a", "b", 0, 1, 3, teacher=tuple(range(12)))
    assert row.swapped().swapped() == row
    assert row.swapped().teacher == (3, 4, 5, 0, 1, 2, 6, 7, 8, 9, 10, 11)


def test_a_stage_reads_rows_leaves_out_what_is_held_out_and_is_reproducible(tmp_path):
    rows = [
        {"premise": f"p{i}", "hypothesis": f"h{i}", "label": "contradiction" if i % 2 else "neutral", "source": "mnli/x"}
        for i in range(20)
    ]
    (tmp_path / "nli.jsonl").write_text("\n".join(json.dumps(r) for r in rows))
    stage = Stage("s", (Source("nli.jsonl", "MIT", 50, match="mnli"),))
    first = stage_rows(stage, root=tmp_path, seed=1, banned=frozenset({"h3"}))
    assert first == stage_rows(stage, root=tmp_path, seed=1, banned=frozenset({"h3"}))
    assert len(first) == 19
    contradictions = [r for r in first if 2 in (r.forward, r.backward)]
    assert len(contradictions) == 9
    assert all(r.forward == r.backward == 2 for r in contradictions)
    assert all(UNKNOWN in (r.forward, r.backward) for r in first if r not in contradictions)


def test_every_recipe_that_ships_loads(pytestconfig):
    for name in ("english", "multilingual"):
        recipe = load_recipe(pytestconfig.rootpath / f"models/training/configs/{name}.toml")
        assert recipe.stages
        assert all(source.licence for stage in recipe.stages for source in stage.sources)


def test_the_metadata_before_a_claim_counts_days_from_the_earlier_one():
    a, b = pair_text(
        ClaimText("Nine died.", outlet="Post", date="2024-03-02"),
        ClaimText("None died.", speaker="Owner", denies=True, date="2024-03-05"),
    )
    assert a == "Post (outlet) says, day 0: Nine died."
    assert b == "Owner denies, day 3: None died."


def test_a_month_counts_from_its_middle_and_no_date_is_left_out():
    a, b = pair_text(ClaimText("x", speaker="A", date="2024-03"), ClaimText("y", speaker="B", date="2024-03-16"))
    assert (a, b) == ("A says, day 0: x", "B says, day 1: y")
    assert pair_text(ClaimText("x", speaker="A", date="2016-19-66"), ClaimText("y"))[0] == "A says: x"
