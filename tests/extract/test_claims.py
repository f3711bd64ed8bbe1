"""Articles to claims: what is taken, what is left, the tagger's word and the rules', and bad input."""

import itertools
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import ModelInfo, TaggedClaim, TaggedParagraph
from service.extract.claims import extract
from service.ingest import clean
from service.records import Article, Block, Claim

PUBLISHED = datetime(2025, 3, 12, 9, 0, tzinfo=UTC)


def article(text: str, lang: str = "en", title: str | None = None) -> Article:
    return Article("art_1", "1", "Harbour Post", PUBLISHED, lang, text, title=title)


def claims(text: str, lang: str = "en", **options: float) -> list[Claim]:
    return extract(article(text, lang), blocks=clean.blocks(text, lang=lang), tagger=None, **options)


class Tagger:
    """A tagger that finds what it is told: for each paragraph its noise and its claims."""

    def __init__(self, *paragraphs: TaggedParagraph) -> None:
        self.paragraphs = paragraphs
        self.info = ModelInfo("told", "1", "tagger", "test", 512)

    def tag(self, paragraphs: Sequence[str], *, lang: str) -> list[TaggedParagraph]:
        assert lang
        assert len(paragraphs) == len(self.paragraphs)
        return list(self.paragraphs)


def told(start: int, end: int, **known: object) -> TaggedClaim:
    values: dict[str, object] = {"source": None, "cue": None, "stance": "asserts", "modality": "fact", "form": "none"}
    return TaggedClaim((start, end), 0.9, **(values | known))  # type: ignore[arg-type]


def prose(text: str) -> list[Block]:
    blocks, start = [], 0
    for line in text.split("\n"):
        if line:
            blocks.append(Block((start, start + len(line)), "prose"))
        start += len(line) + 1
    return blocks


def test_a_claim_has_its_words_speaker_quantity_and_date() -> None:
    text = "Colonel Tom Hale said on Monday that well over 130,000 troops stood near Ruvia."
    (claim,) = claims(text)
    assert text[slice(*claim.span)] == claim.text
    assert claim.text.removesuffix(".") == "well over 130,000 troops stood near Ruvia"
    assert (claim.attribution.speaker, claim.attribution.cue, claim.attribution.stance) == ("Tom Hale", "said", "asserts")
    assert [(q.low, q.high, text[slice(*q.span)].endswith("130,000")) for q in claim.quantities] == [(130_000, None, True)]
    assert claim.as_of is not None
    assert claim.as_of.startswith("2025-03")
    assert "Ruvia" in claim.entities


def test_a_denial_is_kept_as_what_was_denied() -> None:
    (claim,) = claims("The army denied that it had shelled the town of Marlow.")
    assert claim.attribution.stance == "denies"
    assert claim.standalone == "The army had shelled the town of Marlow."


@pytest.mark.parametrize(
    "text",
    [
        "Will the port open in time?",
        "The ministry declined to comment.",
        "Please donate to our appeal today.",
        "What a day!",
    ],
)
def test_questions_appeals_and_empty_words_are_no_claims(text: str) -> None:
    assert claims(text) == []


def test_what_cleaning_set_aside_is_not_read() -> None:
    text = "Two ships sank off Marlow in 2024.\nThree ships sank off Marlow in 2023."
    blocks = [Block((0, 34), "prose"), Block((35, len(text)), "noise", "related")]
    assert [c.text for c in extract(article(text), blocks=blocks, tagger=None)] == ["Two ships sank off Marlow in 2024."]


def test_the_headline_is_marked() -> None:
    text = "Two ships sink off Marlow\n\nTwo ships sank off Marlow on Monday, the port said."
    found = extract(article(text, title="Two ships sink off Marlow"), blocks=prose(text), tagger=None)
    assert [c.headline for c in found] == [True, False]


def test_a_forecast_a_plan_a_condition_and_a_possibility_are_told_apart() -> None:
    text = (
        "Marlow Steel made 300 tonnes in 2024. It is expected to make 400 tonnes in 2025. Marlow plans to build two ports. "
        "If it rains, Marlow will flood. Marlow may have lost 20 ships."
    )
    assert [c.modality for c in claims(text)] == ["fact", "forecast", "plan", "condition", "possibility"]


def test_joined_statements_are_cut_where_each_stands_by_itself() -> None:
    text = "The port said that two ships had sunk and that 40 sailors were missing."
    assert [c.text.removesuffix(".") for c in claims(text)] == ["two ships had sunk", "40 sailors were missing"]


def test_the_threshold_is_the_newsrooms() -> None:
    text = "Two ships sank off Marlow in 2024. It was a grim day for them all."
    assert len(claims(text, min_probability=0.9)) < len(claims(text, min_probability=0.1))


