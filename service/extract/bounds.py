"""What the words before and after a number make of it: "at least", "nearly", "up to", "or more"."""

from dataclasses import replace

from service.extract import noun_phrases, unit_words
from service.extract.drafts import Draft
from service.extract.numerals import Reader


def bound(reader: Reader, draft: Draft) -> tuple[int, Draft]:
    """(first token with its bound, the draft with the interval that the bound makes of it)."""
    start, ops, place = draft.first, [], draft.first
    for _ in range(3):
        k = place
        found = reader.lex.phrases["bounds"].behind(reader.words, k)
        while found is None and k > 0 and place - k < 3 and _skippable(reader, k - 1):
            k -= 1
            found = reader.lex.phrases["bounds"].behind(reader.words, k)
        if found is None:
            break
        op = _op_here(reader, found[1], found[0], k, draft)
        if op:
            ops.append(op)
            start = found[0]
        place = found[0]
    last = draft.last
    for k in (draft.last, noun_phrases.end_of(reader, draft.last)):
        if post := reader.lex.phrases["post"].ahead(reader.words, k):
            ops.append(post[1])
            last = max(last, post[0]) if k == draft.last else last
            break
    return start, replace(_apply(draft, ops), last=last)


def _skippable(reader: Reader, i: int) -> bool:
    """Whether a word or sign between a bound and its number may be passed over."""
    token = reader.tokens[i]
    return token.low in reader.lex.words["skip"] or token.text in "\"“”«»„'‘’(" or reader.ahead("article", i) == i + 1


def _op_here(reader: Reader, op: str, place: int, end: int, draft: Draft) -> str:
    """The bound as it holds in this place: some words bound only durations, or only where nothing changes."""
    duration = draft.measured.kind == "measure" and unit_words.is_duration(draft.measured.key)
    if op == "within":
        return "le" if draft.measured.kind == "measure" else ""
    if op == "over" and reader.word(place - 1) in reader.lex.words["over_not_after"]:
        return ""
    if op in ("ge", "le", "over") and reader.word(draft.first - 1) in reader.lex.text("definite_blocks").split():
        return ""
    if op == "le" and reader.word(place - 1) in reader.lex.text("up_to_not_after").split():
        return ""
    if duration and op == "le" and not set(reader.lex.text("definites").split()).isdisjoint(reader.words[end : draft.first]):
        return ""  # "under de första fem åren": within them
    if duration and reader.ahead("ago", draft.last) and op != "approx":
        return ""
    if op == "over" and duration:
        spanned = reader.word(place - 1) in reader.lex.words["over_before"] or draft.numeral.form == "article"
        return "ge" if spanned or (draft.low or 0) > 20 else ""
    if op == "until":
        moving = any(reader.ahead("change", j) for j in range(max(0, place - 7), place))
        return "" if moving or any(reader.behind("from", k) is not None for k in range(max(0, place - 6), place + 1)) else "le"
    return "ge" if op == "over" else op


def _apply(draft: Draft, ops: list[str]) -> Draft:
    low, high = draft.low, draft.high
    ops = [*ops, "above"] if draft.numeral.more else ops
    approx = draft.approx or any(op in ("near", "above", "approx") for op in ops)
    if any(op in ("le", "near") for op in ops):
        low = None
    elif any(op in ("ge", "above") for op in ops):
        high = None
    return replace(draft, low=low, high=high, approx=approx)
