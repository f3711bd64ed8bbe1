import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api.app import bare_app
from service.store.ids import new_id
from service.version import VERSION

ROOT = Path(__file__).parents[2]
FREE = {"/healthz", "/readyz"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return bare_app().openapi()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, op) for path, item in described["paths"].items() for method, op in item.items()]


def test_the_file_in_docs_is_what_the_app_says(described: dict[str, Any]) -> None:
    written = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(described)), "run `make openapi`"


def test_the_app_serves_its_own_description(client: TestClient, described: dict[str, Any]) -> None:
    assert client.get("/openapi.json").json() == json.loads(json.dumps(described))


def test_every_route_describes_its_errors_in_one_shape(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    for method, path, operation in operations(described):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (method, path, status)
        assert path in FREE or {"401", "403"} <= set(operation["responses"]), (method, path)
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described)))
    assert names <= set(described["components"]["schemas"])


def test_every_body_has_an_example_that_is_taken(client: TestClient, described: dict[str, Any]) -> None:
    tried = []
    for method, path, operation in operations(described):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        name = content["schema"]["$ref"].rsplit("/", 1)[1]
        [example] = described["components"]["schemas"][name]["examples"]
        real = path.replace("{contradiction_id}", new_id("con")).replace("{webhook_id}", new_id("whk"))
        status = client.request(method, real, json=example).status_code
        assert status < 300 or (status, real != path) == (404, True), (path, status)
        tried.append(path)
        if path == "/v1/keys":
            break  # from here on a key is needed
    assert len(tried) >= 5


def test_the_version_is_the_packages(described: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert described["info"]["version"] == VERSION == project["version"]


def test_the_docs_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(sources) >= 2
    for source in sources:
        assert source.startswith("/docs-assets/")
        assert client.get(source).status_code == 200
    assert client.get("/docs-assets/nothing.js").headers["Content-Type"] == "application/problem+json"
