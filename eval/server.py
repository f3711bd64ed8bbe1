"""A server of our own on the loopback address, for runs that measure it from outside."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import Unavailable

HOST = "127.0.0.1"
START_TIMEOUT_S = 120.0
MB = 1_000_000


def counterclaim() -> str:
    """Return the path of the command as it is installed beside this Python."""
    return str(Path(sys.executable).parent / "counterclaim")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens and which process it is."""

    port: int
    pid: int

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, *, timeout_s: float = 120.0) -> tuple[int, Any]:
        """Return the status and the decoded JSON of one call; OSError where nothing listens."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout_s)
        try:
            payload = None if body is None else json.dumps(body).encode()
            connection.request(method, path, payload, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return response.status, json.loads(content) if content else None

    def resident_mb(self) -> float:
        """Return the resident memory of the process and its children, in MB of 10^6 bytes."""
        table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
        rows = [tuple(map(int, line.split())) for line in table.splitlines()]
        family = {self.pid}
        while grown := {pid for pid, parent, _ in rows if parent in family} - family:
            family |= grown
        return sum(rss for pid, _, rss in rows if pid in family) * 1024 / MB


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Yield a server with its models loaded and a new ledger in `folder`, and stop it afterwards.

    Raises Unavailable with the last lines of its log where it does not become ready within two minutes.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    log = folder / "server.log"
    environment = os.environ | {"COUNTERCLAIM_DB": f"sqlite:///{folder / 'ledger.db'}", "COUNTERCLAIM_PORT": str(port)}
    with log.open("wb") as output:
        process = subprocess.Popen([counterclaim(), "serve"], env=environment, stdout=output, stderr=output)
    server = Server(port=port, pid=process.pid)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _ready(server):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"the server on port {port} is not ready; its log ends: {log.read_text()[-600:]}")
            time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _ready(server: Server) -> bool:
    try:
        status, _ = server.call("GET", "/readyz", timeout_s=5)
    except (OSError, http.client.HTTPException):
        return False
    return status == http.HTTPStatus.OK
