from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.api.app import create_app
from service.pipeline import Models, Pipeline
from service.settings import Settings, load_settings
from service.store.ledger import Ledger
from tests.fakes import FakeEmbedder, FakeNli, FakeTagger

LOCAL = "http://127.0.0.1:8321"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings(db=f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger.open(settings.db)
    yield opened
    opened.close()


Start = Callable[..., TestClient]


@pytest.fixture
def start(settings: Settings, ledger: Ledger) -> Iterator[Start]:
    """Starts the app over the ledger, with small models; options of `settings` may be given."""
    running: list[TestClient] = []

    def begin(*, models: Models | None = None, **limits: float) -> TestClient:
        chosen = settings.model_copy(update={"limits": settings.limits.model_copy(update=limits)})
        given = models or Models(chosen, embedder=FakeEmbedder(), nli=FakeNli(), tagger=FakeTagger())
        app = create_app(Pipeline(ledger, given, chosen))
        client = TestClient(app, base_url=LOCAL, raise_server_exceptions=False)
        client.__enter__()
        running.append(client)
        return client

    yield begin
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture
def client(start: Start) -> TestClient:
    return start()
