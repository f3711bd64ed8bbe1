"""How fast and how small: `python -m eval.speed` measures the installed command and a running server from outside.

The limits are those that the project promises on two cores; the exit code is 1 where one is passed.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from eval.server import MB, Server, counterclaim, running
from service.errors import CounterclaimError, StoreError

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
STORIES = ROOT / "eval" / "data" / "stories"
WORDS = 700
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured value beside the limit that it must stay under, in the same unit."""

    name: str
    value: float
    limit: float
    unit: str

    @property
    def passed(self) -> bool:
        """Whether the value is under its limit."""
        return self.value < self.limit


def _seconds(command: list[str]) -> float:
    """Return how long the command took; StoreError with what it wrote where it failed."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StoreError(f"{' '.join(command[:4])} … ended with {done.returncode}: {done.stderr[-600:]}")
    return time.perf_counter() - start


def demo() -> Measure:
    """Return the wall time of what `make demo` runs after the installation: both commands, models loaded anew for each."""
    with tempfile.TemporaryDirectory() as folder:
        command = [counterclaim(), "--db", f"sqlite:///{folder}/demo.db"]
        ingested = _seconds([*command, "ingest", *map(str, sorted(EXAMPLES.iterdir()))])
        return Measure("make demo, after installation", ingested + _seconds([*command, "contradictions"]), 60.0, "s")


def version() -> Measure:
    """Return the median wall time of `counterclaim version`, the files being in the page cache."""
    times = [_seconds([counterclaim(), "version"]) for _ in range(REPEATS + 1)]
    return Measure("counterclaim version", statistics.median(times[1:]), 0.3, "s")


def long_articles() -> list[dict[str, Any]]:
    """Return articles of `WORDS` words or a few more, each of the first English paragraphs of one invented story."""
    articles = []
    for story in sorted(STORIES.glob("*.json")):
        raw = json.loads(story.read_text(encoding="utf-8"))
        words, kept = 0, []
        for paragraph in "\n\n".join(one["text"] for one in raw["articles"] if one["lang"] == "en").split("\n\n"):
            if words < WORDS:
                kept.append(paragraph)
                words += len(paragraph.split())
        if words >= WORDS:
            text = "\n\n".join(kept)
            articles.append({"publisher": f"The {story.stem} News", "published_at": "2025-03-31T08:00:00Z", "text": text})
    return articles


def _store(server: Server, article: dict[str, Any]) -> float:
    """Return how long the server took to read, judge and store the article; StoreError where it did not."""
    start = time.perf_counter()
    status, answer = server.call("POST", "/v1/articles?wait=60", article)
    if status != HTTPStatus.CREATED:
        raise StoreError(f"POST /v1/articles?wait=60 answered {status}: {str(answer)[:300]}")
    return time.perf_counter() - start


def served() -> list[Measure]:
    """Return the median time of one long article on warm models, and the memory of the server after several."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        times = [_store(server, article) for article in long_articles()[: REPEATS + 1]]
        return [
            Measure(f"ingest of one {WORDS}-word article, models warm", statistics.median(times[1:]), 3.0, "s"),
            Measure("server with its models loaded, resident", server.resident_mb(), 1500.0, "MB"),
        ]


def installation() -> Measure:
    """Return the size of the virtual environment and of the checkout with its history."""
    roots = {Path(sys.prefix).resolve(), ROOT.resolve()}
    outer = [path for path in roots if not any(other in path.parents for other in roots)]
    kilobytes = subprocess.run(["du", "-sk", *map(str, outer)], capture_output=True, text=True, check=True).stdout
    total = sum(int(line.split()[0]) for line in kilobytes.splitlines()) * 1024 / MB
    return Measure("installation: .venv, checkout and history", total, 2500.0, "MB")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of the table.")
def main(as_json: bool) -> None:
    """Measure the time and the size that the project promises."""
    console = Console()
    try:
        measures = [version(), demo(), *served(), installation()]
    except CounterclaimError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        for measure in measures:
            click.echo(json.dumps(asdict(measure) | {"passed": measure.passed}))
    else:
        table = Table("measure", "value", "limit", "")
        for measure in measures:
            unit = measure.unit
            table.add_row(
                measure.name, f"{measure.value:.2f} {unit}", f"< {measure.limit:g} {unit}", "" if measure.passed else "over"
            )
        console.print(table)
    sys.exit(not all(measure.passed for measure in measures))


if __name__ == "__main__":
    main()
