"""Webhooks, what waits to be delivered to them, and the log of every try."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, exists, func, insert, or_, select, update

from service.errors import Conflict, NotFound
from service.store import tables
from service.store.base import Store, check_limit, check_text, chunks, read_cursor, write_cursor
from service.store.ids import new_id
from service.store.push_types import (
    TEST_TYPE,
    Attempt,
    Delivery,
    DeliveryState,
    Message,
    Webhook,
    read_filters,
    stored_filters,
)
from service.store.types import EVERY_CONTRADICTION, ContradictionFilter, Page

MAX_WEBHOOKS = 100
RETRY_FOR_S = 24 * 3600.0
"""How long a delivery is tried again before it is dead."""

KEPT_S = 30 * 24 * 3600.0
"""How long the log of a delivery that is over is kept."""

_H = tables.webhooks
_D = tables.deliveries
_A = tables.attempts
_META = tables.meta
_CURSOR = "webhooks_queued_event"


class WebhookStore(Store):
    """Webhooks and deliveries."""

    def create_webhook(
        self,
        url: str,
        *,
        secret: str,
        types: Sequence[str] = (),
        filters: ContradictionFilter = EVERY_CONTRADICTION,
        description: str = "",
    ) -> Webhook:
        """Return the new webhook; it gets the events after this moment. Raises Conflict where there are too many."""
        check_text(url, "url")
        check_text(description, "description")
        with self._write() as connection:
            if connection.execute(select(func.count()).select_from(_H)).scalar_one() >= MAX_WEBHOOKS:
                raise Conflict(f"there are {MAX_WEBHOOKS} webhooks, the most there may be; delete one first")
            newest = connection.execute(select(func.max(tables.events.c.id))).scalar() or 0
            webhook = Webhook(
                new_id("whk"), url, tuple(dict.fromkeys(types)), filters, description, newest, self._clock(), secret=secret
            )
            connection.execute(
                insert(_H).values(
                    id=webhook.id, url=url, description=description, secret=secret, types=list(webhook.types),
                    filters=stored_filters(filters), after_event=newest, created_at=webhook.created_at,
                )
            )  # fmt: skip
        return webhook

    def get_webhook(self, webhook_id: str) -> Webhook:
        """Return the webhook with its secret; raises NotFound."""
        with self._read() as connection:
            return _get(connection, webhook_id)

    def list_webhooks(self, *, active: bool = False) -> list[Webhook]:
        """Return all webhooks with their secrets, oldest first; with `active`, those that are not disabled."""
        query = select(_H).order_by(_H.c.id)
        if active:
            query = query.where(_H.c.disabled_at.is_(None))
        with self._read() as connection:
            return [_webhook_of(row) for row in connection.execute(query).mappings()]

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete it with its deliveries; raises NotFound."""
        with self._write() as connection:
            if connection.execute(delete(_H).where(_H.c.id == webhook_id)).rowcount == 0:
                raise NotFound(f"no webhook has the id {webhook_id}", loc=("id",))

    def switch_webhook(self, webhook_id: str, *, reason: str | None) -> Webhook:
        """Return it disabled for this reason, or enabled where there is none; what waits for it waits on. Raises NotFound."""
        with self._write() as connection:
            _get(connection, webhook_id)
            values = {"disabled_at": self._clock() if reason else None, "disabled_reason": reason}
            connection.execute(update(_H).where(_H.c.id == webhook_id).values(**values))
            return _get(connection, webhook_id)

    def queued_event(self) -> int:
        """Return the newest event whose deliveries are queued."""
        with self._read() as connection:
            return _queued(connection)

    def queue_deliveries(self, messages: Sequence[Message], *, after: int, upto: int) -> bool:
        """Queue what events `after` < id ≤ `upto` come to; False and nothing written where another process was faster."""
        with self._write() as connection:
            if _queued(connection) != after:
                return False
            now = self._clock()
            live = set(connection.execute(select(_H.c.id).where(_H.c.id.in_({m.webhook_id for m in messages}))).scalars())
            for message in messages:
                if message.webhook_id in live:
                    _insert(connection, message.webhook_id, message.event_id, message.type, message.body, now)
            connection.execute(delete(_META).where(_META.c.name == _CURSOR))
            connection.execute(insert(_META).values(name=_CURSOR, value=str(upto)))
        return True

    def add_test(self, webhook_id: str, body: str) -> Delivery:
        """Return a delivery that is tried once, by whoever asked for it; raises NotFound."""
        with self._write() as connection:
            _get(connection, webhook_id)
            now = self._clock()
            made = _insert(connection, webhook_id, None, TEST_TYPE, body, now, held=True)
            return _deliveries(connection, [made])[0]

    def has_due_deliveries(self) -> bool:
        """Return whether anything may be due; a read, so that looking often keeps no writer waiting."""
        now = self._clock()
        free = or_(_D.c.lease_until.is_(None), _D.c.lease_until <= now)
        due = and_(_D.c.state == "pending", _D.c.next_attempt_at <= now, free)
        awake = and_(_H.c.id == _D.c.webhook_id, _H.c.disabled_at.is_(None))
        with self._read() as connection:
            return bool(connection.execute(select(exists().where(due, awake))).scalar())

    def lease_deliveries(self, *, limit: int, lease_s: float, per_webhook: int = 2) -> list[Delivery]:
        """Return what is due, oldest first, held for `lease_s`; no more than `per_webhook` of one webhook at once."""
        with self._write() as connection:
            now = self._clock()
            free = or_(_D.c.lease_until.is_(None), _D.c.lease_until <= now)
            due = and_(_D.c.state == "pending", _D.c.next_attempt_at <= now, free)
            held = select(_D.c.webhook_id, func.count()).where(_D.c.state == "pending", _D.c.lease_until > now)
            taken: dict[str, int] = {row[0]: row[1] for row in connection.execute(held.group_by(_D.c.webhook_id))}
            # One webhook that is down may have thousands due; its place in the line is found without reading them.
            place = func.row_number().over(partition_by=_D.c.webhook_id, order_by=(_D.c.next_attempt_at, _D.c.id))
            ranked = (
                select(_D.c.id, _D.c.webhook_id, _D.c.next_attempt_at, place.label("place"))
                .join(_H, and_(_H.c.id == _D.c.webhook_id, _H.c.disabled_at.is_(None)))
                .where(due)
                .subquery()
            )
            query = select(ranked).where(ranked.c.place <= per_webhook).order_by(ranked.c.next_attempt_at, ranked.c.id)
            ids: list[str] = []
            for row in connection.execute(query):
                if len(ids) < limit and taken.get(row.webhook_id, 0) < per_webhook:
                    taken[row.webhook_id] = taken.get(row.webhook_id, 0) + 1
                    ids.append(row.id)
            until = now + timedelta(seconds=lease_s)
            connection.execute(update(_D).where(_D.c.id.in_(ids)).values(lease_until=until))
            return _deliveries(connection, ids)

    def finish_attempt(self, delivery_id: str, attempt: Attempt, *, state: DeliveryState, next_at: datetime | None) -> None:
        """Log one try and say what comes of the delivery; nothing happens where it was deleted meanwhile."""
        with self._write() as connection:
            mine = _D.c.id == delivery_id
            values = {"state": state, "next_attempt_at": next_at, "lease_until": None, "attempts": _D.c.attempts + 1}
            if connection.execute(update(_D).where(mine).values(**values)).rowcount:
                connection.execute(
                    insert(_A).values(
                        delivery_id=delivery_id, tried_at=attempt.tried_at, duration_s=attempt.duration_s,
                        status=attempt.status, error=attempt.error,
                    )
                )  # fmt: skip

    def get_delivery(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Return the delivery with the log of its attempts; raises NotFound."""
        with self._read() as connection:
            found = _deliveries(connection, [delivery_id])
        if not found or found[0].webhook_id != webhook_id:
            raise NotFound(f"{webhook_id} has no delivery {delivery_id}", loc=("delivery_id",))
        return found[0]

    def list_deliveries(
        self, webhook_id: str | None = None, *, state: DeliveryState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Delivery]:
        """Return one page of deliveries with their logs, newest first, of one webhook or of all; raises NotFound."""
        query = select(_D.c.id).order_by(_D.c.id.desc()).limit(check_limit(limit) + 1)
        if webhook_id is not None:
            query = query.where(_D.c.webhook_id == webhook_id)
        if state is not None:
            query = query.where(_D.c.state == state)
        if cursor is not None:
            query = query.where(_D.c.id < read_cursor(cursor, "deliveries", str)[0])
        with self._read() as connection:
            if webhook_id is not None:
                _get(connection, webhook_id)
            ids = list(connection.execute(query).scalars())
            found = _deliveries(connection, ids[:limit])
        more = write_cursor("deliveries", found[-1].id) if len(ids) > limit else None
        return Page(tuple(found), more)

    def retry_delivery(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Return a dead delivery put back in the queue, for another day; raises NotFound, and Conflict if it is not dead."""
        known = self.get_delivery(webhook_id, delivery_id)
        with self._write() as connection:
            now = self._clock()
            again = {"state": "pending", "next_attempt_at": now, "retry_until": now + timedelta(seconds=RETRY_FOR_S)}
            dead = and_(_D.c.id == delivery_id, _D.c.state == "dead")
            if connection.execute(update(_D).where(dead).values(**again)).rowcount == 0:
                raise Conflict(f"{delivery_id} is {known.state}, not dead; nothing is to be sent again", loc=("delivery_id",))
            return _deliveries(connection, [delivery_id])[0]

    def count_deliveries(self) -> dict[str, int]:
        """Return how many deliveries there are by state."""
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(select(_D.c.state, func.count()).group_by(_D.c.state))}

    def prune_deliveries(self) -> int:
        """Return how many deliveries that were over for 30 days were deleted with their logs."""
        with self._write() as connection:
            over = or_(_D.c.state != "pending", _D.c.next_attempt_at.is_(None))  # or a test call that a crash cut off
            old = and_(over, _D.c.created_at < self._clock() - timedelta(seconds=KEPT_S))
            return connection.execute(delete(_D).where(old)).rowcount


