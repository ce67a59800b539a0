"""A proxy that kills, a backlog to write to, and the command line as a person would run it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from end_to_end.command_line import run_here
from end_to_end.sites import SITES, Site

from steward_sandbox import StoppedClock, parse_backlog, serving

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


@dataclass
class KillingProxy:
    """Forwards to a server and kills a process at the n-th request, before forwarding it or before its reply.

    Attributes:
        victim: The process to kill; None lets everything through.
        at: Which request, counted from 1.
        after: Whether the request is forwarded before the kill.
        seen: Every request line, with the body that was forwarded.
    """

    target: str
    victim: subprocess.Popen | None = None
    at: int = 0
    after: bool = False
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    def aim(self, at: int, *, after: bool) -> None:
        """Sets the next kill; requests are counted anew."""
        with self._lock:
            self.at, self.after, self._count = at, after, 0
            self.seen.clear()

    def strike(self) -> bool:
        """Counts one request; true when it is the one."""
        with self._lock:
            self._count += 1
            return self.at == self._count

    def kill(self) -> None:
        """Kills without giving the process a chance to do anything."""
        if self.victim is not None:
            os.kill(self.victim.pid, signal.SIGKILL)
            self.victim.wait()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for its head to be acknowledged
    proxy: KillingProxy

    def log_message(self, *_args) -> None:
        pass

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        strikes = self.proxy.strike()
        if strikes and not self.proxy.after:
            self.proxy.kill()
            self.close_connection = True
            return
        target = urlsplit(self.proxy.target)
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        connection.request(self.command, self.path, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        with self.proxy._lock:
            self.proxy.seen.append((self.command, self.path, body))
        if strikes:
            self.proxy.kill()
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = _pass_on


@contextmanager
def proxied(target: str) -> Iterator[KillingProxy]:
    """A killing proxy in front of a server."""
    proxy = KillingProxy(target)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that was killed is what this is for
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


_BACKLOG = [
    {"key": "PAY-1", "title": "Refund a card payment", "points": 3, "created": "2025-11-03T09:00:00Z"},
    {
        "key": "PAY-2",
        "title": "Export bookings",
        "points": 21,
        "created": "2025-11-04T09:00:00Z",
        "description": "Acceptance criteria:\n- A CSV file is offered.\n- It holds every booking of the month.",
    },
    {"key": "PAY-3", "title": "Say why a payment failed", "created": "2025-11-05T09:00:00Z", "priority": "High"},
    {
        "key": "PAY-4",
        "type": "Epic",
        "title": "Wallets",
        "points": 8,
        "business_value": 8,
        "time_criticality": 5,
        "risk_reduction": 3,
        "created": "2025-11-06T09:00:00Z",
    },
    {
        "key": "PAY-5",
        "title": "Show the VAT number",
        "created": "2025-11-07T09:00:00Z",
        "acceptance_criteria": "The invoice shows the VAT number of the buyer.",
    },
    {"key": "PAY-6", "type": "Bug", "title": "Wrong currency sign", "created": "2025-11-08T09:00:00Z"},
]

_CONFIGURATION = """
trackers:
  pay:
    {section}
    token: kept-secret-token
    rate: 1000
write:
  mode: write
  fields: {{wsjf: WSJF}}
  baseline: false
  surprise: null
  quiet: {{hours: always}}
health: null
store: sqlite:///{store}
"""
_RULES = "rules: {oversized-story: {above: 13}}\n"


@dataclass
class Desk:
    """A sandbox, a proxy before it and a folder with a configuration for it."""

    site: Site
    proxy: KillingProxy
    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen:
        """Starts the command line in a process of its own, as the proxy's victim."""
        process = subprocess.Popen(
            [sys.executable, "-m", "sync.cli", *arguments, "--config", str(self.folder / "steward.yaml")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )
        self.proxy.victim = process
        return process

    def steward(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs the command line to its end, or, where the proxy is aimed, to its death in a process of its own."""
        given = (*arguments, "--config", str(self.folder / "steward.yaml"))
        if not self.proxy.at:
            return run_here(*given, cwd=self.folder)
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def ours(self) -> dict[str, int]:
        """Comments of the service by item key; items without one are left out."""
        return self.site.ours()

    def written(self) -> list[tuple[str, str, bytes]]:
        """Requests since the proxy was last aimed that change something."""
        return [one for one in self.proxy.seen if self.site.changes(*one[:2])]


@contextmanager
def desk(folder: Path, kind: str = "jira cloud", *more: dict) -> Iterator[Desk]:
    """A fresh sandbox, with more items than the usual ones if need be, a proxy and a configuration."""
    held = parse_backlog("\n".join(json.dumps(item) for item in (*_BACKLOG, *more)))
    site = SITES[kind](held, StoppedClock(NOW))
    with serving(site.app) as url, proxied(url) as proxy:
        section = site.section.format(url=proxy.url)
        text = _CONFIGURATION.format(section=section, store=folder / "steward.db")
        (folder / "steward.yaml").write_text(text, encoding="utf-8")
        (folder / "rules.yaml").write_text(_RULES, encoding="utf-8")
        yield Desk(site, proxy, folder)


@pytest.fixture
def at_desk(tmp_path: Path) -> Iterator[Desk]:
    """One desk for one test."""
    with desk(tmp_path) as one:
        yield one


@pytest.fixture(params=SITES)
def any_site(request) -> str:
    """Every tracker that can be written to, one after the other."""
    return request.param


@pytest.fixture
def new_desk(tmp_path: Path):
    """Makes desks, each in a folder of its own."""
    count = iter(range(10_000))

    @contextmanager
    def make(kind: str = "jira cloud", *more: dict) -> Iterator[Desk]:
        folder = tmp_path / str(next(count))
        folder.mkdir()
        with desk(folder, kind, *more) as one:
            yield one

    return make
