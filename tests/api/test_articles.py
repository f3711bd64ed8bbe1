from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from fastapi.testclient import TestClient

from service.settings import Settings
from service.store.ledger import Ledger
from tests.api.conftest import Start
from tests.store import make

FIRST = {
    "external_id": "herald-1",
    "publisher": "Coast Herald",
    "published_at": "2022-02-10T09:00:00Z",
    "lang": "en",
    "title": "Troops at the border",
    "text": "Some 100,000 troops stand near the northern border, Ana Holt said.",
}
SECOND = FIRST | {
    "external_id": "courier-1",
    "publisher": "Quay Courier",
    "published_at": "2022-02-14T09:00:00+01:00",
    "text": "Some 130,000 troops stand near the northern border, Ana Holt said.",
}


def test_an_article_is_stored_processed_and_read_back(client: TestClient) -> None:
    answer = client.post("/v1/articles?wait=30", json=FIRST)
    assert answer.status_code == 201
    stored = answer.json()
    assert answer.headers["Location"] == f"/v1/articles/{stored['id']}"
    assert stored["state"] == "processed"
    assert stored["contradictions"] == []
    [claim] = stored["claims"]
    start, end = claim["span"]
    assert FIRST["text"][start:end] == claim["text"]
    assert claim["speaker"] == "Ana Holt"
    read = client.get(answer.headers["Location"]).json()
    assert read["text"] == FIRST["text"]
    assert read["published_at"] == "2022-02-10T09:00:00Z"
    assert [version["version"] for version in read["versions"]] == [1]


def test_the_second_article_contradicts_the_first(client: TestClient) -> None:
    client.post("/v1/articles?wait=30", json=FIRST)
    [found] = client.post("/v1/articles?wait=30", json=SECOND).json()["contradictions"]
    assert (found["a"]["publisher"], found["b"]["publisher"]) == ("Coast Herald", "Quay Courier")
    assert found["b"]["published_at"] == "2022-02-14T08:00:00Z"
    assert found["status"] == "suggested"
    assert found["probability"] > 0.5
    listed = client.get("/v1/contradictions").json()["items"]
    assert [item["id"] for item in listed] == [found["id"]]


def test_without_wait_it_is_accepted_and_comes_to_be_processed(client: TestClient) -> None:
    answer = client.post("/v1/articles", json=FIRST)
    assert answer.status_code == 202
    assert answer.json()["claims"] is None
    assert client.post("/v1/articles?wait=30", json=FIRST).json()["state"] == "processed"


def test_the_same_content_again_is_the_same_article(client: TestClient) -> None:
    first = client.post("/v1/articles?wait=30", json=FIRST).json()
    again = client.post("/v1/articles?wait=30", json=FIRST)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert again.json()["claims"] == first["claims"]
    assert len(client.get("/v1/articles").json()["items"]) == 1


def test_the_same_article_from_ten_clients_at_once_is_one_article(client: TestClient) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/articles", json=FIRST), range(10)))
    assert sorted(a.status_code for a in answers) == [200] * 9 + [202]
    assert len({a.json()["id"] for a in answers}) == 1


def test_new_text_under_a_known_key_is_a_new_version(client: TestClient) -> None:
    first = client.post("/v1/articles?wait=30", json=FIRST).json()
    second = client.post("/v1/articles?wait=30", json=FIRST | {"text": "The troops have left the border area."})
    assert (second.status_code, second.json()["id"], second.json()["version"]) == (201, first["id"], 2)
    gone = client.get("/v1/claims?withdrawn=true").json()["items"]
    assert [claim["id"] for claim in gone] == [first["claims"][0]["id"]]


