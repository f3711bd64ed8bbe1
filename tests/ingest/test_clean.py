import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.ingest.clean import blocks, prose

PROSE = (
    "The harbour board said on Monday that the old ferry would be sold to a buyer in Malta before the summer.",
    "Nine sailors had refused to board it in March, according to their union, because two lifeboats were missing.",
    "The company denied that anybody had been in danger and said the boats had been sent ashore for repairs.",
    "A court in the port city will hear the case in June, the clerk told reporters on Tuesday afternoon.",
)

FURNITURE = [
    ("en", "Diary An icon of a wall planner. Close An icon of two crossed bars. Post An icon of a sealed letter.", "icon"),
    ("en", "READ MORE: Captain 'slept through' the storm, inquiry told", "related"),
    ("en", "The ferry at its berth last week (AP)", "caption"),
    ("en", "The ferry leaves port for the last time. Photograph: Ann Lee/The Harbour Post", "caption"),
    ("en", "By Ann Lee, Shipping correspondent", "byline"),
    ("en", "Published: 09:41, 3 March 2024 | Updated: 11:02, 3 March 2024", "stamp"),
    ("en", "Already a subscriber? Sign in", None),
    ("en", "Sorry, comments are closed on this article.", "comments"),
    ("en", "Home | News | Sport | Weather | Jobs", "menu"),
    ("en", "We use cookies to make this site work. Accept all cookies | Cookie policy", "cookies"),
    ("en", "Your support makes our journalism possible. Please consider supporting us from £2.", "appeal"),
    ("en", "Facebook  Twitter  WhatsApp  Copy link", None),
    ("en", "[[teaser]]", "template"),
    ("en", "#ferries #malta #lifeboats", "related"),
    ("no", "annonse", "advert"),
    ("no", "Les også: Rederiet selger tre skip til", "related"),
    ("no", "Foto: Kari Nordmann / NPX", "caption"),
    ("no", "Av Kari Nordmann, journalist", "byline"),
    ("sv", "Läs mer: Redaren fick bonus", "related"),
    ("sv", "Bild: Anna Ek", "caption"),
    ("da", "LÆS OGSÅ: Færgen er solgt", "related"),
    ("da", "Kommentarfeltet er lukket", "comments"),
    ("de", "Anzeige", "advert"),
    ("de", "Lesen Sie auch: Reederei verkauft drei Schiffe", "related"),
    ("de", "Stand: 04.03.2024 19:12 Uhr", "stamp"),
    ("nl", "Lees ook: Rederij verkoopt drie schepen", "related"),
    ("nl", "Artikel gaat verder onder de advertentie", "advert"),
    ("fr", "Publicité", "advert"),
    ("fr", "À lire aussi : Le ferry est vendu", "related"),
    ("fr", "Temps de lecture : 3 min", None),
    ("es", "Te puede interesar: El barco vendido a Malta", "related"),
    ("es", "Compartir en Facebook", "share"),
    ("it", "Leggi anche: Il traghetto venduto a Malta", "related"),
    ("it", "RIPRODUZIONE RISERVATA", "rights"),
    ("pt", "Leia também: O navio vendido a Malta", "related"),
    ("pt", "Exclusivo para assinantes", None),
    ("pl", "Czytaj także: Prom sprzedany na Maltę", "related"),
    ("pl", "Dodaj komentarz (12)", "comments"),
    ("fi", "Lue myös: Laiva myytiin Maltalle", "related"),
    ("cs", "Mohlo by vás zajímat: Trajekt prodán na Maltu", "related"),
    ("ru", "Читайте также: Паром продан на Мальту", "related"),
    ("uk", "Підписуйтеся на наш телеграм-канал", "follow"),
    ("ro", "Citește și: Feribotul vândut în Malta", "related"),
]


def kinds(text, **options):
    return {text[slice(*block.span)]: (block.kind, block.reason) for block in blocks(text, **options)}


@pytest.mark.parametrize(("lang", "line", "reason"), FURNITURE)
def test_furniture_in_mid_article_is_noise_and_its_neighbours_are_not(lang, line, reason):
    text = "\n\n".join([*PROSE[:2], line, *PROSE[2:]])
    found = kinds(text)
    assert found[line][0] == "noise"
    if reason:
        assert found[line][1] == reason
    assert all(found[paragraph] == ("prose", "") for paragraph in PROSE)


@pytest.mark.parametrize(
    "line",
    [
        "“Thank you for your support,” the mayor told the crowd, and promised to donate the prize to the hospital.",
        "– Vi trenger din støtte, sa ordføreren til de 400 frammøtte.",
        "The paper said readers had been asked to sign in again after 40,000 accounts were stolen in May.",
        "Meta changed its privacy policy in March, and regulators in Dublin opened an inquiry a week later.",
        "Foto-Giganten Kodak meldete am Montag Insolvenz an, wie das Gericht in Rochester mitteilte.",
        "La publicité pour le tabac est interdite depuis 1991, rappelle le ministère de la santé.",
        "NATO - not the EU - will lead the mission, the general said.",
        "By Monday evening, nine of the 40 villages had power again.",
        "Nine dead.",
    ],
)
def test_prose_that_speaks_of_such_things_stays_prose(line):
    text = "\n\n".join([*PROSE[:2], line, *PROSE[2:]])
    assert kinds(text)[line] == ("prose", "")


