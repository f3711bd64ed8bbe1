"""Webhooks and the watchlist over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from standardwebhooks import Webhook as Verifier

from service.settings import Settings
from service.store.ids import new_id
from service.store.ledger import Ledger
from tests.api.conftest import Start
from tests.api.test_guard import assert_problem
from tests.receiver import Received, receiving
from tests.store import make
from tests.test_worker import until


@pytest.fixture
def receiver() -> Iterator[Received]:
    with receiving() as found:
        yield found


@pytest.fixture
def client(start: Start, settings: Settings) -> TestClient:
    return start(settings=settings.model_copy(update={"allow_private_urls": True}))


def created(client: TestClient, url: str, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json={"url": url, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_webhook_gets_what_happens_and_its_log_says_so(client: TestClient, ledger: Ledger, receiver: Received) -> None:
    hook = created(client, receiver.url, types=["contradiction.created"], filters={"kind": ["numeric"], "min_probability": 0.5})
    found = make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    until(lambda: len(receiver.messages) == 1)
    sent, body = receiver.messages[0]
    assert Verifier(hook["secret"]).verify(body, sent)["data"]["id"] == found.id
    path = f"/v1/webhooks/{hook['id']}/deliveries"
    until(lambda: client.get(f"{path}?state=delivered").json()["items"] != [])
    [delivery] = client.get(path).json()["items"]
    assert (delivery["id"], delivery["attempts"], delivery["log"][0]["status"]) == (sent["webhook-id"], 1, 204)
    assert client.get(f"{path}/{delivery['id']}").json()["body"].encode() == body
    assert_problem(client.post(f"{path}/{delivery['id']}/retry"), 409)


def test_a_secret_is_shown_once(client: TestClient, receiver: Received) -> None:
    hook = created(client, receiver.url, description="chat", filters={"thread": "thr_01jc8q2v8h4x0s6n9q3t5w7y1z"})
    assert hook["secret"].startswith("whsec_")
    shown = [client.get("/v1/webhooks"), client.get(f"/v1/webhooks/{hook['id']}")]
    shown.append(client.patch(f"/v1/webhooks/{hook['id']}", json={"disabled": True}))
    shown.append(client.post(f"/v1/webhooks/{hook['id']}/test"))
    for answer in shown:
        assert answer.status_code == 200
        assert "secret" not in answer.text
        assert hook["secret"] not in answer.text
    assert shown[1].json() == {name: value for name, value in hook.items() if name != "secret"}


def test_a_test_call_says_what_came_of_it(client: TestClient, receiver: Received) -> None:
    receiver.statuses = [204, 418]
    hook = created(client, receiver.url)
    answer = client.post(f"/v1/webhooks/{hook['id']}/test").json()
    assert (answer["state"], answer["type"], answer["log"][0]["status"]) == ("delivered", "webhook.test", 204)
    assert Verifier(hook["secret"]).verify(receiver.messages[0][1], receiver.messages[0][0])["type"] == "webhook.test"
    failed = client.post(f"/v1/webhooks/{hook['id']}/test").json()
    assert (failed["state"], failed["log"][0]["status"], len(receiver.messages)) == ("dead", 418, 2)
    [dead] = client.get("/v1/webhooks/dead-letters").json()["items"]
    assert dead["id"] == failed["id"]


def test_a_disabled_webhook_gets_nothing_and_a_deleted_one_is_gone(
    client: TestClient, ledger: Ledger, receiver: Received
) -> None:
    hook = created(client, receiver.url)
    path = f"/v1/webhooks/{hook['id']}"
    off = client.patch(path, json={"disabled": True}).json()
    assert (off["disabled_reason"], off["disabled_at"] is None) == ("disabled by local", False)
    make.stored(ledger, "There are 100 boats.")
    other = created(client, receiver.url)
    make.stored(ledger, "There are 300 cars.")
    until(lambda: len(receiver.messages) == 1)
    assert client.get(f"{path}/deliveries").json()["items"] == []
    assert client.delete(path).status_code == 204
    assert_problem(client.delete(path), 404)
    assert [item["id"] for item in client.get("/v1/webhooks").json()] == [other["id"]]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://localhost:8080/", "http://10.0.0.8/", "http://[::1]/", "http://2130706433/",
        "http://169.254.169.254/latest", "ftp://example.com", "file:///etc/passwd", "http://", "no address", "http://a:b@192.0.2.1/",
        "http://192.0.2.1:99999/",
    ],
)  # fmt: skip
def test_private_and_broken_targets_are_refused(start: Start, url: str) -> None:
    client = start()
    problem = assert_problem(client.post("/v1/webhooks", json={"url": url}), 422)
    assert problem["errors"][0]["loc"] == ["body", "url"]
    assert client.get("/v1/webhooks").json() == []


@pytest.mark.parametrize(
    "body",
    [
        {}, {"url": ""}, {"url": "https://192.0.2.1", "types": ["x"]}, {"url": "https://192.0.2.1", "secret": "whsec_x"},
        {"url": "https://192.0.2.1", "filters": {"kind": ["x"]}}, {"url": "https://192.0.2.1", "filters": {"speaker": "!"}},
        {"url": "https://192.0.2.1", "filters": {"min_probability": 2}},
    ],
)  # fmt: skip
def test_a_bad_webhook_is_refused(client: TestClient, body: Any) -> None:
    assert_problem(client.post("/v1/webhooks", json=body), 422)


def test_ids_that_are_not_there(client: TestClient, receiver: Received) -> None:
    hook = created(client, receiver.url)["id"]
    missing = new_id("whk")
    for method, path in (
        ("GET", f"/v1/webhooks/{missing}"), ("DELETE", f"/v1/webhooks/{missing}"), ("POST", f"/v1/webhooks/{missing}/test"),
        ("GET", f"/v1/webhooks/{missing}/deliveries"), ("GET", f"/v1/webhooks/{hook}/deliveries/{new_id('dlv')}"),
        ("POST", f"/v1/webhooks/{hook}/deliveries/{new_id('dlv')}/retry"), ("DELETE", f"/v1/watchlist/{new_id('wch')}"),
    ):  # fmt: skip
        assert_problem(client.request(method, path), 404)
    assert_problem(client.get(f"/v1/webhooks/{new_id('art')}"), 422)


def test_the_watchlist_narrows_the_list_of_contradictions(client: TestClient, ledger: Ledger) -> None:
    make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    cars = make.flagged(ledger, "There are 300 cars.", "There are 400 cars.")
    added = client.post("/v1/watchlist", json={"kind": "topic", "value": "cars"})
    assert (added.status_code, client.post("/v1/watchlist", json={"kind": "topic", "value": "cars"}).status_code) == (201, 200)
    assert client.get("/v1/watchlist").json() == [added.json()]
    assert [item["id"] for item in client.get("/v1/contradictions?watched=true").json()["items"]] == [cars.id]
    assert client.delete(f"/v1/watchlist/{added.json()['id']}").status_code == 204
    assert client.get("/v1/contradictions?watched=true").json()["items"] == []
    for value in ("", "?!", "a\0b"):
        assert_problem(client.post("/v1/watchlist", json={"kind": "name", "value": value}), 422)
    assert_problem(client.post("/v1/watchlist", json={"kind": "thread", "value": new_id("thr")}), 404)
