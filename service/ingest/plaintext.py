"""Plain text as a scraper left it: what its furniture says of outlet, headline and date."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from service.ingest import clean, dates, language
from service.ingest.found import Found
from service.records import Block

_READ_CHARS = 30_000
"""Of the text, from its start and its end; the masthead and the imprint stand there."""
_TAIL_CHARS = 2000
_MAX_STAMP, _MAX_NAME = 160, 40
_OF_OTHERS = ("related", "caption", "repeated", "comments", "advert")
"""Reasons of blocks that speak of other articles, pictures or firms: their names and dates are not this article's."""
_DATED = re.compile(
    r"\b(?:date|published|updated|posted|publisert|oppdatert|publicerad|uppdaterad|udgivet|opdateret|veröffentlicht|aktualisiert|stand"
    r"|gepubliceerd|geplaatst|publié|publicado|pubblicato|opublikowano|julkaistu|publikováno|опубликовано|опубліковано|publicat)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[^\W\d_a-z][\w&'’.-]*)(?: (?:[^\W\d_a-z][\w&'’.-]*|of|and|de|der|du|la|og)){0,5}")
_OWN_NAME = re.compile(
    r"\b(?:Support|More from|Subscribe to|[Jj]ournalists of|©(?: 20\d\d)?|Copyright(?: 20\d\d)?,?)\s+"
    r"(?:the )?((?:The )?[A-Z][\w'’&-]*(?: (?:and|of|[A-Z][\w'’&-]*)){0,4})"
)
_NO_NAME = re.compile(
    r"\b(?:home|news|sport|menu|search|sign|log|skip|subscribe|support|share|world|live|forside|nyheter|by|published|opinion)\b",
    re.IGNORECASE,
)


def read(text: str, *, now: datetime | None = None) -> Found:
    """The text to the letter, with publisher, headline and date where its furniture states them.

    A date is believed on a line that is no sentence of the article; one later than tomorrow by `now` is not.
    """
    head = text[:_READ_CHARS]
    parts = clean.blocks(head)
    title = next((head[slice(*part.span)] for part in parts if part.kind == "headline"), None)
    noise = [head[slice(*part.span)] for part in parts if part.kind == "noise" and part.reason not in _OF_OTHERS]
    tail = text[max(len(head), len(text) - _TAIL_CHARS) :]
    latest = (now + timedelta(days=1)).date().isoformat() if now else "9999"
    published = _date([*noise, *tail.splitlines()], latest, day_first=language.identify(head).lang not in ("en", "und"))
    return Found(text=text, publisher=_publisher(head, parts), title=title, published_at=published)


def _publisher(head: str, parts: list[Block]) -> str | None:
    """The outlet: a name alone above the headline, the end of a page title, or the name in an appeal or an imprint."""
    at = next((k for k, part in enumerate(parts) if part.kind == "headline"), 0)
    names = [head[slice(*part.span)] for part in parts[:at] if part.reason in ("model", "menu")][:4]
    after = head[slice(*parts[at + 1].span)] if at + 1 < len(parts) else ""
    if after.startswith("|"):  # "Headline | World | The Post": the headline's own line went on
        names.insert(0, after.rsplit("|", 1)[-1].strip())
    for name in names:
        shouted = name.isupper() and len(name.split()) > 2
        if len(name) <= _MAX_NAME and _NAME.fullmatch(name) and not _NO_NAME.search(name) and not shouted:
            return name
    lines = (head[slice(*part.span)] for part in parts if part.kind == "noise")
    named = next((found for line in lines if (found := _OWN_NAME.search(line))), None)
    return named[1] if named and not _NO_NAME.search(named[1]) else None


def _date(lines: Iterable[str], latest: str, *, day_first: bool) -> str | None:
    """The first date on the lines, with the time of day that another line may add to it."""
    day: str | None = None
    for line in lines:
        spots = [line] if len(line) <= _MAX_STAMP else [line[m.end() : m.end() + 60] for m in _DATED.finditer(line[:4000])]
        for found in filter(None, (dates.find(spot, day_first=day_first) for spot in spots)):
            if found[:10] > latest:
                continue
            if "T" in found and day in (None, found[:10]):
                return found
            day = day or found
    return day
