"""The Python client and `--server`, against the app behind a real server on the loopback address."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service import client as client_module
from service.client import AsyncClient, Client, ServerProblem
from service.errors import Unavailable
from service.settings import Settings
from service.store.ledger import Ledger
from tests.api.conftest import empty, ledger, settings  # noqa: F401 - fixtures
from tests.api.test_articles import FIRST, SECOND
from tests.api.test_server import serving
from tests.test_cli import Run, db, lines, run, write  # noqa: F401 - fixtures

DRAFT = {name: FIRST[name] for name in ("text", "published_at")}


@pytest.fixture
def url(ledger: Ledger, settings: Settings) -> Iterator[str]:  # noqa: F811
    with serving(ledger, settings) as server:
        yield f"http://127.0.0.1:{server.port}"


def test_a_program_can_do_what_the_api_does(url: str) -> None:
    with Client(url) as client:
        assert client.add_article(FIRST, wait_s=30)["claims"]
        assert len(client.add_article(SECOND, wait_s=30)["contradictions"]) == 1
        [found] = client.contradictions(status=["suggested"])
        assert client.review(found["id"], status="confirmed", note="Seen.")["status"] == "confirmed"
        assert list(client.contradictions(status=["suggested"])) == []
        assert len(list(client.claims(limit=1))) == 2
        assert client.check(DRAFT)[0]["contradicts"]
        assert [result["label"] for result in client.nli([("100 boats", "200 boats"), ("a b", "a b")])] == [
            "contradiction",
            "entailment",
        ]
        with pytest.raises(ServerProblem) as refused:
            client.add_article({"text": "x"})
        assert (refused.value.status, refused.value.errors[0]["loc"][0]) == (422, "body")


def test_the_same_without_blocking(url: str) -> None:
    async def go() -> list[Any]:
        async with AsyncClient(url) as client:
            await client.add_article(FIRST, wait_s=30)
            await client.add_article(SECOND, wait_s=30)
            found = [item async for item in client.contradictions()]
            return [len(found), len(await client.check(DRAFT)), len(await client.nli([("a", "b")]))]

    assert asyncio.run(go()) == [1, 1, 1]


def test_what_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(client_module.time, "sleep", pauses.append)
    answers = iter([httpx2.Response(429, headers={"Retry-After": "7"}), httpx2.Response(503), httpx2.Response(204)])
    with Client("http://x", transport=httpx2.MockTransport(lambda *_: next(answers))) as client:
        assert client.call("GET", "/") is None
    assert pauses == [7.0, 1.0]
    busy = httpx2.MockTransport(lambda *_: httpx2.Response(503, json={"title": "Not ready", "detail": "later"}))
    with Client("http://x", key="ck_1", transport=busy) as client, pytest.raises(ServerProblem, match="503, Not ready: later"):
        client.call("GET", "/")


def test_a_server_that_is_not_there() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unavailable, match="counterclaim serve"):
        client.nli([("a", "b")])


def test_the_command_line_asks_a_server(run: Run, url: str, tmp_path: Path) -> None:  # noqa: F811
    with Client(url) as client:
        for article in (FIRST, SECOND):
            client.add_article(article, wait_s=30)
    draft = write(tmp_path / "draft.json", FIRST)
    checked = run("--server", url, "check", draft, "--json")
    assert (checked.code, len(lines(checked.out)[0]["contradicts"])) == (0, 1)
    found = run("--server", url, "contradictions", "--json")
    assert (found.code, [line["kind"] for line in lines(found.out)]) == (0, ["numeric"])
    assert run("--server", url, "contradictions").code == 0
    assert run("--server", url, "ingest", draft).code == 2
    assert run("--server", "http://127.0.0.1:9", "check", draft).code == 1
