"""Dates put in full: "on Monday" becomes "on 10 March 2025", "in October" gets its year, "last year" its number in brackets.

Only what is sure reads on: where grammar would have to bend (case endings, parts of a day, spans of time), the date stands in
brackets behind the words of the text.
"""

import tomllib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.extract import times
from service.extract.changes import Change
from service.extract.speech import ALIASES, Tokens, tokenize
from service.records import Modality, Span

_HOME = Path(__file__).parent / "lexicons" / "standalone.toml"


def put_in_full(text: str, span: Span, *, lang: str, published_at: datetime, modality: Modality) -> list[Change]:
    """The changes that put the dates of text[span] in full; none for a language without formats."""
    form = _formats().get(ALIASES.get(lang, lang))
    if form is None:
        return []
    part = text[slice(*span)]
    changes = []
    for (start, end), iso in times.mentions(part, lang=lang, published_at=published_at, modality=_ahead(modality)):
        changes.append(_change(part, start, end, iso, form, lang, shift=span[0]))
    return changes


def _ahead(modality: Modality) -> Modality | None:
    return modality if modality in ("plan", "forecast") else None


@lru_cache(maxsize=1)
def _formats() -> dict[str, dict[str, Any]]:
    raw = tomllib.loads(_HOME.read_text(encoding="utf-8"))
    return {
        lang: {k: frozenset(v.split()) if k in ("own", "parts", "keeps") else v for k, v in form.items()}
        for lang, form in raw.items()
    }


def _change(part: str, start: int, end: int, iso: str, form: dict[str, Any], lang: str, *, shift: int) -> Change:
    words = part[start:end]
    if len(iso) == 10 and not any(c.isdigit() for c in words):
        return _day(part, start, end, iso, form, lang, shift)
    named = len(iso) == 10 or (len(iso) == 7 and " " not in words.strip() and _names_month(words, iso, form))
    if named:
        comma = "," if lang == "en" and words[-1].isdigit() else ""
        return Change((end + shift, end + shift), f"{comma} {form['after'].format(y=iso[:4])}")
    month = f"{_month(iso, form)} " if len(iso) == 7 else ""
    return Change((end + shift, end + shift), f" ({month}{iso[:4]})")


def _names_month(words: str, iso: str, form: dict[str, Any]) -> bool:
    """Whether the word is the month's own name, by its first letters."""
    return words.strip().lower()[:3] == _month(iso, form).lower()[:3]


def _month(iso: str, form: dict[str, Any]) -> str:
    return str(form["months"].split()[int(iso[5:7]) - 1])


def _day(part: str, start: int, end: int, iso: str, form: dict[str, Any], lang: str, shift: int) -> Change:
    when = date.fromisoformat(iso)
    values = {"d": when.day, "m": _month(iso, form), "y": when.year}
    after = tokenize(part, lang, start=end, end=min(len(part), end + 24))
    parted = part[start:end].split()[-1].lower() in form.get("parts", ()) or (
        len(after) > 0 and after.lows[0] in form.get("parts", ())
    )
    if "bare" not in form or parted:
        behind = after.ends[0] if len(after) and after.lows[0] in form.get("parts", ()) else end
        return Change((behind + shift, behind + shift), f" ({form.get('inner', form['day']).format(**values)})")
    before = tokenize(part, lang, start=max(0, start - 24), end=start)
    first, keep = start, _preposition(before, form)
    if not keep:
        k = len(before)
        while k and before.lows[k - 1] in form["own"]:
            k -= 1
            first = before.starts[k]
    return Change((first + shift, end + shift), form["bare" if keep else "day"].format(**values))


def _preposition(before: Tokens, form: dict[str, Any]) -> bool:
    """Whether a short word such as "since" or "by" stands before the day, which its full form must suit."""
    k = len(before)
    while k and before.lows[k - 1] in form["own"]:
        k -= 1
    return bool(k) and before.lows[k - 1] in form["keeps"]
