"""Many mentions, one speaker: names, titles, pronouns, roles and acronyms within an article."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.extract.speakers import Cast

# (language, text with the mentions to resolve in square brackets, labels in order)
RESOLVED = [
    (
        "en",
        "Oleg Nikonov, a spokesman for Ruvia's ministry, spoke first. [He] spoke again. [Mr Nikonov] left.",
        ["Oleg Nikonov"] * 2,
    ),
    ("en", "Mayor Ana Reyes met Tom Hale. [Reyes] was brief. [Ms Reyes] left.", ["Ana Reyes"] * 2),
    (
        "en",
        "Finance minister Ana Reyes met colonel Tom Hale. [The colonel] was brief. [The minister] agreed.",
        ["Tom Hale", "Ana Reyes"],
    ),
    (
        "en",
        "Colonel Tom Hale met Mayor Ana Reyes. [She] was brief. [The spokeswoman of the port] left.",
        ["Ana Reyes", "spokeswoman of the port"],
    ),
    ("en", "The Rapid Response Force moved in. [The RRF] denied it.", ["Rapid Response Force"]),
    (
        "en",
        "Ann Cole runs Marlow Steel. [Marlow Steel's spokesman] said no. [Two officials] said yes.",
        ["Marlow Steel's spokesman", "Two officials"],
    ),
    ("en", "The harbour office spoke. [The harbour office] added. [It] went on.", ["harbour office"] * 2),
    (
        "en",
        "[Dmytro Kulyk, the foreign minister,] spoke in Vienna. [The foreign minister] went home.",
        ["Dmytro Kulyk"] * 2,
    ),
    (
        "no",
        "Havnesjef Kari Li møtte ordfører Per Ås. [Li] var kort. [Ordføreren] var enig. [Han] gikk.",
        ["Kari Li", "Per Ås", "Per Ås"],
    ),
    ("sv", "Hamnchefen Eva Ek träffade Bo Alm. [Ek] var kort. [Hon] gick.", ["Eva Ek", "Eva Ek"]),
    (
        "de",
        "Hafenchefin Uta Brandt traf Bürgermeister Jan Kern. [Brandt] schwieg. [Die Hafenchefin] ging.",
        ["Uta Brandt"] * 2,
    ),
    (
        "fr",
        "La ministre Rosa Petit a vu le maire, Jean Roux. [Le maire] a parlé. [La ministre] est partie.",
        ["Jean Roux", "Rosa Petit"],
    ),
    ("es", "La alcaldesa, Inés Gil, habló. [Gil] se fue. [Ella] volvió.", ["Inés Gil", "Inés Gil"]),
    ("ru", "Министр Иван Седов приехал. [Седов] уехал. [Он] вернулся.", ["Иван Седов", "Иван Седов"]),
]  # fmt: skip


def bracketed(text: str) -> tuple[str, list[tuple[int, int]]]:
    plain, spans, start = "", [], 0
    for char in text:
        if char == "[":
            start = len(plain)
        elif char == "]":
            spans.append((start, len(plain)))
        else:
            plain += char
    return plain, spans


@pytest.mark.parametrize(("lang", "marked", "labels"), RESOLVED)
def test_each_mention_gets_the_fullest_name(lang: str, marked: str, labels: list[str]) -> None:
    text, mentions = bracketed(marked)
    cast = Cast(text, [(0, len(text))], lang)
    assert [cast.resolve(mention, mention[0]).label for mention in mentions] == labels


def test_the_role_stands_beside_the_name() -> None:
    text = "Oleg Nikonov, a spokesman for the ministry, spoke."
    speaker = Cast(text, [(0, len(text))], "en").resolve((0, 12), 0)
    assert (speaker.label, speaker.role) == ("Oleg Nikonov", "a spokesman for the ministry")


def test_a_quote_without_a_mention_is_the_last_speakers() -> None:
    text = "Ana Reyes spoke. Tom Hale listened. More words follow."
    cast = Cast(text, [(0, len(text))], "en")
    cast.resolve((0, 9), 0)
    assert cast.resolve(None, 40).label == "Ana Reyes"


def test_a_pronoun_alone_makes_no_speaker_of_its_own() -> None:
    text = "It rained. He left."
    assert Cast(text, [(0, len(text))], "en").resolve((11, 13), 11).label is None


@given(st.text(max_size=200), st.sampled_from(["en", "de", "ru", "fi", "xx"]), st.integers(0, 200), st.integers(0, 200))
@settings(deadline=None)
def test_any_stretch_may_be_asked_for(text: str, lang: str, a: int, b: int) -> None:
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    speaker = Cast(text, [(0, len(text))], lang).resolve((start, end), start)
    assert speaker.label is None or speaker.label.strip()
