"""Webhooks: made, tested, switched and deleted by whoever may do everything; what was delivered, and what never was."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Query, Response

from service.api.answers import DeliveryDetail, DeliveryOut, PageOut, WebhookMade, WebhookOut
from service.api.deps import Admin, Running, Services
from service.api.routes import new_router, problems
from service.api.schemas import DeliveryId, DeliveryQuery, WebhookChange, WebhookFilters, WebhookId, WebhookIn
from service.errors import InputError
from service.lines import rfc3339
from service.notify.payloads import test_payload
from service.notify.post import check_target
from service.notify.signing import new_secret
from service.store.push_types import Delivery, Webhook, stored_filters
from service.store.types import ContradictionFilter

router = new_router("webhooks", "webhooks")


@router.post("", status_code=201, summary="Make a webhook", responses=problems(409, 413, 415))
async def create_webhook(running: Running, caller: Admin, body: WebhookIn) -> WebhookMade:
    """It gets what happens from now on, signed by Standard Webhooks. Its secret is in this answer and nowhere else.

    A delivery that fails is tried again over a day, with growing pauses. The same message may come twice (`webhook-id` tells),
    and in another order. A receiver that answers 410 is sent nothing more.
    """
    del caller
    webhook = await run_sync(_create, running, body, limiter=running.intake)
    return WebhookMade.model_validate(_line(webhook) | {"secret": webhook.secret})


@router.get("", summary="List webhooks")
def list_webhooks(running: Running, caller: Admin) -> list[WebhookOut]:
    """All webhooks, oldest first; there are 100 at most."""
    del caller
    return [WebhookOut.model_validate(_line(webhook)) for webhook in running.ledger.list_webhooks()]


@router.get("/dead-letters", summary="List what could not be delivered")
def list_dead(running: Running, caller: Admin, query: Annotated[DeliveryQuery, Query()]) -> PageOut[DeliveryOut]:
    """Deliveries to any webhook that were given up, newest first. They are kept for 30 days. `state` asks for others."""
    del caller
    found = running.ledger.list_deliveries(state=query.state or "dead", cursor=query.cursor, limit=query.limit)
    return PageOut(items=[DeliveryOut.model_validate(item) for item in found.items], next_cursor=found.next_cursor)


@router.get("/{webhook_id}", summary="Get a webhook", responses=problems(404))
def get_webhook(running: Running, caller: Admin, webhook_id: WebhookId) -> WebhookOut:
    """One webhook."""
    del caller
    return WebhookOut.model_validate(_line(running.ledger.get_webhook(webhook_id)))


@router.patch("/{webhook_id}", summary="Disable or enable a webhook", responses=problems(404, 413, 415))
def change_webhook(running: Running, caller: Admin, webhook_id: WebhookId, body: WebhookChange) -> WebhookOut:
    """What happens while it is disabled is never sent to it; what waited when it was disabled goes on when it is enabled."""
    reason = f"disabled by {caller.name}" if body.disabled else None
    return WebhookOut.model_validate(_line(running.ledger.switch_webhook(webhook_id, reason=reason)))


@router.delete("/{webhook_id}", status_code=204, summary="Delete a webhook", responses=problems(404))
def delete_webhook(running: Running, caller: Admin, webhook_id: WebhookId) -> Response:
    """Delete it with its log."""
    del caller
    running.ledger.delete_webhook(webhook_id)
    return Response(status_code=204)


@router.post("/{webhook_id}/test", summary="Send a test", responses=problems(404))
async def test_webhook(running: Running, caller: Admin, webhook_id: WebhookId) -> DeliveryOut:
    """Send `webhook.test` now, once, and say what came of it. It stands in the log like every delivery."""
    del caller
    return DeliveryOut.model_validate(await run_sync(_test, running, webhook_id, limiter=running.intake))


@router.get("/{webhook_id}/deliveries", summary="List deliveries", responses=problems(404))
def list_deliveries(
    running: Running, caller: Admin, webhook_id: WebhookId, query: Annotated[DeliveryQuery, Query()]
) -> PageOut[DeliveryOut]:
    """What was sent to it or waits, newest first, with every try. `state=dead` is its dead-letter list."""
    del caller
    found = running.ledger.list_deliveries(webhook_id, state=query.state, cursor=query.cursor, limit=query.limit)
    return PageOut(items=[DeliveryOut.model_validate(item) for item in found.items], next_cursor=found.next_cursor)


@router.get("/{webhook_id}/deliveries/{delivery_id}", summary="Get a delivery", responses=problems(404))
def get_delivery(running: Running, caller: Admin, webhook_id: WebhookId, delivery_id: DeliveryId) -> DeliveryDetail:
    """One delivery with its body."""
    del caller
    return DeliveryDetail.model_validate(running.ledger.get_delivery(webhook_id, delivery_id))


@router.post("/{webhook_id}/deliveries/{delivery_id}/retry", summary="Send a dead letter again", responses=problems(404, 409))
def retry_delivery(running: Running, caller: Admin, webhook_id: WebhookId, delivery_id: DeliveryId) -> DeliveryOut:
    """Put a delivery that was given up back in the queue for another day."""
    del caller
    return DeliveryOut.model_validate(running.ledger.retry_delivery(webhook_id, delivery_id))


def _create(running: Services, body: WebhookIn) -> Webhook:
    try:
        check_target(body.url, allow_private=running.settings.allow_private_urls)
    except InputError as error:
        error.loc = ("body", "url")
        raise
    return running.ledger.create_webhook(
        body.url,
        secret=new_secret(),
        types=body.types,
        filters=_filters(body.filters),
        description=body.description,
    )


def _test(running: Services, webhook_id: str) -> Delivery:
    webhook = running.ledger.get_webhook(webhook_id)
    delivery = running.ledger.add_test(webhook_id, test_payload(webhook_id, rfc3339(datetime.now(UTC))))
    running.worker.notifier.send(delivery, webhook)
    return running.ledger.get_delivery(webhook_id, delivery.id)


def _filters(given: WebhookFilters) -> ContradictionFilter:
    return ContradictionFilter(
        status=tuple(given.status),
        relation=tuple(given.relation),
        kind=tuple(given.kind),
        min_probability=given.min_probability,
        publisher=given.publisher,
        speaker=given.speaker,
        thread_id=given.thread,
        watched=given.watched,
    )


def _line(webhook: Webhook) -> dict[str, Any]:
    filters = stored_filters(webhook.filters)
    if "thread_id" in filters:
        filters["thread"] = filters.pop("thread_id")
    return asdict(webhook) | {"filters": filters}
