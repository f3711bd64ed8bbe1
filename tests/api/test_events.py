import asyncio
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api.deps import Seats
from service.api.routes import events
from service.errors import Overloaded
from service.store.ledger import Ledger
from tests.store import make


def listen(client: TestClient, query: str = "", **headers: str) -> list[dict[str, Any]]:
    """The events that are there; the app is told to stop, so that the stream ends after them."""
    client.app.state.services.stopping.set()  # type: ignore[attr-defined]
    answer = client.get(f"/v1/events{query}", headers=headers)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in answer.text.split("\n\n") if block]
    return [block for block in blocks if "id" in block]


@pytest.fixture(autouse=True)
def one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "POLL_S", 0.01)


def test_a_listener_resumes_where_it_stopped(client: TestClient, ledger: Ledger) -> None:
    make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    found = listen(client, **{"Last-Event-ID": "0"})
    assert [event["event"] for event in found] == ["article.processed", "contradiction.created", "article.processed"]
    data = json.loads(found[1]["data"])
    assert (data["type"], data["data"]["kind"]) == ("contradiction.created", "numeric")
    assert listen(client, **{"Last-Event-ID": found[0]["id"]}) == found[1:]
    assert listen(client, "?types=contradiction.created", **{"Last-Event-ID": "0"}) == [found[1]]
    assert listen(client) == []


@pytest.mark.parametrize("last", ["-1", "x", "١", "9" * 19])
def test_a_bad_event_id_is_refused(client: TestClient, last: str) -> None:
    answer = client.get("/v1/events", headers={"Last-Event-ID": last.encode()})
    assert answer.status_code == 422


def test_there_are_so_many_seats() -> None:
    seats = Seats(1)
    with seats, pytest.raises(Overloaded), seats:
        pass
    with seats:
        pass


def test_what_happens_while_one_listens_is_pushed(client: TestClient, ledger: Ledger) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]

    async def run() -> list[Any]:
        found = []
        stream = events.listen(services, caller=None, query=events.EventQuery(), after=None)  # type: ignore[arg-type]
        found.append(await anext(stream))
        pending = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(make.stored, ledger, "There are 100 boats.")
        found.append(await asyncio.wait_for(pending, 10))
        services.stopping.set()
        assert [event async for event in stream] == []
        return found

    assert [event.event for event in asyncio.run(run())] == [None, "article.processed"]
