"""Connections that cannot be led into the server's own network: to addresses that were checked, until a deadline."""

import time
from collections.abc import Iterable
from ssl import SSLContext

import httpcore2
import httpx2

from service.errors import InputError
from service.ingest.addresses import Resolver, is_public

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
Loc = tuple[str | int, ...]

_MAX_URL, _MAX_TRIED = 2048, 3


def check_url(url: str, *, loc: Loc) -> httpx2.URL:
    """Return the address; InputError, at `loc`, where it is none, or no http or https, or holds a password."""
    try:
        target = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise InputError(f"{url!r:.200} is no address: {error}", loc=loc) from error
    if target.scheme not in ("http", "https"):
        raise InputError(f"{url!r:.200} is not http or https", loc=loc)
    if not target.host or target.userinfo or len(url) > _MAX_URL:
        wrong = "names no host" if not target.host else "holds a name or password" if target.userinfo else "is too long"
        raise InputError(f"{url!r:.200} {wrong}", loc=loc)
    if target.port is not None and not 0 < target.port < 65536:
        raise InputError(f"{url!r:.200} is no address: there is no port {target.port}", loc=loc)
    return target


def check_public(host: str, addresses: Iterable[str], *, loc: Loc) -> None:
    """Raise InputError, at `loc`, if any of the addresses of a host is not on the open internet."""
    for address in addresses:
        if not is_public(address):
            raise InputError(f"{host} stands for {address}, which is not on the open internet", loc=loc)


class Pinned(httpcore2.NetworkBackend):
    """Connects to the addresses it has checked, and gives every read and write no more time than is left."""

    def __init__(self, resolver: Resolver, *, deadline: float, allow_private: bool, loc: Loc) -> None:
        self._resolver, self._deadline, self._allow_private, self._loc = resolver, deadline, allow_private, loc
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a stream to one of the host's addresses; InputError if one of them is private, OSError if none answers."""
        addresses = self._resolver(host.strip("[]"), port)
        if not self._allow_private:
            check_public(host, addresses, loc=self._loc)
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
