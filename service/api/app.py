"""Puts the HTTP API together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline

from service.api.deps import KeyRing, Services
from service.api.errors import Problem, add_handlers
from service.api.guard import Guard
from service.api.metrics import Metrics
from service.api.routes import (
    articles,
    batch,
    check,
    claims,
    contradictions,
    events,
    export,
    health,
    keys,
    models,
    threads,
    watchlist,
    webhooks,
)
from service.api.runner import ModelRunner
from service.pipeline import Pipeline
from service.version import VERSION
from service.web.app import add_pages
from service.worker import Worker

DESCRIPTION = """
A ledger of who said what, when, and who disagrees. Articles go in; claims, links and contradictions come out.

Ids carry a prefix that says what they name (`art_`, `clm_`, `lnk_`, `con_`, `thr_`, `key_`, `whk_`) and sort by time.
Times are UTC. Spans are code-point offsets `[start, end)` into the text as it was submitted. Lists page by `cursor`.
Errors are RFC 9457 problem details.
"""

_ROUTERS = (
    batch.router, articles.router, claims.router, contradictions.router, threads.router, check.router, models.router,
    events.router, webhooks.router, watchlist.router, export.router, keys.router, health.router,
)  # fmt: skip


def create_app(pipeline: Pipeline) -> FastAPI:
    """Return the app over this pipeline. While it runs, a worker thread processes what comes in."""
    runner = ModelRunner(
        observe=lambda work, seconds: metrics.observe_model(work, seconds),
        observe_batch=lambda work, size: metrics.observe_batch(work, size),
    )
    metrics = Metrics(
        counts=pipeline.ledger.counts,
        requests=lambda: runner.requests,
        deliveries=pipeline.ledger.count_deliveries,
        gates=lambda: pipeline.linker.gates,
    )
    keys_made = KeyRing(pipeline.ledger)
    running = Services(pipeline, Worker(pipeline), runner, keys_made, metrics)
    app = bare_app()
    app.state.services = running
    app.router.lifespan_context = _lifespan
    add_pages(app)
    app.add_middleware(
        Guard, limits=pipeline.settings.limits, is_open=lambda: keys_made.is_open, observe=metrics.observe_request
    )
    return app


def bare_app() -> FastAPI:
    """Return the routes and error handlers with nothing behind them, enough for OpenAPI."""
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url="/docs-assets",
        swagger_ui_parameters={"validatorUrl": None},  # it would ask a site on the internet whether ours is well-formed
        title="counterclaim",
        version=VERSION,
        description=DESCRIPTION,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    add_handlers(app)
    for router in _ROUTERS:
        app.include_router(router)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    running = cast(Services, app.state.services)
    if running.ledger.is_sqlite:  # nobody else serves this ledger, so what is unfinished was cut off
        await run_in_threadpool(running.ledger.drop_unfinished_answers)
    running.worker.start()
    try:
        yield
    finally:
        running.stopping.set()
        running.runner.close()
        await run_in_threadpool(running.worker.stop)


def _describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1, with the one shape of every error."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            license_info=app.license_info,
            routes=app.routes,
        )
        shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        found["components"]["schemas"] |= shape.pop("$defs") | {"Problem": shape}
        app.openapi_schema = found
    return app.openapi_schema
