"""The date, and the time of day where it stands beside it, that one line names: by month names of every language served."""

import re
from datetime import date

from service.ingest import cues

_ISO = re.compile(
    r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::\d\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?(?!\d)"
)
_DAY_FIRST = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+|of\s+)?([^\W\d_]{3,15})\.?,?\s+(?:de\s+)?((?:19|20)\d\d)\b"
)
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,15})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b")
_FIGURES = re.compile(r"\b(\d{1,2})([./])(\d{1,2})\2((?:19|20)\d\d)\b")
_CLOCK = re.compile(r"(?<![\d.:/])(\d{1,2})[:.hH](\d\d)(?::\d\d)?(?![\d.:/])\s*(?:([ap])\.?m\b)?\.?,?\s*([A-Z]{1,4}\b)?")
_HOURS = {
    "Z": 0, "GMT": 0, "UTC": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "IST": 5.5, "EDT": -4,
    "EST": -5, "CDT": -5, "CST": -6, "PDT": -7, "PST": -8, "AEST": 10, "AEDT": 11, "JST": 9, "KST": 9,
}  # fmt: skip
"""Offsets of the zones that newspapers print. A zone not among them is read as none: UTC."""


def find(line: str, *, day_first: bool = False) -> str | None:
    """The first date of the line in ISO 8601, with its time and zone where given; None where it names no day of a year.

    "3/4/2024" is a date only where `day_first` says how to read it; "3.4.2024" and "13/4/2024" always are.
    """
    if found := _ISO.search(line):
        day = _day(found[1], int(found[2]), found[3])
        if day and found["hour"]:
            return f"{day}T{found['hour']}:{found['minute']}:00{found['zone'] or ''}"
        return _with_clock(day, line, found) if day else None
    for pattern, order in ((_MONTH_FIRST, (3, 1, 2)), (_DAY_FIRST, (3, 2, 1))):
        for found in pattern.finditer(line):
            month = cues.months().get(found[order[1]].lower())
            if month and (day := _day(found[order[0]], month, found[order[2]])):
                return _with_clock(day, line, found)
    for found in _FIGURES.finditer(line):
        plain = day_first or found[2] == "." or int(found[1]) > 12 or found[1] == found[3]
        if plain and (day := _day(found[4], int(found[3]), found[1])):
            return _with_clock(day, line, found)
    return None


def _day(year: str, month: int, day: str) -> str | None:
    try:
        return date(int(year), month, int(day)).isoformat()
    except ValueError:
        return None


def _with_clock(day: str, line: str, dated: re.Match[str]) -> str:
    """The day with the time of day that stands just before it, or else after it."""
    before = _CLOCK.search(line, max(0, dated.start() - 24), dated.start())
    near = before and not line[before.end() : dated.start()].strip(" ,|·–—-")
    found = before if near else _CLOCK.search(line, dated.end(), dated.end() + 40)
    if not found:
        return day
    hour, minute = int(found[1]), int(found[2])
    if found[3]:
        hour = hour % 12 + (12 if found[3].lower() == "p" else 0)
    if hour > 23 or minute > 59:
        return day
    offset = _HOURS.get(found[4] or "")
    zone = "" if offset is None else f"{'+' if offset >= 0 else '-'}{int(abs(offset)):02}:{int(abs(offset) * 60 % 60):02}"
    return f"{day}T{hour:02}:{minute:02}:00{zone}"
