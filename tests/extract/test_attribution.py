"""Who says what, by rules alone, in sixteen languages: quotes, reported speech, denials, and quotes that run on."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.extract import attribution, quotes

# (language, text, [(content, the words for the speaker or None, form, stance)]) of the stretches that somebody says
SPOKEN = [
    ("en", "The mayor said that the dam was safe.", [("the dam was safe", "The mayor", "indirect", "asserts")]),
    ("en", "The dam was safe, the mayor said on Monday.", [("The dam was safe", "the mayor", "indirect", "asserts")]),
    ("en", "According to the harbour office, two ships sank.", [
        ("two ships sank", "the harbour office", "indirect", "asserts"),
    ]),
    ("en", "Two ships sank, according to the harbour office.", [
        ("Two ships sank", "the harbour office", "indirect", "asserts"),
    ]),
    ("en", "“We lost two ships,” said Ana Reyes, who runs the port.", [
        ("We lost two ships", "Ana Reyes, who runs the port", "direct", "asserts"),
    ]),
    (
        "en",
        "“We lost two ships,” Ana Reyes told reporters. “The third is safe.”",
        [("We lost two ships", "Ana Reyes", "direct", "asserts"), ("The third is safe", "Ana Reyes", "direct", "asserts")],
    ),
    (
        "en",
        "“We lost two ships,” the port's chief, Ana Reyes, told this paper.",
        [("We lost two ships", "the port's chief, Ana Reyes", "direct", "asserts")],
    ),
    ("en", "The army denied that it had shelled the town.", [
        ("it had shelled the town", "The army", "indirect", "denies"),
    ]),
    ("en", "The firm denied selling the data.", [("selling the data", "The firm", "indirect", "denies")]),
    (
        "en",
        "The army denied that it had shelled the town and accused the rebels of staging the attack.",
        [
            ("it had shelled the town", "The army", "indirect", "denies"),
            ("the rebels of staging the attack", "The army", "indirect", "asserts"),
        ],
    ),
    (
        "en",
        "Reyes told reporters that the owner understood “the matter was closed”.",
        [("the owner understood “the matter was closed”", "Reyes", "mixed", "asserts")],
    ),
    ("en", "Port office: “No ship has sunk.”", [("No ship has sunk", "Port office", "direct", "asserts")]),
    ("no", "– Vi mistet to skip, sier havnesjef Kari Li.", [
        ("Vi mistet to skip", "havnesjef Kari Li", "direct", "asserts"),
    ]),
    ("no", "– Det er langt fra over, skal Li ha svart.", [("Det er langt fra over", "Li", "direct", "asserts")]),
    ("no", "Rederiet avviser at skipet lakk.", [("skipet lakk", "Rederiet", "indirect", "denies")]),
    ("no", "Ifølge Kystverket er to skip savnet.", [("er to skip savnet", "Kystverket", "indirect", "asserts")]),
    ("sv", "– Vi saknar två båtar, säger Eva Ek. – Det blåser hårt.", [
        ("Vi saknar två båtar", "Eva Ek", "direct", "asserts"),
        ("Det blåser hårt", "Eva Ek", "direct", "asserts"),
    ]),
    ("sv", "Bolaget förnekar att båten läckte.", [("båten läckte", "Bolaget", "indirect", "denies")]),
    ("da", "»Vi mangler to både,« siger Lars Bo.", [("Vi mangler to både", "Lars Bo", "direct", "asserts")]),
    ("da", "Rederiet afviser, at båden lækkede.", [("båden lækkede", "Rederiet", "indirect", "denies")]),
    ("de", "„Uns fehlen zwei Schiffe“, sagte Hafenchefin Uta Brandt.", [
        ("Uns fehlen zwei Schiffe", "Hafenchefin Uta Brandt", "direct", "asserts"),
    ]),
    ("de", "Die Reederei bestreitet, dass das Schiff leckte.", [
        ("das Schiff leckte", "Die Reederei", "indirect", "denies"),
    ]),
    ("de", "Zwei Schiffe sind laut Polizei gesunken.", [
        ("Zwei Schiffe sind laut Polizei gesunken", "Polizei", "indirect", "asserts"),
    ]),
    ("nl", "‘Twee schepen zijn gezonken’, zegt havenmeester Piet Smit.", [
        ("Twee schepen zijn gezonken", "havenmeester Piet Smit", "direct", "asserts"),
    ]),
    ("nl", "De rederij ontkent dat het schip lekte.", [("het schip lekte", "De rederij", "indirect", "denies")]),
    ("fr", "« Deux navires ont coulé », affirme la capitaine, Rosa Petit.", [
        ("Deux navires ont coulé", "la capitaine, Rosa Petit", "direct", "asserts"),
    ]),
    ("fr", "Deux navires ont coulé, selon la préfecture.", [
        ("Deux navires ont coulé", "la préfecture", "indirect", "asserts"),
    ]),
    ("fr", "L’armateur dément que le navire ait pris l’eau.", [
        ("le navire ait pris l’eau", "L’armateur", "indirect", "denies"),
    ]),
    ("es", "«Perdimos dos barcos», dijo la capitana Inés Gil.", [
        ("Perdimos dos barcos", "la capitana Inés Gil", "direct", "asserts"),
    ]),
    ("es", "La naviera negó que el barco tuviera fugas.", [
        ("el barco tuviera fugas", "La naviera", "indirect", "denies"),
    ]),
    ("it", "«Abbiamo perso due navi», ha detto il comandante Ugo Bassi.", [
        ("Abbiamo perso due navi", "il comandante Ugo Bassi", "direct", "asserts"),
    ]),
    ("it", "Secondo la Capitaneria, due navi sono affondate.", [
        ("due navi sono affondate", "la Capitaneria", "indirect", "asserts"),
    ]),
    ("pt", "\"Perdemos dois navios\", disse o comandante Rui Pinto.", [
        ("Perdemos dois navios", "o comandante Rui Pinto", "direct", "asserts"),
    ]),
    ("pt", "A empresa nega que o navio tivesse problemas.", [
        ("o navio tivesse problemas", "A empresa", "indirect", "denies"),
    ]),
    ("pl", "– Straciliśmy dwa statki – powiedziała kapitan Ewa Nowak.", [
        ("Straciliśmy dwa statki", "kapitan Ewa Nowak", "direct", "asserts"),
    ]),
    ("pl", "Armator zaprzecza, że statek przeciekał.", [("statek przeciekał", "Armator", "indirect", "denies")]),
    ("cs", "„Ztratili jsme dvě lodě,“ řekl kapitán Jan Novák.", [
        ("Ztratili jsme dvě lodě", "kapitán Jan Novák", "direct", "asserts"),
    ]),
    ("cs", "Firma popřela, že loď tekla.", [("loď tekla", "Firma", "indirect", "denies")]),
    ("ru", "«Мы потеряли два судна, — сказал капитан Иван Седов. — Третье цело».", [
        ("Мы потеряли два судна", "капитан Иван Седов", "direct", "asserts"),
        ("Третье цело", "капитан Иван Седов", "direct", "asserts"),
    ]),
    ("ru", "По данным портового управления, затонули два судна.", [
        ("затонули два судна", "портового управления", "indirect", "asserts"),
    ]),
    ("uk", "Компанія заперечила, що судно протікало.", [("судно протікало", "Компанія", "indirect", "denies")]),
    ("uk", "За його словами, затонули два судна.", [("затонули два судна", "його", "indirect", "asserts")]),
    ("fi", "Kaksi laivaa upposi, sanoo satamapäällikkö Aino Laine.", [
        ("Kaksi laivaa upposi", "satamapäällikkö Aino Laine", "indirect", "asserts"),
    ]),
    ("fi", "Varustamo kiistää, että laiva vuoti.", [("laiva vuoti", "Varustamo", "indirect", "denies")]),
    ("ro", "Potrivit poliției, două nave s-au scufundat.", [
        ("două nave s-au scufundat", "poliției", "indirect", "asserts"),
    ]),
]  # fmt: skip


def read(text: str, lang: str) -> list[list[attribution.Said]]:
    paragraphs, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            paragraphs.append((start, start + len(line)))
        start += len(line) + 1
    return attribution.read(text, paragraphs, lang)


def spoken(text: str, lang: str) -> list[tuple[str, str | None, str, str]]:
    found = []
    for said in itertools.chain.from_iterable(read(text, lang)):
        if said.source is not None:
            mention = text[slice(*said.source.mention)] if said.source.mention else None
            content = text[slice(*said.span)].removesuffix(".")
            found.append((content, mention, said.form, said.stance))
    return found


@pytest.mark.parametrize(("lang", "text", "expected"), SPOKEN)
def test_finds_speaker_content_form_and_stance(lang: str, text: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert spoken(text, lang) == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "The dam broke on Monday. Two villages were flooded."),
        ("en", "The “temporary” dam cost £3m."),
        ("no", "Demningen brast mandag. To bygder ble oversvømt."),
        ("de", "Der Damm brach am Montag. Zwei Dörfer wurden überflutet."),
        ("ru", "Плотина рухнула в понедельник. Затопило две деревни."),
    ],
)
def test_leaves_the_outlets_own_voice_alone(lang: str, text: str) -> None:
    assert spoken(text, lang) == []


def test_a_quote_runs_on_over_paragraphs() -> None:
    text = (
        "Ana Reyes wrote: “The port is closed.\n“Two ships sank in the storm.\n“They will be raised in May.”\n"
        "The storm has passed."
    )
    found = [[(text[slice(*s.span)], s.source is not None) for s in paragraph] for paragraph in read(text, "en")]
    assert found[1:] == [
        [("Two ships sank in the storm.", True)],
        [("They will be raised in May.", True)],
        [("The storm has passed.", False)],
    ]
    assert spoken(text, "en")[1][1] == "Ana Reyes"


def test_a_colon_hands_the_next_paragraph_to_its_speaker() -> None:
    assert spoken("Kari Li sa det slik:\n– Vi mistet to skip i går.", "no") == [
        ("Vi mistet to skip i går", "Kari Li", "direct", "asserts")
    ]


def test_german_reported_speech_goes_on_in_the_subjunctive() -> None:
    text = "Der Hafen sei zu, sagte Uta Brandt. Zwei Schiffe seien gesunken. Der Sturm zog weiter."
    assert [mention for _, mention, _, _ in spoken(text, "de")] == ["Uta Brandt", "Uta Brandt"]


def test_a_second_sentence_behind_the_same_dash_is_narration() -> None:
    text = "– Vi mistet to skip, sier Kari Li. Hun peker mot havna."
    assert [content for content, *_ in spoken(text, "no")] == ["Vi mistet to skip"]


@given(
    st.text(alphabet=st.sampled_from("ab “”„«»\"'‘’—–-:,.!?\n said Kari denied that"), max_size=300),
    st.sampled_from(["en", "no", "de", "fr", "ru", "xx"]),
)
@settings(max_examples=150, deadline=None)
def test_stretches_lie_within_their_paragraph_and_do_not_overlap(text: str, lang: str) -> None:
    for paragraph in read(text, lang):
        spans = sorted(s.span for s in paragraph)
        assert all(0 <= a < b <= len(text) for a, b in spans)
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


@given(st.text(max_size=300))
@settings(deadline=None)
def test_quotes_nest_within_the_text(text: str) -> None:
    found = quotes.find(text, 0, len(text))
    assert all(q.outer[0] <= q.inner[0] <= q.inner[1] <= q.outer[1] <= len(text) for q in found)
    assert all(first.outer[1] <= second.outer[0] for first, second in itertools.pairwise(found))
