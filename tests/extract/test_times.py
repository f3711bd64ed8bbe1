"""Dates: what a sentence says of time, resolved against publication, and the date a claim holds for."""

import time
from datetime import UTC, date, datetime

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from service.extract import dates, resolving, times
from service.records import Modality

WEDNESDAY = datetime(2024, 2, 14, 12, tzinfo=UTC)
LOCALES = ("nb", "en", "sv", "da", "de", "nl", "fr", "es", "it", "pt", "pl", "fi", "cs", "ru", "uk", "ro")


def found(text: str, lang: str, *, ahead: bool = False) -> list[str]:
    published = WEDNESDAY.date()
    resolved = (
        resolving.resolve(m, published, future=ahead) for m in dates.find(text, lang) if m.kind not in ("clock", "decade")
    )
    return [iso for iso in resolved if iso]


@pytest.mark.parametrize(
    ("lang", "text", "iso"),
    [
        ("en", "on Monday", "2024-02-12"),
        ("en", "on Wednesday", "2024-02-14"),
        ("en", "last Wednesday", "2024-02-07"),
        ("en", "on Sunday", "2024-02-11"),
        ("en", "yesterday", "2024-02-13"),
        ("en", "the day before yesterday", "2024-02-12"),
        ("en", "last month", "2024-01"),
        ("en", "last year", "2023"),
        ("en", "in October", "2023-10"),
        ("en", "in January", "2024-01"),
        ("en", "in March 2022", "2022-03"),
        ("en", "on Dec. 9, 2023", "2023-12-09"),
        ("en", "on 17 June", "2023-06-17"),
        ("en", "between October 9 and 15", "2023-10-15"),
        ("en", "in 2019", "2019"),
        ("en", "between 2018 and 2021", "2018"),
        ("en", "from 2018–2021", "2021"),
        ("en", "in the third quarter of 2023", "2023-09"),
        ("en", "three days ago", "2024-02-11"),
        ("en", "three weeks ago", "2024-01"),
        ("en", "two years ago", "2022"),
        ("en", "last summer", "2023"),
        ("en", "in spring 2022", "2022"),
        ("en", "by the end of 2023", "2023-12"),
        ("en", "2024-01-31", "2024-01-31"),
        ("en", "at Christmas", "2023-12"),
        ("nb", "i går", "2024-02-13"),
        ("nb", "mandag kveld", "2024-02-12"),
        ("nb", "i fjor", "2023"),
        ("nb", "for tre år siden", "2021"),
        ("nb", "i forrige uke", "2024-02"),
        ("nb", "den 19. januar", "2024-01-19"),
        ("nn", "i fjor haust", "2023"),
        ("nn", "måndag", "2024-02-12"),
        ("sv", "i lördags", "2024-02-10"),
        ("sv", "i fjol", "2023"),
        ("sv", "för två veckor sedan", "2024-01"),
        ("da", "i juli sidste år", "2023-07"),
        ("da", "den 17. december", "2023-12-17"),
        ("de", "am Dienstagabend", "2024-02-13"),
        ("de", "im vergangenen Jahr", "2023"),
        ("de", "vor drei Jahren", "2021"),
        ("de", "am 12. Oktober", "2023-10-12"),
        ("de", "im zweiten Quartal 2023", "2023-06"),
        ("nl", "maandagmiddag", "2024-02-12"),
        ("nl", "vorige maand", "2024-01"),
        ("nl", "twee jaar geleden", "2022"),
        ("fr", "mardi soir", "2024-02-13"),
        ("fr", "le 13 juin", "2023-06-13"),
        ("fr", "le 1er mai 2023", "2023-05-01"),
        ("fr", "il y a trois jours", "2024-02-11"),
        ("fr", "l’an dernier", "2023"),
        ("es", "el lunes", "2024-02-12"),
        ("es", "el 21 de octubre de 2022", "2022-10-21"),
        ("es", "el año pasado", "2023"),
        ("es", "hace dos años", "2022"),
        ("it", "lunedì scorso", "2024-02-12"),
        ("it", "il 4 settembre", "2023-09-04"),
        ("it", "due anni fa", "2022"),
        ("pt", "na terça-feira", "2024-02-13"),
        ("pt", "28 de dezembro", "2023-12-28"),
        ("pt", "há três dias", "2024-02-11"),
        ("pl", "we wtorek", "2024-02-13"),
        ("pl", "w zeszłym roku", "2023"),
        ("pl", "14 maja 2023 roku", "2023-05-14"),
        ("pl", "trzy lata temu", "2021"),
        ("cs", "v neděli", "2024-02-11"),
        ("cs", "9. října", "2023-10-09"),
        ("cs", "loni", "2023"),
        ("cs", "v únoru", "2024-02"),
        ("cs", "v červenci", "2023-07"),
        ("fi", "maanantaina", "2024-02-12"),
        ("fi", "12. lokakuuta", "2023-10-12"),
        ("fi", "viime vuonna", "2023"),
        ("fi", "syyskuussa", "2023-09"),
        ("ru", "в понедельник", "2024-02-12"),
        ("ru", "в прошлом году", "2023"),
        ("ru", "24 января 2022 года", "2022-01-24"),
        ("ru", "с первого мая", "2023-05-01"),
        ("uk", "минулого тижня", "2024-02"),
        ("uk", "торік", "2023"),
        ("uk", "у п’ятницю", "2024-02-09"),
        ("uk", "24 січня", "2024-01-24"),
        ("ro", "luni", "2024-02-12"),
        ("ro", "anul trecut", "2023"),
        ("ro", "în octombrie 2022", "2022-10"),
    ],
)
def test_what_has_passed(lang: str, text: str, iso: str) -> None:
    assert found(text, lang)[0] == iso


