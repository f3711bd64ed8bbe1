from eval.stories import score

STORY = {
    "id": "ferry",
    "articles": [
        {"id": "a1", "text": "Nine people died, police said. Click here. It rained."},
        {"id": "a2", "text": "Twelve people died. The boat was new."},
        {"id": "a3", "text": "Nine people died, police said."},
    ],
    "contradictions": [
        {"a": {"article": "a1", "quote": "Nine people died"}, "b": {"article": "a2", "quote": "Twelve people died"},
         "kind": "numeric", "relation": "contradiction", "why": "nine or twelve"},
        {"a": {"article": "a1", "quote": "It rained"}, "b": {"article": "a2", "quote": "The boat was new"},
         "kind": "antonym", "relation": "update", "why": "made up"},
    ],
    "agreements": [],
    "hard_negatives": [
        {"a": {"article": "a1", "quote": "It rained"}, "b": {"article": "a2", "quote": "Twelve people died"}, "why": "apart"}
    ],
    "syndicated": [["a1", "a3"]],
    "attributions": [{"article": "a1", "quote": "Nine people died", "speaker": "the police", "stance": "asserts"}],
    "not_claims": [{"article": "a1", "quote": "Click here"}],
}  # fmt: skip


def side(article, quote):
    text = next(a["text"] for a in STORY["articles"] if a["id"] == article)
    at = text.index(quote)
    return {"external_id": f"ferry/{article}", "span": [at, at + len(quote)], "speaker": None, "stance": "asserts"}


def pair(a, b, relation="contradiction"):
    return {"a": side(*a), "b": side(*b), "relation": relation, "probability": 0.9}


NINE_COPY, TWELVE, RAIN, BOAT = (
    ("a3", "Nine people died"),
    ("a2", "Twelve people died"),
    ("a1", "It rained"),
    ("a2", "The boat was new"),
)
ARTICLES = [{"external_id": f"ferry/{x}", "wire_group": "w" if x != "a2" else None} for x in ("a1", "a2", "a3")]
CLAIMS = [{**side("a1", "Nine people died"), "speaker": "Police"}, side("a1", "It rained"), side("a2", "Twelve people died")]


def test_figures_by_hand():
    flagged = [pair(TWELVE, NINE_COPY), pair(RAIN, BOAT, "contradiction"), pair(RAIN, TWELVE)]
    report = score([STORY], articles=ARTICLES, claims=CLAIMS, contradictions=flagged)
    assert report.rates["precision"] == 2 / 3
    assert report.rates["recall"] == 1.0
    assert report.rates["relation right"] == 0.5
    assert report.rates["trap rate"] == 1.0
    assert report.rates["claims covered"] == 3 / 4
    assert report.rates["speaker right"] == 1.0
    assert report.rates["noise kept out"] == 1.0
    assert report.rates["wire precision"] == report.rates["wire recall"] == 1.0
    assert report.counts["false alarms"] == 1


def test_nothing_flagged_is_no_precision_and_no_recall():
    report = score([STORY], articles=ARTICLES, claims=CLAIMS, contradictions=[])
    assert report.rates["precision"] == 0.0
    assert report.rates["recall"] == 0.0
    assert [line.split()[0] for line in report.lines] == ["MISSED", "MISSED"]
