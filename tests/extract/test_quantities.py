"""Quantities: the table of cases, numbers in every locale, spans, and whether two quantities can both be true."""

import time
from itertools import pairwise
from pathlib import Path

import pytest
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from service import units
from service.extract import lexicon
from service.extract.lexicon import LANGUAGES
from service.extract.quantities import compare, find, same_thing
from service.records import Quantity

TABLE = Path(__file__).with_name("quantities.tsv")
SPOKEN = Path(__file__).with_name("number_words.tsv")
LOCALES = {
    "en": "en_GB", "nb": "nb_NO", "sv": "sv_SE", "da": "da_DK", "de": "de_DE", "nl": "nl_NL", "fr": "fr_FR", "es": "es_ES",
    "it": "it_IT", "pt": "pt_PT", "pl": "pl_PL", "fi": "fi_FI", "cs": "cs_CZ", "ru": "ru_RU", "uk": "uk_UA", "ro": "ro_RO",
}  # fmt: skip
PEOPLE = {
    "en": "people", "nb": "mennesker", "sv": "personer", "da": "personer", "de": "Menschen", "nl": "mensen", "fr": "personnes",
    "es": "personas", "it": "persone", "pt": "pessoas", "pl": "osób", "fi": "ihmistä", "cs": "lidí", "ru": "человек",
    "uk": "осіб", "ro": "persoane",
}  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    lines = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [(cells[0], cells[1], cells[2] if len(cells) > 2 else "") for cells in lines]


def expected(cell: str) -> list[tuple[float | None, float | None, bool, str | None]]:
    found = []
    for item in filter(None, (part.strip() for part in cell.split(";"))):
        figure, _, rest = item.partition(" ")
        approx, unit = rest.startswith("~"), rest.removeprefix("~").strip() or None
        low, dots, high = figure.partition("..")
        ends = (low, high) if dots else (low, low)
        found.append((*(float(end) if end else None for end in ends), approx, unit))
    return found


def close(x: float | None, y: float | None) -> bool:
    return x is y is None or (x is not None and y is not None and abs(x - y) <= 0.002 * abs(y))


@pytest.mark.parametrize(("lang", "text", "cell"), rows(), ids=lambda value: value[:50])
def test_table(lang: str, text: str, cell: str) -> None:
    found, wanted = find(text, lang=lang), expected(cell)
    shown = [(q.low, q.high, q.approx, q.unit) for q in found]
    assert len(found) == len(wanted), shown
    for quantity, (low, high, approx, unit) in zip(found, wanted, strict=True):
        assert close(quantity.low, low), shown
        assert close(quantity.high, high), shown
        assert quantity.approx == approx, shown
        assert unit is None or quantity.unit == unit.split(" ")[0], shown


def test_table_covers_what_it_should() -> None:
    table = rows()
    assert len(table) >= 200
    assert len({lang for lang, _, _ in table}) >= 16


# properties


@pytest.mark.parametrize("lang", LOCALES)
@given(st.integers(min_value=2, max_value=999_999_999))
@settings(max_examples=40, deadline=None)
def test_a_whole_number_in_the_format_of_a_locale_is_read_back(lang: str, number: int) -> None:
    written = format_decimal(number, locale=LOCALES[lang])
    found = find(f"{written} {PEOPLE[lang]}", lang=lang)
    assert [(q.low, q.high) for q in found] == [(number, number)], written


@pytest.mark.parametrize("lang", LOCALES)
@given(st.integers(min_value=0, max_value=99_999), st.integers(min_value=1, max_value=99))
@settings(max_examples=40, deadline=None)
def test_a_percentage_in_the_format_of_a_locale_is_read_back(lang: str, whole: int, hundredths: int) -> None:
    number = whole + hundredths / 100
    written = format_decimal(number, format="#,##0.##", locale=LOCALES[lang])
    found = find(f"{written} %", lang=lang)
    assert [(q.low, q.high, q.unit) for q in found] == [(pytest.approx(number), pytest.approx(number), "%")], written


@pytest.mark.parametrize("lang", [lang for lang in LOCALES if lang not in ("en",)])
@given(st.integers(min_value=1000, max_value=999_999_999))
@settings(max_examples=20, deadline=None)
def test_spaces_of_every_kind_part_thousands(lang: str, number: int) -> None:
    for space in (" ", "\u00a0", "\u202f", "\u2009"):
        written = f"{number:,}".replace(",", space)
        assert [q.low for q in find(f"{written} {PEOPLE[lang]}", lang=lang)] == [number], repr(written)


def spoken() -> list[tuple[str, float, str]]:
    lines = SPOKEN.read_text(encoding="utf-8").splitlines()[1:]
    return [(lang, float(number), words) for lang, number, words in (line.split("\t") for line in lines)]


@pytest.mark.parametrize(("lang", "number", "words"), spoken())
def test_a_number_in_words_is_read_back(lang: str, number: float, words: str) -> None:
    assert [q.low for q in find(f"{words} {PEOPLE[lang]}", lang=lang)] == [number]


@given(st.text(max_size=200), st.sampled_from([*LOCALES, "nn", "tr", "xx"]))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_spans_hold(text: str, lang: str) -> None:
    for quantity in find(text, lang=lang, offset=7):
        start, end = quantity.span
        assert text[start - 7 : end - 7] == quantity.text
        assert quantity.low is None or quantity.high is None or quantity.low <= quantity.high


