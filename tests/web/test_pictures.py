"""Pictures of each view, light and dark, wide and narrow: looked at by people, and linked from the papers."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.types import ModelInfo
from service.records import Contradiction
from service.store.ledger import Ledger
from tests.api.test_server import Serving
from tests.web.conftest import Visit
from tests.web.png import shrunk

PICTURES_TO = "COUNTERCLAIM_PICTURES"
"""Names the folder for the pictures (docs/images); without it they are made, measured and thrown away."""

MAX_BYTES = 150_000
PUBLISHED = [
    ("Varda Courier", "The new bridge at Lower Haven cost 42 million crowns, Ana Holt said."),
    ("North Valley Post", "The old mill at Stenna burned down on Sunday night."),
]
DRAFT = (
    "The new bridge at Lower Haven cost 68 million crowns, Marek Havel said.\n"
    "The old mill at Stenna burned down on Sunday night.\nThe school at Upper Haven opens again in May."
)

WIDE, NARROW, WALL = (1280, 860), (320, 700), (1920, 1080)


def paths(ledger: Ledger, told: dict[str, Contradiction]) -> dict[str, str]:
    threads = {thread.title: thread.id for thread in ledger.list_threads().items}
    figures = next(id_ for title, id_ in threads.items() if title.startswith("How many"))
    return {
        "inbox": "/",
        "contradiction": f"/contradictions/{told['flood-1/0 flood-2/0'].id}",
        "thread": f"/threads/{figures}",
        "article": f"/articles/{ledger.find_article('flood-4').id}",
        "check": "/check",
        "admin": "/admin",
    }


PICTURES = [
    ("inbox", "light", WIDE), ("inbox", "dark", WALL), ("inbox", "light", NARROW), ("contradiction", "light", WIDE),
    ("contradiction", "dark", NARROW), ("thread", "light", WIDE), ("thread", "dark", WIDE), ("article", "light", WIDE),
    ("check", "light", WIDE), ("admin", "dark", WIDE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "scheme", "size"), PICTURES, ids=lambda value: str(value[0]) if isinstance(value, tuple) else value
)
def test_pictures(
    visit: Visit, server: Serving, ledger: Ledger, told: dict[str, Contradiction], tmp_path: Path, name: str, scheme: str,
    size: tuple[int, int],
) -> None:  # fmt: skip
    if name == "check":
        for publisher, text in PUBLISHED:
            body = {"publisher": publisher, "published_at": datetime.now(UTC).isoformat(), "lang": "en", "text": text}
            assert server.call("POST", "/v1/articles?wait=30", body)[0] == 201
    if name == "admin":
        for model, kind in (("_embedder", "embedder"), ("_nli", "nli"), ("_tagger", "tagger")):
            getattr(server.app.state.services.pipeline.models, model).info = ModelInfo(
                f"your-{kind}", "1", kind, "cpu", 512, ("en", "nb", "uk")
            )
    found = visit(width=size[0], height=size[1], scheme=scheme)
    page = found.open(paths(ledger, told)[name])
    if name == "inbox":
        page.get_by_text("Live", exact=True).wait_for()
        page.keyboard.press("j")
        page.keyboard.press("j")
    if name == "check":
        page.get_by_label("Draft", exact=True).fill(DRAFT)
        page.get_by_role("button", name="Check").click()
        page.get_by_role("heading", name="What the ledger says").wait_for()
    if name == "thread":
        page.locator("#chart canvas").wait_for()
    page.wait_for_timeout(150)
    width = {WIDE: "wide", NARROW: "narrow", WALL: "wall"}[size]
    target = os.environ.get(PICTURES_TO) or tmp_path
    file = Path(target) / f"desk-{name}-{scheme}-{width}.png"
    taken = page.screenshot()
    page.goto("about:blank")
    file.write_bytes(shrunk(taken, page))
    assert 5_000 < file.stat().st_size < MAX_BYTES
