"""Which network addresses a server may reach on a client's behalf: the public ones."""

import ipaddress
import socket
import threading
from collections.abc import Callable

Resolver = Callable[[str, int], list[str]]
"""Host and port → the addresses it stands for; OSError where there are none."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_TIMEOUT_S = 5.0


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet.

    Not private, loopback, link-local, shared (CGNAT), multicast, reserved or unspecified; nor an IPv6 address that carries an
    IPv4 one (mapped, 6to4, Teredo, NAT64), which a gateway might turn into any of these.
    """
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _NAT64 or ip.is_site_local
    ):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system resolves them, in its order. OSError where it has none or takes too long."""
    found: list[str] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            failed.append(error if isinstance(error, OSError) else OSError(str(error)))
            return
        found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    # The system's resolver cannot be told how long it may take; a thread that it keeps is left behind.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_TIMEOUT_S)
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError(f"{host} was not resolved within {_TIMEOUT_S:g} s")
    return found
