"""The `counterclaim` command. This module imports nothing heavy: a command's own module is loaded when it is called.

Exit codes: 0 fine, 1 something failed (and stderr says what), 2 bad usage. Data goes to stdout, messages to stderr.
"""

import sys
from importlib import import_module

import click

from service.errors import CounterclaimError

COMMANDS = {
    "backup": ("service.commands.ledger", "Copy the ledger while it is in use."),
    "check": ("service.commands.check", "Compare a draft with the ledger; nothing is stored."),
    "contradictions": ("service.commands.contradictions", "Show who disagrees with whom."),
    "embed": ("service.commands.models", "Turn the texts of a JSONL file into vectors."),
    "export": ("service.commands.export", "Write articles, claims or contradictions to a file."),
    "ingest": ("service.commands.ingest", "Take in articles and wait until they are processed."),
    "keys": ("service.commands.keys", "Make, list and revoke API keys."),
    "migrate": ("service.commands.ledger", "Bring the ledger's schema up to date."),
    "models": ("service.commands.models", "List the models in use."),
    "nli": ("service.commands.models", "Judge the pairs of a JSONL file."),
    "openapi": ("service.commands.serve", "Print the description of the HTTP API."),
    "reindex": ("service.commands.reindex", "Embed the ledger's claims with another embedder."),
    "serve": ("service.commands.serve", "Start the HTTP API and the worker."),
    "version": ("service.commands.version", "Print the version."),
    "watch": ("service.commands.watch", "Poll RSS and Atom feeds and take in what is new."),
    "worker": ("service.commands.serve", "Process what waits, without an API."),
}
"""Name → the module that has the command under that name, and what it does."""


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, or None where there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.{cmd_name} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in sorted(COMMANDS.items())])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--db", metavar="URL", help="The ledger: sqlite:///FILE or postgresql+psycopg://…  [COUNTERCLAIM_DB]")
@click.option("--server", metavar="URL", help="A running server instead of a ledger; its key in COUNTERCLAIM_KEY.")
@click.pass_context
def app(ctx: click.Context, db: str | None, server: str | None) -> None:
    """Who said what, when, and who disagrees."""
    if db and server:
        raise click.UsageError("--db and --server exclude each other; name one")
    ctx.obj = {"db": db, "server": server}


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    try:
        code = app(prog_name="counterclaim", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CounterclaimError as error:
        click.echo(f"counterclaim: {error.message}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain once more when it closes stdout.
        sys.stdout = None
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
