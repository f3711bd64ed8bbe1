"""A thread as a chart and a table: what each source said when, with its figures as intervals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from service.records import ClaimContext, Quantity
from service.web.views.pieces import clipped

MAX_TEXT = 400


@dataclass(frozen=True, slots=True)
class Said:
    """One claim of a thread; with the figure that the chart is of, if it gives one."""

    claim_id: str
    article_id: str
    publisher: str
    speaker: str | None
    denies: bool
    published_at: datetime
    as_of: str | None
    at: datetime
    """Where it stands in time: the beginning of what the claim speaks of, or else when it was published."""
    text: str
    lang: str
    quantity: Quantity | None = None
    source: int = 0
    """Number of its source, by which the chart colours it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that claims of the thread are in."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a thread's page shows. Without a unit there is nothing to chart."""

    unit: str | None
    units: Sequence[Unit]
    points: Sequence[Said]
    others: Sequence[Said]
    sources: Sequence[str]


def timeline(claims: Sequence[ClaimContext], unit: str | None = None) -> Timeline:
    """Return the thread in this unit, or in the one that most of its claims use."""
    counted = Counter(name for claim in claims for name in {_unit(q) for q in claim.claim.quantities if _is_figure(q)})
    units = [Unit(name, count) for name, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
    if unit not in counted:
        unit = units[0].name if units else None
    said = sorted((_said(claim, unit) for claim in claims), key=lambda item: (item.at, item.published_at, item.claim_id))
    sources = list(dict.fromkeys(item.speaker or item.publisher for item in said if item.quantity))
    numbered = {name: number for number, name in enumerate(sources)}
    points = [_numbered(item, numbered[item.speaker or item.publisher]) for item in said if item.quantity]
    return Timeline(unit, units, points, [item for item in said if not item.quantity], sources)


def chart(found: Timeline) -> dict[str, object]:
    """Return what the script of the chart draws; times in seconds, open ends null."""
    return {
        "unit": found.unit,
        "sources": [clipped(name, 60) for name in found.sources],
        "points": [
            {
                "at": int(item.at.timestamp()),
                "low": item.quantity.low,
                "high": item.quantity.high,
                "said": clipped(item.quantity.text, 80),
                "source": item.source,
                "publisher": clipped(item.publisher, 60),
                "text": clipped(item.text, 200),
                "id": item.claim_id,
            }
            for item in found.points
            if item.quantity
        ],
    }


def _said(context: ClaimContext, unit: str | None) -> Said:
    claim, said = context.claim, context.claim.attribution
    quantity = next((q for q in claim.quantities if _is_figure(q) and _unit(q) == unit), None) if unit is not None else None
    return Said(
        claim_id=claim.id,
        article_id=claim.article_id,
        publisher=context.publisher,
        speaker=said.speaker,
        denies=said.stance == "denies",
        published_at=context.published_at,
        as_of=claim.as_of,
        at=_moment(claim.as_of) or context.published_at,
        text=clipped(claim.text, MAX_TEXT),
        lang="" if claim.lang == "und" else claim.lang,
        quantity=quantity,
    )


def _numbered(item: Said, source: int) -> Said:
    return Said(**{name: getattr(item, name) for name in Said.__slots__} | {"source": source})


def _is_figure(quantity: Quantity) -> bool:
    return quantity.low is not None or quantity.high is not None


def _unit(quantity: Quantity) -> str:
    return (quantity.unit or "").strip().lower()


def _moment(as_of: str | None) -> datetime | None:
    """Noon of the day, or of the middle of the month or year, that a claim speaks of."""
    if not as_of:
        return None
    try:
        day = date.fromisoformat({4: f"{as_of}-07-01", 7: f"{as_of}-15"}.get(len(as_of), as_of))
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