def test_an_external_id_of_another_publisher_is_a_conflict(client: TestClient) -> None:
    client.post("/v1/articles", json=FIRST)
    answer = client.post("/v1/articles", json=SECOND | {"external_id": "herald-1"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["loc"] == ["external_id"]


def test_a_page_names_its_own_title_and_time(client: TestClient) -> None:
    page = """<html lang="en"><head><title>Bridge closed</title>
    <meta property="og:site_name" content="Harbour Post"><meta property="article:published_time" content="2024-03-02T09:30:00Z">
    </head><body><nav>Home | Sport</nav><article><h1>Bridge closed</h1><p>The old bridge over the river Aller was closed on
    Friday after a barge hit one of its piers, the port said.</p><p>Repairs will take at least six weeks and traffic is led over
    the northern crossing, according to the port authority of the town.</p></article></body></html>"""
    stored = client.post("/v1/articles?wait=30", json={"html": page})
    assert stored.status_code == 201, stored.json()
    assert (stored.json()["publisher"], stored.json()["published_at"]) == ("Harbour Post", "2024-03-02T09:30:00Z")
    own = client.post("/v1/articles", json={"html": page, "publisher": "Archive", "external_id": "x"})
    assert own.json()["publisher"] == "Archive"


def test_a_page_is_fetched(start: Start, settings: Settings) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            paragraph = "<p>The old bridge over the river Aller was closed on Friday after a barge hit one of its piers.</p>"
            self.wfile.write(f"<html><body><article><h1>Bridge closed</h1>{paragraph * 3}</article></body></html>".encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever).start()
        body = FIRST | {"text": None, "title": None, "fetch_url": f"http://127.0.0.1:{server.server_port}/bridge"}
        refused = start().post("/v1/articles", json=body)
        stored = start(settings=settings.model_copy(update={"allow_private_urls": True})).post("/v1/articles", json=body)
        server.shutdown()
    assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["body", "fetch_url"])
    assert (stored.status_code, stored.json()["url"]) == (202, body["fetch_url"])
    assert stored.json()["publisher"] == "Coast Herald"


@pytest.mark.parametrize(
    ("change", "status", "loc"),
    [
        ({"text": None}, 422, ["body"]),
        ({"html": "<p>x</p>"}, 422, ["body"]),
        ({"text": ""}, 422, ["body", "text"]),
        ({"text": " \n\t "}, 422, ["body", "text"]),
        ({"text": 7}, 422, ["body", "text"]),
        ({"text": "x" * 2_001}, 413, ["body", "text"]),
        ({"publisher": None}, 422, ["body", "publisher"]),
        ({"publisher": ""}, 422, ["body", "publisher"]),
        ({"published_at": None}, 422, ["body", "published_at"]),
        ({"published_at": "yesterday"}, 422, ["body", "published_at"]),
        ({"published_at": "2022-02-10T09:00:00"}, 422, ["body", "published_at"]),
        ({"published_at": 1644483600}, 422, ["body", "published_at"]),
        ({"published_at": "9999-12-31T23:59:59-14:00"}, 422, ["body", "published_at"]),
        ({"published_at": "0001-01-01T00:00:00+14:00"}, 422, ["body", "published_at"]),
        ({"lang": "xx"}, 422, ["body", "lang"]),
        ({"lang": "no such language"}, 422, ["body", "lang"]),
        ({"titel": "x"}, 422, ["body", "titel"]),
        ({"url": "u" * 2_001}, 422, ["body", "url"]),
        ({"text": None, "html": "<html></html>"}, 422, ["body", "html"]),
        ({"text": None, "ninjs": {}}, 422, ["body", "ninjs", "bodies"]),
        ({"text": None, "fetch_url": "http://127.0.0.1:1/x"}, 422, ["body", "fetch_url"]),
        ({"text": None, "fetch_url": "file:///etc/passwd"}, 422, ["body", "fetch_url"]),
        ({"text": None, "fetch_url": "x" * 2_001}, 422, ["body", "fetch_url"]),
    ],
)
def test_a_bad_article_is_refused_by_name(start: Start, ledger: Ledger, change: object, status: int, loc: list[str]) -> None:
    client = start(max_text_chars=2_000)
    answer = client.post("/v1/articles", json=FIRST | change)  # type: ignore[operator]
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (status, loc), answer.json()
    assert ledger.counts().articles == {}


def test_articles_are_listed_filtered_and_paged(client: TestClient, ledger: Ledger) -> None:
    for number in range(5):
        ledger.add_article(make.submission(f"Text {number}.", publisher="Gazette" if number % 2 else "Herald"))
    first = client.get("/v1/articles?limit=2").json()
    second = client.get("/v1/articles", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    third = client.get("/v1/articles", params={"limit": 2, "cursor": second["next_cursor"]}).json()
    ids = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), third["next_cursor"]) == (5, None)
    assert "text" not in first["items"][0]
    assert len(client.get("/v1/articles?publisher=Gazette").json()["items"]) == 2
    assert client.get("/v1/articles?since=2030-01-01T00:00:00Z").json()["items"] == []


def test_an_article_is_deleted_with_all_that_was_found_in_it(client: TestClient, ledger: Ledger) -> None:
    found = make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    article = found.judgement.link.a.claim.article_id
    assert client.delete(f"/v1/articles/{article}").status_code == 204
    assert client.delete(f"/v1/articles/{article}").status_code == 404
    assert client.get(f"/v1/contradictions/{found.id}").status_code == 404


def test_a_full_queue_is_429(start: Start, ledger: Ledger) -> None:
    client = start(max_queue=0)
    answer = client.post("/v1/articles", json=FIRST)
    assert (answer.status_code, int(answer.headers["Retry-After"])) == (429, 30)
    assert ledger.counts().articles == {}


def test_an_idempotency_key_gives_the_first_answer_again(client: TestClient) -> None:
    headers = {"Idempotency-Key": "order-1"}
    first = client.post("/v1/articles", json=FIRST, headers=headers)
    again = client.post("/v1/articles", json=FIRST, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert (again.content, again.headers["Location"]) == (first.content, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("/v1/articles", json=SECOND, headers=headers)
    assert (other.status_code, other.json()["errors"][0]["loc"]) == (409, ["Idempotency-Key"])


def test_a_request_that_failed_can_be_sent_again_with_its_key(start: Start) -> None:
    headers = {"Idempotency-Key": "order-2"}
    full = start(max_queue=0)
    assert full.post("/v1/articles", json=FIRST, headers=headers).status_code == 429
    assert start().post("/v1/articles", json=FIRST, headers=headers).status_code == 202
    assert full.post("/v1/articles", json=FIRST, headers={"Idempotency-Key": "x" * 256}).status_code == 422