def _queued(connection: Connection) -> int:
    found = connection.execute(select(_META.c.value).where(_META.c.name == _CURSOR)).scalar()
    return int(found or 0)


def _insert(
    connection: Connection, webhook_id: str, event_id: int | None, type_: str, body: str, now: datetime, *, held: bool = False
) -> str:
    retry_until = now if held else now + timedelta(seconds=RETRY_FOR_S)
    values: dict[str, Any] = {
        "id": new_id("dlv"), "webhook_id": webhook_id, "event_id": event_id, "type": type_, "body": body, "state": "pending",
        "attempts": 0, "created_at": now, "retry_until": retry_until, "next_attempt_at": None if held else now,
    }  # fmt: skip
    connection.execute(insert(_D).values(**values))
    return str(values["id"])


def _get(connection: Connection, webhook_id: str) -> Webhook:
    row = connection.execute(select(_H).where(_H.c.id == webhook_id)).mappings().first()
    if row is None:
        raise NotFound(f"no webhook has the id {webhook_id}", loc=("id",))
    return _webhook_of(row)


def _webhook_of(row: RowMapping) -> Webhook:
    return Webhook(
        id=row["id"],
        url=row["url"],
        types=tuple(row["types"]),
        filters=read_filters(row["filters"]),
        description=row["description"],
        after_event=row["after_event"],
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        disabled_reason=row["disabled_reason"],
        secret=row["secret"],
    )


def _deliveries(connection: Connection, ids: Sequence[str]) -> list[Delivery]:
    """Return the deliveries in the order of their ids here, with their logs; those that are gone are left out."""
    rows: dict[str, RowMapping] = {}
    logs: dict[str, list[Attempt]] = {}
    for some in chunks(ids):
        rows.update((row["id"], row) for row in connection.execute(select(_D).where(_D.c.id.in_(some))).mappings())
        for row in connection.execute(select(_A).where(_A.c.delivery_id.in_(some)).order_by(_A.c.id)).mappings():
            attempt = Attempt(row["tried_at"], row["duration_s"], row["status"], row["error"])
            logs.setdefault(row["delivery_id"], []).append(attempt)
    names = "id webhook_id event_id type body state attempts created_at retry_until next_attempt_at".split()
    return [Delivery(**{name: rows[id_][name] for name in names}, log=tuple(logs.get(id_, ()))) for id_ in ids if id_ in rows]
