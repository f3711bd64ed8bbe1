"""Metrics, logs and the shared batches behind them."""

import asyncio
import io
import json
import logging
import re
import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.api.runner import CHUNK, ModelRunner
from service.logs import JsonFormatter
from tests.api.conftest import Start
from tests.api.test_articles import FIRST, SECOND

ROOT = Path(__file__).parents[2]
PAIR = {"premise": "There are 100 boats.", "hypothesis": "There are 200 boats."}


def test_metrics_say_what_happened(start: Start) -> None:
    client = start()
    for article in (FIRST, SECOND):
        assert client.post("/v1/articles?wait=30", json=article).status_code == 201
    client.post("/v1/nli", json={"pairs": [PAIR] * 3})
    text = client.get("/metrics").text
    assert 'counterclaim_requests_total{method="POST",route="/v1/articles",status="201"} 2.0' in text
    assert 'counterclaim_model_batch_items_sum{work="nli"} 3.0' in text
    assert 'counterclaim_contradictions{kind="numeric",status="suggested"} 1.0' in text
    assert (
        re.search(r'counterclaim_link_dropped_total\{gate="\w+"\} [1-9]', text) or "counterclaim_link_passed_total 1.0" in text
    )
    assert "counterclaim_queue_depth 0.0" in text


def test_the_dashboard_asks_for_metrics_that_are_there(start: Start) -> None:
    client = start()
    client.post("/v1/nli", json={"pairs": [PAIR]})
    names = set(re.findall(r"^# TYPE (\w+)", client.get("/metrics").text, flags=re.MULTILINE))
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))
    asked = {
        name.removesuffix("_bucket")
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"counterclaim_\w+", target["expr"])
    }
    assert len(asked) >= 10
    assert asked <= names


def test_a_log_line_is_json_with_the_request_id_and_no_text(client: TestClient) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("service")  # the test's own client logs too
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        answer = client.post("/v1/articles?wait=30", json=FIRST)
        client.get("/v1/claims?q=troops")
        client.get("/v1/articles?cursor=zzz")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    [access] = [line for line in lines if line.get("request_id") == answer.headers["X-Request-ID"]]
    assert (access["route"], access["status"], access["level"]) == ("/v1/articles", 201, "info")
    assert "troops" not in stream.getvalue()


def test_an_exception_stays_on_one_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "it %s", ("failed",), (ValueError, error, error.__traceback__))
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "it failed"


def test_small_requests_share_a_batch_and_one_bad_one_fails_alone() -> None:
    entered, gate = threading.Event(), threading.Event()
    sizes: list[int] = []

    def call(items: list[int]) -> list[int]:
        entered.set()
        assert gate.wait(20)
        if -1 in items:
            raise ValueError("a bad item")
        sizes.append(len(items))
        return [item * 2 for item in items]

    async def run() -> list[object]:
        runner = ModelRunner(observe=lambda *_: None, threads=1)
        first = asyncio.create_task(runner.map("x", call, [0], coalesce=True))
        await asyncio.to_thread(entered.wait, 20)
        good = [asyncio.create_task(runner.map("x", call, [n, n + 1], coalesce=True)) for n in range(1, 41)]
        bad = asyncio.create_task(runner.map("x", call, [-1], coalesce=True))
        await asyncio.sleep(0.05)
        gate.set()
        found = await asyncio.gather(first, *good, bad, return_exceptions=True)
        runner.close()
        return list(found)

    found = asyncio.run(run())
    assert found[:3] == [[0], [2, 4], [4, 6]]
    assert isinstance(found[-1], ValueError)
    assert found[1:-1] == [[2 * n, 2 * n + 2] for n in range(1, 41)]
    assert sizes[0] == 1
    assert max(sizes) == CHUNK


def test_what_waits_when_the_server_ends_is_cancelled() -> None:
    entered, gate = threading.Event(), threading.Event()

    def call(items: list[int]) -> list[int]:
        entered.set()
        gate.wait(20)
        return items

    async def run() -> None:
        runner = ModelRunner(observe=lambda *_: None, threads=1)
        first = asyncio.create_task(runner.map("x", call, [0], coalesce=True))
        await asyncio.to_thread(entered.wait, 20)
        second = asyncio.create_task(runner.map("x", call, [1], coalesce=True))
        await asyncio.sleep(0.05)
        runner.close()
        gate.set()
        assert await first == [0]
        with pytest.raises(asyncio.CancelledError):
            await second

    asyncio.run(run())
