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

_STALLED_AFTER_SECONDS = 120.0
"""How long after its last heartbeat the service counts as stalled."""


class Heartbeat:
    """The state of the service and the time of its last heartbeat, for health checks.

    Attributes:
        state: "starting", "active", "standby" or "stopping".
    """

    def __init__(self) -> None:
        self.state = "starting"
        self._beat = time.monotonic()

    def beat(self, state: str) -> None:
        """Record that the service works, and its state."""
        self.state, self._beat = state, time.monotonic()

    @property
    def is_stalled(self) -> bool:
        """Whether the last heartbeat was too long ago."""
        return time.monotonic() - self._beat > _STALLED_AFTER_SECONDS


@contextmanager
def serve_health(address: str | None, heartbeat: Heartbeat, database: Callable[[], Database]) -> Iterator[str]:
    """Serve health checks on `host:port` and yield their URL; without an address, serve nothing.

    If the address cannot be used, a warning is logged, and the service runs without health checks.
    """
    if address is None:
        yield ""
        return
    host, _, port = address.rpartition(":")
    handler = type("Handler", (_Handler,), {"heartbeat": heartbeat, "database": staticmethod(database)})
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
        """Log that a client closed the connection, instead of printing a traceback."""
        del request, client_address
        _log.debug("a health check was not answered", because=str(sys.exc_info()[1]))


class _Handler(BaseHTTPRequestHandler):
    heartbeat: Heartbeat
    database: Callable[[], Database]
    timeout = 10
    server_version = "steward"
    sys_version = ""

    def do_GET(self) -> None:
        problem = ""
        if self.path == "/ready":
            problem = self._reason_not_ready()
        elif self.path == "/health":
            problem = "the service is stalled" if self.heartbeat.is_stalled else ""
        else:
            self._respond(404, {"error": "GET /health or /ready"})
            return
        self._respond(
            503 if problem else 200, {"state": self.heartbeat.state} | ({"problem": problem} if problem else {})
        )

    def _reason_not_ready(self) -> str:
        if self.heartbeat.is_stalled:
            return "the service is stalled"
        if self.heartbeat.state not in ("active", "standby"):
            return f"the service is {self.heartbeat.state}"
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
        """Log nothing, because health checks arrive every few seconds."""
