"""`counterclaim ingest`."""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from service.commands.common import complain, finish, open_pipeline, progress
from service.errors import CounterclaimError, InputError
from service.store.types import Added

if TYPE_CHECKING:
    from service.commands.reading import Item
    from service.pipeline import Outcome, Pipeline

GROUP = 32
"""Articles that are stored in one transaction, then processed, before the next are read."""

GIVEN = (
    click.option("--publisher", help="Outlet of articles that name none."),
    click.option("--published-at", metavar="TIME", help="RFC 3339 time of articles that name none."),
    click.option("--lang", help="BCP 47 tag of articles that name none; found from the text otherwise."),
)


@dataclass(slots=True)
class Tally:
    """What became of all items."""

    new: int = 0
    known: int = 0
    failed: int = 0
    claims: int = 0
    contradictions: int = 0

    def __str__(self) -> str:
        """The summary, in words."""
        return (
            f"{self.new + self.known} articles ({self.new} new, {self.known} known before), {self.failed} failed; "
            f"{self.claims} claims, {self.contradictions} contradictions"
        )


@dataclass(slots=True)
class Result:
    """What became of one item."""

    item: "Item"
    added: Added | None = None
    error: CounterclaimError | None = None
    outcome: "Outcome | None" = field(default=None)

    def line(self) -> dict[str, Any]:
        """Return the result as a JSON-ready object."""
        found: dict[str, Any] = {"source": self.item.source, "item": self.item.number}
        if self.added is None:
            return found | {"state": "rejected", "error": self.error.message if self.error else None}
        article = self.outcome.article if self.outcome else self.added.article
        found |= {"id": article.id, "external_id": article.external_id, "new": self.added.created, "state": article.state}
        if self.outcome:
            found |= {"claims": len(self.outcome.claims), "contradictions": len(self.outcome.contradictions)}
        return found | {"error": article.failure}


@click.command()
@click.argument("paths", metavar="PATH…", nargs=-1, required=True)
@GIVEN[0]
@GIVEN[1]
@GIVEN[2]
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each article instead of the summary.")
@click.pass_context
def ingest(
    ctx: click.Context, paths: tuple[str, ...], publisher: str | None, published_at: str | None, lang: str | None, as_json: bool
) -> None:
    """Take in articles and wait until all are processed.

    PATH is text, HTML, JSON, JSONL with one article a line, ninjs, RSS or Atom; a folder with such files; or "-" for stdin. A
    bad article is reported on stderr and does not stop the others; the exit code is 1 then.
    """
    from service.commands.reading import items
    from service.ingest.formats import Given

    given = Given(publisher=publisher, published_at=published_at, lang=lang)
    tally = Tally()
    with open_pipeline(ctx) as pipeline, progress("ingesting") as bar:
        for group in _groups(items(paths, given)):
            for result in _take(pipeline, group, lambda: bar.advance(bar.task_ids[0])):
                _count(tally, result)
                if as_json:
                    click.echo(json.dumps(result.line(), ensure_ascii=False))
    click.echo(str(tally), err=as_json)
    finish(failed=tally.failed > 0)


def _groups(found: "Iterable[Item]") -> "Iterator[Sequence[Item]]":
    rest = iter(found)
    while group := list(itertools.islice(rest, GROUP)):
        yield group


def _take(pipeline: "Pipeline", group: "Sequence[Item]", advance: Any) -> list[Result]:  # noqa: ANN401 - a callback
    """Store the good ones of a group, process them, and return what became of each."""
    results = [Result(item, error=item.content if isinstance(item.content, InputError) else None) for item in group]
    good = [result for result in results if not isinstance(result.item.content, InputError)]
    outcomes = pipeline.ledger.add_articles([result.item.content for result in good])  # type: ignore[misc]
    for result, stored in zip(good, outcomes, strict=True):
        if isinstance(stored, Added):
            result.added = stored
        else:
            result.error = stored
    waiting: dict[str, list[Result]] = {}
    for result in good:
        if result.added and result.added.article.state == "received":
            waiting.setdefault(result.added.article.id, []).append(result)
    for outcome in pipeline.process_pending():
        if outcome.article.id in waiting:
            _settle(waiting.pop(outcome.article.id), outcome)
            advance()
    for article_id, same in waiting.items():  # held by another process, which may have died: whoever is first stores it
        _settle(same, pipeline.process(article_id))
    return results


def _settle(same: list[Result], outcome: "Outcome") -> None:
    for result in same:
        result.outcome = outcome


def _count(tally: Tally, result: Result) -> None:
    if result.added is None:
        tally.failed += 1
        complain(result.item.where, result.error or "was not stored")
        return
    if result.added.created:
        tally.new += 1
    else:
        tally.known += 1
    if result.outcome and result.added.created:
        tally.claims += len(result.outcome.claims)
        tally.contradictions += len(result.outcome.contradictions)
    article = result.outcome.article if result.outcome else result.added.article
    if article.state == "failed":
        tally.failed += 1
        complain(result.item.where, f"could not be processed: {article.failure}")
