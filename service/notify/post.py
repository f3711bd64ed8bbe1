"""Sends a message to an address that somebody named, by the same rules as pages are fetched; follows no redirect."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore2
import httpx2

from service.errors import InputError
from service.ingest.addresses import Resolver, resolve
from service.ingest.fetch import retry_after_s
from service.ingest.pinned import Pinned, check_public, check_url

TIMEOUT_S = 15.0
"""For one try; Standard Webhooks advises 15 to 30 s."""

_LOC = ("url",)


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one try."""

    duration_s: float
    status: int | None = None
    """None where no answer came."""
    error: str | None = None
    retry_after_s: float | None = None


def check_target(url: str, *, allow_private: bool, resolver: Resolver = resolve) -> None:
    """Raise InputError for an address that no message may go to. A name that nobody knows yet may pass: it may come to be."""
    target = check_url(url, loc=_LOC)
    if allow_private:
        return
    try:
        addresses = resolver(target.host.strip("[]"), target.port or 443)
    except OSError:
        return
    check_public(target.host, addresses, loc=_LOC)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_private: bool,
    timeout_s: float = TIMEOUT_S,
    resolver: Resolver = resolve,
) -> Posted:
    """Return what came of sending this body; nothing is raised, and nothing of the answer's body is read."""
    start = time.monotonic()
    try:
        target = check_url(url, loc=_LOC)
        status, answer = _send(target, body, headers, Pinned(
            resolver, deadline=start + timeout_s, allow_private=allow_private, loc=_LOC
        ), timeout_s)  # fmt: skip
    except httpcore2.TimeoutException:
        return Posted(time.monotonic() - start, error=f"no answer within {timeout_s:g} s")
    except (InputError, httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.InvalidURL, OSError) as error:
        return Posted(time.monotonic() - start, error=f"{error or type(error).__name__}"[:500])
    wrong = None if 200 <= status < 300 else f"the receiver answered {status}"
    return Posted(time.monotonic() - start, status, wrong, retry_after_s(answer.get("retry-after", "")))


def _send(
    target: httpx2.URL, body: bytes, headers: Mapping[str, str], backend: Pinned, timeout_s: float
) -> tuple[int, httpx2.Headers]:
    sent = [
        ("Host", target.netloc.decode("ascii")), ("Content-Type", "application/json"), ("Content-Length", str(len(body))),
        ("User-Agent", "counterclaim"), *headers.items(),
    ]  # fmt: skip
    address = httpcore2.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path)
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), timeout_s)
    with (
        httpcore2.ConnectionPool(network_backend=backend, keepalive_expiry=0) as pool,
        pool.stream("POST", address, headers=sent, content=body, extensions={"timeout": timeout}) as response,
    ):
        return response.status, httpx2.Headers(response.headers)
