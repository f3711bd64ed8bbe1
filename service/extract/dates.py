"""Finds what a sentence says of days, months, years and hours, unresolved: "on Monday", "9 and 21 September", "i fjor"."""

import re
from collections.abc import Callable
from functools import lru_cache

from service.extract.clocks import end_of_clock, measured
from service.extract.date_reader import DateReader, Found, Kind, Mention, Which, may_open
from service.extract.numerals import HYPHENS
from service.extract.tokens import KEPT_CHARS

__all__ = ["Mention", "find"]

ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
NUMERIC = re.compile(r"(?<![\d.,/])(\d{1,2})([./])\s?(\d{1,2})\2\s?(\d{4}|\d{2})?(?![\d%])")
DECADES = frozenset({"s", "er", "erne", "tallet", "talet", "ern"})


def find(text: str, lang: str) -> tuple[Mention, ...]:
    """Every mention of a time in the text, in order and without overlaps; hours of the day are among them as "clock"."""
    return _remembered(text, lang) if len(text) <= KEPT_CHARS else tuple(_Finder(text, lang).run())


@lru_cache(maxsize=256)
def _remembered(text: str, lang: str) -> tuple[Mention, ...]:
    return tuple(_Finder(text, lang).run())


class _Finder(DateReader):
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
            if self.tokens[i].kind == "w" and not may_open(self.words[i], self.lang):
                i += 1
                continue
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
        end = self.ahead("day_parts", found[0]) or found[0]
        return self.mention(i, end, "weekday", weekday=int(found[1].rstrip("-")), which=which)

    def relative(self, i: int) -> Found | None:
        """A phrase that counts from the day of publication: "yesterday", "i går", "next week"."""
        found = self.look("relative", i)
        if found is None:
            return None
        end = self.ahead("day_parts", found[0]) or found[0]
        return self.mention(i, end, "relative", shift=(int(found[1][:-1]), found[1][-1]))

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
