"""What several commands share: settings, opening the ledger, messages and progress."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.errors import CounterclaimError, InputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from service.client import Client
    from service.pipeline import Pipeline
    from service.settings import Settings
    from service.store.ledger import Ledger


def settings_of(ctx: click.Context, **overrides: Any) -> "Settings":  # noqa: ANN401 - settings have many types
    """Return the settings with the options of this call; a wrong setting is bad usage, exit code 2."""
    from service.settings import load_settings

    if ctx.find_root().obj["server"]:
        raise click.UsageError("--server serves `check` and `contradictions`; this command works on a ledger: use --db")
    try:
        return load_settings(db=ctx.find_root().obj["db"], **overrides)
    except InputError as error:
        raise click.UsageError(error.message) from error


@contextmanager
def open_ledger(ctx: click.Context, **overrides: Any) -> Iterator["Ledger"]:  # noqa: ANN401
    """Yield the ledger of this call, and close it."""
    from service.store.ledger import Ledger

    ledger = Ledger.open(settings_of(ctx, **overrides).db)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def open_pipeline(ctx: click.Context, **overrides: Any) -> Iterator["Pipeline"]:  # noqa: ANN401
    """Yield the pipeline of this call, and close its ledger."""
    from service.pipeline import Pipeline

    pipeline = Pipeline.open(settings_of(ctx, **overrides))
    try:
        yield pipeline
    finally:
        pipeline.ledger.close()


@contextmanager
def open_client(ctx: click.Context) -> Iterator["Client | None"]:
    """Yield a client of the server that the call names, or None where it names none."""
    url = ctx.find_root().obj["server"]
    if url is None:
        yield None
        return
    from service.client import Client

    with Client(url, key=os.environ.get("COUNTERCLAIM_KEY")) as client:
        yield client


def with_times(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a server answered with its times as `datetime`, as lines of a ledger have them."""
    if isinstance(value, list):
        return [with_times(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: datetime.fromisoformat(item) if name.endswith("_at") and isinstance(item, str) else with_times(item)
        for name, item in value.items()
    }


def complain(where: str, error: CounterclaimError | str) -> None:
    """Write one line on stderr about one item."""
    message = error if isinstance(error, str) else error.message
    click.echo(f"{where}: {message}".replace("\n", " "), err=True)


@contextmanager
def progress(about: str, total: int | None = None) -> Iterator["Progress"]:
    """Yield a progress bar on stderr with one task; it shows on a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        bar.add_task(about, total=total)
        yield bar


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside this one to write to; it takes this one's place when all went well, and is gone otherwise."""
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def finish(*, failed: bool) -> None:
    """End with exit code 1 if anything failed."""
    sys.stdout.flush()
    if failed:
        raise click.exceptions.Exit(1)
