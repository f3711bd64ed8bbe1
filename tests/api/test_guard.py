"""What is refused before a route sees it, and the one shape of every error."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from service.api.guard import Guard, is_local
from service.settings import Limits
from service.store.ids import new_id
from tests.api.conftest import Start
from tests.api.test_articles import FIRST

JSON = {"Content-Type": "application/json"}
TAKES_BODY = [
    ("POST", "/v1/articles"), ("POST", "/v1/check"), ("POST", "/v1/nli"), ("POST", "/v1/embeddings"), ("POST", "/v1/keys"),
    ("PATCH", f"/v1/contradictions/{new_id('con')}"),
]  # fmt: skip
BAD_BODIES = {
    "no JSON": b"{'a': 1}",
    "cut off": b'{"text": "abc',
    "another encoding": '{"text": "é"}'.encode("latin-1"),
    "two texts": b"{} {}",
    "a repeated key": b'{"a": 1, "a": 2}',
    "a repeated key inside": b'{"text": {"b": 1, "b": 2}}',
    "NaN": b'{"text": NaN}',
    "infinity": b'{"text": -Infinity}',
    "an endless number": b'{"text": 1e999}',
    "a huge whole number": b'{"text": ' + b"9" * 5_000 + b"}",
    "NUL": b'{"text": "a\\u0000b"}',
    "NUL in a key": b'{"a\\u0000b": 1}',
    "a lone surrogate": b'{"text": "\\ud83d"}',
    "a lone surrogate in a key": b'{"\\udc00": 1}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100 + b"1" + b"}" * 100,
    "another type": b"[1, 2]",
    "null": b"null",
    "nothing": b"",
}


def assert_problem(answer: Any, status: int | None = None) -> dict[str, Any]:
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    assert set(problem) <= {"type", "title", "status", "detail", "errors"}
    assert problem["type"].startswith("urn:problem-type:counterclaim:")
    assert problem["status"] == answer.status_code
    assert problem["title"] and problem["detail"]
    for item in problem.get("errors", ()):
        assert set(item) == {"loc", "msg"}
    assert status is None or answer.status_code == status, problem
    return problem


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_a_problem_on_every_route(client: TestClient, body: bytes) -> None:
    for method, path in TAKES_BODY:
        problem = assert_problem(client.request(method, path, content=body, headers=JSON), 422)
        assert problem["errors"][0]["loc"][0] == "body"


def test_the_place_of_a_bad_value_is_named(client: TestClient) -> None:
    body = b'{"pairs": [{"premise": "a", "hypothesis": "b\\u0000"}]}'
    answer = client.post("/v1/nli", content=body, headers=JSON)
    assert answer.json()["errors"][0]["loc"] == ["body", "pairs", 0, "hypothesis"]


def test_another_content_type_is_415_on_every_route(client: TestClient) -> None:
    for method, path in TAKES_BODY:
        for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
            assert_problem(client.request(method, path, content=b"{}", headers={"Content-Type": media}), 415)


def test_a_body_over_the_limit_is_413_on_every_route(start: Start) -> None:
    client = start(max_body_bytes=1_000)
    large = json.dumps(FIRST | {"text": "x" * 1_000}).encode()
    for method, path in TAKES_BODY:
        assert_problem(client.request(method, path, content=large, headers=JSON), 413)
    assert_problem(client.request("GET", "/nowhere", content=large), 413)


def test_a_body_of_unknown_length_is_counted_as_it_comes(start: Start) -> None:
    parts = iter([b'{"text": "', *[b"x" * 100] * 100, b'"}'])
    assert_problem(start(max_body_bytes=1_000).post("/v1/articles", content=parts, headers=JSON), 413)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/articles/", 404),
        ("POST", "/v1/claims", 405),
        ("DELETE", "/v1/articles", 405),
        ("PUT", "/healthz", 405),
        ("GET", "/v1/check", 405),
        ("GET", "/v1/articles/nonsense", 422),
        ("GET", f"/v1/articles/{new_id('clm')}", 422),
        ("GET", f"/v1/articles/{new_id('art')}", 404),
        ("GET", f"/v1/claims/{new_id('clm')}", 404),
        ("GET", f"/v1/claims/{new_id('art')}/links", 422),
        ("GET", f"/v1/contradictions/{new_id('con')}", 404),
        ("GET", "/v1/contradictions/%00", 422),
        ("GET", f"/v1/threads/{new_id('thr')}", 404),
        ("GET", f"/v1/threads/{new_id('thr')}/timeline", 404),
        ("GET", "/v1/threads/%ff%fe/timeline", 422),
        ("DELETE", f"/v1/keys/{new_id('key')}", 404),
        ("GET", "/v1/articles?limit=0", 422),
        ("GET", "/v1/articles?limit=201", 422),
        ("GET", "/v1/articles?limit=many", 422),
        ("GET", f"/v1/articles?limit={'9' * 400}", 422),
        ("GET", "/v1/articles?cursor=zzz", 422),
        ("GET", "/v1/claims?speaker=%00", 422),
        ("GET", "/v1/articles?publisher=a%00b", 422),
        ("GET", "/v1/articles?since=1999", 422),
        ("GET", "/v1/claims?colour=red", 422),
        ("GET", "/v1/contradictions?kind=silly", 422),
        ("GET", "/v1/contradictions?min_probability=nan", 422),
        ("GET", "/v1/contradictions?min_probability=2", 422),
        ("GET", f"/v1/contradictions?thread={new_id('con')}", 422),
        ("GET", "/v1/export/keys", 422),
        ("GET", "/v1/export/claims?format=xml", 422),
        ("POST", "/v1/articles?wait=-1", 422),
        ("GET", "/v1/events?types=x", 422),
    ],
)
def test_whatever_is_wrong_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    body = FIRST if method == "POST" and path.startswith("/v1/articles") else None
    assert_problem(client.request(method, path, json=body), status)


def test_a_405_says_what_is_taken(client: TestClient) -> None:
    answer = client.put("/v1/nli")
    assert answer.headers["Allow"] == "POST"
    assert "takes POST" in assert_problem(answer, 405)["detail"]


def test_a_name_from_the_internet_is_not_answered_to_without_keys(client: TestClient) -> None:
    assert_problem(client.get("/v1/articles", headers={"Host": "evil.example"}), 403)
    for host in ("localhost:8321", "127.0.0.1", "[::1]:8321", "LOCALHOST"):
        assert client.get("/v1/articles", headers={"Host": host}).status_code == 200
    client.post("/v1/keys", json={"name": "desk", "scopes": ["read"]})
    assert_problem(client.get("/v1/articles", headers={"Host": "ledger.example"}), 401)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "::", "10.0.0.1", "example.com", "localhost.example.com", "127.0.0.1.example.com", ""]
)
def test_what_is_not_this_machine(host: str) -> None:
    assert not is_local(host)


def test_every_answer_has_a_request_id(client: TestClient) -> None:
    ids = {client.get(path).headers["X-Request-ID"] for path in ("/healthz", "/nowhere", "/v1/articles", "/v1/articles?x=1")}
    assert len(ids) == 4


async def call(app: Any, limits: Limits, messages: list[Any]) -> tuple[int, bytes]:
    """Send one request through a guard; when the messages are used up, nothing more comes."""
    import asyncio

    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        return await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message)

    guard = Guard(app, limits=limits, is_open=lambda: False, observe=lambda *_: None)
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": [(b"host", b"localhost")], "query_string": b""}
    await guard(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_an_app_that_does_not_answer_in_time_is_503() -> None:
    import asyncio

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.get_running_loop().create_future()

    status, body = asyncio.run(call(app, Limits(request_timeout_s=0.01), []))
    assert (status, json.loads(body)["status"]) == (503, 503)


def test_an_error_that_nobody_foresaw_is_500_and_says_nothing_of_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    import asyncio

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("the password is 1234")

    status, body = asyncio.run(call(app, Limits(), []))
    assert (status, b"1234" in body) == (500, False)
    assert "the password is 1234" in caplog.text
