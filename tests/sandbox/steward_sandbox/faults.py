"""Makes a sandbox misbehave on request, in ways that are seeded and can be asked for on a command line.

A fault is written `KIND[=VALUE][:SHARE][#FROM[-TO]][@[METHOD ]PATH]`:

    429:0.05                      one request in twenty is throttled, with Retry-After: 1
    429=30#1-3                    the first three requests are told to wait 30 seconds
    drop-after#1@POST */comment   the first comment is stored and its reply is lost
    slow=2000:0.1@*/search/jql    one search in ten takes two seconds longer

Kinds: any status from 400 to 599 (`429` and `503` say when to come back); `429-date` (Retry-After as an HTTP date),
`429-nowait` (no Retry-After), `429-long` (Retry-After: 1847); `drop-before` (the connection closes, nothing
happened), `drop-after` (it happened, and the reply is lost); `slow` (VALUE milliseconds, 1000 unless said);
`html` (a page instead of JSON, with status VALUE, 200 unless said; nothing happened); `truncate` (it happened, and
the body of the reply breaks off). Without a share every matching request is hit; `#` counts matching requests
from 1; `PATH` is a shell pattern over the whole path.
"""

import asyncio
import fnmatch
import random
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from steward_sandbox.server import CUT_CONNECTION

LONG_WAIT = 1847
_PAGE = (
    b"<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>We will be right back</h1></body></html>"
)
_SPEC = re.compile(
    r"(?P<kind>[a-z0-9-]+?)(=(?P<value>\d+))?(:(?P<share>\d*\.?\d+))?"
    r"(\#(?P<first>\d+)(-(?P<last>\d+))?)?(@((?P<method>[A-Z]+) +)?(?P<path>\S+))?"
)
_NAMED = ("429-date", "429-nowait", "429-long", "drop-before", "drop-after", "slow", "html", "truncate")


class FaultError(ValueError):
    """A fault that is not written as described in this module."""


class Fault:
    """One way to misbehave: what happens, how often, and to which requests."""

    def __init__(
        self,
        kind: str,
        *,
        value: int | None = None,
        share: float = 1.0,
        first: int = 1,
        last: int | None = None,
        method: str = "*",
        path: str = "*",
    ) -> None:
        self.kind = kind
        self.value = value
        self.share = share
        self.first = first
        self.last = last
        self.method = method
        self.path = path
        self.seen = 0

    @classmethod
    def parse(cls, spec: str) -> "Fault":
        """Reads one fault.

        Raises:
            FaultError: It is not written as it should be; the message says what was expected.
        """
        match = _SPEC.fullmatch(spec.strip())
        if match is None:
            raise FaultError(f"fault {spec!r}: expected KIND[=VALUE][:SHARE][#FROM[-TO]][@[METHOD ]PATH]")
        kind = match["kind"]
        if kind not in _NAMED and not (kind.isdecimal() and 400 <= int(kind) <= 599):
            raise FaultError(
                f"fault {spec!r}: unknown kind {kind!r}; known: a status from 400 to 599, {', '.join(_NAMED)}"
            )
        share = float(match["share"] or 1)
        if share > 1:
            raise FaultError(f"fault {spec!r}: a share lies between 0 and 1")
        first = int(match["first"]) if match["first"] else 1
        last = int(match["last"]) if match["last"] else (first if match["first"] else None)
        return cls(
            kind,
            value=int(match["value"]) if match["value"] else None,
            share=share,
            first=first,
            last=last,
            method=match["method"] or "*",
            path=match["path"] or "*",
        )

    def strikes(self, method: str, path: str, chance: random.Random) -> bool:
        """Whether this request is hit; every request must be asked about exactly once."""
        if self.method not in ("*", method) or not fnmatch.fnmatchcase(path, self.path):
            return False
        self.seen += 1
        if self.seen < self.first or (self.last is not None and self.seen > self.last):
            return False
        return self.share >= 1 or chance.random() < self.share


