"""The sample articles are in the forms that newsrooms meet, and in words of our own."""

import json
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").iterdir())
SEEDS = Path(os.environ.get("COUNTERCLAIM_SEEDS", ROOT.parent / "shared" / "seeds"))


def six_grams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+(?:[.,]\d+)*", text.lower())
    return {tuple(words[start : start + 6]) for start in range(len(words) - 5)}


def test_all_forms_are_there() -> None:
    assert {path.suffix for path in EXAMPLES} == {".txt", ".html", ".json", ".jsonl"}


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.suffix.startswith(".json")], ids=lambda path: path.name)
def test_json_samples_name_outlet_and_date(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text(encoding="utf-8")]
    for article in map(json.loads, lines):
        assert {"publisher", "published_at", "text"} <= set(article)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_no_sentence_is_taken_from_the_seeds(path: Path) -> None:
    seeds = sorted(SEEDS.glob("*.txt"))
    if not seeds:
        pytest.skip(f"no raw articles in {SEEDS}; set COUNTERCLAIM_SEEDS to their folder")
    ours = six_grams(path.read_text(encoding="utf-8"))
    for seed in seeds:
        assert sorted(ours & six_grams(seed.read_text(encoding="utf-8"))) == []
