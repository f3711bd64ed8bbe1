"""`counterclaim check`."""

from contextlib import ExitStack

import click

from service.commands.common import complain, finish, open_client, open_pipeline, with_times
from service.errors import InputError


@click.command()
@click.argument("path", metavar="PATH")
@click.option("--publisher", help="Outlet that the draft is for.")
@click.option("--published-at", metavar="TIME", help="RFC 3339 time of the draft; now, where it is not given.")
@click.option("--lang", help="BCP 47 tag; found from the text where it is not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each claim of the draft.")
@click.pass_context
def check(
    ctx: click.Context, path: str, publisher: str | None, published_at: str | None, lang: str | None, as_json: bool
) -> None:
    """Compare a draft with the ledger: what supports it, what contradicts it, where and by whom. Nothing is stored.

    PATH is anything that `ingest` takes.
    """
    from service.commands.reading import items
    from service.ingest.formats import Given
    from service.lines import Line, checked_line, dumps, rfc3339

    given = Given(publisher=publisher, published_at=published_at, lang=lang)
    failed, found = False, list[Line]()
    with ExitStack() as stack:
        client = stack.enter_context(open_client(ctx))
        pipeline = stack.enter_context(open_pipeline(ctx)) if client is None else None
        for item in items([path], given):
            if isinstance(item.content, InputError):
                failed = True
                complain(item.where, item.content)
                continue
            draft = item.content
            if client is not None:
                own = {name: getattr(draft, name) for name in ("text", "publisher", "lang", "title")}
                lines = with_times(client.check(own | {"published_at": rfc3339(draft.published_at)}))
            elif pipeline is not None:
                lines = [checked_line(checked, draft) for checked in pipeline.check(draft)]
            for line in lines if as_json else ():
                click.echo(dumps(line))
            found += lines
    if not as_json:
        _show(found)
    finish(failed=failed)


def _show(found: "list[dict[str, object]]") -> None:
    from service.commands.tables import console, finding_table

    known = [line for line in found if line["supports"] or line["contradicts"]]
    if known:
        console().print(finding_table(known))
    click.echo(f"{len(found)} claims, {len(known)} of them known to the ledger", err=True)
