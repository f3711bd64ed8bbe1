"""Whether the server lives and is ready, and its metrics."""

from fastapi import APIRouter, Response

from service.api.answers import HealthOut, ReadyOut
from service.api.body import StrictRoute
from service.api.deps import Reader, Running
from service.api.metrics import CONTENT_TYPE
from service.api.routes import problems
from service.errors import Unavailable

router = APIRouter(tags=["health"], route_class=StrictRoute)


@router.get("/healthz", summary="Liveness")
async def healthz() -> HealthOut:
    """The process answers; nothing else is looked at."""
    return HealthOut()


@router.get("/readyz", summary="Readiness", responses=problems(503))
def readyz(running: Running) -> ReadyOut:
    """The database answers, the models are loaded and the worker is at work; otherwise 503 says what is not."""
    running.ledger.ping()
    models = running.pipeline.models.ready
    failure = running.worker.failure
    if not models:
        raise Unavailable(f"the models are not ready: {failure or 'they are being loaded'}")
    if not running.worker.alive or failure:
        raise Unavailable(f"the worker is not at work: {failure or 'its thread ended; restart the server'}")
    return ReadyOut(checks={"database": "ok", "models": "loaded", "worker": "at work"})


@router.get("/metrics", summary="Metrics", response_class=Response, responses=problems(401, 403, 503))
def metrics(running: Running, caller: Reader) -> Response:
    """Requests, queue depth, model time and what the ledger holds, as Prometheus reads it."""
    del caller
    return Response(running.metrics.text(), media_type=CONTENT_TYPE)
