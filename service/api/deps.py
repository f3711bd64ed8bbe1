"""What routes ask for: the running services, and who is calling."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Annotated, cast

from anyio import CapacityLimiter
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.api.metrics import Metrics
from service.api.runner import ModelRunner
from service.errors import Forbidden, Overloaded, Unauthorized, Unavailable
from service.pipeline import Pipeline
from service.settings import Settings
from service.store.access import SCOPES
from service.store.ledger import Ledger
from service.worker import Worker

MAX_INTAKE = 8

MAX_LISTENERS = 100
"""Clients that may listen to events at once."""


class KeyRing:
    """Whether any API key was ever made. From the first on, every call needs one, even if all are revoked."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._made = False

    @property
    def is_open(self) -> bool:
        """True while no key was ever made."""
        if not self._made:
            self._made = bool(self._ledger.list_keys())  # keys are never deleted, so the answer stands once it is True
        return not self._made


class Seats:
    """A bounded number of callers at once; entering raises Overloaded where none is left. For one thread: the event loop."""

    def __init__(self, most: int) -> None:
        self._left = most

    def __enter__(self) -> None:
        if self._left == 0:
            raise Overloaded("too many clients listen already; close one, or try again later", retry_after_s=30)
        self._left -= 1

    def __exit__(self, *error: object) -> None:
        self._left += 1


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """Everything that a running server shares between requests."""

    pipeline: Pipeline
    worker: Worker
    runner: ModelRunner
    keys: KeyRing
    metrics: Metrics
    stopping: Event = field(default_factory=Event)
    """Set when the server is told to stop; streams end then."""
    intake: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(MAX_INTAKE))
    """Threads that may read and fetch articles at once, so that others are left for those who only look something up."""
    listeners: Seats = field(default_factory=lambda: Seats(MAX_LISTENERS))

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        return self.pipeline.ledger

    @property
    def settings(self) -> Settings:
        """The settings of this run."""
        return self.pipeline.settings


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling."""

    name: str
    scopes: tuple[str, ...]
    key_id: str = "local"


LOCAL = Caller("local", SCOPES)
"""Whoever calls while there is no key, from this machine."""

_bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="A key made by `counterclaim keys create`: ck_…")


def services(request: Request) -> Services:
    """Return the services of the running app."""
    return cast(Services, request.app.state.services)


Running = Annotated[Services, Depends(services)]


def needs(scope: str) -> Callable[..., Caller]:
    """Return the dependency that lets in callers with this scope; 401 without a valid key, 403 without the scope."""

    def check(running: Running, given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> Caller:
        if running.keys.is_open:
            return LOCAL
        if given is None:
            message = "this needs an API key: send Authorization: Bearer ck_…"
            raise Unauthorized(message, loc=("header", "Authorization"))
        key = running.ledger.authenticate(given.credentials)
        if scope not in key.scopes and "admin" not in key.scopes:
            message = f"the key {key.name!r} has the scopes {', '.join(key.scopes)}; this needs {scope}"
            raise Forbidden(message, loc=("header", "Authorization"))
        return Caller(key.name, key.scopes, key.id)

    return check


Reader = Annotated[Caller, Depends(needs("read"))]
Writer = Annotated[Caller, Depends(needs("write"))]
Reviewer = Annotated[Caller, Depends(needs("review"))]
Admin = Annotated[Caller, Depends(needs("admin"))]


def ready(running: Running) -> Pipeline:
    """Return the pipeline with its models loaded; raises Unavailable until they are."""
    if not running.pipeline.models.ready:
        reason = running.worker.failure or "they are being loaded"
        raise Unavailable(f"the models are not ready: {reason}; try again in a few seconds")
    return running.pipeline


Ready = Annotated[Pipeline, Depends(ready)]