@pytest.mark.parametrize(
    ("lang", "text", "iso"),
    [
        ("en", "on Monday", "2024-02-19"),
        ("en", "tomorrow", "2024-02-15"),
        ("en", "next week", "2024-02"),
        ("en", "next month", "2024-03"),
        ("en", "in October", "2024-10"),
        ("en", "on 1 January", "2025-01-01"),
        ("en", "next spring", "2024"),
        ("en", "by 2030", "2030"),
        ("en", "by the end of this year", "2024-12"),
        ("en", "at Easter", "2024-03"),
        ("nb", "i morgen", "2024-02-15"),
        ("nb", "neste år", "2025"),
        ("sv", "på tisdag", "2024-02-20"),
        ("da", "i næste uge", "2024-02"),
        ("de", "am kommenden Montag", "2024-02-19"),
        ("de", "bis Ostern", "2024-03"),
        ("nl", "volgende maand", "2024-03"),
        ("fr", "jeudi prochain", "2024-02-15"),
        ("fr", "l’an prochain", "2025"),
        ("es", "el próximo lunes", "2024-02-19"),
        ("it", "domani", "2024-02-15"),
        ("pt", "na próxima segunda-feira", "2024-02-19"),
        ("pl", "w przyszłym tygodniu", "2024-02"),
        ("cs", "zítra", "2024-02-15"),
        ("fi", "ensi viikolla", "2024-02"),
        ("ru", "в следующем году", "2025"),
        ("uk", "завтра вранці", "2024-02-15"),
        ("ro", "mâine", "2024-02-15"),
    ],
)
def test_what_lies_ahead(lang: str, text: str, iso: str) -> None:
    assert found(text, lang, ahead=True)[0] == iso


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "more than 2,022 people may march"),
        ("en", "it may rain"),
        ("en", "the Sun reported it"),
        ("en", "a 2.15pm train"),
        ("en", "12 in hospital"),
        ("nb", "2000 mennesker"),
        ("fr", "il a été blessé"),
        ("fr", "sept cadres"),
        ("ro", "mai mulți oameni"),
        ("pl", "1340 zł"),
        ("de", "um 14.55 Uhr"),
        ("en", "in the 1990s"),
        ("xx", "anything at all"),
    ],
)
def test_what_is_no_date(lang: str, text: str) -> None:
    assert found(text, lang) == []


@pytest.mark.parametrize("lang", LOCALES)
def test_every_month_and_weekday_of_the_locale_is_known(lang: str) -> None:
    locale = Locale.parse(lang)
    for month in range(1, 13):
        for context in ("format", "stand-alone"):
            name = locale.months[context]["wide"][month]
            assert found(f"17 {name} 2022", lang) == [f"2022-{month:02}-17"], name
    for day in range(7):
        name = locale.days["format"]["wide"][day]
        shown = name.capitalize() if lang in ("en", "de") else name
        (iso,) = found(shown, lang)
        assert date.fromisoformat(iso).weekday() == day, name


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
@settings(max_examples=200, deadline=None)
def test_an_iso_date_comes_back(day: date) -> None:
    assert found(day.isoformat(), "en") == [day.isoformat()]


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2080, 12, 31)), st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_a_bare_weekday_is_within_a_week_of_publication(published: date, weekday: int) -> None:
    mention = dates.Mention(0, 1, "weekday", weekday=weekday)
    back = date.fromisoformat(resolving.resolve(mention, published) or "")
    ahead = date.fromisoformat(resolving.resolve(mention, published, future=True) or "")
    assert back.weekday() == ahead.weekday() == weekday
    assert 0 <= (published - back).days < 7
    assert 0 <= (ahead - published).days < 7


