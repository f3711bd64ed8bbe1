"""`counterclaim migrate` and `counterclaim backup`."""

import sqlite3
from contextlib import closing
from pathlib import Path

import click

from service.commands.common import open_ledger, replacing
from service.errors import InputError

_PAGES = 1_000  # copied at a time, so that writers get their turn


@click.command()
@click.pass_context
def migrate(ctx: click.Context) -> None:
    """Make the ledger, or bring its schema up to date."""
    from service.store.engine import REVISIONS

    with open_ledger(ctx):
        click.echo(f"the ledger is at schema {REVISIONS[-1]}", err=True)


@click.command()
@click.argument("destination", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the destination if it is there.")
@click.pass_context
def backup(ctx: click.Context, destination: Path, force: bool) -> None:
    """Copy the ledger to DESTINATION, whole and consistent, while it is in use."""
    if destination.exists() and not force:
        raise click.UsageError(f"{destination} is there already; name another file, or use --force")
    with open_ledger(ctx) as ledger:
        if ledger.path is None:
            raise InputError("this ledger is not in SQLite; copy a PostgreSQL ledger with pg_dump")
        with replacing(destination) as draft:
            try:
                with closing(sqlite3.connect(ledger.path)) as source, closing(sqlite3.connect(draft)) as target:
                    source.backup(target, pages=_PAGES)
            except sqlite3.Error as error:
                raise InputError(f"{destination} could not be written: {error}") from error
    click.echo(f"copied to {destination}", err=True)
