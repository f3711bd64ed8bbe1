"""Fetches a page for a client without lending it the server's place in the network.

http and https only; every address that a host resolves to must be public; the connection goes to the very address that was
checked, whatever the name resolves to a moment later; the same holds for each redirect; bytes, time and redirects are capped.
"""

import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from ssl import SSLContext

import httpcore2
import httpx2

from service.errors import InputError, TooLarge
from service.ingest.addresses import Resolver, is_public, resolve

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_LOC = ("fetch_url",)
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_URL, _MAX_TRIED = 2048, 3
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
class Fetched:
    """A page as it came, with the address where it was found in the end."""

    url: str
    data: bytes
    content_type: str | None


def fetch(url: str, *, allow_private: bool = False, limits: Limits = Limits(), resolver: Resolver = resolve) -> Fetched:
    """The page at the address.

    InputError says why there is none: another scheme, an address within the network, no answer, another status than 200, too
    many redirects. TooLarge for a body over the limit. `allow_private` lets it reach private and loopback addresses.
    """
    deadline = time.monotonic() + limits.timeout_s
    backend = _Pinned(resolver, deadline=deadline, allow_private=allow_private)
    target = _checked(url)
    with httpcore2.ConnectionPool(network_backend=backend, keepalive_expiry=0) as pool:
        for _ in range(limits.max_redirects + 1):
            moved = _step(pool, target, limits, deadline)
            if isinstance(moved, Fetched):
                return moved
            target = moved
    raise InputError(f"{url!r:.200} redirects more than {limits.max_redirects} times", loc=_LOC)


def _checked(url: str) -> httpx2.URL:
    try:
        target = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise InputError(f"{url!r:.200} is no address: {error}", loc=_LOC) from error
    if target.scheme not in ("http", "https"):
        raise InputError(f"{url!r:.200} is not http or https", loc=_LOC)
    if not target.host or target.userinfo or len(url) > _MAX_URL:
        wrong = "names no host" if not target.host else "holds a name or password" if target.userinfo else "is too long"
        raise InputError(f"{url!r:.200} {wrong}", loc=_LOC)
    if target.port is not None and not 0 < target.port < 65536:
        raise InputError(f"{url!r:.200} is no address: there is no port {target.port}", loc=_LOC)
    return target


def _step(pool: httpcore2.ConnectionPool, target: httpx2.URL, limits: Limits, deadline: float) -> Fetched | httpx2.URL:
    """One request: the page, or where it has moved."""
    left = max(0.0, deadline - time.monotonic())
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), left)
    headers = [("Host", target.netloc.decode("ascii")), *_HEADERS.items()]
    address = httpcore2.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path)
    try:
        with pool.stream("GET", address, headers=headers, extensions={"timeout": timeout}) as response:
            answer = httpx2.Headers(response.headers)
            if response.status in _REDIRECTS and "location" in answer:
                return _checked(str(target.join(answer["location"])))
            if response.status != 200:
                raise InputError(f"{target} answers with status {response.status}", loc=_LOC)
            data = _body(response.iter_stream(), answer.get("content-encoding", ""), limits.max_bytes)
            return Fetched(str(target), data, answer.get("content-type"))
    except httpcore2.TimeoutException as error:
        raise InputError(f"{target} did not answer within {limits.timeout_s:g} s", loc=_LOC) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.InvalidURL, OSError) as error:
        raise InputError(f"{target} cannot be fetched: {error or type(error).__name__}", loc=_LOC) from error


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


class _Pinned(httpcore2.NetworkBackend):
    """Connects to the addresses it has checked, and gives every read and write no more time than is left."""

    def __init__(self, resolver: Resolver, *, deadline: float, allow_private: bool) -> None:
        self._resolver, self._deadline, self._allow_private = resolver, deadline, allow_private
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = self._resolver(host.strip("[]"), port)
        for address in addresses:
            if not self._allow_private and not is_public(address):
                raise InputError(f"{host} stands for {address}, which is not on the open internet", loc=_LOC)
        failed: Exception = OSError(f"{host} has no address")
        for address in addresses[:_MAX_TRIED]:
            left = _left(self._deadline, timeout)
            try:
                return _Timed(self._sockets.connect_tcp(address, port, left, local_address, socket_options), self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed


class _Timed(httpcore2.NetworkStream):
    """A stream that ends at the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(self._deadline, timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the time for the whole fetch is over")
    return left if timeout is None else min(left, timeout)
