"""`counterclaim export`."""

import sys
from pathlib import Path
from typing import cast

import click

from service.commands.common import open_ledger, replacing


@click.command()
@click.argument("what", type=click.Choice(["articles", "claims", "contradictions"]))
@click.option("--format", "fmt", type=click.Choice(["jsonl", "csv", "parquet", "jsonld"]), default="jsonl", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; stdout where it is not given.")
@click.pass_context
def export(ctx: click.Context, what: str, fmt: str, output: Path | None) -> None:
    """Write everything of one kind, oldest first. Claims that their articles no longer make are left out."""
    from service import export as exporting

    with open_ledger(ctx) as ledger:
        chunks = exporting.write(ledger, cast(exporting.What, what), cast(exporting.Format, fmt))
        if output is None or str(output) == "-":
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        with replacing(output) as draft, draft.open("wb") as file:
            file.writelines(chunks)