def test_the_headline_is_found_by_its_title_or_its_place():
    title = "Harbour board sells ferry to Malta"
    text = "\n\n".join(["Harbour Post", title, "By Ann Lee", *PROSE])
    for given_title in (title, None, "Harbour board SELLS ferry to Malta – Harbour Post"):
        found = kinds(text, title=given_title)
        assert found[title][0] == "headline"
        assert found["By Ann Lee"][0] == "noise"
        assert sum(kind == "headline" for kind, _ in found.values()) == 1


def test_section_names_are_cut_off_the_headline():
    text = "\n\n".join(["Harbour board sells old ferry to Malta | World | News", *PROSE])
    assert kinds(text)["Harbour board sells old ferry to Malta"] == ("headline", "")
    assert kinds(text)["| World | News"][0] == "noise"


def test_a_caption_that_stands_twice_is_noise_both_times_and_a_paragraph_only_the_second():
    caption = "Union leader Eva Berg and harbour master Jon Lie"
    text = "\n\n".join([PROSE[0], f"{caption}\n{caption}", *PROSE[1:], PROSE[0]])
    found = blocks(text)
    assert [b.kind for b in found if text[slice(*b.span)] == caption] == ["noise", "noise"]
    assert [b.kind for b in found if text[slice(*b.span)] == PROSE[0]] == ["prose", "noise"]


def test_an_appeal_takes_the_rest_of_the_page_along():
    appeal = [
        "… we have a small favour to ask. The Harbour Post has been independent since 1911.",
        "Your support, however small, keeps our reporters at sea. If you can, please support us monthly from £2. Thank you.",
        "Not ready to give today?",
        "payment methods",
    ]
    found = kinds("\n\n".join([*PROSE, *appeal]))
    assert [found[line][0] for line in appeal] == ["noise"] * 4
    assert all(found[paragraph][0] == "prose" for paragraph in PROSE)


def test_a_correction_is_noise_unless_a_second_sentence_says_what_is_right():
    slip = "Correction: an earlier version of this report misspelled the name of the captain."
    fact = "Correction: an earlier version said that nine sailors had refused to board. The union counts eleven of them."
    found = kinds("\n\n".join([*PROSE, slip, fact]))
    assert (found[slip][0], found[fact][0]) == ("noise", "prose")


def test_a_crosshead_between_paragraphs_is_noise_and_a_bulleted_fact_is_not():
    text = "\n\n".join([PROSE[0], "Union wants answers", PROSE[1], "• 40 lifeboats were inspected in 2023", *PROSE[2:]])
    assert kinds(text)["Union wants answers"] == ("noise", "crosshead")
    assert kinds(text)["• 40 lifeboats were inspected in 2023"][0] == "prose"


def test_a_dateline_and_the_clock_of_a_live_report_are_cut_off():
    text = f"VALLETTA, March 3 (NPX) - {PROSE[0]}"
    assert kinds(text)[PROSE[0]] == ("prose", "")
    assert kinds(text)["VALLETTA, March 3 (NPX) -"] == ("noise", "dateline")
    live = "\n\n".join(f"1{n}.30 {paragraph}" for n, paragraph in enumerate(PROSE))
    assert all(kinds(live)[paragraph] == ("prose", "") for paragraph in PROSE)


def test_hard_wrapped_lines_are_one_paragraph():
    wrapped = PROSE[0][:60].rsplit(" ", 1)[0] + "\n" + PROSE[0][len(PROSE[0][:60].rsplit(" ", 1)[0]) + 1 :]
    assert [b.span for b in blocks(wrapped)] == [(0, len(wrapped))]


def test_furniture_is_cut_out_of_a_text_without_line_breaks():
    text = " ".join([*PROSE, *PROSE[:1], "Story continues below this advertisement.", *(p + " Again." for p in PROSE), *PROSE])
    found = kinds(text)
    assert found["Story continues below this advertisement."] == ("noise", "advert")
    assert sum(kind == "prose" for kind, _ in found.values()) == 2


def test_prose_gives_the_article_alone():
    text = "\n\n".join([PROSE[0], "annonse", PROSE[1]])
    assert prose(text, blocks(text)) == f"{PROSE[0]}\n{PROSE[1]}"


WEIRD = st.text(
    st.one_of(st.characters(), st.sampled_from('\n\r\t \u2028\u0085\x00\x1f.|[]{}"“”«–•:()#@/©אבمر😀🇳🇴\u200d\u202e')),
    max_size=600,
)
LINES = st.lists(st.one_of(WEIRD, st.sampled_from([*PROSE, *(line for _, line, _ in FURNITURE)])), max_size=12).map("\n".join)


@given(
    text=st.one_of(WEIRD, LINES), title=st.one_of(st.none(), st.sampled_from(PROSE)), lang=st.sampled_from([None, "en", "it"])
)
@settings(max_examples=200, deadline=None)
def test_blocks_partition_what_is_not_white_space(text, title, lang):
    covered = 0
    for block in blocks(text, title=title, lang=lang):
        start, end = block.span
        assert covered <= start < end <= len(text)
        assert not text[covered:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert bool(block.reason) == (block.kind == "noise")
        covered = end
    assert not text[covered:].strip()


@pytest.mark.parametrize("unit", ["a", "a ", "مرحبا بالعالم. ", "“", "{{", "[", "a@", "- ", "😀", "<!--", PROSE[0] + " "])
def test_a_single_paragraph_of_megabytes_takes_bounded_time(unit):
    text = unit * (2_000_000 // len(unit))
    started = time.process_time()
    found = blocks(text)
    assert time.process_time() - started < 10
    assert sum(end - start for start, end in (b.span for b in found)) >= len(text) * 0.9
