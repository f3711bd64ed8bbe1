import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.api.app import create_app
from service.pipeline import Models, Pipeline
from service.settings import Settings, load_settings
from service.store.ledger import Ledger
from tests import fakes
from tests.store import make

LOCAL = "http://127.0.0.1:8321"

Start = Callable[..., TestClient]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings(db=f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with nothing in it, migrated once."""
    path = tmp_path_factory.mktemp("empty") / "ledger.db"
    Ledger.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def ledger(settings: Settings, empty: Path, tmp_path: Path) -> Iterator[Ledger]:
    shutil.copy(empty, tmp_path / "ledger.db")
    opened = make.SharedLedger.open(settings.db)
    yield opened
    opened.close()


@pytest.fixture
def start(settings: Settings, ledger: Ledger) -> Iterator[Start]:
    """Starts the app over the ledger with small models, or with those that are given; options are limits."""
    running: list[TestClient] = []

    own = settings

    def begin(*, models: Models | None = None, settings: Settings = own, **limits: float) -> TestClient:
        chosen = settings.model_copy(update={"limits": settings.limits.model_copy(update=limits)})
        pipeline = fakes.pipeline(ledger, chosen) if models is None else Pipeline(ledger, models, chosen)
        client = TestClient(create_app(pipeline), base_url=LOCAL, raise_server_exceptions=False)
        client.__enter__()
        running.append(client)
        return client

    yield begin
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture
def client(start: Start) -> TestClient:
    return start()
