"""Many clients at once: `python -m eval.load --seconds 180` has 50 mix drafts, articles and reads on a server of its own.

It fails where an answer is a 5xx, where an article that was accepted is not there at the end, or where reads are slower than
`READ_P95_MS` at the 95th percentile. 429 is an answer like another: the client waits as it is told.
"""

import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np

from eval.server import HOST, Server, running
from eval.soak import articles
from service.errors import CounterclaimError

READ_P95_MS = 50.0
READS = ("/v1/contradictions?limit=20", "/v1/claims?limit=20", "/v1/articles?limit=20", "/v1/threads?limit=20")
MIX = (("read", 0.7), ("article", 0.2), ("check", 0.1))
"""What a client does next, and how often."""

_HEADERS = {"Content-Type": "application/json"}


@dataclass(slots=True)
class Tally:
    """What all clients saw; each client has its own."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind, _ in MIX})
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)
    broken: int = 0


class Work:
    """Articles for all clients, each handed out once."""

    def __init__(self) -> None:
        self._articles = articles()
        self._lock = threading.Lock()

    def next(self) -> dict[str, Any]:
        """Return the next article."""
        with self._lock:
            return next(self._articles)


def client(port: int, work: Work, tally: Tally, *, until: float, seed: int) -> None:
    """Call the server on one connection until that moment of the monotonic clock."""
    chance = random.Random(seed)
    kinds, weights = [kind for kind, _ in MIX], [weight for _, weight in MIX]
    connection = http.client.HTTPConnection(HOST, port, timeout=120)
    while time.monotonic() < until:
        kind = chance.choices(kinds, weights)[0]
        method, path, body = _call(kind, work, chance)
        start = time.perf_counter()
        try:
            connection.request(method, path, body, _HEADERS)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            tally.broken += 1
            connection.close()
            continue
        tally.seconds[kind].append(time.perf_counter() - start)
        tally.statuses[answer.status] += 1
        if kind == "article" and answer.status < 300:
            tally.accepted.add(json.loads(content)["id"])
        if answer.status in (429, 503):
            time.sleep(min(float(answer.headers.get("Retry-After", 1)), max(0.0, until - time.monotonic())))
    connection.close()


def _call(kind: str, work: Work, chance: random.Random) -> tuple[str, str, bytes | None]:
    if kind == "read":
        return "GET", chance.choice(READS), None
    article = work.next()
    if kind == "article":
        return "POST", "/v1/articles", json.dumps(article).encode()
    return "POST", "/v1/check", json.dumps({name: article[name] for name in ("text", "published_at")}).encode()


def drive(port: int, *, clients: int, seconds: float) -> Tally:
    """Return what so many clients saw in so many seconds."""
    work, tallies = Work(), [Tally() for _ in range(clients)]
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=client, args=(port, work, tally), kwargs={"until": until, "seed": seed})
        for seed, tally in enumerate(tallies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Tally()
    for tally in tallies:
        for kind, times in tally.seconds.items():
            total.seconds[kind] += times
        total.statuses += tally.statuses
        total.accepted |= tally.accepted
        total.broken += tally.broken
    return total


def lost(server: Server, accepted: set[str]) -> set[str]:
    """Return the articles that were accepted and are not in the ledger."""
    return {article for article in accepted if server.call("GET", f"/v1/articles/{article}")[0] != http.client.OK}


@click.command()
@click.option("--seconds", default=180.0, show_default=True, type=click.FloatRange(min=1), help="How long to work.")
@click.option("--clients", default=50, show_default=True, type=click.IntRange(1, 1_000), help="How many at once.")
def main(seconds: float, clients: int) -> None:
    """Put a server of our own on the loopback address under load."""
    try:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
            before = server.resident_mb()
            tally = drive(server.port, clients=clients, seconds=seconds)
            missing, after = lost(server, tally.accepted), server.resident_mb()
    except CounterclaimError as error:
        raise click.ClickException(error.message) from error
    sys.exit(report(tally, missing, before_mb=before, after_mb=after))


def report(tally: Tally, missing: set[str], *, before_mb: float, after_mb: float) -> bool:
    """Print what was measured; True where it is not good enough."""
    for kind, times in tally.seconds.items():
        if times:
            p50, p95, p99 = np.percentile(np.array(times) * 1000, (50, 95, 99))
            click.echo(f"{kind:8} {len(times):7} calls, {p50:8.1f} ms median, {p95:8.1f} ms p95, {p99:8.1f} ms p99")
    failed = sum(number for status, number in tally.statuses.items() if status >= 500)
    click.echo(f"statuses {dict(sorted(tally.statuses.items()))}, {tally.broken} connections broken")
    click.echo(
        f"{len(tally.accepted)} articles accepted, {len(missing)} lost; resident {before_mb:.0f} MB, then {after_mb:.0f} MB"
    )
    reads = tally.seconds["read"]
    slow = bool(reads) and float(np.percentile(reads, 95)) * 1000 > READ_P95_MS
    return bool(failed or missing or tally.broken or slow)


if __name__ == "__main__":
    main()
