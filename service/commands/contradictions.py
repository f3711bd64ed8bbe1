"""`counterclaim contradictions`."""

from typing import Any, cast

import click

from service.commands.common import open_client, open_ledger, with_times
from service.records import Status


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as GET /v1/contradictions gives them.")
@click.option(
    "--status", multiple=True, type=click.Choice(["suggested", "confirmed", "dismissed", "resolved"]),
    help="May be given several times.",
)  # fmt: skip
@click.option("--min-probability", type=click.FloatRange(0, 1), help="The least probable to show.")
@click.pass_context
def contradictions(ctx: click.Context, as_json: bool, status: tuple[str, ...], min_probability: float | None) -> None:
    """Show who disagrees with whom: both claims, speakers, outlets, dates, what clashes and how probable it is."""
    from service.lines import contradiction_line, dumps
    from service.store.types import ContradictionFilter

    filters = ContradictionFilter(status=cast("tuple[Status, ...]", status), min_probability=min_probability)
    with open_client(ctx) as client:
        if client is not None:
            found = client.contradictions(status=list(status), min_probability=min_probability)
            _show(with_times(list(found)), as_json=as_json)
            return
    with open_ledger(ctx) as ledger:
        lines = map(contradiction_line, ledger.iter_contradictions(filters))
        if as_json:
            for line in lines:
                click.echo(dumps(line))
            return
        rows = list(lines)
    _show(rows, as_json=False)


def _show(found: list[dict[str, Any]], *, as_json: bool) -> None:
    from service.commands.tables import console, contradiction_table
    from service.lines import dumps

    if as_json:
        for line in found:
            click.echo(dumps(line))
        return
    found = sorted(found, key=lambda line: -line["probability"])
    if found:
        console().print(contradiction_table(found))
    click.echo(f"{len(found)} contradiction{'' if len(found) == 1 else 's'}", err=True)
