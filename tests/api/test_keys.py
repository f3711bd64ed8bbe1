import pytest
from fastapi.testclient import TestClient

from service.store.ledger import Ledger
from tests.api.test_articles import FIRST


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_the_first_key_closes_the_ledger(client: TestClient) -> None:
    assert client.get("/v1/articles").status_code == 200
    made = client.post("/v1/keys", json={"name": "desk", "scopes": ["admin"]})
    assert made.status_code == 201
    answer = client.get("/v1/articles")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert client.get("/v1/articles", headers=bearer(made.json()["secret"])).status_code == 200
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


def test_a_key_does_what_its_scopes_say(client: TestClient, ledger: Ledger) -> None:
    secrets = {scope: ledger.create_key(scope, [scope])[1] for scope in ("read", "write", "review", "admin")}
    calls = {
        "read": ("GET", "/v1/claims", None),
        "write": ("POST", "/v1/articles", FIRST),
        "review": ("PATCH", "/v1/contradictions/con_01jc8q2v8h4x0s6n9q3t5w7y1z", {"status": "confirmed"}),
        "admin": ("GET", "/v1/keys", None),
    }
    for holder, secret in secrets.items():
        for needed, (method, path, body) in calls.items():
            answer = client.request(method, path, json=body, headers=bearer(secret))
            allowed = holder in (needed, "admin")
            assert (answer.status_code != 403) == allowed, (holder, needed)
            if not allowed:
                assert answer.json()["detail"].endswith(f"this needs {needed}")


def test_a_revoked_key_ends_at_once_and_the_ledger_stays_closed(client: TestClient) -> None:
    made = client.post("/v1/keys", json={"name": "desk", "scopes": ["admin"]}).json()
    assert client.delete(f"/v1/keys/{made['id']}", headers=bearer(made["secret"])).status_code == 204
    assert client.get("/v1/keys", headers=bearer(made["secret"])).status_code == 401
    assert client.get("/v1/keys").status_code == 401


def test_a_list_of_keys_holds_no_secret(client: TestClient, ledger: Ledger) -> None:
    _, secret = ledger.create_key("desk", ["admin"])
    answer = client.get("/v1/keys", headers=bearer(secret))
    assert [key["name"] for key in answer.json()] == ["desk"]
    assert secret not in answer.text
    assert answer.json()[0]["last_used_at"] is not None


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer ck_wrong", "Basic eDp5", "Bearer \xff\xfe"])
def test_no_other_credentials_help(client: TestClient, ledger: Ledger, given: str) -> None:
    ledger.create_key("desk", ["read"])
    assert client.get("/v1/claims", headers={"Authorization": given.encode("latin-1")}).status_code == 401


def test_a_review_names_the_person_and_the_key(client: TestClient, ledger: Ledger) -> None:
    from tests.store import make

    found = make.flagged(ledger, "There are 100 boats.", "There are 200 boats.")
    _, secret = ledger.create_key("desk", ["review"])
    body = {"status": "confirmed", "reviewer": "Kari"}
    answer = client.patch(f"/v1/contradictions/{found.id}", json=body, headers=bearer(secret))
    assert answer.json()["reviews"][0]["reviewer"] == "Kari (desk)"


@pytest.mark.parametrize(
    "body", [{"name": "", "scopes": ["read"]}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["all"]}]
)
def test_a_bad_key_is_refused(client: TestClient, body: object) -> None:
    assert client.post("/v1/keys", json=body).status_code == 422
    assert client.get("/v1/keys").json() == []