@given(st.lists(st.sampled_from([row[1] for row in rows()]), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_spans_do_not_overlap(texts: list[str]) -> None:
    for lang in ("en", "nb", "de", "uk"):
        spans = [q.span for q in find(". ".join(texts), lang=lang)]
        assert spans == sorted(spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize(
    "text",
    [
        "9" * 20_000,
        "1 " * 10_000,
        "1.000" * 4_000,
        "one hundred and " * 3_000,
        "12-" * 5_000,
        "()" * 5_000,
        "zwei" * 2_000,
        "$" * 9_000,
    ],
)
def test_a_flood_of_figures_is_read_in_bounded_time(text: str) -> None:
    started = time.process_time()
    find(text, lang="de")
    find(text, lang="en")
    assert time.process_time() - started < 10


# comparing


def only(text: str, lang: str = "en") -> Quantity:
    (found,) = find(text, lang=lang)
    return found


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        ("around 2,000 people", "1,980 people", "agree"),
        ("some 100,000 troops", "over 130,000 troops", "clash"),
        ("97 people", "around 100 people", "agree"),
        ("exactly 40 people", "41 people", "clash"),
        ("between 40 and 60 people", "at least 55 people", "agree"),
        ("between 40 and 60 people", "at least 65 people", "clash"),
        ("nearly 40 people", "38 people", "agree"),
        ("nearly 40 people", "20 people", "clash"),
        ("just over 40 people", "42 people", "agree"),
        ("up to 200 people", "150 people", "agree"),
        ("1.4 million votes", "1,412,000 votes", "agree"),
        ("1.4 million votes", "1.6 million votes", "clash"),
        ("40 km", "25 miles", "agree"),
        ("40 km", "40 miles", "clash"),
        ("5 tonnes", "5,000 kg", "agree"),
        ("three weeks", "21 days", "agree"),
        ("twelve months", "one year", "agree"),
        ("90 minutes", "two hours", "clash"),
        ("$5m", "€5m", "incomparable"),
        ("5 per cent", "five percentage points", "incomparable"),
        ("40 km", "40 people", "incomparable"),
        ("27 dead", "27 injured", "incomparable"),
        ("a third", "33 per cent", "agree"),
        ("one in eight", "12.5 per cent", "agree"),
        ("half a million jobs", "500,000 jobs", "agree"),
        ("tens of thousands of people", "40,000 people", "agree"),
        ("hundreds of people", "4,000 people", "clash"),
    ],
)
def test_compare(a: str, b: str, outcome: str) -> None:
    assert compare(only(a), only(b)) == outcome
    assert compare(only(b), only(a)) == outcome


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("130,000 troops", "en"), ("130 000 солдат", "ru")),
        (("at least 27 people were killed", "en"), ("minst 27 drepte", "nb")),
        (("27 Tote", "de"), ("27 killed", "en")),
        (("40 Arbeitsplätze", "de"), ("40 arbeidsplasser", "nb")),
        (("12 arrested", "en"), ("12 festgenommen", "de")),
        (("300 osób", "pl"), ("300 people", "en")),
        (("15 навчальних дронів", "uk"), ("15 drones", "en")),
    ],
)
def test_the_same_thing_across_languages(a: tuple[str, str], b: tuple[str, str]) -> None:
    first, second = only(*a), only(*b)
    assert same_thing(first, second) is True
    assert compare(first, second) == "agree"


def test_what_befell_people_tells_counts_apart() -> None:
    assert same_thing(only("27 people were killed"), only("27 people were injured")) is False
    assert same_thing(only("40 schools"), only("40 homes")) is False
    assert same_thing(only("40 widgets"), only("40 gadgets")) is None
    assert same_thing(only("40 widgets"), only("50 widgets")) is True


@given(st.integers(min_value=1, max_value=10**9))
@settings(max_examples=100, deadline=None)
def test_a_quantity_agrees_with_itself_however_it_is_written(number: int) -> None:
    spellings = [only(f"{number:,} people"), only(f"{number:,} people".replace(",", " ")), only(f"about {number:,} people")]
    for a in spellings:
        for b in spellings:
            assert compare(a, b) == "agree"


def test_every_word_for_a_stretch_of_time_is_known_to_the_units() -> None:
    for lang in LANGUAGES:
        for key, forms in lexicon.rows(lexicon.numbers(lang).text("measures")):
            for form in forms:
                if key in lexicon.DURATIONS and len(form) > 1 and form != "год":
                    assert units.durations()[form.rstrip("*")] == key, (lang, form)


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        (("14.2 million kroner", "en"), ("11,4 millioner kroner", "nb"), "clash"),
        (("14.2 million kroner", "en"), ("14,2 millioner kroner", "da"), "agree"),
        (("14.2 million kroner", "en"), ("11,4 miljoner kronor", "sv"), "incomparable"),
        (("2 million crowns", "en"), ("3 miljoner kronor", "sv"), "clash"),
        (("20 dollars", "en"), ("20 Euro", "de"), "incomparable"),
        (("5 people", "en"), ("3 kroner", "nb"), "incomparable"),
    ],
)
def test_a_name_of_money_that_countries_share_passes_for_each_of_theirs(
    a: tuple[str, str], b: tuple[str, str], outcome: str
) -> None:
    [first], [second] = find(a[0], lang=a[1]), find(b[0], lang=b[1])
    assert compare(first, second) == outcome
