"""The date words of one language, indexed for look-up: months, weekdays, "yesterday", "last", "since"."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from service.extract import lexicon
from service.extract.lexicon import Phrases
from service.extract.tokens import ELIDING

TABLES = ("months", "weekdays", "relative", "seasons", "quarters", "halves", "holidays", "periods")
LISTS = (
    "ago_after ago_before in_before last next this since until after end_of start_of mid_of of year_word last_after next_after "
    "clock_before clock_parts clock_hours hours_before clock_words clock_past compared day_parts"
).split()


@dataclass(frozen=True)
class DateWords:
    """`tables` turn a phrase into a key ("3", "-1w"), `lists` only know their phrases."""

    raw: dict[str, Any] = field(repr=False)
    tables: dict[str, Phrases]
    lists: dict[str, Phrases]
    clock_after: frozenset[str]

    def flag(self, name: str) -> bool:
        """A yes-or-no property of the language's dates."""
        return bool(self.raw.get(name))


@lru_cache(maxsize=32)
def date_words(lang: str) -> DateWords:
    """The indexed date words of a language; empty where it has no file."""
    raw = lexicon.dates(lang)
    elided = lexicon.ALIASES.get(lang, lang) in ELIDING

    def table(entry: str) -> Phrases:
        lines = [part.split() for part in re.split(r"[|\n]", entry) if part.strip()]
        return Phrases(((form, key) for key, *forms in lines for form in forms), elided=elided)

    def listing(entry: str) -> Phrases:
        return Phrases(((form, True) for form in lexicon.listed(entry)), elided=elided)

    return DateWords(
        raw=raw,
        tables={name: table(raw.get(name, "")) for name in TABLES},
        lists={name: listing(raw.get(name, "")) for name in LISTS},
        clock_after=frozenset(str(raw.get("clock_after", "")).split()),
    )
