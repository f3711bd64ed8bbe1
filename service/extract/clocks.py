"""Hours of the day: "14:30", "2.47am", "kl. 9.15", "18 h 30", "zes uur vanavond", "half past eight"."""

import re

from service.extract.date_words import DateWords
from service.extract.numerals import Reader

HOUR = re.compile(r"([01]?\d|2[0-4])(?:[.:]([0-5]\d))?")
MINUTES = re.compile(r"[0-5]\d")
MINUTE_STEPS = frozenset({5, 10, 20, 25})
ZONES = frozenset({"gmt", "utc", "bst", "cet", "cest"})


def end_of_clock(reader: Reader, words: DateWords, i: int) -> int | None:
    """The index after an hour of the day that starts at token `i`, or None."""
    if reader.tokens[i].kind == "w":
        return _in_words(reader, words, i)
    if reader.tokens[i].kind != "n":
        return None
    return _in_figures(reader, words, i)


def _listed(reader: Reader, words: DateWords, name: str, i: int) -> int | None:
    found = words.lists[name].ahead(reader.words, i)
    return found[0] if found else None


def _preceded(reader: Reader, words: DateWords, name: str, i: int) -> bool:
    return words.lists[name].behind(reader.words, i) is not None


def _in_figures(reader: Reader, words: DateWords, i: int) -> int | None:
    text = reader.tokens[i].text
    after = _suffix(reader, words, i + 1)
    if reader.word(i + 1) == ":" and reader.glued(i + 1) and reader.glued(i + 2):
        whole = re.fullmatch(r"[01]?\d|2[0-4]", text) and MINUTES.fullmatch(reader.word(i + 2))
        return _suffix(reader, words, i + 3) if whole else None
    hour = HOUR.fullmatch(text)
    military = re.fullmatch(r"([01]\d|2[0-3])[0-5]\d", text) and reader.word(i + 1) in ZONES
    hours = _listed(reader, words, "clock_hours", i + 1)
    if hour and hours and _preceded(reader, words, "hours_before", i):
        return hours
    before = _preceded(reader, words, "clock_before", i)
    bare_hours = reader.word(i + 1) in ("uur", "u", "horas") and not (hour and hour[2])
    lasting = bare_hours and not before and not _listed(reader, words, "clock_parts", after)
    if (hour or military) and after > i + 1 and not lasting:
        return after
    if hour and before and (hour[2] is not None or words.flag("clock_strict")):
        return i + 1 if _stands_alone(reader, words, i + 1) else None
    return None


def _stands_alone(reader: Reader, words: DateWords, i: int) -> bool:
    """Whether nothing that a figure could count stands at token `i`."""
    if i >= len(reader.tokens) or reader.tokens[i].kind != "w":
        return not measured(reader, i)
    free = reader.words[i] in reader.lex.words["stop"] or words.tables["weekdays"].ahead(reader.words, i) is not None
    return free and not measured(reader, i)


def measured(reader: Reader, i: int) -> bool:
    """Whether a unit, money or percent stands at token `i`, so that a figure before it counts."""
    names = ("percent", "pp", "bp", "currencies", "measures", "scales_short", "times")
    return any(reader.ahead(name, i) for name in names) or (reader.word(i) != "" and reader.word(i) in "%€$£°‰")


def _in_words(reader: Reader, words: DateWords, i: int) -> int | None:
    found = reader.sum_at(i)
    if found is None or not 1 <= found[1] <= 24:
        return None
    if found[1] in MINUTE_STEPS and (past := _listed(reader, words, "clock_past", found[0])):
        hour = reader.sum_at(past)
        told = hour is not None and 1 <= hour[1] <= 12 and _preceded(reader, words, "clock_before", i)
        return hour[0] if hour and told and _stands_alone(reader, words, hour[0]) else None
    end = _suffix(reader, words, found[0])
    part = _listed(reader, words, "clock_parts", end)
    if part or _preceded(reader, words, "clock_words", i):
        return part or end
    if words.flag("clock_strict") and _preceded(reader, words, "clock_before", i) and _stands_alone(reader, words, end):
        return end
    return end if reader.word(found[0]) in ("uhr", "o'clock") else None


def _suffix(reader: Reader, words: DateWords, i: int) -> int:
    """The index after "Uhr", "p.m." or "h 30" at token `i`, or `i` itself."""
    word = reader.word(i)
    if word in ("a", "p") and reader.word(i + 1) == "." and reader.word(i + 2) == "m":
        return i + 4 if reader.word(i + 3) == "." and reader.glued(i + 3) else i + 3
    if word in words.clock_after:
        return i + 2 if word in ("h", "uhr", "u") and MINUTES.fullmatch(reader.word(i + 1)) else i + 1
    return i
