"""Finds what a sentence says of days, months, years and hours, unresolved: "on Monday", "9 and 21 September", "i fjor"."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from service.extract.clocks import end_of_clock, measured
from service.extract.date_words import date_words
from service.extract.lexicon import numbers
from service.extract.numerals import HYPHENS, Reader
from service.extract.tokens import ELIDING, Token, tokenize

Kind = Literal[
    "day", "month", "year", "weekday", "relative", "season", "quarter", "half", "holiday", "decade", "clock", "ago"
]  # fmt: skip
Edge = Literal["", "since", "until", "after", "end", "start"]
Which = Literal["", "last", "this", "next"]
ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
NUMERIC = re.compile(r"(?<![\d.,/])(\d{1,2})([./])\s?(\d{1,2})\2\s?(\d{4}|\d{2})?(?![\d%])")
LIST_SIGNS = frozenset(["-", "–", "—", "/", ","])
DECADES = frozenset({"s", "er", "erne", "tallet", "talet", "ern"})
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


@lru_cache(maxsize=256)
def find(text: str, lang: str) -> tuple[Mention, ...]:
    """Every mention of a time in the text, in order and without overlaps; hours of the day are among them as "clock"."""
    return tuple(_Finder(text, lang).run())


class _Finder:
    def __init__(self, text: str, lang: str) -> None:
        self.text = text
        self.cal = date_words(lang)
        lex = numbers(lang)
        self.reader = Reader(tokenize(text, elided=lex.lang in ELIDING), lex)
        self.tokens: tuple[Token, ...] = self.reader.tokens
        self.words = self.reader.words

    def run(self) -> list[Mention]:
        """All mentions, the longest reading at each place first."""
        found: list[Mention] = []
        numeric = {match.start(): match for pattern in (ISO, NUMERIC) for match in pattern.finditer(self.text)}
        readers: tuple[Callable[[int], Found | None], ...] = (
            self.clock, self.day_month, self.month_day, self.quarter, self.relative, self.ago, self.period, self.month_year,
            self.weekday, self.season, self.holiday, self.lone_year,
        )  # fmt: skip
        i = 0
        while i < len(self.tokens):
            match = numeric.get(self.tokens[i].start)
            hit = self.numeric(i, match) if match else None
            for read in readers:
                hit = hit or read(i)
            if hit is None:
                i += 1
                continue
            found.append(self.edged(i, hit[1]))
            i = hit[0]
        return found

    # -- helpers ----------------------------------------------------------------------------------------------------------

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

    # -- readings ---------------------------------------------------------------------------------------------------------

    def numeric(self, i: int, match: re.Match[str]) -> Found | None:
        """A date in figures alone; day first, unless the text can only mean month first."""
        end = next((k for k in range(i, len(self.tokens)) if self.tokens[k].start >= match.end()), len(self.tokens))
        if match.re is ISO:
            year, month, day = (int(group) for group in match.groups())
        else:
            first, second = int(match[1]), int(match[3])
            if match[4] is None and (match[2] == "/" or not self.reader.lex.raw.get("ordinal_dot")):
                return None
            year = int(match[4] or 0) + (2000 if match[4] and len(match[4]) == 2 else 0)
            day, month = (second, first) if second > 12 else (first, second)
            if match[2] == "/" and self.cal.flag("month_first") and max(first, second) <= 12 and first != second:
                return self.mention(i, end, "year", year=year)  # 3/4/2024: no way to tell
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        return self.mention(i, end, "day", year=year or None, month=month, day=day)

    def clock(self, i: int) -> Found | None:
        """An hour of the day."""
        end = end_of_clock(self.reader, self.cal, i)
        return self.mention(i, end, "clock") if end else None

    def day_month(self, i: int) -> Found | None:
        """A day before its month: "17 June", "den 19. januar 2024", "9 and 21 September", "5–9 mai"."""
        found = self.day(i)
        for _ in range(3):
            if found is None:
                return None
            j, day = found
            if month := self.month(self.skip_of(j)):
                year = self.year(self.skip_of(month[0]))
                end = year[0] if year else month[0]
                return self.mention(i, end, "day", month=month[1], day=day, year=year[1] if year else None)
            join = self.joined(j)
            found = self.day(join) if join else None
        return None

    def month_day(self, i: int) -> Found | None:
        """A day after its month: "September 2", "Dec. 9, 2024", "October 9 to 15"."""
        month = self.month(i) if self.cal.flag("month_first") else None
        found = self.day(month[0]) if month else None
        if month is None or found is None or measured(self.reader, found[0]):
            return None
        end, day = found
        join = self.joined(end) if self.reader.word(end) != "," else None
        following = self.day(join) if join else None
        if following and not measured(self.reader, following[0]):
            end, day = following
        year = self.year(end + 1 if self.reader.word(end) == "," else end)
        return self.mention(i, year[0] if year else end, "day", month=month[1], day=day, year=year[1] if year else None)

    def month_year(self, i: int) -> Found | None:
        """A month with or without its year: "March 2024", "juli sidste år", "in October"."""
        month = self.month(i)
        if month is None:
            return None
        end, number = month
        if year := self.year(self.skip_of(end)):
            return self.mention(i, year[0], "month", month=number, year=year[1])
        found = self.look("relative", self.skip_of(end))
        if found and found[1].endswith("y"):
            return self.mention(i, found[0], "month", month=number, shift=(int(found[1][:-1]), "y"))
        if self.cal.flag("capital") and len(self.words[i]) <= 3 and i == 0:
            return None  # "May" at the head of a sentence
        if self.words[i] in str(self.cal.raw.get("weak_months", "")).split():
            return None  # Romanian "mai" is "more" unless a day or a year stands by it
        return self.mention(i, end, "month", month=number, which=self.which(i, end))

    def weekday(self, i: int) -> Found | None:
        """A weekday: "on Monday", "last Tuesday", "i lördags"."""
        found = self.look("weekdays", i)
        if found is None or (self.cal.flag("capital") and not self.tokens[i].text[0].isupper()):
            return None
        which = "last" if found[1].endswith("-") else self.which(i, found[0])
        return self.mention(i, found[0], "weekday", weekday=int(found[1].rstrip("-")), which=which)

    def relative(self, i: int) -> Found | None:
        """A phrase that counts from the day of publication: "yesterday", "i går", "next week"."""
        found = self.look("relative", i)
        if found is None:
            return None
        return self.mention(i, found[0], "relative", shift=(int(found[1][:-1]), found[1][-1]))

    def ago(self, i: int) -> Found | None:
        """A stretch of time back: "three weeks ago", "il y a deux ans", "for tre år siden"."""
        start = self.ahead("ago_before", i) or i
        number = self.reader.plain(start) if start < len(self.tokens) and self.tokens[start].kind != "p" else None
        article = self.reader.ahead("article", start)
        if number is None and article is None and start == i:
            return None
        j, count = (number.last, number.low) if number else (article or start, 1.0)
        unit = self.look("periods", j)
        if unit is None or count > 400:
            return None
        after, both = self.ahead("ago_after", unit[0]), self.cal.flag("ago_both")
        framed = (start > i and (after or not both)) or (start == i and after and not both)
        if not framed:
            return None
        fraction = count != int(count) and unit[1] == "y"
        shift = (-round(count * 12), "m") if fraction else (-round(count), unit[1])
        return self.mention(i, after or unit[0], "ago", shift=shift)

    def period(self, i: int) -> Found | None:
        """A stretch named from now: "last quarter", "this summer", "im vergangenen Jahr", "the past three years"."""
        steps: tuple[tuple[Which, int], ...] = (("last", -1), ("this", 0), ("next", 1))
        for name, step in steps:
            j = self.ahead(name, i)
            if j is None:
                continue
            for k in (j, j + 1):
                if unit := self.look("periods", k):
                    several = k > j and name == "last"  # "the past three years" end now
                    return self.mention(i, unit[0], "relative", shift=(0 if several else step, unit[1]), which=name)
                if season := self.look("seasons", k):
                    return self.mention(i, season[0], "season", month=int(season[1]), which=name)
                if k >= len(self.tokens) or self.tokens[k].kind == "p":
                    break
        return None

    def quarter(self, i: int) -> Found | None:
        """A quarter or half of a year: "the third quarter of 2024", "H1"."""
        tables: tuple[tuple[str, Kind, int], ...] = (("quarters", "quarter", 3), ("halves", "half", 6))
        for table, kind, months in tables:
            found = self.look(table, i)
            if found is None:
                continue
            end = self.skip_of(found[0])
            month = int(found[1]) * months
            if year := self.year(end):
                return self.mention(i, year[0], kind, month=month, year=year[1])
            relative = self.look("relative", end)
            if relative and relative[1][-1] in "ym":
                return self.mention(i, relative[0], kind, month=month, shift=(int(relative[1][:-1]), relative[1][-1]))
            if kind == "quarter":
                return self.mention(i, found[0], kind, month=month)
        return None

    def season(self, i: int) -> Found | None:
        """A season: "spring 2024", "under hösten", "i sommer"."""
        found = self.look("seasons", i)
        if found is None:
            return None
        end, month = self.skip_of(found[0]), int(found[1])
        if year := self.year(end):
            return self.mention(i, year[0], "season", month=month, year=year[1])
        relative = self.look("relative", end)
        if relative and relative[1].endswith("y"):
            return self.mention(i, relative[0], "season", month=month, shift=(int(relative[1][:-1]), "y"))
        return self.mention(i, found[0], "season", month=month, which=self.which(i, found[0]))

    def holiday(self, i: int) -> Found | None:
        """A holiday: "Christmas", "før jul", "bis Ostern"."""
        found = self.look("holidays", i)
        if found is None:
            return None
        year = self.year(found[0])
        end = year[0] if year else found[0]
        month, _, day = found[1].replace("easter", "0").partition("-")
        return self.mention(i, end, "holiday", month=int(month), day=int(day or 0) or None, year=year[1] if year else None)

    def lone_year(self, i: int) -> Found | None:
        """A year alone: "in 2022", "2018–2021" (the last), "the 1990s", "the 2024/25 season"."""
        text, j = self.tokens[i].text, i + 1
        if not re.fullmatch(r"1\d{3}|20\d\d", text):
            return None
        if self.reader.word(j) in DECADES and self.reader.glued(j):
            return self.mention(i, j + 1, "decade", year=int(text))
        if (
            self.reader.word(j) in HYPHENS
            and self.reader.glued(j)
            and self.reader.glued(j + 1)
            and self.tokens[j + 1].kind == "w"
        ):
            return self.mention(i, j + 2, "decade", year=int(text))
        if after := self.year_range(i):
            return self.mention(i, after[0], "year", year=after[1])
        named = self.ahead("year_word", j)
        return self.mention(i, named or j, "year", year=int(text)) if named or self.is_year(i) else None

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
