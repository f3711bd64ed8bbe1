"""A desk with a story in it, behind a test client or behind a real server with a browser before it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.records import Contradiction
from service.settings import Settings
from service.store.ledger import Ledger
from tests.api.conftest import client, empty, ledger, settings, start  # noqa: F401 - fixtures
from tests.api.test_server import Serving, serving
from tests.web import story

CHROMIUM = Path(os.environ.get("COUNTERCLAIM_TEST_CHROMIUM", "chromium"))
"""The browser, which `make test-web` names: on a machine with much else to do, waiting for one fails at random."""


@pytest.fixture
def told(ledger: Ledger) -> dict[str, Contradiction]:  # noqa: F811
    return story.tell(ledger)


@pytest.fixture
def server(ledger: Ledger, settings: Settings) -> Iterator[Serving]:  # noqa: F811
    with serving(ledger, settings) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium, the one of the system."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: `make install`")
    if not CHROMIUM.exists():
        pytest.skip(
            f"there is no {CHROMIUM}: install chromium and run `make test-web`, or name it in COUNTERCLAIM_TEST_CHROMIUM"
        )
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-lcd-text"]
        )
        yield found
        found.close()


class Watched:
    """A browser's page that remembers what should not happen: console errors, and requests to another host."""

    def __init__(self, context: Any, base: str) -> None:
        self.base, self.context = base, context
        self.page = context.new_page()
        self.errors: list[str] = []
        self.strangers: list[str] = []
        self.forgiven: list[str] = []
        self.page.on("console", lambda message: self._heard(message))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def open(self, path: str) -> Any:
        self.page.goto(self.base + path)
        return self.page

    def check(self) -> None:
        assert [error for error in self.errors if not any(text in error for text in self.forgiven)] == []
        assert self.strangers == []

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.strangers.append(url)


Visit = Callable[..., Watched]


@pytest.fixture
def visit(browser: Any, server: Serving) -> Iterator[Visit]:
    """Opens a browser of its own on the desk; what went wrong in any of them fails the test at its end."""
    opened: list[Watched] = []

    def begin(*, script: bool = True, width: int = 1280, height: int = 900, scheme: str = "light", **options: Any) -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=script, locale="en-GB",
            reduced_motion="reduce", **options,
        )  # fmt: skip
        context.set_default_timeout(60_000)
        watched = Watched(context, f"http://127.0.0.1:{server.port}")
        opened.append(watched)
        return watched

    yield begin
    for watched in opened:
        watched.context.close()
    for watched in opened:
        watched.check()
