"""`counterclaim watch`."""

import signal
import threading
import time
from typing import TYPE_CHECKING

import click

from service.commands.common import complain, finish, open_pipeline
from service.errors import CounterclaimError, InputError
from service.store.types import Added

if TYPE_CHECKING:
    from service.feeds import Feeds, Polled
    from service.pipeline import Pipeline
    from service.worker import Worker


@click.command()
@click.argument("feeds", metavar="FEED…", nargs=-1, required=True)
@click.option(
    "--interval", default=300.0, show_default=True, type=click.FloatRange(min=60),
    help="Seconds between two looks at a feed; longer while it fails or asks for more.",
)  # fmt: skip
@click.option("--publisher", help="Outlet of entries whose feed names none.")
@click.option("--lang", help="BCP 47 tag of entries whose feed names none; found from the text otherwise.")
@click.option("--once", is_flag=True, help="Read each feed once, process what is new, and end.")
@click.option("--no-worker", is_flag=True, help="Store only; a server or worker on the same ledger processes.")
@click.pass_context
def watch(
    ctx: click.Context,
    feeds: tuple[str, ...],
    interval: float,
    publisher: str | None,
    lang: str | None,
    once: bool,
    no_worker: bool,
) -> None:
    """Poll RSS and Atom feeds and take in what is new in them, until SIGTERM or Ctrl-C.

    A feed is fetched only if it changed (ETag, Last-Modified), one request to a host at a time; Retry-After is heeded, and a
    feed that is gone (410) is given up. Feeds in the server's own network need allow_private_urls.
    """
    from service.commands.serve import set_up_log
    from service.feeds import Feeds
    from service.ingest.formats import Given
    from service.worker import Worker

    stop = threading.Event()
    with open_pipeline(ctx) as pipeline:
        set_up_log(pipeline.settings)
        polling = Feeds(
            feeds,
            interval_s=interval,
            given=Given(publisher=publisher, lang=lang),
            now=time.monotonic,
            allow_private=pipeline.settings.allow_private_urls,
        )
        if once:
            finish(failed=not _once(pipeline, polling, len(dict.fromkeys(feeds)), process=not no_worker))
            return
        working = None if no_worker else Worker(pipeline)
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signal_number, lambda *_: stop.set())
        if working:
            working.start()
        try:
            _for_ever(pipeline, polling, working, stop)
        finally:
            if working:
                working.stop()


def _once(pipeline: "Pipeline", polling: "Feeds", feeds: int, *, process: bool) -> bool:
    good = True
    while feeds:
        time.sleep(min(polling.wait_s() or 0.0, 1.0))
        polled = polling.poll()
        if polled is None:
            continue
        feeds -= 1
        good = polled.error is None and good
        take(pipeline, polled)
    if process:
        for outcome in pipeline.process_pending():
            good = outcome.article.state == "processed" and good
    return good


def _for_ever(pipeline: "Pipeline", polling: "Feeds", working: "Worker | None", stop: threading.Event) -> None:
    while (wait_s := polling.wait_s()) is not None and not stop.wait(wait_s):
        polled = polling.poll()
        if polled is not None and take(pipeline, polled) and working:
            working.wake()
    if not stop.is_set():
        click.echo("no feed is left to watch", err=True)


def take(pipeline: "Pipeline", polled: "Polled") -> int:
    """Return how many articles of a feed are new in the ledger; what is wrong with the others goes to stderr."""
    if polled.error is not None:
        complain(polled.feed, polled.error)
        return 0
    good = []
    for number, item in enumerate(polled.items, 1):
        if isinstance(item, InputError):
            complain(f"{polled.feed}, entry {number}", item)
        else:
            good.append(item)
    new = 0
    try:
        outcomes = pipeline.ledger.add_articles(good)
    except CounterclaimError as error:
        complain(polled.feed, error)
        return 0
    for item, stored in zip(good, outcomes, strict=True):
        if isinstance(stored, Added):
            new += stored.created
        else:
            complain(f"{polled.feed}, {item.external_id or item.url}", stored)
    what = f"{len(polled.items)} entries, {new} new" if polled.changed else "unchanged"
    click.echo(f"{polled.feed}: {what}", err=True)
    return new
