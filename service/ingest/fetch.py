"""Fetches a page for a client without lending it the server's place in the network.

http and https only; every address that a host resolves to must be public; the connection goes to the very address that was
checked, whatever the name resolves to a moment later; the same holds for each redirect; bytes, time and redirects are capped.
"""

import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore2
import httpx2

from service.errors import InputError, TooLarge
from service.ingest.addresses import Resolver, resolve
from service.ingest.pinned import Pinned, check_url

_LOC = ("fetch_url",)
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {
    "Accept": "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/json, text/plain;q=0.8",
    "Accept-Encoding": "gzip",
    "User-Agent": "counterclaim",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one fetch may take."""

    max_bytes: int = 5_000_000
    """Of the body, after it was unpacked."""
    timeout_s: float = 15.0
    """For the whole fetch, redirects included."""
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of a page's version; sent back to it, so that it need not send the same page again (RFC 9110, 13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came, with the address where it was found in the end."""

    url: str
    data: bytes
    content_type: str | None
    validators: Validators = Validators()
    changed: bool = True
    """False where the server says that the page is still the version of the `known` validators; there is no data then."""


class Refused(InputError):
    """The server answered, but not with the page."""

    def __init__(self, message: str, *, answered: int, retry_after_s: float | None) -> None:
        super().__init__(message, loc=_LOC)
        self.answered, self.retry_after_s = answered, retry_after_s


def fetch(
    url: str,
    *,
    allow_private: bool = False,
    limits: Limits = Limits(),
    resolver: Resolver = resolve,
    known: Validators = Validators(),
) -> Fetched:
    """The page at the address, unless it is still the version that is `known`.

    InputError says why there is none: another scheme, an address within the network, no answer, too many redirects; Refused,
    another status than 200. TooLarge for a body over the limit. `allow_private` lets it reach private and loopback addresses.
    """
    deadline = time.monotonic() + limits.timeout_s
    backend = Pinned(resolver, deadline=deadline, allow_private=allow_private, loc=_LOC)
    target = check_url(url, loc=_LOC)
    with httpcore2.ConnectionPool(network_backend=backend, keepalive_expiry=0) as pool:
        for _ in range(limits.max_redirects + 1):
            moved = _step(pool, target, limits, deadline, known)
            if isinstance(moved, Fetched):
                return moved
            target = moved
    raise InputError(f"{url!r:.200} redirects more than {limits.max_redirects} times", loc=_LOC)


def _step(
    pool: httpcore2.ConnectionPool, target: httpx2.URL, limits: Limits, deadline: float, known: Validators
) -> Fetched | httpx2.URL:
    """One request: the page, or where it has moved."""
    left = max(0.0, deadline - time.monotonic())
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), left)
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    headers = [("Host", target.netloc.decode("ascii")), *_HEADERS.items(), *((k, v) for k, v in conditions.items() if v)]
    address = httpcore2.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path)
    try:
        with pool.stream("GET", address, headers=headers, extensions={"timeout": timeout}) as response:
            answer = httpx2.Headers(response.headers)
            if response.status in _REDIRECTS and "location" in answer:
                return check_url(str(target.join(answer["location"])), loc=_LOC)
            if response.status == 304 and (known.etag or known.last_modified):
                return Fetched(str(target), b"", answer.get("content-type"), known, changed=False)
            if response.status != 200:
                after = retry_after_s(answer.get("retry-after", ""))
                message = f"{target} answers with status {response.status}"
                raise Refused(message, answered=response.status, retry_after_s=after)
            data = _body(response.iter_stream(), answer.get("content-encoding", ""), limits.max_bytes)
            validators = Validators(answer.get("etag"), answer.get("last-modified"))
            return Fetched(str(target), data, answer.get("content-type"), validators)
    except httpcore2.TimeoutException as error:
        raise InputError(f"{target} did not answer within {limits.timeout_s:g} s", loc=_LOC) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.InvalidURL, OSError) as error:
        raise InputError(f"{target} cannot be fetched: {error or type(error).__name__}", loc=_LOC) from error


def retry_after_s(header: str) -> float | None:
    """The seconds that a Retry-After header asks to wait, given as such or as a date; None where it says neither."""
    header = header.strip()
    if header.isascii() and header.isdecimal() and len(header) < 10:
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _body(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """The body, unpacked no further than the limit, so that a small archive cannot become a large one in memory."""
    packed = encoding.strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise InputError(f"the page is packed as {packed!r:.40}, which was not asked for", loc=_LOC)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed not in ("", "identity") else None
    body = bytearray()
    for chunk in chunks:
        try:
            body += unpacker.decompress(chunk, max_bytes + 1 - len(body)) if unpacker else chunk
        except zlib.error as error:
            raise InputError(f"the page is not {packed} data: {error}", loc=_LOC) from error
        if len(body) > max_bytes:
            raise TooLarge(f"the page has more than {max_bytes:,} bytes", loc=_LOC)
    return bytes(body)
