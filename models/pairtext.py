"""How two claims with their metadata are put into words for a pair model: one place, for training and for use.

Days are counted from the earlier of the two dates, so that the model learns distances in time and no calendar.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ClaimText:
    """A claim as a pair model reads it."""

    text: str
    speaker: str | None = None
    outlet: str | None = None
    denies: bool = False
    date: str | None = None
    """ISO date at its own precision of the moment the claim speaks of, or failing that of the moment it was said."""


def pair_text(a: ClaimText, b: ClaimText) -> tuple[str, str]:
    """Both texts with speaker, stance and day before them: "Lavrov denies, day 3: …"."""
    days = [_day(a.date), _day(b.date)]
    known = [d for d in days if d is not None]
    start = min(known) if known else 0
    return _line(a, days[0], start), _line(b, days[1], start)


def _line(claim: ClaimText, day: int | None, start: int) -> str:
    who = claim.speaker or (f"{claim.outlet} (outlet)" if claim.outlet else "outlet")
    verb = "denies" if claim.denies else "says"
    when = f", day {day - start}" if day is not None else ""
    return f"{who} {verb}{when}: {claim.text}"


def _day(iso: str | None) -> int | None:
    """Days since year 1 of an ISO date; a month or a year counts from its middle. None where there is no such date."""
    try:
        parts = [int(p) for p in (iso or "").split("-")]
        return date(parts[0], parts[1] if len(parts) > 1 else 7, parts[2] if len(parts) > 2 else 15).toordinal()
    except ValueError:
        return None
