"""Sentence splitting: abbreviations, ordinals, initials, quotes, dashes, and spans that hold."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.extract.sentences import split


def parts(text: str, lang: str) -> list[str]:
    return [text[slice(*span)] for span in split(text, lang)]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "Mr. Ward met Dr. Okoye. They talked.", ["Mr. Ward met Dr. Okoye.", "They talked."]),
        ("en", "The U.S. Army left. It rained.", ["The U.S. Army left.", "It rained."]),
        ("en", "She lives in the U.S. The army left.", ["She lives in the U.S.", "The army left."]),
        ("en", "A vigil is at 7 p.m. Thursday at the hall.", ["A vigil is at 7 p.m. Thursday at the hall."]),
        ("en", "George W. Hale paid $2.5m. He left.", ["George W. Hale paid $2.5m.", "He left."]),
        ("en", "“We lost it. We will find it,” he said. “Soon.”", ["“We lost it.", "We will find it,” he said.", "“Soon.”"]),
        ("en", "“Why?” he asked. Nobody knew…", ["“Why?” he asked.", "Nobody knew…"]),
        ("en", "It was... odd. Then it ended.", ["It was... odd.", "Then it ended."]),
        ("no", "Saken behandles 14. november. Da møtes rådet.", ["Saken behandles 14. november.", "Da møtes rådet."]),
        ("no", "– Sjøen var rolig, sier hun. – Sikten var god.", ["– Sjøen var rolig, sier hun.", "– Sikten var god."]),
        ("nb", "Bl.a. kostet det 2,4 mill. kroner. Det er mye.", ["Bl.a. kostet det 2,4 mill. kroner.", "Det er mye."]),
        ("sv", "Det skedde kl. 14.30 i dag. Ingen skadades.", ["Det skedde kl. 14.30 i dag.", "Ingen skadades."]),
        ("da", "Den 3. maj kom 40 pct. af dem. Så gik de.", ["Den 3. maj kom 40 pct. af dem.", "Så gik de."]),
        ("de", "Am 14. November kam niemand. Die Halle war leer.", ["Am 14. November kam niemand.", "Die Halle war leer."]),
        (
            "de",
            "Es ist das 21. Jahrhundert. Sie stieg 2024. Dann fiel sie.",
            ["Es ist das 21. Jahrhundert.", "Sie stieg 2024.", "Dann fiel sie."],
        ),
        ("nl", "Dat kost ca. 1,5 mln. euro. Het is veel.", ["Dat kost ca. 1,5 mln. euro.", "Het is veel."]),
        ("fr", "M. Leroux a parlé. « C’est fini. » Il est parti.", ["M. Leroux a parlé.", "« C’est fini. »", "Il est parti."]),
        ("es", "El Sr. Bravo calló. ¿Hasta cuándo? Nadie sabe.", ["El Sr. Bravo calló.", "¿Hasta cuándo?", "Nadie sabe."]),
        ("it", "Il dott. Rossi parla. È tardi.", ["Il dott. Rossi parla.", "È tardi."]),
        ("pt", "A Sra. Falé esperou. Foi longo.", ["A Sra. Falé esperou.", "Foi longo."]),
        (
            "pl",
            "Przy ul. Sportowej 3 stoi basen. Kosztował 4 mln zł.",
            ["Przy ul. Sportowej 3 stoi basen.", "Kosztował 4 mln zł."],
        ),
        ("fi", "Laiva lähti klo 4.50. Se saapui 3. toukokuuta.", ["Laiva lähti klo 4.50.", "Se saapui 3. toukokuuta."]),
        ("cs", "Stalo se to 9. října např. v Brně. Nikdo nepřišel.", ["Stalo se to 9. října např. v Brně.", "Nikdo nepřišel."]),
        ("ru", "Это стоит 5 млрд руб. в год. Так сказал И. Петров.", ["Это стоит 5 млрд руб. в год.", "Так сказал И. Петров."]),
        ("uk", "Він живе на вул. Садовій. Там тихо.", ["Він живе на вул. Садовій.", "Там тихо."]),
        ("ro", "Dl. Popa a plecat. Era târziu.", ["Dl. Popa a plecat.", "Era târziu."]),
        ("zh", "今天下雨。明天晴天。", ["今天下雨。", "明天晴天。"]),
        ("ar", "هل جاء؟ لا أحد يعلم.", ["هل جاء؟", "لا أحد يعلم."]),
    ],
)
def test_splits_as_a_reader_would(lang: str, text: str, expected: list[str]) -> None:
    assert parts(text, lang) == expected


@given(st.text(max_size=400), st.sampled_from(["en", "no", "de", "fr", "ru", "ar", "xx"]))
def test_spans_are_ordered_stripped_and_hold_every_word(text: str, lang: str) -> None:
    spans = split(text, lang)
    assert all(a < b and not text[a].isspace() and not text[b - 1].isspace() for a, b in spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    inside = "".join(text[a:b] for a, b in spans)
    assert "".join(inside.split()) == "".join(text.split())


@given(st.text(max_size=200), st.integers(0, 50))
def test_a_part_of_a_text_is_split_by_offsets_into_the_whole(text: str, start: int) -> None:
    begin = min(start, len(text))
    assert all(begin <= a and b <= len(text) for a, b in split(text, "en", start=begin))


def test_a_long_line_of_full_stops_takes_linear_time() -> None:
    assert len(split("A. " * 50_000, "en")) >= 1
