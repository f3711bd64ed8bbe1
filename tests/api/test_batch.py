import json
from typing import Any

from fastapi.testclient import TestClient

from service.store.ledger import Ledger
from tests.api.conftest import Start
from tests.api.test_articles import FIRST, SECOND

NDJSON = {"Content-Type": "application/x-ndjson"}


def send(client: TestClient, *lines: Any) -> list[dict[str, Any]]:
    raw = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    answer = client.post("/v1/articles/batch", content=raw, headers=NDJSON)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_one_line_answers_each_line_in_order(client: TestClient) -> None:
    answers = send(client, FIRST, SECOND, FIRST)
    assert [(a["line"], a["status"]) for a in answers] == [(1, 202), (2, 202), (3, 200)]
    assert answers[0]["id"] == answers[2]["id"]
    assert answers[1]["external_id"] == "courier-1"


def test_bad_lines_are_reported_and_do_not_stop_the_good_ones(client: TestClient, ledger: Ledger) -> None:
    bad: list[Any] = [
        b"not JSON", b"[]", b"7", b'{"a": 1, "a": 2}', b"\xff\xfe", b'{"text": NaN}', b'{"text": "\\ud800"}',
        FIRST | {"text": "a\0b"}, FIRST | {"publisher": None}, FIRST | {"text": " "}, FIRST | {"surprise": 1},
        b"[" * 100_000,
    ]  # fmt: skip
    answers = send(client, FIRST, *bad, b"", SECOND)
    assert [a["status"] for a in answers] == [202, *[422] * len(bad), 202]
    assert [a["line"] for a in answers] == [*range(1, len(bad) + 2), len(bad) + 3]
    for answer in answers[1:-1]:
        assert {"type", "title", "status", "detail", "errors"} <= set(answer["error"])
        assert answer["error"]["errors"][0]["loc"][:2] == ["line", answer["line"]], answer
    assert sum(ledger.counts().articles.values()) == 2


def test_a_long_line_is_refused_and_the_next_is_read(start: Start) -> None:
    client = start(max_body_bytes=2_000)
    answers = send(client, FIRST | {"text": "x" * 100_000}, SECOND, FIRST | {"text": "y" * 3_000})
    assert [a["status"] for a in answers] == [413, 202, 413]


def test_more_lines_than_the_limit_are_refused(start: Start, ledger: Ledger) -> None:
    answers = send(start(max_batch_items=2), FIRST, SECOND, FIRST | {"external_id": "third"})
    assert [a["status"] for a in answers] == [202, 202, 413]
    assert sum(ledger.counts().articles.values()) == 2


def test_what_no_longer_fits_the_queue_is_told_to_come_back(start: Start) -> None:
    client = start(max_queue=0)
    answer = client.post("/v1/articles/batch", content=b"", headers=NDJSON)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_another_content_type_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/articles/batch", json=[FIRST])
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (415, ["header", "Content-Type"])