def test_the_tagger_decides_and_its_words_are_resolved() -> None:
    text = "Ana Reyes runs the port.\nTwo ships sank, she said. It rained."
    second = TaggedParagraph(0.0, (told(0, 14, source=(16, 19), cue=(20, 24), form="indirect", attributed=0.9),))
    (claim,) = extract(article(text), blocks=prose(text), tagger=Tagger(TaggedParagraph(0.0, ()), second))
    assert (claim.text, claim.attribution.speaker, claim.attribution.mention) == ("Two ships sank", "Ana Reyes", "she")


def test_the_tagger_may_point_at_words_in_another_paragraph() -> None:
    text = "Ana Reyes runs the port.\n“Two ships sank.”"
    second = TaggedParagraph(0.0, (told(1, 15, form="direct", attributed=0.9, elsewhere=(0, 0, 9)),))
    (claim,) = extract(article(text), blocks=prose(text), tagger=Tagger(TaggedParagraph(0.0, ()), second))
    assert (claim.attribution.speaker, claim.attribution.form) == ("Ana Reyes", "direct")


def test_the_rules_name_the_speaker_of_a_quote_that_the_tagger_leaves_open() -> None:
    text = "“Two ships sank,” said Ana Reyes."
    tagged = TaggedParagraph(0.0, (told(1, 15, form="direct", attributed=0.4),))
    (claim,) = extract(article(text), blocks=prose(text), tagger=Tagger(tagged))
    assert claim.attribution.speaker == "Ana Reyes"


def test_a_paragraph_that_the_tagger_takes_for_noise_is_left_out() -> None:
    text = "Two ships sank."
    tagged = TaggedParagraph(0.9, (told(0, 14),))
    assert extract(article(text), blocks=prose(text), tagger=Tagger(tagged)) == []


BAD = {
    "numbers": "1 2 3 4 5 6 7 8 9 10 " * 100,
    "emoji": "🔥🚀" * 500 + " Two ships sank. " + "😀" * 50,
    "control": "Two\x00ships\x07sank\x1b in\x85 Marlow.\u2028 " * 50,
    "nested quotes": "“" * 1000 + "a" + "”" * 900,
    "unclosed quotes": 'He said "' * 500,
    "mixed marks": "«„“”»'\"‘’–— " * 300,
    "right to left": "قال الوزير إن السفينة غرقت يوم الاثنين. \u202eقال \u202c«لا أحد» " * 200,
    "one word": "a" * 50_000,
    "full stops": "." * 20_000,
    "commas": "a, b; " * 2_000,
    "said": "X said that Y said that " * 500,
    "capitals": "Ana Reyes Tom Hale " * 500,
    "surrogate pair": "𝕋wo ships sank off 𝕄arlow. " * 100,
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_read_in_bounded_time(name: str) -> None:
    text = BAD[name]
    started = time.monotonic()
    for lang in ("en", "ru"):
        found = extract(article(text, lang), blocks=[Block((0, len(text)), "prose")], tagger=None)
        assert all(text[slice(*c.span)] == c.text for c in found)
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_five_megabytes_in_one_paragraph_stay_bounded() -> None:
    sentence = "The mayor of Marlow, Ana Reyes, said on Monday that 40 ships had sunk and “two were missing”. "
    text = sentence * (5_000_000 // len(sentence))
    found = extract(article(text), blocks=[Block((0, len(text)), "prose")], tagger=None)
    assert len(found) > 0
    assert found[-1].span[1] <= 200_000


@given(
    st.text(alphabet=st.sampled_from("aB1 “”„«»\"'–—:,.;!?\n said Kari denied that he 3 May"), max_size=300),
    st.sampled_from(["en", "no", "de", "fr", "ru", "fi", "xx"]),
)
@settings(max_examples=100, deadline=None)
def test_spans_hold_and_do_not_overlap(text: str, lang: str) -> None:
    found = claims(text, lang, min_probability=0.0)
    assert all(text[slice(*c.span)] == c.text and c.text.strip() and c.standalone for c in found)
    assert all(text[slice(*q.span)] == q.text for c in found for q in c.quantities)
    assert all(a.span[1] <= b.span[0] for a, b in itertools.pairwise(found))


def test_the_same_article_gives_the_same_claims() -> None:
    text = "Ana Reyes said two ships sank. “We lost 40 men,” she added."
    first, second = claims(text), claims(text)
    assert [(c.span, c.standalone, c.attribution) for c in first] == [(c.span, c.standalone, c.attribution) for c in second]
    assert len({c.id for c in first + second}) == len(first) + len(second)
