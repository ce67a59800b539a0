"""Serves health checks and the report page of the running service over HTTP.

`GET /health` says whether the process works, `GET /ready` whether it runs its jobs or can take them over from another
process, and `GET /report` is the report page. Without a password, only clients on the same machine see that page.
"""

import base64
import hmac
import ipaddress
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from sync.store import Database, StoreError

_log = structlog.get_logger(__name__)

_STALLED_AFTER_SECONDS = 120.0
"""How long after its last heartbeat the service counts as stalled. Heartbeats come at least every 20 seconds."""


class Heartbeat:
    """The state of the service and the time of its last heartbeat, for health checks.

    Attributes:
        state: "starting", "active", "standby" (another process does the work), "without a store" (the database cannot
            be used) or "stopping".
    """

    def __init__(self) -> None:
        self.state = "starting"
        self._last_beat = time.monotonic()

    def beat(self, state: str) -> None:
        """Record that the service is alive, and its state."""
        self.state, self._last_beat = state, time.monotonic()

    @property
    def is_stalled(self) -> bool:
        """Whether the last heartbeat was too long ago."""
        return time.monotonic() - self._last_beat > _STALLED_AFTER_SECONDS


@dataclass(frozen=True)
class ReportPage:
    """The report page and its access control.

    Attributes:
        get_password: Returns the password; None if only clients on the same machine may see the page.
    """

    render: Callable[[], str]
    get_password: Callable[[], SecretStr | None]

    def may_see(self, client_address: str, host: str, authorization: str) -> bool:
        """Whether a client may see the page.

        Args:
            host: The `Host` header. It is checked because another site's name could resolve to this machine.
        """
        password = self.get_password()
        if password is not None:
            scheme, _, encoded = authorization.partition(" ")
            try:
                sent_password = base64.b64decode(encoded, validate=True).partition(b":")[2]
            except ValueError:
                return False
            expected_password = password.get_secret_value().encode()
            return scheme.casefold() == "basic" and hmac.compare_digest(sent_password, expected_password)
        name = urlsplit(f"//{host}").hostname or ""
        return _is_this_machine(client_address) and (name == "localhost" or _is_this_machine(name))


def _is_this_machine(address: str) -> bool:
    """Whether an IP address is a loopback address, such as 127.0.0.1."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@contextmanager
def serve_health(
    address: str | None, heartbeat: Heartbeat, database: Callable[[], Database], page: ReportPage | None = None
) -> Iterator[str]:
    """Serve health checks on `host:port` and yield their URL; without an address, serve nothing.

    If the address cannot be used, a warning is logged, and the service runs without health checks.
    """
    if address is None:
        yield ""
        return
    host, _, port = address.rpartition(":")
    handler = type(
        "Handler",
        (_Handler,),
        {"heartbeat": heartbeat, "database": staticmethod(database), "page": page, "render_lock": threading.Lock()},
    )
    try:
        server = _Server((host.strip("[]"), int(port)), handler)
    except OSError as error:
        _log.warning("no health checks: the address cannot be used", address=address, reason=error.strerror)
        yield ""
        return
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    """A server that handles each request in its own thread."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log the error, usually that the client closed the connection, instead of printing a traceback."""
        del request, client_address
        _log.debug("a request was not answered", reason=str(sys.exc_info()[1]))


class _Handler(BaseHTTPRequestHandler):
    """Responds to one request. `serve_health` makes a subclass with `heartbeat`, `database`, `page` and `render_lock`.

    Attributes:
        render_lock: Held while the page is rendered, so that requests cannot use all processors.
        timeout: Seconds after which an idle connection is closed.
    """

    heartbeat: Heartbeat
    database: Callable[[], Database]
    page: ReportPage | None
    render_lock: threading.Lock
    timeout = 10
    server_version = "steward"
    sys_version = ""

    def do_GET(self) -> None:
        """Respond to a request with the method GET."""
        if self.path == "/ready":
            problem = self._reason_not_ready()
        elif self.path == "/health":
            problem = "the service is stalled" if self.heartbeat.is_stalled else ""
        elif self.path == "/report" and self.page is not None:
            self._respond_with_page(self.page)
            return
        else:
            self._send_json(404, {"error": "GET /health, /ready or /report"})
            return
        self._send_json(
            503 if problem else 200, {"state": self.heartbeat.state} | ({"problem": problem} if problem else {})
        )

    def _respond_with_page(self, page: ReportPage) -> None:
        """Send the report page, or an error if the client may not see it."""
        if not page.may_see(
            self.client_address[0], self.headers.get("Host", ""), self.headers.get("Authorization", "")
        ):
            if page.get_password() is None:
                self._send_json(403, {"error": "Only this machine sees it. Set page_password in steward.yaml."})
            else:
                self._send_json(401, {"error": "a password is needed"}, {"WWW-Authenticate": 'Basic realm="report"'})
            return
        try:
            with self.render_lock:
                content = page.render()
        except StoreError:
            self._send_json(503, {"error": "the store cannot be read"})
            return
        self._send(200, "text/html; charset=utf-8", content.encode(), {"Cache-Control": "no-store"})

    def _reason_not_ready(self) -> str:
        """The reason why the service can neither run its jobs nor take them over; empty if it can."""
        if self.heartbeat.is_stalled:
            return "the service is stalled"
        if self.heartbeat.state not in ("active", "standby"):
            return f"the service is {self.heartbeat.state}"
        try:
            with self.database().reading():
                return ""
        except StoreError:
            return "the store cannot be read"

    def _send_json(self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(body).encode(), headers or {})

    def _send(self, status: int, content_type: str, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in (
            {"Content-Type": content_type, "Content-Length": str(len(content))} | dict(headers)
        ).items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of http.server
        """Log nothing, because health checks arrive every few seconds."""
