"""Words, figures and signs of a sentence, with their places: what numbers and dates are read from."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

SPACES = "\u00a0\u202f\u2009\u2007 "
FIGURE = (
    rf"(?<![\d])\d{{1,3}}(?:[{SPACES}]\d{{3}})+(?!\d)(?:[.,]\d+)?"  # 12 000 and 1 462,58
    r"|\d{1,3}(?:[.,’']\d{3})+(?!\d)(?:[.,]\d+)?"  # 1,349.7 and 1.350.000 and 31’400
    r"|\d+(?:[.,]\d+)?"
)
WORD = r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*"
ELIDED = r"[^\W\d_]{1,7}['’](?=[^\W\d_])|[^\W\d_]+"
PATTERNS = {
    elided: re.compile(rf"(?P<n>{FIGURE})|(?P<w>{ELIDED if elided else WORD})|(?P<p>[^\w\s]|_)") for elided in (False, True)
}
KEPT_CHARS = 2000
"""Texts up to this length are remembered for a while; a whole article is not."""
ELIDING = frozenset({"fr", "it"})


@dataclass(frozen=True, slots=True)
class Token:
    """One figure ("n"), word ("w") or sign ("p"); `low` is lower case with straight apostrophes, `gap` is space before it."""

    text: str
    low: str
    start: int
    end: int
    kind: Literal["n", "w", "p"]
    gap: bool


def tokenize(text: str, *, elided: bool = False) -> tuple[Token, ...]:
    """The tokens of a text in order; `elided` cuts "d’euros" in two, as French and Italian need."""
    return _remembered(text, elided) if len(text) <= KEPT_CHARS else _cut(text, elided)


@lru_cache(maxsize=256)
def _remembered(text: str, elided: bool) -> tuple[Token, ...]:
    return _cut(text, elided)


def _cut(text: str, elided: bool) -> tuple[Token, ...]:
    tokens, last = [], 0
    for match in PATTERNS[elided].finditer(text):
        start, end = match.span()
        surface = match.group()
        kind: Literal["n", "w", "p"] = "n" if match.lastgroup == "n" else "w" if match.lastgroup == "w" else "p"
        low = surface.lower().replace("’", "'").replace("ʼ", "'") if kind == "w" else surface
        tokens.append(Token(surface, low, start, end, kind, start > last or start == 0))
        last = end
    return tuple(tokens)


def figure_value(raw: str, decimal: str) -> tuple[float, bool]:
    """(value of a figure in a language with this decimal sign, whether three digits after the sign leave it in doubt).

    In doubt is "1.349" where "." is the decimal sign: a unit after it makes it 1.349, a bare count 1349.
    """
    compact = re.sub(rf"[{SPACES}’']", "", raw)
    spaced = compact != raw
    signs = re.findall(r"[.,]", compact)
    if not signs:
        return float(compact), False
    head, tail = re.split(r"[.,](?=\d+$)", compact)
    if len(set(signs)) > 1 or spaced:
        return float(re.sub(r"[.,]", "", head) + "." + tail), False
    if len(signs) > 1:
        return float(re.sub(r"[.,]", "", compact)), False
    grouped = len(tail) == 3 and len(head) <= 3 and not head.startswith("0")
    if grouped and signs[0] != decimal:
        return float(head + tail), False
    return float(f"{head}.{tail}"), grouped


def significant_digits(raw: str) -> int:
    """How many digits of a written figure carry meaning: "100,000" has one, "1.40" three, "2,104" four."""
    digits = re.sub(r"\D", "", raw).lstrip("0")
    if re.search(r"[.,]\d{1,2}$|[.,]\d{4,}$", raw):
        return max(1, len(digits))
    return max(1, len(digits.rstrip("0")))
