"""Health checks over HTTP: `GET /health` says whether the process works, `GET /ready` whether it can do its job."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog

from sync.store import Database, StoreError

_log = structlog.get_logger(__name__)

_STALLED_AFTER = 120.0
"""Seconds without a sign of life after which the service counts as stalled."""


class Pulse:
    """A sign of life: the service beats, health checks listen.

    Attributes:
        state: "starting", "active", "standby" or "stopping".
    """

    def __init__(self) -> None:
        self.state = "starting"
        self._beat = time.monotonic()

    def beat(self, state: str) -> None:
        """Say that the service works, and in which state."""
        self.state, self._beat = state, time.monotonic()

    @property
    def stalled(self) -> bool:
        """Whether there was no sign of life for long."""
        return time.monotonic() - self._beat > _STALLED_AFTER


@contextmanager
def serve_health(address: str | None, pulse: Pulse, database: Callable[[], Database]) -> Iterator[str]:
    """Serve health checks on `host:port` and yield their address; without an address, nothing is served.

    An address that cannot be used is logged and costs the health checks only.
    """
    if address is None:
        yield ""
        return
    host, _, port = address.rpartition(":")
    handler = type("Handler", (_Handler,), {"pulse": pulse, "database": staticmethod(database)})
    try:
        server = _Server((host.strip("[]"), int(port)), handler)
    except OSError as error:
        _log.warning("no health checks: the address cannot be used", address=address, because=error.strerror)
        yield ""
        return
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a probe that went away; the standard library would print a traceback."""
        del request, client_address
        _log.debug("a health check was not answered", because=str(sys.exc_info()[1]))


class _Handler(BaseHTTPRequestHandler):
    pulse: Pulse
    database: Callable[[], Database]
    timeout = 10
    server_version = "steward"
    sys_version = ""

    def do_GET(self) -> None:
        problem = ""
        if self.path == "/ready":
            problem = self._problem()
        elif self.path == "/health":
            problem = "the service is stalled" if self.pulse.stalled else ""
        else:
            self._respond(404, {"error": "GET /health or /ready"})
            return
        self._respond(503 if problem else 200, {"state": self.pulse.state} | ({"problem": problem} if problem else {}))

    def _problem(self) -> str:
        if self.pulse.stalled:
            return "the service is stalled"
        if self.pulse.state not in ("active", "standby"):
            return f"the service is {self.pulse.state}"
        try:
            with self.database().reading():
                return ""
        except StoreError:
            return "the store cannot be read"

    def _respond(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of http.server
        """Log nothing: a probe asks every few seconds."""
