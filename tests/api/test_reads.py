"""Claims, contradictions and threads, as an editor's page reads them."""

import pytest
from fastapi.testclient import TestClient

from service.records import Contradiction
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import ThreadChange
from tests.store import make

LEFT, RIGHT = "There are 100 boats in the harbour.", "There are 200 boats in the harbour."


@pytest.fixture
def flagged(ledger: Ledger) -> Contradiction:
    return make.flagged(
        ledger, LEFT, RIGHT, a_publisher="Gazette", b_publisher="Herald", a_speaker="Ana Ruiz", probability=0.8,
        spans_a=((10, 13),), spans_b=((10, 13),),
    )  # fmt: skip


def test_claims_are_filtered_by_what_is_asked(client: TestClient, flagged: Contradiction) -> None:
    def texts(query: str) -> list[str]:
        answer = client.get(f"/v1/claims?{query}")
        assert answer.status_code == 200, answer.json()
        return [claim["text"] for claim in answer.json()["items"]]

    article = flagged.judgement.link.a.claim.article_id
    assert texts("") == [RIGHT, LEFT]
    assert texts(f"article={article}") == texts("publisher=Gazette") == texts("speaker=ruiz") == [LEFT]
    assert texts("stance=denies") == texts("lang=de") == texts("withdrawn=true") == []
    assert texts("since=2024-02-10T09:30:00Z&until=2024-02-10T09:30:01Z") == [RIGHT, LEFT]


def test_claims_are_found_by_words_and_by_meaning(client: TestClient) -> None:
    body = {"publisher": "Gazette", "published_at": "2024-03-01T00:00:00Z", "text": "The harbour bridge is closed to all cars."}
    client.post("/v1/articles?wait=30", json=body)
    client.post("/v1/articles?wait=30", json=body | {"text": "A new school opens in the village on Monday."})
    found = client.get("/v1/claims?q=bridge harbour").json()["items"]
    assert [claim["text"] for claim in found] == [body["text"]]
    near = client.get("/v1/claims?q=the harbour bridge is closed to all lorries").json()["items"]
    assert [claim["text"] for claim in near] == [body["text"]]
    assert client.get("/v1/claims?q=%21%21").status_code == 422


def test_a_claim_is_read_with_its_links(client: TestClient, flagged: Contradiction) -> None:
    mine, other = flagged.judgement.link.a.claim, flagged.judgement.link.b.claim
    assert client.get(f"/v1/claims/{mine.id}").json()["text"] == LEFT
    [link] = client.get(f"/v1/claims/{mine.id}/links").json()
    assert (link["claim"]["id"], link["relation"], link["judgement"]["anchors"]) == (
        other.id,
        "contradiction",
        ["entity:bridge"],
    )
    assert client.get(f"/v1/claims/{new_id('clm')}/links").status_code == 404


def test_a_contradiction_shows_both_sides_in_context(client: TestClient, flagged: Contradiction) -> None:
    answer = client.get(f"/v1/contradictions/{flagged.id}")
    found = answer.json()
    assert answer.headers["ETag"] == '"1"'
    assert (found["a"]["speaker"], found["a"]["publisher"], found["b"]["publisher"]) == ("Ana Ruiz", "Gazette", "Herald")
    assert found["a"]["clash"] == [{"span": [10, 13], "text": "100"}]
    assert found["a"]["context"] == {"span": [0, len(LEFT)], "text": LEFT}
    assert found["judgement"]["a_to_b"]["contradiction"] == pytest.approx(0.8)
    assert client.get("/v1/contradictions").json()["items"][0]["a"]["context"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=suggested&status=confirmed", 1), ("status=dismissed", 0), ("relation=update", 0), ("kind=numeric", 1),
        ("min_probability=0.8", 1), ("min_probability=0.81", 0), ("publisher=Herald", 1), ("publisher=Nobody", 0),
        ("speaker=Ruiz", 1), ("order=strongest", 1), ("since=2024-02-11T00:00:00Z", 0), ("until=2024-02-11T00:00:00Z", 1),
    ],
)  # fmt: skip
def test_contradictions_are_filtered(client: TestClient, flagged: Contradiction, query: str, count: int) -> None:
    assert len(client.get(f"/v1/contradictions?{query}").json()["items"]) == count