class Faults:
    """A set of faults, their dice, and a latency for every request; may be changed while it is in use.

    Attributes:
        faults: What may go wrong; of several that strike one request, the first wins.
        latency: Time added to every request.
        struck: How often each kind has struck so far.
    """

    def __init__(
        self,
        specs: Iterable[str] = (),
        *,
        seed: int = 0,
        latency: timedelta = timedelta(),
    ) -> None:
        self.faults = [Fault.parse(spec) for text in specs for spec in text.split(",") if spec.strip()]
        self.latency = latency
        self.struck: dict[str, int] = {}
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def add(self, *specs: str) -> None:
        """Adds faults; their count of matching requests starts now."""
        with self._lock:
            self.faults += [Fault.parse(spec) for spec in specs]

    def clear(self) -> None:
        """Nothing goes wrong from now on."""
        with self._lock:
            self.faults.clear()

    def for_request(self, method: str, path: str) -> Fault | None:
        """What goes wrong with this request."""
        with self._lock:
            hit = [fault for fault in self.faults if fault.strikes(method, path, self._chance)]
            if not hit:
                return None
            self.struck[hit[0].kind] = self.struck.get(hit[0].kind, 0) + 1
            return hit[0]


def with_faults(
    app: ASGIApp,
    faults: Faults,
    *,
    error_body: Callable[[int], bytes],
    throttle_headers: Mapping[str, str] | None = None,
) -> ASGIApp:
    """The app, misbehaving as told.

    Args:
        app: The sandbox.
        faults: What goes wrong.
        error_body: The JSON that the pretended product sends with an error status.
        throttle_headers: What it sends with a 429 besides Retry-After.
    """

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        if faults.latency:
            await asyncio.sleep(faults.latency.total_seconds())
        fault = faults.for_request(scope["method"], scope["path"])
        if fault is None:
            await app(scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep((fault.value or 1000) / 1000)
            await app(scope, receive, send)
        elif fault.kind == "truncate":
            reply = _Reply()
            await app(scope, receive, reply.take)
            await _send(send, reply.status, "application/json;charset=UTF-8", reply.body[: len(reply.body) * 2 // 3])
        elif fault.kind == "drop-before":
            await _cut(scope, receive)
        elif fault.kind == "drop-after":
            await app(scope, receive, _Reply().take)
            await _cut(scope, receive)
        elif fault.kind == "html":
            await _send(send, fault.value or 200, "text/html;charset=UTF-8", _PAGE)
        else:
            status = int(fault.kind.partition("-")[0])
            headers = _retry_after(fault) | (dict(throttle_headers or {}) if status == 429 else {})
            await _send(send, status, "application/json;charset=UTF-8", error_body(status), headers)

    return faulty


def _retry_after(fault: Fault) -> dict[str, str]:
    match fault.kind:
        case "429-nowait":
            return {}
        case "429-long":
            return {"Retry-After": str(fault.value or LONG_WAIT)}
        case "429-date":
            wait = timedelta(seconds=fault.value or 1)
            # One second more than asked: an HTTP date has no fractions, and must not lie in the past.
            return {"Retry-After": format_datetime(datetime.now(UTC) + wait + timedelta(seconds=1), usegmt=True)}
        case "429":
            return {"Retry-After": str(1 if fault.value is None else fault.value)}
        case _:
            return {} if fault.value is None else {"Retry-After": str(fault.value)}


class _Reply:
    """Keeps an answer instead of sending it."""

    def __init__(self) -> None:
        self.status = 500
        self.body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message.get("body", b"")


async def _cut(scope: Scope, receive: Receive) -> None:
    scope["extensions"][CUT_CONNECTION]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(
    send: Send, status: int, content_type: str, body: bytes, headers: Mapping[str, str] | None = None
) -> None:
    named = {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
    lines = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
