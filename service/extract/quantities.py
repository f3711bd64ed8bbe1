"""Finds the quantities of a sentence: "well over 130,000 troops", "mellom 40 og 60", "2,4 milliarder", "one in eight".

Each becomes an interval with its unit and what it measures. Dates, hours, ordinals, ages, scores and names with numbers are
left out; `service/extract/lexicons/numbers` holds what each language says.
"""

from service import units
from service.comparing import compare, same_thing
from service.extract import bounds, drafts, ranges, unit_words
from service.extract.drafts import Draft
from service.extract.lexicon import numbers
from service.extract.numerals import Reader
from service.extract.tokens import ELIDING, tokenize
from service.records import Quantity

__all__ = ["compare", "find", "same_thing"]

PERSONS = frozenset(
    "people children women soldiers police civilians refugees patients passengers protesters workers students prisoners "
    "hostages".split()
)
REACH = 7
"""Words around a count of people in which what befell them is looked for."""
SUBJECT_REACH = 9
"""Words before a sum or a share in which its subject is looked for."""


def find(text: str, *, lang: str, offset: int = 0) -> tuple[Quantity, ...]:
    """The quantities of a sentence or clause, in order; their spans are `offset` plus the place in `text`.

    `lang` is a BCP 47 primary tag; of an unknown language only figures, signs and international units are read. `low` and
    `high` are None where the words leave that end open.
    """
    lex = numbers(lang)
    reader = Reader(tokenize(text, elided=lex.lang in ELIDING), lex)
    if not lex.cardinals and not any(token.kind == "n" for token in reader.tokens):
        return ()
    found = [bounds.bound(reader, draft) for draft in ranges.join(reader, drafts.read(reader, text, lang))]
    return tuple(_quantity(reader, text, start, draft, offset) for start, draft in found if _kept(reader, start, draft))


def _kept(reader: Reader, start: int, draft: Draft) -> bool:
    """Whether a lone article with a unit ("a week") counts: after a bound or a word like "for"."""
    if draft.numeral.form != "article":
        return True
    if draft.low is None or draft.high is None:
        return True
    if draft.measured.kind != "measure" or not unit_words.is_duration(draft.measured.key):
        return False
    return reader.behind("article_before", start) is not None and not reader.ahead("ago", draft.last)


def _quantity(reader: Reader, text: str, start: int, draft: Draft, offset: int) -> Quantity:
    a, b = reader.tokens[start].start, reader.tokens[draft.last - 1].end
    return Quantity(
        span=(offset + a, offset + b),
        text=text[a:b],
        low=draft.low,
        high=draft.high,
        approx=draft.approx,
        unit=draft.measured.unit,
        thing=_thing(reader, start, draft),
        digits=draft.numeral.digits,
    )


def _thing(reader: Reader, start: int, draft: Draft) -> str | None:
    """What is measured: the noun phrase, with what befell the people it counts ("people killed"); of a measure, its subject."""
    thing = draft.measured.thing
    if draft.measured.kind in ("count", "none"):
        known = units.concept(thing)
        if known is not None and known not in PERSONS:
            return thing
        event = _event(reader, start, draft.last)
        return " ".join(part for part in (thing, event) if part) if event and event != thing else thing
    if thing is None and draft.measured.kind != "times" and draft.measured.key not in unit_words.BARE:
        for i in range(start - 1, max(-1, start - SUBJECT_REACH), -1):
            if reader.word(i) in ";.!?":
                break
            if reader.tokens[i].kind == "w" and units.word_concept(reader.words[i]):
                return reader.tokens[i].text
    return thing


def _event(reader: Reader, start: int, last: int) -> str | None:
    """The nearest word in the clause that says what befell people: "killed", "skadd", "vermisst"."""
    ahead = range(last, min(len(reader.tokens), last + REACH))
    for places in (ahead, range(start - 1, max(-1, start - REACH), -1)):
        for i in places:
            if reader.tokens[i].kind != "w":
                if reader.words[i] in ".;:!?," or reader.tokens[i].kind == "n":
                    break
                continue
            if units.is_event(reader.words[i]):
                return reader.tokens[i].text
    return None
