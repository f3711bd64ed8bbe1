"""`counterclaim serve`, `worker` and `openapi`."""

import ctypes
import json
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from service.commands.common import open_pipeline
from service.errors import Forbidden, InputError

if TYPE_CHECKING:
    from service.settings import Settings

GRACE_S = 10
"""How long requests in flight may take after the server was told to stop."""


M_ARENA_MAX = -8
"""Of mallopt(3)."""


@click.command()
@click.option("--host", help="Address to bind to; only this machine's own while there is no API key.  [COUNTERCLAIM_HOST]")
@click.option("--port", type=click.IntRange(0, 65_535), help="0 takes a free one.  [COUNTERCLAIM_PORT]")
@click.pass_context
def serve(ctx: click.Context, host: str | None, port: int | None) -> None:
    """Start the HTTP API and the worker. It answers 503 until the models are loaded; /readyz says when they are."""
    keep_memory_together()
    with open_pipeline(ctx, host=host, port=port) as pipeline:
        settings = pipeline.settings
        set_up_log(settings)
        _check_host(settings.host, keys=bool(pipeline.ledger.list_keys()))
        listening = _bind(settings.host, settings.port)
        from service.api.app import create_app

        _run(create_app(pipeline), listening, settings)


@click.command()
@click.pass_context
def worker(ctx: click.Context) -> None:
    """Process what waits in the ledger until SIGTERM or Ctrl-C; the article at work is finished first."""
    from service.worker import Worker

    with open_pipeline(ctx) as pipeline:
        set_up_log(pipeline.settings)
        working = Worker(pipeline)
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signal_number, lambda *_: working.request_stop())
        click.echo("counterclaim works on what waits in the ledger; Ctrl-C ends it", err=True)
        working.run()


@click.command()
def openapi() -> None:
    """Print the description of the HTTP API (OpenAPI 3.1)."""
    from service.api.app import bare_app

    click.echo(json.dumps(bare_app().openapi(), ensure_ascii=False, indent=1, sort_keys=True))


def keep_memory_together() -> None:
    """Limits glibc to two pools of memory: by default each thread has its own, which cost the server 90 MB that nobody used."""
    with suppress(OSError, AttributeError):  # another C library has no such call
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, 2)


def _check_host(host: str, *, keys: bool) -> None:
    from service.api.guard import is_local

    if not keys and not is_local(host):
        message = f"without an API key the server binds to this machine's own addresses only, not to {host}"
        raise Forbidden(f"{message}; make a key with `counterclaim keys create NAME`, or use --host 127.0.0.1")


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with ExitStack() as stack:
            listening = stack.enter_context(socket.socket(family, kind))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            stack.pop_all()
    except OSError as error:
        raise InputError(f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port") from error
    return listening


def _run(app: Any, listening: socket.socket, settings: "Settings") -> None:  # noqa: ANN401 - an ASGI app
    import uvicorn

    class Server(uvicorn.Server):
        """Tells streams to end when the server is told to stop; they would go on for ever."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.state.services.stopping.set()
            super().handle_exit(sig, frame)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            host, port = listening.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            click.echo(f"counterclaim listens on http://{shown}:{port} (ledger: {_ledger_name(settings)})", err=True)

    # uvicorn raises the signal again when it is done; with these in place that ends nothing, and the exit code is 0.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: None)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_S, server_header=False, lifespan="on"
    )
    Server(config).run(sockets=[listening])
    sys.stderr.flush()


def _ledger_name(settings: "Settings") -> str:
    from sqlalchemy import make_url

    return make_url(settings.db).render_as_string(hide_password=True)


def set_up_log(settings: "Settings") -> None:
    """Write what is logged to stderr."""
    from service import logs

    logs.set_up(level=settings.log_level, form=settings.log_format)
