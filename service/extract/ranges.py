"""Two numbers that make one interval ("40 to 60", "mellom 8 og 12 prosent"), a change ("from 95 to 118 million") or a score."""

from dataclasses import replace

from service.extract.drafts import Draft, rounded
from service.extract.numerals import Reader

DASHES = frozenset("-–—−‑")


def join(reader: Reader, drafts: list[Draft]) -> list[Draft]:
    """The drafts with each "40 to 60" made one interval, and with what a changing value shares ("from 95 to 118 million")."""
    out: list[Draft] = []
    for draft in drafts:
        before = out[-1] if out else None
        relation = _between(reader, before, draft) if before else ""
        if before and not relation and _part_of(reader, before, draft):
            part = replace(draft.measured, first=before.measured.first, last=before.measured.last)
            out[-1] = replace(before, measured=part)
        if before and relation:
            first = _shared(before, draft)
            if relation == "range" and first.low is not None and draft.high is not None and first.low <= draft.high:
                carrier = first if first.measured.kind == "money" and draft.measured.kind in ("count", "none") else draft
                merged = replace(carrier.measured, first=first.measured.first, thing=draft.measured.thing)
                numeral = replace(draft.numeral, digits=max(first.numeral.digits, draft.numeral.digits))
                start = min(first.first, _range_start(reader, first.first))
                out[-1] = Draft(start, draft.last, first.low, draft.high, numeral, merged, first.approx or draft.approx)
                continue
            if relation == "score":
                out.pop()
                continue
            out[-1] = first
        out.append(draft)
    return out


def _part_of(reader: Reader, a: Draft, b: Draft) -> bool:
    """Whether the first number is so many of the second: "15 of the 17 articles"."""
    if a.measured.kind != "none" or b.measured.kind != "count" or not 0 < b.first - a.last <= 3:
        return False
    k = a.last
    while k < b.first and reader.words[k] in reader.lex.words["stop"] and not reader.ahead("and", k):
        k += 1
    bound = reader.lex.phrases["bounds"].ahead(reader.words, k)
    return k > a.last and (bound[0] if bound else k) == b.first


def _range_start(reader: Reader, first: int) -> int:
    """The token where "between" or "from" before a range stands, or the range's own first."""
    k = first
    for _ in range(2):
        for name in ("between", "range_from"):
            start = reader.behind(name, k)
            if start is not None:
                return start
        k -= 1
    return first


def _shared(first: Draft, second: Draft) -> Draft:
    """The first of two numbers with the unit and the "million" that only the second one carries."""
    bare = first.measured.kind in ("count", "none")
    signed = first.measured.kind == "money" and second.measured.kind in ("count", "none")
    scale = second.numeral.scale
    if (bare or signed) and first.numeral.scale == 1 and scale > 1 and (first.low or 0) < 1000 and second.low is not None:
        first = replace(first, low=rounded((first.low or 0) * scale), high=rounded((first.high or 0) * scale))
    if bare and second.measured.kind not in ("count", "none"):
        factor = second.measured.factor
        low = None if first.low is None else rounded(first.low * factor)
        high = None if first.high is None else rounded(first.high * factor)
        measured = replace(second.measured, first=first.measured.first, last=first.measured.last)
        return replace(first, low=low, high=high, measured=measured)
    if first.measured.kind == "none":
        return replace(first, measured=replace(second.measured, first=first.first, last=first.last))
    return first


def _between(reader: Reader, a: Draft, b: Draft) -> str:
    """How two numbers that follow each other hang together: "range", "change", "score" or ""."""
    gap = reader.words[a.last : b.first]
    if (
        not gap
        or len(gap) > 4
        or a.numeral.form == "vague"
        or b.numeral.form in ("multiple", "article")
        or a.numeral.form == "multiple"
        or a.numeral.form == "article"
    ):
        return ""
    if a.measured.kind not in ("count", "none") and b.measured.kind == "count":
        return ""
    units = (a.measured.unit, b.measured.unit)
    if a.measured.kind not in ("count", "none") and b.measured.kind not in ("count", "none") and units[0] != units[1]:
        return ""
    if len(gap) == 1 and gap[0] in DASHES:
        return _dashed(a, b)
    opened = any(reader.behind("between", k) is not None for k in (a.first, a.first - 1))
    if opened and (_whole_gap(reader, "and", a, b) or _whole_gap(reader, "to", a, b)):
        return "range"
    if _whole_gap(reader, "or", a, b):
        near = a.low is not None and b.low is not None and a.low < b.low <= max(a.low + 1, a.low * 1.5)
        return "range" if near and a.measured.kind in ("count", "none") else ""
    if reader.ahead("to_change", a.last) and _whole_gap(reader, "to_change", a, b):
        return "change"
    if not _whole_gap(reader, "to", a, b):
        return ""
    return _from_to(reader, a, b)


def _from_to(reader: Reader, a: Draft, b: Draft) -> str:
    """Whether "A to B" is a range or a value that changed."""
    fits = _shared(a, b)
    if fits.low is None or b.low is None or fits.low > b.low:
        return "change"
    for k in (a.first, a.first - 1):
        if reader.behind("range_from", k) is not None:
            return "range"
    for k in range(a.first, max(-1, a.first - 5), -1):
        if reader.behind("from", k) is not None:
            moving = any(reader.ahead("change", j) for j in range(max(0, a.first - 15), min(len(reader.words), b.last + 4)))
            return "change" if moving or reader.lex.raw.get("from_is_change") else "range"
    return "range"


def _whole_gap(reader: Reader, name: str, a: Draft, b: Draft) -> bool:
    """Whether a phrase of the list, with a bound or an article at most, fills the gap between two numbers."""
    end = reader.ahead(name, a.last)
    if end is None:
        return False
    while end < b.first:
        bound = reader.lex.phrases["bounds"].ahead(reader.words, end)
        if bound and bound[0] <= b.first:
            end = bound[0]
        elif reader.words[end] in reader.lex.words["skip"] or reader.ahead("article", end) or end == b.first - 1:
            end += 1
        else:
            return False
    return end == b.first


def _dashed(a: Draft, b: Draft) -> str:
    """Whether "3-4" is a range or a score: a range has something to count after it and grows."""
    if a.low is None or b.low is None:
        return ""
    fits = _shared(a, b)
    if fits.low is None or fits.low >= b.low or (a.numeral.form == "figures") != (b.numeral.form == "figures"):
        return "score" if a.numeral.form == b.numeral.form == "figures" else ""
    bare = a.measured.kind == b.measured.kind == "none" and a.numeral.scale == b.numeral.scale == 1
    return "score" if bare and a.numeral.form == "figures" else "range"
