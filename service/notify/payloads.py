"""What a webhook is sent: enough to decide whether to look closer, in less than 20 kB, as Standard Webhooks advises."""

from typing import Any

from service.lines import clash, dumps, rfc3339
from service.records import ClaimContext, Contradiction, Span
from service.store.push_types import TEST_TYPE
from service.store.types import Event

MAX_BYTES = 20_000
_TEXT, _NAME, _SPANS = 1_000, 200, 5  # characters and numbers that are sent of what may be longer


def payload(event: Event, contradiction: Contradiction | None) -> str:
    """Return the body for an event, as JSON; with `contradiction`, both sides of it. `truncated` says that something is cut."""
    data = dict(event.data) if contradiction is None else _contradiction(contradiction)
    return _bounded(event.type, rfc3339(event.created_at), data)


def test_payload(webhook_id: str, timestamp: str) -> str:
    """Return the body of a test call."""
    return _bounded(TEST_TYPE, timestamp, {"webhook_id": webhook_id})


def _bounded(type_: str, timestamp: str, data: dict[str, Any]) -> str:
    cut, truncated = _cut(data, _TEXT)
    most = _TEXT
    body = _written(type_, timestamp, cut, truncated)
    while len(body.encode()) >= MAX_BYTES and most > 1:
        most //= 2
        cut, truncated = _cut(data, most)
        body = _written(type_, timestamp, cut, truncated)
    return body


def _written(type_: str, timestamp: str, data: dict[str, Any], truncated: bool) -> str:
    return dumps({"type": type_, "timestamp": timestamp, "data": data | ({"truncated": True} if truncated else {})})


def _cut(value: Any, most: int) -> tuple[Any, bool]:  # noqa: ANN401 - any JSON value
    """Return the value with every string and list in it cut, and whether any was."""
    if isinstance(value, str):
        return (value, False) if len(value) <= most else (value[: most - 1] + "…", True)
    if isinstance(value, dict):
        parts = {name: _cut(item, most) for name, item in value.items()}
        return {name: item for name, (item, _) in parts.items()}, any(cut for _, cut in parts.values())
    if isinstance(value, list):
        cuts = [_cut(item, most) for item in value[:_SPANS]]
        return [item for item, _ in cuts], len(value) > _SPANS or any(cut for _, cut in cuts)
    return value, False


def _contradiction(found: Contradiction) -> dict[str, Any]:
    judgement = found.judgement
    return {
        "id": found.id,
        "relation": judgement.relation,
        "kind": judgement.kind,
        "probability": judgement.probability,
        "status": found.status,
        "version": found.version,
        "explanation": judgement.explanation,
        "thread_id": found.thread_id,
        "a": _side(judgement.link.a, list(judgement.spans_a), found.sources_a),
        "b": _side(judgement.link.b, list(judgement.spans_b), found.sources_b),
    }


def _side(side: ClaimContext, spans: list[Span], sources: int) -> dict[str, Any]:
    claim = side.claim
    return {
        "claim_id": claim.id,
        "article_id": claim.article_id,
        "external_id": side.external_id,
        "publisher": side.publisher[:_NAME],
        "published_at": rfc3339(side.published_at),
        "speaker": claim.attribution.speaker,
        "stance": claim.attribution.stance,
        "text": claim.text,
        "clash": clash(side, spans),
        "sources": sources,
    }
