"""Turns a mention of a time into an ISO date at its own precision, from the day of publication and where it looks."""

from datetime import date, timedelta

from service.extract.dates import Mention

DAYS_A_WEEK, MONTHS_A_YEAR, MONTHS_A_QUARTER = 7, 12, 3
SATURDAY = 5
WINTER = 12


def resolve(mention: Mention, published: date, *, future: bool = False) -> str | None:
    """ISO date of a mention, "2024-03-01", "2024-03" or "2024"; None for hours and decades, and for days that no calendar has.

    `future` says whether what it dates lies ahead: a bare "Monday" or "October" is then the next one, else the last one. A week
    or a weekend comes out as its month, a season as its year, a quarter as its last month.
    """
    try:
        return _resolved(mention, published, future=future)
    except (ValueError, OverflowError):
        return None


def _resolved(mention: Mention, published: date, *, future: bool) -> str | None:
    kind = mention.kind
    if kind == "day":
        return _day(mention, published, future=future)
    if kind == "weekday":
        return _weekday(mention, published, future=future).isoformat()
    if kind == "holiday":
        return _holiday(mention, published, future=future)
    if kind == "season":
        return _season(mention, published, future=future)
    if kind == "year" and mention.year:
        return f"{mention.year:04}-12" if mention.edge == "end" else f"{mention.year:04}"
    if kind in ("month", "quarter", "half") and mention.month:
        return _month(mention, published, future=future)
    if mention.shift is not None:
        return _shifted(mention, published, future=future)
    return None


def _day(mention: Mention, published: date, *, future: bool) -> str | None:
    if mention.month is None or mention.day is None:
        return None
    if mention.year:
        return date(mention.year, mention.month, mention.day).isoformat()
    year = published.year
    if future and (mention.month, mention.day) < (published.month, published.day):
        year += 1
    if not future and (mention.month, mention.day) > (published.month, published.day):
        year -= 1
    if (mention.month, mention.day) == (2, 29):
        year = next(y for y in range(year, year + (8 if future else -8), 1 if future else -1) if y % 4 == 0)
    return date(year, mention.month, mention.day).isoformat()


def _weekday(mention: Mention, published: date, *, future: bool) -> date:
    weekday = mention.weekday or 0
    ahead = (weekday - published.weekday()) % DAYS_A_WEEK
    if mention.which == "next" or (future and mention.which != "last"):
        return published + timedelta(days=ahead or (DAYS_A_WEEK if mention.which == "next" else 0))
    back = (published.weekday() - weekday) % DAYS_A_WEEK
    return published - timedelta(days=back or (DAYS_A_WEEK if mention.which == "last" else 0))


def _month(mention: Mention, published: date, *, future: bool) -> str:
    month, year = mention.month or 1, published.year
    if mention.year:
        year = mention.year
    elif mention.shift:
        number, unit = mention.shift
        if unit == "m":  # "the first half of next month"
            return _add_months(published, number)
        year += number
    elif mention.which == "next":
        year += month <= published.month
    elif future and mention.which == "":
        year += month < published.month
    elif mention.which != "this":
        year -= month > published.month or (mention.which == "last" and month == published.month)
    return f"{year:04}-{month:02}"


def _season(mention: Mention, published: date, *, future: bool) -> str:
    if mention.year:
        return f"{mention.year:04}"
    if mention.shift:
        return f"{published.year + mention.shift[0]:04}"
    start, year = mention.month or 3, published.year
    if start == WINTER:
        inside = published.month in (12, 1, 2)
        passed, coming = published.year, published.year + (published.month > 2)
        if inside:
            return f"{published.year - (mention.which == 'last') + (mention.which == 'next'):04}"
        return f"{coming if future or mention.which == 'next' else passed:04}"
    if mention.which == "next":
        year += published.month >= start
    elif future and mention.which == "":
        year += published.month >= start + MONTHS_A_QUARTER
    elif mention.which == "last":
        year -= published.month < start + MONTHS_A_QUARTER
    elif mention.which == "":
        year -= published.month < start
    return f"{year:04}"


def _holiday(mention: Mention, published: date, *, future: bool) -> str:
    year = mention.year or published.year
    when = easter(year) if mention.month == 0 else date(year, mention.month or 1, mention.day or 1)
    if not mention.year:
        step = 1 if future and when < published else -1 if not future and when > published else 0
        year += step
        when = easter(year) if mention.month == 0 else date(year, when.month, when.day)
    return when.isoformat() if mention.day else f"{when.year:04}-{when.month:02}"


def _shifted(mention: Mention, published: date, *, future: bool) -> str | None:
    number, unit = mention.shift or (0, "d")
    if unit in "dn":
        return (published + timedelta(days=number)).isoformat()
    if unit == "w":
        return (published + timedelta(days=DAYS_A_WEEK * number)).isoformat()[:7]
    if unit == "m":
        return _add_months(published, number)
    if unit == "q":
        quarter = published.year * 4 + (published.month - 1) // MONTHS_A_QUARTER + number
        return f"{quarter // 4:04}-{(quarter % 4 + 1) * MONTHS_A_QUARTER:02}"
    if unit == "y" and mention.kind == "ago" and number == -1:
        return _add_months(published, -MONTHS_A_YEAR)
    if unit == "y":
        return f"{published.year + number:04}-12" if mention.edge == "end" else f"{published.year + number:04}"
    if unit == "e":
        ahead = (SATURDAY - published.weekday()) % DAYS_A_WEEK
        saturday = published + timedelta(days=ahead if future or number > 0 else ahead - DAYS_A_WEEK if ahead else 0)
        return saturday.isoformat()[:7]
    return None


def _add_months(day: date, number: int) -> str:
    months = day.year * MONTHS_A_YEAR + day.month - 1 + number
    return f"{months // MONTHS_A_YEAR:04}-{months % MONTHS_A_YEAR + 1:02}"


def easter(year: int) -> date:
    """Easter Sunday of a year in the Gregorian calendar (the anonymous algorithm of 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