@pytest.mark.parametrize(
    ("year", "iso"), [(2019, "2019-04-21"), (2024, "2024-03-31"), (2025, "2025-04-20"), (2038, "2038-04-25")]
)
def test_easter(year: int, iso: str) -> None:
    assert resolving.easter(year).isoformat() == iso


@given(st.text(max_size=200), st.sampled_from([*LOCALES, "nn", "xx"]))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read(text: str, lang: str) -> None:
    for (start, end), iso in times.mentions(text, lang=lang, published_at=WEDNESDAY):
        assert 0 <= start < end <= len(text)
        assert len(iso) in (4, 7, 10)
    times.as_of(text, lang=lang, published_at=WEDNESDAY)


# the date of a claim


@pytest.mark.parametrize(
    ("lang", "text", "modality", "iso"),
    [
        ("en", "Two tankers left the terminal on Monday", "fact", "2024-02-12"),
        ("en", "Inflation was 13.4 per cent in January", "fact", "2024-01"),
        ("en", "Its minister will travel to Brussels on Monday", "plan", "2024-02-19"),
        ("en", "Growth will slow in 2026", "forecast", "2026"),
        ("en", "Shares have risen 5% since January", "fact", "2024-02-14"),
        ("nb", "Båten grunnstøtte tirsdag kveld", "fact", "2024-02-13"),
        ("nb", "Statsråden reiser til Oslo i morgen", "plan", "2024-02-15"),
        ("de", "Der Umsatz sank 2023 um 7,3 Prozent", "fact", "2023"),
        ("fr", "Les négociations reprendront lundi à 9 heures", "plan", "2024-02-19"),
        ("uk", "Торік виручка компанії зросла на 38%", "fact", "2023"),
    ],
)
def test_as_of(lang: str, text: str, modality: Modality, iso: str) -> None:
    assert times.as_of(text, lang=lang, published_at=WEDNESDAY, modality=modality) == iso


def test_the_date_of_the_attribution_is_not_the_claims_own() -> None:
    sentence = "The minister said on Monday that inflation had been 4 per cent in December."
    start = sentence.index("inflation")
    span = start, len(sentence) - 1
    assert times.as_of(sentence, lang="en", published_at=WEDNESDAY, claim_span=span) == "2023-12"


def test_claims_of_one_article_share_their_day() -> None:
    text = (
        "A fire broke out in a warehouse in Leeds on Monday night, killing two people.\n\n"
        "Six engines were sent to the blaze. The roof collapsed within an hour."
    )
    quotes = [
        "A fire broke out in a warehouse in Leeds on Monday night",
        "Six engines were sent to the blaze",
        "The roof collapsed",
    ]
    claims: list[tuple[tuple[int, int], Modality]] = [((text.index(q), text.index(q) + len(q)), "fact") for q in quotes]
    assert times.as_of_all(text, claims, lang="en", published_at=WEDNESDAY) == ["2024-02-12"] * 3


@pytest.mark.parametrize(
    ("lang", "text", "words", "iso"),
    [
        ("en", "He said on Monday that it was over.", "Monday", "2024-02-12"),
        ("en", "It sank on Monday night.", "Monday night", "2024-02-12"),
        ("nb", "Den sank mandag kveld.", "mandag kveld", "2024-02-12"),
        ("fr", "Il a coulé mardi soir.", "mardi soir", "2024-02-13"),
        ("en", "He will speak on Monday.", "Monday", "2024-02-19"),
        ("en", "It happened last month.", "last month", "2024-01"),
        ("nb", "Det skjedde i går.", "i går", "2024-02-13"),
        ("de", "Das teilte er am Dienstag mit.", "Dienstag", "2024-02-13"),
        ("uk", "Це сталося минулого тижня.", "минулого тижня", "2024-02"),
    ],
)
def test_mentions_that_hang_on_publication(lang: str, text: str, words: str, iso: str) -> None:
    ((span, found_iso),) = times.mentions(text, lang=lang, published_at=WEDNESDAY)
    assert text[slice(*span)] == words
    assert found_iso == iso


@pytest.mark.parametrize(
    "text", ["It was signed on 4 March 2022.", "It opened in 2019.", "At 14:30 the doors opened.", "Now it is over."]
)
def test_mentions_that_stand_by_themselves_are_left_alone(text: str) -> None:
    assert times.mentions(text, lang="en", published_at=WEDNESDAY) == []


@pytest.mark.parametrize("text", ["on Monday " * 3000, "2024 " * 5000, "1.1.2024 " * 3000, "May " * 5000, "\n" * 20_000])
def test_a_flood_of_dates_is_read_in_bounded_time(text: str) -> None:
    started = time.process_time()
    times.as_of(text, lang="en", published_at=WEDNESDAY, claim_span=(0, 5))
    assert time.process_time() - started < 10
