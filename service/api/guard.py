"""The outermost layer of the API: limits on bytes and time, the host check, request ids and the access log.

It is plain ASGI, sees every request before anything is read of it, and answers with the same problems as the routes do.
"""

import asyncio
import ipaddress
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import BodyError, answer_of, unexpected
from service.errors import CounterclaimError, Forbidden, RequestTimeout, TooLarge, Unavailable
from service.settings import Limits

log = logging.getLogger("service.access")

REQUEST_ID = "X-Request-ID"

STREAMED = frozenset({"/v1/articles/batch"})
"""Paths whose bodies are read line by line: each line has the limit that other bodies have as a whole."""


@dataclass(slots=True)
class _Exchange:
    """One request and how far its answer got."""

    scope: Scope
    limit: int | None
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    received: int = 0
    complete: bool = False
    """The whole request was read."""
    reading: bool = False
    """The app waits for more of it."""
    status: int = 0


class Guard:
    """Wraps the app. `is_open` says whether no API key was ever made; then only local names are answered to."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits,
        is_open: Callable[[], bool],
        observe: Callable[[Scope, int, float], None],
    ) -> None:
        self.app, self.limits, self.is_open, self.observe = app, limits, is_open, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is no HTTP request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, None if scope["path"] in STREAMED else self.limits.max_body_bytes)
        start = time.perf_counter()
        try:
            await self._answer(exchange, receive, send)
        finally:
            seconds = time.perf_counter() - start
            self.observe(scope, exchange.status, seconds)
            log.info(
                "%s %s %d %.0f ms", scope["method"], scope["path"][:200], exchange.status, seconds * 1000,
                extra={
                    "request_id": exchange.id, "method": scope["method"], "status": exchange.status,
                    "route": getattr(scope.get("route"), "path", None), "duration_s": round(seconds, 4),
                },
            )  # fmt: skip

    async def _answer(self, exchange: _Exchange, receive: Receive, send: Send) -> None:
        async def receive_limited() -> Message:
            return await self._receive(exchange, receive)

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = exchange.id
            await send(message)

        async def send_in_time(message: Message) -> None:
            if message["type"] == "http.response.start" and not timer.expired():
                timer.reschedule(None)  # what streams may take as long as it streams
            await send_marked(message)

        scope = exchange.scope
        try:
            async with asyncio.timeout(self.limits.request_timeout_s) as timer:
                self._check(exchange)
                await self.app(scope, receive_limited, send_in_time)
            return
        except TimeoutError:
            reply = answer_of(self._late(exchange))
        except CounterclaimError as error:
            reply = answer_of(error)
        except Exception as error:
            if exchange.status:
                raise
            reply = unexpected(scope["method"], scope["path"], error)
        if not exchange.status:
            await reply(scope, receive, send_marked)

    def _check(self, exchange: _Exchange) -> None:
        headers = Headers(scope=exchange.scope)
        length = headers.get("content-length", "")
        if exchange.limit is not None and length.isdecimal() and (len(length) > 18 or int(length) > exchange.limit):
            raise _too_large(exchange.limit)
        host = headers.get("host", "")
        if not is_local(host) and self.is_open():
            # A page on the internet could else point its own name at 127.0.0.1 and read the ledger through a browser.
            message = f"without an API key this server answers to local names only, not to {host[:60]!r}"
            raise Forbidden(f"{message}; make a key with `counterclaim keys create`", loc=("header", "Host"))

    async def _receive(self, exchange: _Exchange, receive: Receive) -> Message:
        if exchange.complete:
            return await receive()
        exchange.reading = True
        try:
            async with asyncio.timeout(self.limits.request_timeout_s):
                message = await receive()
        except TimeoutError as error:
            raise BodyError(self._late(exchange)) from error
        exchange.reading = False
        exchange.received += len(message.get("body", b""))
        exchange.complete = not message.get("more_body", False)
        if exchange.limit is not None and exchange.received > exchange.limit:
            raise BodyError(_too_large(exchange.limit))
        return message

    def _late(self, exchange: _Exchange) -> CounterclaimError:
        limit_s = self.limits.request_timeout_s
        if exchange.reading:
            return RequestTimeout(f"the request did not come within {limit_s:g} s; send all of it at once", loc=("body",))
        return Unavailable(f"no answer within {limit_s:g} s; try again later, or send less at once")


def is_local(host: str) -> bool:
    """Return whether a Host header, or an address to bind to, names this machine alone."""
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"the body is larger than {limit:,} bytes; send less at once, or raise limits.max_body_bytes", loc=("body",)
    )
