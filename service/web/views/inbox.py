"""What the address of the inbox asks for, read kindly: what cannot be understood is left out and said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from service.records import Kind, Relation, Status
from service.store.types import ContradictionFilter, Order

PAGE = 30

STATUSES: tuple[Status, ...] = get_args(Status)
KINDS: tuple[Kind, ...] = get_args(Kind)
RELATIONS: tuple[Relation, ...] = ("contradiction", "dispute", "update")
ORDERS: tuple[Order, ...] = get_args(Order)

ANY = "all"

_TEXTS = ("publisher", "speaker", "lang", "q", "cursor")
_MAX_WORDS = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of the inbox as they stand in the address. Empty: open."""

    status: Status | str = "suggested"
    relation: str = ""
    kind: str = ""
    publisher: str = ""
    speaker: str = ""
    lang: str = ""
    q: str = ""
    since: str = ""
    until: str = ""
    min: str = ""
    order: Order = "newest"
    cursor: str = ""
    left_out: Sequence[str] = field(default=(), compare=False)
    """Parameters that could not be understood."""

    @property
    def narrowed(self) -> int:
        """How many filters beside status and order are in use."""
        names = ("relation", "kind", "publisher", "speaker", "lang", "q", "since", "until", "min")
        return sum(bool(getattr(self, name)) for name in names)

    def address(self, **changes: str) -> str:
        """Return the address of the inbox with these filters changed; the cursor goes unless it is among them."""
        values = {name: getattr(self, name) for name in Asked.__slots__ if name not in ("left_out", "cursor")} | changes
        given = {name: value for name, value in values.items() if value and value != _DEFAULTS.get(name)}
        return f"/?{urlencode(given)}" if given else "/"

    def filters(self) -> ContradictionFilter:
        """Return the ledger's filter."""
        fields: dict[str, Any] = {name: getattr(self, name) or None for name in ("publisher", "speaker", "lang", "q")}
        for name in ("status", "relation", "kind"):
            value = getattr(self, name)
            fields[name] = (value,) if value and value != ANY else ()
        since, until = _date(self.since), _date(self.until)
        return ContradictionFilter(
            **fields,
            min_probability=int(self.min) / 100 if self.min else None,
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
        )


_DEFAULTS = {"status": "suggested", "order": "newest"}


def read(params: QueryParams) -> Asked:
    """Return what the address asks for."""
    found: dict[str, Any] = {}
    left_out: list[str] = []
    choices: dict[str, Callable[[str], bool]] = {
        "status": lambda value: value in (*STATUSES, ANY),
        "relation": lambda value: value in RELATIONS,
        "kind": lambda value: value in KINDS,
        "order": lambda value: value in ORDERS,
        "since": lambda value: _date(value) is not None,
        "until": lambda value: _date(value) is not None,
        "min": lambda value: value.isascii() and value.isdecimal() and len(value) < 4 and int(value) <= 100,
    }
    choices |= {name: lambda value: len(value) <= _MAX_WORDS and "\0" not in value for name in _TEXTS}
    choices["q"] = choices["speaker"] = lambda value: len(value) <= _MAX_WORDS and any(c.isalnum() for c in value)
    for name, is_good in choices.items():
        value = params.get(name, "").strip()
        if not value:
            continue
        if is_good(value):
            found[name] = value
        else:
            left_out.append(name)
    return Asked(**found, left_out=tuple(left_out))


def _date(value: str) -> date | None:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if 1 < found.year < 9999 else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
