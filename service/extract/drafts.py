"""Numbers with their units, before ranges and bounds are read; what counts nothing is left out."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from service.extract import dates, rejects, unit_words
from service.extract.numerals import Numeral, Reader
from service.extract.shares import special
from service.extract.unit_words import Measured


@dataclass(frozen=True, slots=True)
class Draft:
    """A number with its unit before ranges and bounds are read: tokens [first, last)."""

    first: int
    last: int
    low: float | None
    high: float | None
    numeral: Numeral
    measured: Measured
    approx: bool = False


def _numerals(reader: Reader) -> list[Numeral]:
    found, i = [], 0
    while i < len(reader.tokens):
        numeral = special(reader, i)
        if numeral is None and reader.tokens[i].kind != "p":
            numeral = reader.plain(i)
        if numeral:
            found.append(numeral)
        i = numeral.last if numeral else i + 1
    return found


def read(reader: Reader, text: str, lang: str) -> list[Draft]:
    """Every number with its unit, less those that are no quantities."""
    dated = [m for m in dates.find(text, lang) if m.kind not in ("ago", "relative")]
    ends = [m.end for m in dated]
    drafts: list[Draft] = []
    ages: list[int] = []
    for numeral in _numerals(reader):
        start, end = reader.tokens[numeral.first].start, reader.tokens[numeral.last - 1].end
        k = bisect_right(ends, start)
        if k < len(dated) and dated[k].start < end:
            continue  # a date or an hour
        measured = unit_words.read(reader, numeral)
        if rejects.is_age(reader, numeral, measured, ages):
            ages.append(numeral.last)
            continue
        if rejects.is_other(reader, numeral, measured):
            continue
        drafts.append(_draft(reader, numeral, measured))
    return _compounds(reader, drafts)


def _draft(reader: Reader, numeral: Numeral, measured: Measured) -> Draft:
    low, high = numeral.low, numeral.high
    if numeral.grouped and measured.kind == "count":
        low = high = numeral.grouped
    if measured.kind == "measure" and low == int(low) and (half := reader.ahead("half_after", measured.last)):
        low, high, measured = low + 0.5, high + 0.5, replace(measured, last=half)  # "due anni e mezzo"
    factor = measured.factor
    if numeral.form in ("share", "ratio") and measured.kind == "share":
        factor = 100.0
    return Draft(
        measured.first, measured.last, rounded(low * factor), rounded(high * factor), numeral, measured, numeral.approx
    )


def rounded(value: float) -> float:
    """The value without the noise that decimal factors bring in."""
    return float(f"{value:.12g}")


def _compounds(reader: Reader, drafts: list[Draft]) -> list[Draft]:
    """The drafts with "four hours 51 minutes" and "4 kroner og 20 øre" made one."""
    out: list[Draft] = []
    for draft in drafts:
        before = out[-1] if out else None
        gap = reader.words[before.last : draft.first] if before else []
        if before and (not gap or (len(gap) == 1 and reader.ahead("and", before.last))):
            total = unit_words.add(before.measured, before.low, draft.measured, draft.low)
            if total:
                unit, value, key = total
                measured = replace(before.measured, unit=unit, key=key, last=draft.last)
                out[-1] = replace(before, last=draft.last, low=value, high=value, measured=measured)
                continue
        out.append(draft)
    return out
