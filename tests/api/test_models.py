import base64
import struct
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api.runner import CHUNK
from service.pipeline import Models
from service.settings import Settings
from tests.api.conftest import Start
from tests.api.test_articles import FIRST
from tests.fakes import FakeEmbedder, FakeNli, FakeTagger

CLASH = {"premise": "There are 100 boats.", "hypothesis": "There are 200 boats."}
SAME = {"premise": "Boats left.", "hypothesis": "Boats left."}
OTHER = {"premise": "Boats left.", "hypothesis": "It rains."}


SOON = {"published_at": "2022-02-14T09:00:00Z"}


def test_pairs_are_judged_in_order_whatever_their_length(client: TestClient) -> None:
    pairs = [CLASH, SAME, OTHER | {"premise": "Boats left " * 50}] * (CHUNK // 2)
    answer = client.post("/v1/nli", json={"pairs": pairs}).json()
    assert [result["label"] for result in answer["results"]] == ["contradiction", "entailment", "neutral"] * (CHUNK // 2)
    first = answer["results"][0]["probabilities"]
    assert first["contradiction"] == pytest.approx(0.9)
    assert sum(first.values()) == pytest.approx(1)
    assert (answer["model"], answer["model_version"]) == ("fake-nli", "1")


@pytest.mark.parametrize(
    ("body", "status", "loc"),
    [
        ({"pairs": []}, 422, ["body", "pairs"]),
        ({"pairs": [CLASH] * 5}, 413, ["body", "pairs"]),
        ({"pairs": [CLASH, {"premise": "x"}]}, 422, ["body", "pairs", 1, "hypothesis"]),
        ({"pairs": [CLASH | {"premise": " "}]}, 422, ["body", "pairs", 0, "premise"]),
        ({"pairs": [CLASH | {"premise": 10**400}]}, 422, ["body", "pairs", 0, "premise"]),
        ({"pairs": [CLASH], "model": "gpt"}, 404, ["body", "model"]),
        ({"pairs": "x"}, 422, ["body", "pairs"]),
    ],
)
def test_bad_pairs_are_refused_by_name(start: Start, body: dict[str, Any], status: int, loc: list[Any]) -> None:
    answer = start(max_pairs=4).post("/v1/nli", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (status, loc), answer.json()


def test_embeddings_are_as_openai_gives_them(client: TestClient) -> None:
    answer = client.post("/v1/embeddings", json={"input": ["Boats left.", "It rains."], "model": "fake-embedder"}).json()
    assert (answer["object"], [item["index"] for item in answer["data"]]) == ("list", [0, 1])
    vector = answer["data"][0]["embedding"]
    assert sum(value**2 for value in vector) == pytest.approx(1, abs=1e-4)
    packed = client.post("/v1/embeddings", json={"input": "Boats left.", "encoding_format": "base64"}).json()
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert struct.unpack(f"<{len(vector)}f", raw) == pytest.approx(vector)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"input": []}, 422), ({"input": [" "]}, 422), ({"input": [[1, 2]]}, 422), ({"input": None}, 422), ({}, 422),
        ({"input": "x", "dimensions": 3}, 422), ({"input": "x", "dimensions": 256}, 200), ({"input": "x", "model": "ada"}, 404),
        ({"input": "x", "encoding_format": "hex"}, 422), ({"input": "x", "user": "me"}, 200),
    ],
)  # fmt: skip
def test_embedding_options(client: TestClient, body: dict[str, Any], status: int) -> None:
    assert client.post("/v1/embeddings", json=body).status_code == status


def test_the_models_are_listed(client: TestClient) -> None:
    assert [model["kind"] for model in client.get("/v1/models").json()] == ["embedder", "nli", "tagger"]


def test_a_draft_is_checked_and_nothing_is_stored(client: TestClient) -> None:
    client.post("/v1/articles?wait=30", json=FIRST)
    before = client.get("/metrics").text
    draft = {"text": "Some 130,000 troops stand near the northern border. Some boats left.", "publisher": "Desk"} | SOON
    answer = client.post("/v1/check", json=draft)
    assert answer.status_code == 200, answer.json()
    clashing, unknown = answer.json()["claims"]
    [finding] = clashing["contradicts"]
    assert (finding["claim"]["publisher"], finding["claim"]["speaker"]) == ("Coast Herald", "Ana Holt")
    assert (clashing["claim"]["publisher"], clashing["supports"]) == ("Desk", [])
    assert finding["relation"] in ("contradiction", "dispute", "update")
    assert finding["judgement"]["draft_side"] == "b"
    assert unknown["contradicts"] == unknown["supports"] == []
    assert [item["external_id"] for item in client.get("/v1/articles").json()["items"]] == ["herald-1"]
    assert "counterclaim_claims 1.0" in before


def test_single_claims_are_checked_as_well(client: TestClient) -> None:
    client.post("/v1/articles?wait=30", json=FIRST)
    claims = ["Some 100,000 troops stand near the northern border.", "It rains in the valley."]
    first, second = client.post("/v1/check", json={"claims": claims} | SOON).json()["claims"]
    assert [found["relation"] for found in first["supports"]] == ["repeat"]
    assert second["supports"] == second["contradicts"] == []


@pytest.mark.parametrize(
    "body", [{}, {"text": "x", "claims": ["y"]}, {"text": "  "}, {"claims": []}, {"claims": [""]}, {"claims": ["x"] * 101}]
)
def test_a_bad_draft_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/check", json=body).status_code == 422


class SlowModels(Models):
    """Not loaded before the test says so."""

    def __init__(self, settings: Settings, gate: threading.Event) -> None:
        super().__init__(settings, embedder=FakeEmbedder(), nli=FakeNli(), tagger=FakeTagger())
        self.gate = gate

    @property
    def ready(self) -> bool:
        return self.gate.is_set()

    def load(self) -> None:
        self.gate.wait(30)


def test_until_the_models_are_loaded_articles_are_taken_in_and_the_rest_waits(start: Start, settings: Settings) -> None:
    gate = threading.Event()
    client = start(models=SlowModels(settings, gate))
    try:
        for path, body in (("/v1/nli", {"pairs": [CLASH]}), ("/v1/check", {"text": "x"}), ("/v1/embeddings", {"input": "x"})):
            answer = client.post(path, json=body)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        assert client.post("/v1/articles", json=FIRST).status_code == 202
        assert client.get("/v1/claims?q=boats").status_code == 200
    finally:
        gate.set()
    assert client.get("/readyz").status_code == 200


def test_a_model_that_will_not_load_is_named(start: Start, settings: Settings) -> None:
    class Broken(Models):
        def load(self) -> None:
            raise OSError("no weights in /nowhere")

    client = start(models=Broken(settings))
    for _ in range(200):
        answer = client.get("/readyz")
        if "no weights" in answer.json()["detail"]:
            break
    assert (answer.status_code, "OSError: no weights in /nowhere" in answer.json()["detail"]) == (503, True)
