"""Cuts a raw text into pieces: one paragraph or line each, with leading stamps and inline leftovers as pieces of their own."""

import re
from dataclasses import dataclass

from service.records import Span

_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_END = re.compile(r"""[.!?…:;。؟]["'”’»“)\]]*$""")
_CLOCK = re.compile(r"\(?\d{1,2}[:.hH]\d{2}(?:[:.]\d{2})?(?: ?(?:uhr|uur|hrs|[ap]m|bst|gmt|cet|h)\b)?\)?(?=\s)", re.IGNORECASE)
_DATELINE = re.compile(
    # Such as: CAIRO, March 11 (Meridian) - | (AT) - PIOMBINO, 22 OTT - | Almería, 15 may (ALP).- | LONDON (AP) —
    r"(?:\([A-Z]{2,8}\)\s*[-–—]\s*)?"
    r"(?P<place>[^\W\d_a-zà-ÿа-яё][\w'’.\-]*(?:[ ,/]+[\w'’.\-]+){0,7}?)"
    r"(?P<tail>[ ,]*(?:\d{1,2}\.? ?[^\W\d_]{3,10}\.?|[^\W\d_]{3,10}\.? \d{1,2}(?:, \d{4})?)?"
    r"\s*(?:\((?!AP Photo)[^()]{2,30}\))?)"
    r"\s*(?:\.\s?[-–—]|[-–—]{1,2})\s+(?=[\"“«„‘'(]?[^\W_])"
)
_LEFTOVER = re.compile(
    r"\{\{[^{}\n]{0,200}\}\}|\[\[[^\[\]\n]{0,200}\]\]|\[(?:tweet|embed|gallery|caption|video|audio|foto|image|img|photo|newsletter|oprava|ad)"
    r"[^\[\]\n]{0,200}\]|<!--[^<>\n]{0,200}-->|&nbsp;",
    re.IGNORECASE,
)
_WRAP_MIN, _WRAP_MAX = 45, 110
_LABELLED_MAX = 120
"""A line this short that opens with "[video]" is the label's own: it is left whole."""
_MIN_STAMPS = 3
"""A clock time that opens a line is cut off where at least this many lines of the text open with one: a live report."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text that is judged as one: a paragraph, a line, or what was cut off one."""

    start: int
    end: int
    text: str
    paragraph: int
    """Number of the paragraph (set apart by blank lines) it stands in."""
    reason: str = ""
    """Set where the cut alone says that it is noise: "stamp", "dateline" or "template"."""

    @property
    def span(self) -> Span:
        """Offsets into the text."""
        return self.start, self.end


def split(text: str) -> list[Piece]:
    """Pieces of the text in order, stripped; together they hold every character that is not white space."""
    pieces: list[Piece] = []
    lines = _join_wrapped(text, _raw_lines(text))
    stamped = sum(1 for start, end, _ in lines if _CLOCK.match(text, start, min(end, start + 24)))
    for start, end, paragraph in lines:
        pieces.extend(_cut(text, start, end, paragraph, stamped=stamped >= _MIN_STAMPS))
    return pieces


def _raw_lines(text: str) -> list[tuple[int, int, int]]:
    """(start, end, paragraph) of every line that is not blank, stripped."""
    lines, paragraph, last = [], 0, 0
    for match in _LINE.finditer(text):
        start, end = _strip(text, match.start(), match.end())
        if start == end:
            continue
        gap = text[last:start]
        if last and len(gap.splitlines()) > 1:
            paragraph += 1
        lines.append((start, end, paragraph))
        last = end
    return lines


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _join_wrapped(text: str, lines: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Lines with those of a hard-wrapped paragraph made one: about equally long, and most broken in mid-sentence."""
    out: list[tuple[int, int, int]] = []
    at = 0
    while at < len(lines):
        stop = at + 1
        while stop < len(lines) and lines[stop][2] == lines[at][2]:
            stop += 1
        group = lines[at:stop]
        if _is_wrapped(text, group):
            out.append((group[0][0], group[-1][1], group[0][2]))
        else:
            out.extend(group)
        at = stop
    return out


def _is_wrapped(text: str, group: list[tuple[int, int, int]]) -> bool:
    if len(group) < 2:
        return False
    body = group[:-1]
    widths = [end - start for start, end, _ in body]
    if not (min(widths) >= _WRAP_MIN and max(widths) <= _WRAP_MAX and group[-1][1] - group[-1][0] <= max(widths) + 8):
        return False
    if min(widths) < max(widths) * 0.72:
        return False
    broken = sum(
        1
        for (start, end, _), (after, _, _) in zip(body, group[1:], strict=True)
        if not _END.search(text[max(start, end - 4) : end]) and not text[after].isupper()
    )
    return broken >= max(1, len(body) // 2)


def _cut(text: str, start: int, end: int, paragraph: int, *, stamped: bool) -> list[Piece]:
    pieces: list[Piece] = []

    def add(a: int, b: int, reason: str = "") -> None:
        a, b = _strip(text, a, b)
        if a < b:
            pieces.append(Piece(a, b, text[a:b], paragraph, reason))

    at = start
    if stamped and (clock := _CLOCK.match(text, start, end)) and clock.end() < end:
        add(start, clock.end(), "stamp")
        at = clock.end()
    elif (dateline := _DATELINE.match(text, start, min(end, start + 120))) and _is_dateline(dateline):
        add(start, dateline.end(), "dateline")
        at = dateline.end()
    for leftover in _LEFTOVER.finditer(text, at, end):
        _, before = _strip(text, at, leftover.start())
        after, _ = _strip(text, leftover.end(), end)
        if before == at and text[leftover.start()] == "[" and 0 < end - after < _LABELLED_MAX:
            continue
        # In mid-sentence a leftover stays where it is: cutting there would break the sentence in two.
        if after == end or before == at or text[before - 1] in '.!?…:"”»)]}':
            add(at, leftover.start())
            add(leftover.start(), leftover.end(), "template")
            at = leftover.end()
    add(at, end)
    return pieces


def _is_dateline(match: re.Match[str]) -> bool:
    """Whether what opens the line is a place with a date or an agency, or a place in capitals: not a clause before a dash."""
    place, tail = match["place"], match["tail"]
    first = re.split(r"[ ,/]", place, maxsplit=1)[0]
    shouted = len(first) > 2 and first.isupper()
    agency = "(" in tail or match.group().startswith("(")
    dated = bool(re.search(r"\d", tail))
    alone = place.isupper() and len(first) > 4 and match.string[match.end()].isupper()
    return (shouted and (agency or dated or alone)) or (agency and (dated or len(place.split()) <= 3))
