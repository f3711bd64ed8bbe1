"""One sentence's tokens with its language's date words: what the readings of dates are built from."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from service.extract.clocks import measured
from service.extract.date_words import date_words
from service.extract.lexicon import numbers
from service.extract.numerals import LONGEST, Reader, cut
from service.extract.tokens import ELIDING, Token, tokenize

Kind = Literal[
    "day", "month", "year", "weekday", "relative", "season", "quarter", "half", "holiday", "decade", "clock", "ago"
]  # fmt: skip
Edge = Literal["", "since", "until", "after", "end", "start"]
Which = Literal["", "last", "this", "next"]
LIST_SIGNS = frozenset(["-", "–", "—", "/", ","])
LAST_YEAR = 2100
FRAMES = frozenset({"mid", "pre", "post", "early", "late"})
"""What a hyphen ties to a year."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch [start, end) of the text that names a time, with the parts it names; `shift` counts from publication.

    The unit of a shift is d, w, m, y, q (quarter), e (weekend) or n (now). `month` of a season is the one it starts in; of a
    holiday that moves it is 0. `edge` is what stands before: "since", "until" (or "by"), "after", "end of", "start of".
    """

    start: int
    end: int
    kind: Kind
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    shift: tuple[int, str] | None = None
    which: Which = ""
    edge: Edge = ""


Found = tuple[int, Mention]
OPENING_LISTS = ("ago_before", "last", "this", "next")


@lru_cache(maxsize=65_536)
def may_open(word: str, lang: str) -> bool:
    """Whether a mention of a time can start with this word: date words, number words, ordinals and articles."""
    cal, lex = date_words(lang), numbers(lang)
    if any(table.opens(word) for table in cal.tables.values()) or any(cal.lists[name].opens(word) for name in OPENING_LISTS):
        return True
    if any(lex.phrases[name].opens(word) for name in ("cardinals", "ordinals", "article")):
        return True
    return bool(lex.parts) and 4 < len(word) <= LONGEST and cut(word, lex.lang) is not None


class DateReader:
    """Looks date words up at a token, and reads the parts of a date: days, months and years."""

    def __init__(self, text: str, lang: str) -> None:
        self.text, self.lang = text, lang
        self.cal = date_words(lang)
        lex = numbers(lang)
        self.reader = Reader(tokenize(text, elided=lex.lang in ELIDING), lex)
        self.tokens: tuple[Token, ...] = self.reader.tokens
        self.words = self.reader.words

    def look(self, table: str, i: int) -> tuple[int, str] | None:
        """(index after, key) of a table entry that starts at token `i`."""
        return self.cal.tables[table].ahead(self.words, i)

    def ahead(self, name: str, i: int) -> int | None:
        """The index after a listed phrase that starts at token `i`."""
        found = self.cal.lists[name].ahead(self.words, i)
        return found[0] if found else None

    def behind(self, name: str, i: int) -> int | None:
        """The index where a listed phrase that ends before token `i` starts."""
        found = self.cal.lists[name].behind(self.words, i)
        return found[0] if found else None

    def skip_of(self, i: int) -> int:
        """The index after words like "of the" or a comma."""
        for _ in range(2):
            i = self.ahead("of", i) or i
        return i

    def joined(self, i: int) -> int | None:
        """The index after "and", "to" or a dash at token `i`, which tie two days of one month together."""
        return (
            self.reader.ahead("and", i) or self.reader.ahead("to", i) or (i + 1 if self.reader.word(i) in LIST_SIGNS else None)
        )

    def mention(
        self,
        i: int,
        end: int,
        kind: Kind,
        *,
        year: int | None = None,
        month: int | None = None,
        day: int | None = None,
        weekday: int | None = None,
        shift: tuple[int, str] | None = None,
        which: Which = "",
    ) -> Found:
        """The mention over the tokens [i, end), with the index after it."""
        span = self.tokens[i].start, self.tokens[end - 1].end
        return end, Mention(*span, kind, year=year, month=month, day=day, weekday=weekday, shift=shift, which=which)

    def edged(self, i: int, mention: Mention) -> Mention:
        """The mention with what stands before it: "since", "until", "after", "end of"."""
        if mention.kind in ("month", "year", "relative", "quarter", "half"):
            edges: tuple[tuple[str, Edge], ...] = (("end_of", "end"), ("start_of", "start"), ("mid_of", ""))
            for name, edge in edges:
                if (start := self.behind(name, i)) is not None:
                    mention, i = replace(mention, edge=edge), start
                    break
        skipped = i - 1 if self.reader.word(i - 1) in self.reader.lex.words["skip"] else i
        framing: tuple[Edge, ...] = ("since", "until", "after")
        for place in (i, skipped):
            for edge in framing:
                if self.behind(edge, place) is not None:
                    return mention if mention.edge == "end" and edge != "since" else replace(mention, edge=edge)
        return mention

    def month(self, i: int) -> tuple[int, int] | None:
        """(index after, month) of a month name at token `i`."""
        found = self.look("months", i)
        if found is None or (self.cal.flag("capital") and not self.tokens[i].text[0].isupper()):
            return None
        end = found[0]
        return end + 1 if self.abbreviated(end) else end, int(found[1])

    def abbreviated(self, end: int) -> bool:
        """Whether a full stop at token `end` belongs to a short month name before it, so that the sentence goes on."""
        if self.reader.word(end) != "." or not self.reader.glued(end) or end + 1 >= len(self.tokens):
            return False
        following = self.tokens[end + 1]
        return 3 <= len(self.tokens[end - 1].text) <= 4 and (following.kind == "n" or following.text[0].islower())

    def day(self, i: int) -> tuple[int, int] | None:
        """(index after, day of the month) of a figure with its ordinal sign at token `i`."""
        if i >= len(self.tokens) or not re.fullmatch(r"0?[1-9]|[12]\d|3[01]", self.words[i]):
            ordinal = self.reader.value_ahead("ordinals", i) if i < len(self.tokens) else None
            return (ordinal[0], int(ordinal[1])) if ordinal and ordinal[1] <= 31 else None
        end = i + 1
        signs = {"º", "°", *self.reader.lex.words["ordinal_suffix"], *("." if self.reader.lex.raw.get("ordinal_dot") else "")}
        if self.reader.glued(end) and self.reader.word(end) in signs:
            end += 1
        return end, int(self.words[i])

    def year(self, i: int) -> tuple[int, int] | None:
        """(index after, year) of four figures at token `i` that read as a year."""
        if i >= len(self.tokens) or not re.fullmatch(r"1[89]\d\d|20\d\d", self.words[i]):
            return None
        if after := self.year_range(i):
            return after
        return self.ahead("year_word", i + 1) or i + 1, int(self.words[i])

    def year_range(self, i: int) -> tuple[int, int] | None:
        """(index after, last year) of "2018–2021", "2024/25" or "2020-21" at token `i`."""
        j, first = i + 1, self.words[i]
        if self.reader.word(j) not in {"-", "–", "/", "−"} or not (self.reader.glued(j) and self.reader.glued(j + 1)):
            return None
        second = self.reader.word(j + 1)
        if measured(self.reader, j + 2):
            return None
        if re.fullmatch(r"\d\d", second) and int(second) == (int(first[2:]) + 1) % 100:
            return j + 2, int(first[:2] + second)
        if re.fullmatch(r"1\d{3}|20\d\d", second) and int(second) > int(first):
            return j + 2, int(second)
        return None

    def which(self, i: int, end: int) -> Which:
        """Whether "last", "this" or "next" stands before token `i`, or behind token `end` where the language puts it there."""
        if self.ahead("next_after", end):
            return "next"
        if self.ahead("last_after", end):
            return "last"
        names: tuple[Which, ...] = ("last", "this", "next")
        return next((name for name in names if self.behind(name, i) is not None), "")

    def is_year(self, i: int) -> bool:
        """Whether four bare figures at token `i` are a year and no count."""
        before = self.tokens[i - 1] if i else None
        dashed = before is not None and before.text in "-–/" and self.reader.glued(i) and self.reader.word(i - 2) not in FRAMES
        if before and (before.text in "$€£¥₹" or dashed):
            return False
        if (before and before.kind == "w" and self.reader.glued(i)) or measured(self.reader, i + 1):
            return False
        if self.reader.value_ahead("collectives", i + 1):
            return False
        timed = self.reader.word(i - 1) in self.reader.lex.words["year_before"]
        counted = self.counted(i + 1)
        if 1900 <= int(self.words[i]) < LAST_YEAR:
            dated = any(self.behind(name, i) is not None for name in ("since", "until", "after"))
            bounded = self.reader.lex.phrases["bounds"].behind(self.words, i) is not None and not dated
            return timed or not (counted and (int(self.words[i]) % 100 == 0 or bounded))
        return timed and not counted

    def counted(self, i: int) -> bool:
        """Whether a word that a figure could count stands at token `i`."""
        if i >= len(self.tokens) or self.tokens[i].kind != "w" or not self.tokens[i].gap:
            return False
        return self.words[i] not in self.reader.lex.words["stop"]
