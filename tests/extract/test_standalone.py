"""A claim readable alone: what is put in full, and what stays as it was said."""

from datetime import UTC, datetime

import pytest

from service.extract.claims import extract
from service.records import Article, Block

PUBLISHED = datetime(2025, 3, 12, 9, 0, tzinfo=UTC)


def alone(text: str, lang: str = "en") -> list[str]:
    article = Article("art_1", "1", "Harbour Post", PUBLISHED, lang, text)
    blocks, start = [], 0
    for line in text.split("\n"):
        if line:
            blocks.append(Block((start, start + len(line)), "prose"))
        start += len(line) + 1
    return [claim.standalone for claim in extract(article, blocks=blocks, tagger=None)]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "Two ships sank on Monday.", "Two ships sank on 10 March 2025."),
        ("en", "The port has been shut since Monday.", "The port has been shut since 10 March 2025."),
        ("en", "The port will open in October.", "The port will open in October 2025."),
        ("en", "The port made £3m last year.", "The port made £3m last year (2024)."),
        ("en", "Two ships sank on Monday night.", "Two ships sank on Monday night (10 March 2025)."),
        ("no", "To skip sank mandag.", "To skip sank 10. mars 2025."),
        ("de", "Zwei Schiffe sanken am Montag.", "Zwei Schiffe sanken am 10. März 2025."),
        ("fr", "Deux navires ont coulé lundi.", "Deux navires ont coulé le 10 mars 2025."),
        ("es", "Dos barcos se hundieron el lunes.", "Dos barcos se hundieron el 10 de marzo de 2025."),
        ("ru", "Два судна затонули в понедельник.", "Два судна затонули в понедельник (10 марта 2025 года)."),
        ("en", "Two ships sank on 3 May 2021.", "Two ships sank on 3 May 2021."),
    ],
)
def test_dates_are_put_in_full(lang: str, text: str, expected: str) -> None:
    assert alone(text, lang) == [expected]


def test_attribution_is_taken_off() -> None:
    assert alone("The minister of ports, Ana Reyes, said that 40 ships had sunk.") == ["40 ships had sunk."]
    assert alone("The 40 ships, she said, had sunk off Marlow.")[0] == "The 40 ships had sunk off Marlow."


def test_a_bare_surname_gets_its_first_name() -> None:
    text = "Mayor Ana Reyes opened the port.\nReyes has held the post since 2019."
    assert alone(text)[1] == "Ana Reyes has held the post since 2019."


def test_a_pronoun_that_opens_the_claim_is_resolved_where_one_person_can_be_meant() -> None:
    assert alone("Mayor Ana Reyes opened the port.\nShe has held the post since 2019.")[1].startswith("Ana Reyes has held")


def test_the_speaker_stands_in_for_the_pronoun_of_reported_speech() -> None:
    assert alone("Marlow Steel Ltd said it had cut 300 jobs.") == ["Marlow Steel Ltd had cut 300 jobs."]


def test_words_of_the_first_person_stay_as_they_were_said() -> None:
    assert alone("“We have not used rockets,” said Ana Reyes.") == ["Ana Reyes: We have not used rockets."]


def test_two_women_make_a_pronoun_unsure() -> None:
    text = "Mayor Ana Reyes met minister Eva Cole in Marlow.\nShe has held the post since 2019."
    assert alone(text)[1] == "She has held the post since 2019."
