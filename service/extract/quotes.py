"""Finds the quoted stretches of a paragraph: “…”, „…“, «…», »…«, ‘…’, "…", and speech behind a dash."""

import re
from dataclasses import dataclass

from service.records import Span

_CLOSING = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "‚": "‘’", "‹": "›", "”": "”", '"': '"', "'": "'"}
_MARK = re.compile("[“„«»‘‚‹”\"']")
_DASH = re.compile(r"[–—―]\s?(?=[\w\"“«„¿¡‘'…])|-{1,2} (?=\S)|-(?=[A-ZÀ-ÝА-ЯЁÄÖÅÆØ¿¡])")
_SPACEY = frozenset(" \t\n\u00a0\u202f\u2009(—–-[:,.;“„«»/")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted stretch: `outer` with its marks, `inner` without; offsets into the text."""

    outer: Span
    inner: Span
    closed: bool
    """False where the paragraph ends before the mark: the next paragraph may go on with it."""
    dash: bool = False

    @property
    def words(self) -> int:
        """A rough size: characters of the inner part over six."""
        return (self.inner[1] - self.inner[0]) // 6


def find(text: str, start: int, end: int) -> list[Quote]:
    """The quotes of text[start:end] in order; a quote within a quote belongs to the outer one. An open one runs to the end."""
    found: list[Quote] = []
    position, hopeless = start, set[str]()
    while (match := _MARK.search(text, position, end)) is not None:
        opener = match.start()
        if not _opens(text, opener, start, end):
            position = opener + 1
            continue
        mark = text[opener]
        closer = None if mark in hopeless else _closer(text, opener, end)
        if closer is None:
            hopeless.add(mark)
            runs_on = mark in "“„«‹" or (mark == '"' and not found and opener <= start + 1)
            if not runs_on:
                position = opener + 1
                continue
        stop = end if closer is None else closer + 1
        inner_end = end if closer is None else closer
        found.append(Quote((opener, stop), _stripped(text, opener + 1, inner_end), closer is not None))
        position = stop
    return found


def opens_with_dash(text: str, start: int, end: int) -> int:
    """Length of a leading dash of speech, with its space; 0 where there is none."""
    match = _DASH.match(text, start, end)
    return match.end() - match.start() if match else 0


def _opens(text: str, i: int, start: int, end: int) -> bool:
    mark = text[i]
    before = text[i - 1] if i > start else " "
    after = text[i + 1] if i + 1 < end else " "
    if mark in "'\"”’»":
        roomy = after in " \u00a0\u202f" and mark == "»"
        return before in _SPACEY and (not after.isspace() or roomy) and after not in ",.;:!?)"
    if mark == "‘":
        return before in _SPACEY
    return True


def _closer(text: str, opener: int, end: int) -> int | None:
    mark = text[opener]
    closing = _CLOSING[mark]
    depth = 0
    for i in range(opener + 1, end):
        char = text[i]
        if char == mark and mark in "“«„‹" and char not in closing:
            depth += 1
        elif char in closing and not _apostrophe(text, i, end):
            if mark in "\"'”" and text[i - 1].isspace() and i + 1 < end and text[i + 1].isalnum():
                continue  # opens another
            if depth == 0:
                return i
            depth -= 1
    return None


def _apostrophe(text: str, i: int, end: int) -> bool:
    if text[i] not in "'’‘":
        return False
    after = text[i + 1] if i + 1 < end else " "
    return after.isalnum() or (text[i - 1].isspace() and not after.isspace())


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
