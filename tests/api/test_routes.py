"""One test over every route: the shape of its errors, its scope, and its limits."""

import gzip
import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api.app import bare_app
from service.store.ids import new_id
from service.store.ledger import Ledger
from tests.api.conftest import Start
from tests.api.test_guard import BAD_BODIES, JSON, assert_problem
from tests.api.test_keys import bearer

IDS = {"article": "art", "claim": "clm", "contradiction": "con", "thread": "thr", "key": "key", "webhook": "whk",
       "delivery": "dlv", "watch": "wch"}  # fmt: skip
FREE = {"/healthz", "/readyz"}
STREAMS = {"/v1/events", "/v1/articles/batch"}
SCOPES = {
    "write": {("post", "/v1/articles"), ("post", "/v1/articles/batch"), ("delete", "/v1/articles/{article_id}")},
    "review": {
        ("patch", "/v1/contradictions/{contradiction_id}"), ("post", "/v1/watchlist"), ("delete", "/v1/watchlist/{watch_id}"),
    },
}  # fmt: skip
OPERATIONS = [
    (method, path, operation) for path, item in bare_app().openapi()["paths"].items() for method, operation in item.items()
]


def filled(path: str) -> str:
    return re.sub(r"\{(\w+?)_id\}", lambda match: new_id(IDS[match[1]]), path).replace("{what}", "claims")


def scope_of(method: str, path: str) -> str:
    if path.startswith(("/v1/webhooks", "/v1/keys")):
        return "admin"
    return next((scope for scope, routes in SCOPES.items() if (method, path) in routes), "read")


def has_body(operation: Any) -> bool:
    return "application/json" in operation.get("requestBody", {}).get("content", {})


def test_every_route_asks_for_its_scope(client: TestClient, ledger: Ledger) -> None:
    secrets = {scope: ledger.create_key(scope, [scope])[1] for scope in ("read", "write", "review")}
    for method, path, operation in OPERATIONS:
        if path in FREE:
            continue
        assert_problem(client.request(method, filled(path)), 401)
        needed = scope_of(method, path)
        for holder, secret in secrets.items():
            if holder == needed and path in STREAMS:
                continue  # it would stream
            kwargs: dict[str, Any] = {"json": {}} if has_body(operation) else {}
            answer = client.request(method, filled(path), headers=bearer(secret), **kwargs)
            assert (answer.status_code == 403) == (holder != needed), (method, path, holder, answer.text)
            if answer.status_code >= 400:
                assert_problem(answer)


def test_every_route_refuses_what_it_does_not_know(client: TestClient) -> None:
    for method, path, operation in OPERATIONS:
        if path in STREAMS:
            continue
        if "{" in path and "{what}" not in path:
            strange = re.sub(r"\{\w+\}", "nonsense%00", path)
            problem = assert_problem(client.request(method, strange, json={} if has_body(operation) else None), 422)
            assert problem["errors"]
        answer = client.put(filled(path))
        assert_problem(answer, 405)


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_every_body_is_read_strictly(client: TestClient, body: bytes) -> None:
    for method, path, operation in OPERATIONS:
        if has_body(operation):
            problem = assert_problem(client.request(method, filled(path), content=body, headers=JSON), 422)
            assert problem["errors"][0]["loc"][0] == "body", (method, path)


def test_a_packed_body_is_no_way_around_the_limits(start: Start) -> None:
    client = start(max_body_bytes=10_000)
    bomb = gzip.compress(json.dumps({"text": "x" * 5_000_000}).encode())
    assert len(bomb) < 10_000
    for method, path, operation in OPERATIONS:
        if has_body(operation):
            packed = client.request(method, filled(path), content=bomb, headers=JSON | {"Content-Encoding": "gzip"})
            assert assert_problem(packed)["status"] in (415, 422), (method, path)
            assert_problem(client.request(method, filled(path), content=b" " * 20_000, headers=JSON), 413)


def test_a_full_queue_is_429_and_says_when_to_come_back(start: Start, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    client = start(max_queue=1)
    monkeypatch.setattr(ledger, "count_pending", lambda: 1)
    article = {"text": "There are 100 boats.", "publisher": "Gazette", "published_at": "2024-02-10T09:30:00Z"}
    answer = client.post("/v1/articles", json=article)
    assert_problem(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
