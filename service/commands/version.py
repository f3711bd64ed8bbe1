"""`counterclaim version`."""

import click

from service.version import VERSION


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(VERSION)
