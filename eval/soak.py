"""Whether a server stays well under steady work: `python -m eval.soak --minutes 30` feeds it articles and reads from it.

It fails where an answer is no success, or where the server holds a fifth more memory at the end than after its first tenth.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import click

from eval.server import Server, running
from service.errors import CounterclaimError

STORIES = Path(__file__).parent / "data" / "stories"
READS = ("/v1/contradictions", "/v1/claims", "/readyz")
GROWTH = 1.2
LEAST_SAMPLES = 20


def articles() -> Iterator[dict[str, Any]]:
    """Yield articles without end: those of the invented stories, in later rounds with the round's number in them."""
    texts = [
        (article["publisher"], article["published_at"], article["text"])
        for path in sorted(STORIES.glob("*.json"))
        for article in json.loads(path.read_text(encoding="utf-8"))["articles"]
    ]
    for lap in count():
        for publisher, published_at, text in texts:
            yield {"publisher": publisher, "published_at": published_at, "text": f"{text}\n\nEdition {lap}" if lap else text}


def work(server: Server, *, minutes: float) -> tuple[list[str], list[float], list[float]]:
    """Return the failures in words, the seconds of each article, and the resident memory in MB after each."""
    failures, times, memory = [], [], []
    end = time.monotonic() + minutes * 60
    for article in articles():
        if time.monotonic() > end:
            break
        start = time.perf_counter()
        calls = [("POST", "/v1/articles?wait=60", article), *(("GET", path, None) for path in READS)]
        for method, path, body in calls:
            status, answer = server.call(method, path, body)
            if status >= 300:
                failures.append(f"{method} {path} answered {status}: {str(answer)[:200]}")
        times.append(time.perf_counter() - start)
        memory.append(server.resident_mb())
    return failures, times, memory


@click.command()
@click.option("--minutes", default=30.0, show_default=True, type=click.FloatRange(min=0.1), help="How long to work.")
def main(minutes: float) -> None:
    """Feed a server of our own on the loopback address for some minutes."""
    try:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
            failures, times, memory = work(server, minutes=minutes)
    except CounterclaimError as error:
        raise click.ClickException(error.message) from error
    for failure in failures[:20]:
        click.echo(failure, err=True)
    tenth = max(1, len(memory) // 10)
    early, late = statistics.median(memory[:tenth]), statistics.median(memory[-tenth:])
    click.echo(
        f"{len(times)} articles, {len(failures)} failures, median {statistics.median(times):.2f} s an article and its reads, "
        f"resident {early:.0f} MB in the first tenth and {late:.0f} MB in the last"
    )
    grown = len(memory) >= LEAST_SAMPLES and late > early * GROWTH
    sys.exit(bool(failures) or grown)


if __name__ == "__main__":
    main()
