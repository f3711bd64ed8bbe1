import pytest

from service.ingest.language import UNDETERMINED, identify, is_known, normalised


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The minister said on Monday that the bridge would stay closed.", "en"),
        ("Statsråden sa mandag at broen skal holdes stengt ut uka.", "no"),
        ("Statsråden sa måndag at brua skal haldast stengd ut veka.", "no"),
        ("Ministern sade i måndags att bron ska vara stängd veckan ut.", "sv"),
        ("Der Minister sagte am Montag, die Brücke bleibe gesperrt.", "de"),
        ("Міністр сказав у понеділок, що міст залишатиметься закритим.", "uk"),
    ],
)
def test_a_sentence_is_enough(text, lang):
    found = identify(text)
    assert found.lang == lang
    assert 0.6 <= found.probability <= 1.0


@pytest.mark.parametrize("text", ["", "  ", "123 456", "Ja!", "🙂🙂🙂"])
def test_too_little_is_undetermined(text):
    assert identify(text).lang == UNDETERMINED


def test_client_tags_become_primary_tags():
    assert [normalised(x) for x in ("nb-NO", "en_GB", "NN", "sv", None, " ")] == ["no", "en", "no", "sv", None, None]


def test_three_letter_and_undetermined_tags():
    assert [normalised(x) for x in ("nob", "ukr-UA", "und", "UND")] == ["no", "uk", None, None]


def test_a_tag_that_names_no_language_is_told():
    assert [is_known(x) for x in (None, "", "nb-NO", "sw", "eng", "xx", "klingon", "e")] == [True] * 5 + [False] * 3


def test_a_long_text_of_one_letter_takes_no_longer_than_a_page():
    assert identify("a" * 5_000_000).probability <= 1.0
