"""What the ledger takes and gives of webhooks and of the watchlist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from service.store.types import EVERY_CONTRADICTION, ContradictionFilter

WatchKind = Literal["name", "topic", "thread"]
DeliveryState = Literal["pending", "delivered", "dead"]

TEST_TYPE = "webhook.test"
"""The type of what a test call sends."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One entry of the watchlist: a name, words of a topic, or the id of a thread."""

    id: str
    kind: WatchKind
    value: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription. Its secret signs what is sent, and is in no listing."""

    id: str
    url: str
    types: tuple[str, ...]
    """Of events; empty: all."""
    filters: ContradictionFilter = EVERY_CONTRADICTION
    """Which contradictions; `publisher` and `watched` narrow the events of articles as well."""
    description: str = ""
    after_event: int = 0
    created_at: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver."""

    tried_at: datetime
    duration_s: float
    status: int | None
    """Of the answer; None where none came."""
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one webhook. `id` stays the same through all attempts: it is what a receiver knows repeats by."""

    id: str
    webhook_id: str
    event_id: int | None
    type: str
    body: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    retry_until: datetime
    next_attempt_at: datetime | None = None
    log: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent to a webhook about an event."""

    webhook_id: str
    event_id: int
    type: str
    body: str


FILTER_FIELDS = ("status", "relation", "kind", "min_probability", "publisher", "speaker", "thread_id", "watched")
"""What of a `ContradictionFilter` a webhook may narrow."""


def stored_filters(filters: ContradictionFilter) -> dict[str, Any]:
    """Return the filters as the ledger keeps them: those that narrow anything."""
    found = {name: getattr(filters, name) for name in FILTER_FIELDS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items() if value}


def read_filters(stored: Mapping[str, Any]) -> ContradictionFilter:
    """Return the filters that were stored."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
    return ContradictionFilter(**values)
