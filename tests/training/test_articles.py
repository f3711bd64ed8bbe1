import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.tagspans import claim_spans, trimmed
from models.tokens import shared_tokenizer
from models.training.articles import BEGIN, NOISE, NOT_CLAIM, paragraph_spans, read_article, samples
from models.training.attributed import Maker
from models.training.mix import UNKNOWN

ROOT = Path(__file__).parents[2] / "models"
TOKENIZER = shared_tokenizer(ROOT / "weights" / "words" / "tokenizer.json")


def raw(name: str = "train_v4") -> list[dict[str, Any]]:
    lines = (ROOT / "training" / "data" / "articles" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


ARTICLE: dict[str, Any] = {
    "id": "a",
    "lang": "en",
    "text": "Sign in\n\nThe mayor said 12 people died. He denied that the dam broke. “Nobody slept,” he added. What now?",
    "claims": [
        {"quote": "12 people died", "speaker": "The mayor", "mention": "The mayor", "cue": "said"},
        {"quote": "the dam broke", "speaker": "The mayor", "mention": "He", "cue": "denied"},
        {"quote": "Nobody slept", "speaker": "The mayor", "mention": None, "cue": None},
    ],
    "not_claims": [{"quote": "What now?", "why": "question"}],
    "noise": ["Sign in"],
}
for _claim, _form, _stance in zip(
    ARTICLE["claims"], ("indirect", "indirect", "direct"), ("asserts", "denies", "asserts"), strict=True
):
    _claim |= {"form": _form, "stance": _stance, "modality": "fact"}


def test_everything_is_located() -> None:
    article = read_article(ARTICLE)
    assert [article.text[slice(*c.span)] for c in article.claims] == ["12 people died", "the dam broke", "Nobody slept"]
    assert [article.text[slice(*c.source)] for c in article.claims if c.source] == ["The mayor", "He", "He"]
    assert [c.cue and article.text[slice(*c.cue)] for c in article.claims] == ["said", "denied", None]
    assert [c.denies for c in article.claims] == [False, True, False]


def test_a_quote_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="nine people died"):
        read_article({**ARTICLE, "claims": [{**ARTICLE["claims"][0], "quote": "nine people died"}]})


def test_tokens_carry_the_labels() -> None:
    (sample,) = samples(read_article(ARTICLE), TOKENIZER)
    texts = ["Sign in", ARTICLE["text"].partition("\n\n")[2]]

    def words(tag: int, tags: Sequence[int] | np.ndarray = sample.tags) -> list[str]:
        window = sample.window
        found = np.flatnonzero(np.asarray(tags) == tag)
        return [texts[window.paragraph[t]][slice(*window.offsets[t])] for t in found]

    assert words(NOISE) == ["Sign", "in"]
    assert words(NOT_CLAIM) == ["What", "now", "?"]
    assert words(BEGIN) == ["12", "the", "No"]
    assert words(1, sample.source_tags) == ["The", "He"]
    assert words(1, sample.cue_tags) == ["said", "de"] or words(1, sample.cue_tags) == ["said", "denied"]


def test_decoding_the_labels_gives_the_quotes_back() -> None:
    for row in raw():
        article = read_article(row)
        quotes = {c["quote"].rstrip(".") for c in row["claims"]}
        paragraphs = [article.text[slice(*s)] for s in paragraph_spans(article.text)]
        found = set()
        for sample in samples(article, TOKENIZER):
            window = sample.window
            for number in set(window.paragraph.tolist()) - {-1}:
                tokens = np.flatnonzero(window.paragraph == number)
                for first, last in claim_spans(np.log(np.eye(7, dtype=np.float32)[sample.tags[tokens]] + 1e-6)):
                    start, end = window.offsets[tokens[first]][0], window.offsets[tokens[last]][1]
                    text = paragraphs[number]
                    found.add(text[slice(*trimmed(text, int(start), int(end)))])
        assert found == quotes


def test_varied_articles_keep_their_claims() -> None:
    articles = [read_article(row) for row in raw()]
    for seed in range(6):
        rng = random.Random(seed)
        for article in articles:
            for sample in samples(article, TOKENIZER, rng=rng, donors=articles):
                n = len(sample.window.ids)
                assert len(sample.tags) == n <= 512
                ends = [x for c in sample.claims for x in c.span]
                assert all(0 < x < n for x in ends)
                starts = {c.span[0] for c in sample.claims}
                assert {t for t, tag in enumerate(sample.tags) if tag == BEGIN} <= starts


def test_made_articles_name_speakers_cues_and_denials() -> None:
    topics = [
        {
            "claims": [
                {"lang": "de", "text": "Die Brücke wurde gesperrt.", "speaker": "Bürgermeisterin Anna Kühn"},
                {"lang": "de", "text": "Zwölf Menschen sind verletzt.", "speaker": None},
                {"lang": "de", "text": "Der Schaden beträgt 3 Millionen Euro.", "speaker": "die Polizei"},
            ]
        }
    ]
    maker, rng = Maker(topics, [read_article(ARTICLE)]), random.Random(1)
    made = [maker.make(rng, english=0) for _ in range(40)]
    claims = [(a.text, c) for a in made for c in a.claims]
    assert {text[slice(*c.span)].lower().strip(".") for text, c in claims} == {
        "die brücke wurde gesperrt", "zwölf menschen sind verletzt", "der schaden beträgt 3 millionen euro"
    }  # fmt: skip
    denied = {text[slice(*c.cue)] for text, c in claims if c.denies and c.cue}
    assert denied
    assert denied <= {"bestreitet", "bestritt", "dementierte", "dementiert", "wies zurück"}
    assert all(c.modality == UNKNOWN for _, c in claims)
    assert {c.attributed for _, c in claims} == {True, False}
    assert any(a.noise for a in made)
