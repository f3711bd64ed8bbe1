"""Every route, called with what its description allows and forbids; bounded in examples, so that it ends in about a minute."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from service.api.app import bare_app
from tests.api.conftest import LOCAL, Start

STREAM = "/v1/events"
EXAMPLES = 8

described = schemathesis.openapi.from_dict(bare_app().openapi())


@pytest.fixture(scope="module")
def checks() -> list[Any]:
    return [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.slow
@described.exclude(path=STREAM).exclude(path="/v1/keys").parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_every_route_answers_as_it_says(case: Any, start: Start, checks: list[Any]) -> None:
    app = getattr(start, "app", None)
    if app is None:
        app = start().app
        start.app = app  # type: ignore[attr-defined]
    case.call_and_validate(base_url=LOCAL, app=app, checks=checks)