def test_a_cursor_belongs_to_its_list_and_order(client: TestClient, ledger: Ledger, flagged: Contradiction) -> None:
    make.flagged(ledger, "There are 300 cars.", "There are 400 cars.", probability=0.9)
    page = client.get("/v1/contradictions?limit=1&order=strongest").json()
    rest = client.get("/v1/contradictions", params={"limit": 1, "order": "strongest", "cursor": page["next_cursor"]}).json()
    assert [item["probability"] for item in page["items"] + rest["items"]] == [0.9, 0.8]
    for path in ("/v1/contradictions", "/v1/claims", "/v1/articles", "/v1/threads"):
        answer = client.get(path, params={"cursor": page["next_cursor"]})
        assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["cursor"])


def test_a_review_is_recorded_with_who_when_and_why(client: TestClient, flagged: Contradiction) -> None:
    path = f"/v1/contradictions/{flagged.id}"
    review = {"status": "confirmed", "note": "Both are of Monday.", "reviewer": "Kari"}
    answer = client.patch(path, json=review, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"], answer.json()["status"]) == (200, '"2"', "confirmed")
    again = client.patch(path, json={"status": "resolved"}).json()
    assert [(r["status"], r["reviewer"], r["note"]) for r in again["reviews"]] == [
        ("confirmed", "Kari", "Both are of Monday."),
        ("resolved", "local", ""),
    ]


def test_of_two_editors_the_slower_one_is_told(client: TestClient, flagged: Contradiction) -> None:
    path = f"/v1/contradictions/{flagged.id}"
    assert client.patch(path, json={"status": "confirmed"}, headers={"If-Match": '"1"'}).status_code == 200
    late = client.patch(path, json={"status": "dismissed"}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["errors"][0]["loc"]) == (412, ["If-Match"])
    assert client.get(path).json()["status"] == "confirmed"


@pytest.mark.parametrize(("tag", "status"), [("1", 422), ('"x"', 412), ('W/"1"', 200), ("*", 200), ('"' + "9" * 60 + '"', 412)])
def test_if_match_is_read_with_care(client: TestClient, flagged: Contradiction, tag: str, status: int) -> None:
    answer = client.patch(f"/v1/contradictions/{flagged.id}", json={"status": "confirmed"}, headers={"If-Match": tag})
    assert answer.status_code == status, answer.json()


@pytest.mark.parametrize(
    "body", [{}, {"status": "maybe"}, {"status": "confirmed", "note": 3}, {"status": "confirmed", "x": 1}, []]
)
def test_a_bad_review_changes_nothing(client: TestClient, flagged: Contradiction, body: object) -> None:
    assert client.patch(f"/v1/contradictions/{flagged.id}", json=body).status_code == 422
    assert client.get(f"/v1/contradictions/{flagged.id}").json()["version"] == 1


def test_a_thread_is_a_timeline_of_values_by_source(client: TestClient, ledger: Ledger) -> None:
    late = make.stored(ledger, "Now 200 boats.", publisher="Herald", published_at=make.DAY.replace(day=12))
    early = make.stored(ledger, "Only 100 boats.", publisher="Gazette")
    members = (late[0].claim.id, early[0].claim.id)
    thread = ledger.save_thread(ThreadChange(new_id("thr"), "boats", members))
    assert [item["title"] for item in client.get("/v1/threads").json()["items"]] == ["boats"]
    assert [claim["text"] for claim in client.get(f"/v1/threads/{thread.id}").json()["items"]] == [
        "Only 100 boats.",
        "Now 200 boats.",
    ]
    timeline = client.get(f"/v1/threads/{thread.id}/timeline").json()
    assert timeline["thread"]["claims"] == 2
    assert [(m["publisher"], m["claim_id"]) for m in timeline["items"]] == [("Gazette", members[1]), ("Herald", members[0])]
