"""An invented week in an invented valley, put into a ledger as the pipeline would: for screenshots and end-to-end tests."""

# ruff: noqa: E501 - the articles stand as they are read

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from service.records import (
    Article,
    Attribution,
    Claim,
    ClaimContext,
    Contradiction,
    Judgement,
    Link,
    Quantity,
    Span,
    Submission,
)
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import Processed, ThreadChange
from tests import fakes
from tests.store import make

START = datetime(2025, 3, 3, 6, 40, tzinfo=UTC)
OFFICE, MAYOR, RED = "Civil Protection Office", "Mayor Ilse Brandt", "Red Crescent"


@dataclass(frozen=True)
class Told:
    """A claim as it stands in a text; figures are (text, low, high)."""

    text: str
    speaker: str | None = None
    figure: tuple[str, float | None, float | None] | None = None
    unit: str = "people"
    as_of: str | None = None
    denies: bool = False


PIECES: list[tuple[str, str, str, str, float, str, list[Told]]] = [
    ("flood-1", "Varda Courier", "Hundreds leave their homes as the Varda rises", "en", 0.0,
     "The Varda rose by two metres overnight and broke the dyke at Lower Haven.\n\nSome 400 people had left their homes by Monday "
     "morning, the Civil Protection Office said. Buses brought them to two schools in the upper town.\n\nThe dam at Stenna is sound, "
     "according to the operator. Rain is forecast until Thursday.",
     [Told("Some 400 people had left their homes by Monday morning", OFFICE, ("Some 400 people", 380, 420), as_of="2025-03-03"),
      Told("The dam at Stenna is sound", "Stenna Hydro"), Told("broke the dyke at Lower Haven")]),
    ("flood-2", "North Valley Post", "Mayor: more than a thousand evacuated", "en", 0.5,
     "Lower Haven stood under a metre of water on Monday evening. Mayor Ilse Brandt said that more than 1,000 people had been brought "
     "to safety. “We know of nobody who is missing,” she told reporters outside the town hall.",
     [Told("more than 1,000 people had been brought to safety", MAYOR, ("more than 1,000 people", 1000, None), as_of="2025-03-03"),
      Told("We know of nobody who is missing", MAYOR)]),
    ("flood-3", "Vardaposten", "Over tusen evakuert etter dambrudd", "nb", 1.1,
     "Om lag 1200 mennesker er evakuert fra Nedre Havn, opplyste Sivilforsvaret tirsdag.\n\nTre personer er savnet, sier politiet.",
     [Told("Om lag 1200 mennesker er evakuert fra Nedre Havn", "Sivilforsvaret", ("Om lag 1200 mennesker", 1150, 1250),
           as_of="2025-03-04"), Told("Tre personer er savnet", "politiet")]),
    ("flood-4", "Varda Courier", "Office corrects its count", "en", 2.0,
     "Between 1,400 and 1,600 people have left the valley since Monday, the Civil Protection Office said on Wednesday. An earlier "
     "figure had left out those who went by themselves.\n\nThe operator of the dam at Stenna denied that water had passed over the "
     "crest. Engineers of the province saw it happen on Tuesday night, two of them told this paper.",
     [Told("Between 1,400 and 1,600 people have left the valley since Monday", OFFICE, ("Between 1,400 and 1,600 people", 1400, 1600),
           as_of="2025-03-05"),
      Told("water had passed over the crest", "Stenna Hydro", denies=True),
      Told("Engineers of the province saw it happen on Tuesday night")]),
    ("flood-5", "Річкова правда", "Дамба в Стенні: що відомо", "uk", 2.4,
     "Вода перелилася через гребінь дамби у вівторок уночі, повідомила обласна інженерна служба.\n\nЗ долини виїхали щонайменше "
     "1500 людей, сказала речниця служби Олена Коваль.",
     [Told("Вода перелилася через гребінь дамби у вівторок уночі", "обласна інженерна служба"),
      Told("З долини виїхали щонайменше 1500 людей", "Олена Коваль", ("щонайменше 1500 людей", 1500, None), as_of="2025-03-05")]),
    ("flood-6", "صوت الوادي", "الهلال الأحمر: ألف شخص في الملاجئ", "ar", 3.0,
     "قال الهلال الأحمر إن نحو 900 شخص فقط غادروا منازلهم حتى يوم الخميس، وإن الملاجئ ليست ممتلئة.",
     [Told("نحو 900 شخص فقط غادروا منازلهم حتى يوم الخميس", "الهلال الأحمر", ("نحو 900 شخص", 880, 920), as_of="2025-03-06")]),
    ("flood-7", "Harbour Times", "Two thousand may not return before summer", "en", 4.2,
     "Fewer than 2,000 people remain out of their homes, Mayor Ilse Brandt said on Friday. The bridge at Lower Haven will open "
     "again on Monday, she said.",
     [Told("Fewer than 2,000 people remain out of their homes", MAYOR, ("Fewer than 2,000 people", None, 2000), as_of="2025-03-07"),
      Told("The bridge at Lower Haven will open again on Monday", MAYOR)]),
    ("flood-8", "North Valley Post", "Bridge stays shut for weeks", "en", 4.6,
     "The bridge at Lower Haven stays closed until at least the end of the month, the road authority said. Its second pier moved by "
     "four centimetres. 1,850 people were registered in shelters and with relatives on Friday, the Civil Protection Office said.",
     [Told("The bridge at Lower Haven stays closed until at least the end of the month", "road authority"),
      Told("1,850 people were registered in shelters and with relatives on Friday", OFFICE, ("1,850 people", 1850, 1850),
           as_of="2025-03-07")]),
]  # fmt: skip

