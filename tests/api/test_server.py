"""The app behind a real server on the loopback address: sockets, slow clients, streams and the end."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from models.types import FloatArray, Pair
from service.api.app import create_app
from service.settings import Settings
from service.store.ledger import Ledger
from tests import fakes
from tests.api.test_articles import FIRST, SECOND
from tests.api.test_models import CLASH
from tests.store import make

JSON = {"Content-Type": "application/json"}


def request_head(path: str, media: str, length: str) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\n{length}\r\n\r\n".encode()


class Serving:
    """A running server."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] = JSON) -> tuple[int, Any]:
        connection = self.connect()
        try:
            raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, raw, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()


@contextmanager
def serving(ledger: Ledger, settings: Settings, *, nli: fakes.FakeNli | None = None, **limits: float) -> Iterator[Serving]:
    chosen = settings.model_copy(update={"limits": settings.limits.model_copy(update=limits)})
    pipeline = fakes.pipeline(ledger, chosen)
    if nli is not None:
        pipeline.models._nli = nli
    running = Serving(create_app(pipeline))
    running.thread.start()
    try:
        while not running.server.started:
            time.sleep(0.01)
        yield running
    finally:
        running.app.state.services.stopping.set()
        running.server.should_exit = True
        running.thread.join(20)
        running.socket.close()
        assert not running.thread.is_alive()


def test_articles_go_in_and_a_contradiction_comes_out(ledger: Ledger, settings: Settings) -> None:
    with serving(ledger, settings) as server:
        assert server.call("POST", "/v1/articles?wait=30", FIRST)[0] == 201
        status, stored = server.call("POST", "/v1/articles?wait=30", SECOND)
        assert (status, len(stored["contradictions"])) == (201, 1)


def test_a_large_upload_is_refused_without_being_kept(ledger: Ledger, settings: Settings) -> None:
    with serving(ledger, settings, max_body_bytes=10_000) as server:
        for chunked in (False, True):
            connection = server.connect()
            body = (b"x" * 10_000 for _ in range(50)) if chunked else b"x" * 500_000
            try:
                connection.request("POST", "/v1/articles", body, JSON, encode_chunked=chunked)
                answer = connection.getresponse()
                assert (answer.status, json.loads(answer.read())["title"]) == (413, "Too large")
            except (BrokenPipeError, ConnectionResetError):
                pytest.fail("the connection was cut before the answer could be read")
            finally:
                connection.close()
        assert server.call("GET", "/healthz")[0] == 200


def test_a_client_that_stops_sending_is_told_so(ledger: Ledger, settings: Settings) -> None:
    with serving(ledger, settings, request_timeout_s=0.3) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
            raw.sendall(request_head("/v1/articles", "application/json", "Content-Length: 99") + b"{")
            head = raw.recv(65_536)
        assert head.startswith(b"HTTP/1.1 408")
        assert b"application/problem+json" in head


class SlowNli(fakes.FakeNli):
    """Waits for the test in every call."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)

    def predict(self, pairs: list[Pair]) -> FloatArray:  # type: ignore[override]
        self.entered.release()
        assert self.gate.wait(20)
        return super().predict(pairs)


def test_a_slow_model_does_not_hold_up_the_others(ledger: Ledger, settings: Settings) -> None:
    nli = SlowNli()
    with serving(ledger, settings, nli=nli) as server:
        answers: list[Any] = []
        clients = [
            threading.Thread(target=lambda: answers.append(server.call("POST", "/v1/nli", {"pairs": [CLASH]})))
            for _ in range(4)
        ]
        for client in clients:
            client.start()
        assert nli.entered.acquire(timeout=20)
        start = time.monotonic()
        for path in ("/healthz", "/v1/articles", "/readyz"):
            assert server.call("GET", path)[0] == 200
        assert server.call("POST", "/v1/articles", FIRST)[0] == 202
        assert time.monotonic() - start < 15  # the models answer nothing before the gate opens
        nli.gate.set()
        for client in clients:
            client.join(20)
        assert [status for status, _ in answers] == [200] * 4


def test_a_batch_is_answered_while_it_is_being_sent(ledger: Ledger, settings: Settings) -> None:
    with serving(ledger, settings) as server, socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(request_head("/v1/articles/batch", "application/x-ndjson", "Transfer-Encoding: chunked"))
        seen = b""
        for number, article in enumerate((FIRST, SECOND), 1):
            line = json.dumps(article).encode() + b"\n"
            raw.sendall(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            while f'"line": {number}'.encode() not in seen:
                seen += raw.recv(65_536)
        raw.sendall(b"0\r\n\r\n")
        while not seen.endswith(b"0\r\n\r\n"):
            seen += raw.recv(65_536)
        assert seen.count(b'"status": 202') == 2


def test_a_batch_whose_sender_does_not_read_does_not_hang(ledger: Ledger, settings: Settings) -> None:
    lines = b"".join(json.dumps({"surprise": "x" * 100, "n": n}).encode() + b"\n" for n in range(3_000))
    with serving(ledger, settings, max_batch_items=3_000) as server:
        connection = server.connect()
        connection.request("POST", "/v1/articles/batch", lines, {"Content-Type": "application/x-ndjson"})
        found = connection.getresponse().read().splitlines()
        connection.close()
        assert len(found) == 3_000


def test_events_are_pushed_and_end_with_the_server(ledger: Ledger, settings: Settings) -> None:
    connection: http.client.HTTPConnection
    with serving(ledger, settings) as server:
        connection = server.connect()
        connection.request("GET", "/v1/events")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.readline().startswith(b": listening")
        make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
        while not (line := answer.readline()).startswith(b"event: contradiction.created"):
            assert line
    assert b"contradiction.created" in answer.read()
    connection.close()
