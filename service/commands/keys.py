"""`counterclaim keys`."""

import click

from service.commands.common import open_ledger
from service.lines import dumps, rfc3339


@click.group()
def keys() -> None:
    """Make, list and revoke API keys. Without any key the server answers on this machine only."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, default=("read", "write", "review"), show_default=True,
    type=click.Choice(["read", "write", "review", "admin"]), help="What the key allows; may be given several times.",
)  # fmt: skip
@click.pass_context
def create(ctx: click.Context, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key and print its secret, which is shown this once and stored as a hash only."""
    with open_ledger(ctx) as ledger:
        key, secret = ledger.create_key(name, scopes)
    click.echo(f"{key.id} {name!r} may {', '.join(key.scopes)}; its secret will not be shown again:", err=True)
    click.echo(secret)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """Print all keys, revoked ones too, oldest first."""
    from dataclasses import asdict

    with open_ledger(ctx) as ledger:
        found = ledger.list_keys()
    for key in found:
        if as_json:
            click.echo(dumps(asdict(key)))
            continue
        used = f"last used {rfc3339(key.last_used_at)}" if key.last_used_at else "never used"
        state = f"revoked {rfc3339(key.revoked_at)}" if key.revoked_at else used
        click.echo(f"{key.id}  {','.join(key.scopes):25}  {key.name}  ({state})")


@keys.command()
@click.argument("key_id")
@click.pass_context
def revoke(ctx: click.Context, key_id: str) -> None:
    """End a key at once."""
    with open_ledger(ctx) as ledger:
        ledger.revoke_key(key_id)
    click.echo(f"{key_id} is revoked", err=True)