FOUND: list[tuple[str, str, str, str, str, float, str, str, str]] = [
    ("flood-1/0", "flood-2/0", "contradiction", "numeric", "open", 0.83, "Some 400", "more than 1,000",
     "“Some 400 people” (3 March, Varda Courier, Civil Protection Office) against “more than 1,000 people” (3 March, North Valley "
     "Post, Mayor Ilse Brandt): the figures are for the same day and do not overlap."),
    ("flood-1/0", "flood-4/0", "update", "numeric", "open", 0.91, "Some 400", "Between 1,400 and 1,600",
     "“Some 400 people” on 3 March, “between 1,400 and 1,600” on 5 March, both from the Civil Protection Office; different days: update."),
    ("flood-4/1", "flood-5/0", "dispute", "attributed_dispute", "open", 0.94, "passed over the crest",
     "перелилася через гребінь", "Stenna Hydro denies what the provincial engineers assert: that water passed over the crest of the dam."),
    ("flood-5/1", "flood-6/0", "contradiction", "numeric", "open", 0.88, "щонайменше 1500", "نحو 900 شخص فقط",
     "“щонайменше 1500 людей” (5 March) against “نحو 900 شخص” (6 March): the later figure is lower and the intervals do not overlap."),
    ("flood-7/1", "flood-8/0", "contradiction", "place_time", "open", 0.79, "open again on Monday",
     "closed until at least the end of the month", "The mayor says the bridge opens on Monday, the road authority keeps it closed for weeks."),
    ("flood-2/1", "flood-3/1", "contradiction", "negation", "confirmed", 0.72, "nobody who is missing", "Tre personer er savnet",
     "“nobody who is missing” against “Tre personer er savnet” a day later."),
]  # fmt: skip


def tell(ledger: Ledger) -> dict[str, Contradiction]:
    """Store the week; returns its contradictions by the names of their sides."""
    with make.BY_HAND:
        contexts: dict[str, ClaimContext] = {}
        for name, publisher, title, lang, days, text, told in PIECES:
            moment = START + timedelta(days=days)
            submission = Submission(text, publisher, moment, lang, title, f"https://news.example/{name}", name)
            article = ledger.add_article(submission).article
            claims = [_claim(article, item) for item in told]
            assert ledger.save_processed(_processed(article, claims)).done
            for number, claim in enumerate(claims):
                contexts[f"{name}/{number}"] = make.context(ledger, claim)
        evacuated = [key for key, context in contexts.items() if context.claim.quantities]
        thread = ThreadChange(new_id("thr"), "How many people left their homes in the Varda valley", _ids(contexts, evacuated))
        dam = ("flood-1/1", "flood-4/1", "flood-4/2", "flood-5/0")
        other = ThreadChange(new_id("thr"), "Did water pass over the dam at Stenna?", _ids(contexts, dam))
        article = ledger.add_article(
            make.submission("The week in the valley.", publisher="Varda Courier", external_id="week")
        ).article
        found = {f"{row[0]} {row[1]}": _contradiction(contexts, row, thread, other) for row in FOUND}
        ledger.save_processed(_processed(article, [], contradictions=tuple(found.values()), threads=(thread, other)))
        for key, row in zip(found, FOUND, strict=True):
            if row[4] == "confirmed":
                ledger.review(
                    found[key].id, status="confirmed", reviewer="Kari", note="Police and mayor asked; three are missing."
                )
        failed = ledger.add_article(make.submission("Ж", publisher="Harbour Times", title="A page with one letter")).article
        ledger.save_failed(failed.id, version=1, reason="the text holds no sentence that could be read")
        return {key: ledger.get_contradiction(item.id) for key, item in found.items()}


def _processed(article: Article, claims: list[Claim], **fields: Any) -> Processed:
    model = fakes.FakeEmbedder()
    vectors = model.embed([claim.standalone for claim in claims])
    return make.processed(
        article, claims, vectors=vectors, embedder=model.info.name, embedder_version=model.info.version, **fields
    )


def _claim(article: Article, told: Told) -> Claim:
    start = article.text.index(told.text)
    quantities: tuple[Quantity, ...] = ()
    if told.figure:
        words, low, high = told.figure
        at = article.text.index(words)
        quantities = (Quantity((at, at + len(words)), words, low, high, False, told.unit, told.unit, 2),)
    return Claim(
        new_id("clm"), article.id, (start, start + len(told.text)), told.text, told.text, article.lang,
        Attribution(told.speaker, form="indirect", stance="denies" if told.denies else "asserts"), quantities=quantities,
        as_of=told.as_of, probability=0.9,
    )  # fmt: skip


def _contradiction(contexts: dict[str, ClaimContext], row: Any, thread: ThreadChange, other: ThreadChange) -> Contradiction:
    left, right, relation, kind, _, probability, clash_a, clash_b, why = row
    a, b = contexts[left], contexts[right]
    judgement = Judgement(
        Link(a, b, 0.84, ("place:Varda valley",)), relation, kind, probability, (0.05, 0.1, 0.85), (0.06, 0.1, 0.84),
        "counterclaim-judge", "1", spans_a=(_span(a, clash_a),), spans_b=(_span(b, clash_b),), explanation=why,
    )  # fmt: skip
    own = next((t.id for t in (thread, other) if a.claim.id in t.claim_ids and b.claim.id in t.claim_ids), None)
    now = datetime.now(UTC)
    return Contradiction(
        new_id("con"), judgement, "suggested", now, now, thread_id=own, sources_a=2 if "1/0" in left else 1, sources_b=1
    )


def _span(side: ClaimContext, words: str) -> Span:
    at = side.claim.span[0] + side.claim.text.index(words)
    return at, at + len(words)


def _ids(contexts: dict[str, ClaimContext], keys: Any) -> tuple[str, ...]:
    return tuple(contexts[key].claim.id for key in keys)
