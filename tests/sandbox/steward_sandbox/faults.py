"""Makes a sandbox misbehave on request, in ways that are seeded and can be asked for on a command line.

A fault is written `KIND[=VALUE][:SHARE][#FROM[-TO]][@[METHOD ]PATH]`:

    429:0.05                      one request in twenty is throttled, with Retry-After: 1
    429=30#1-3                    the first three requests are told to wait 30 seconds
    drop-after#1@POST */comment   the first comment is stored and its reply is lost
    slow=2000:0.1@*/search/jql    one search in ten takes two seconds longer

Kinds: any status from 400 to 599 (`429` and `503` say when to come back); `429-nowait`
(no Retry-After), `429-long` (Retry-After: 1847); `drop-before` (the connection closes, nothing
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
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from steward_sandbox.server import CUT_CONNECTION

_WAITS = {"429": 1, "429-long": 1847}
_PAGE = "<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>We will be right back</h1></body></html>"
_SPEC = re.compile(
    r"(?P<kind>[a-z0-9-]+?)(=(?P<value>\d+))?(:(?P<share>\d*\.?\d+))?"
    r"(\#(?P<first>\d+)(-(?P<last>\d+))?)?(@((?P<method>[A-Z]+) +)?(?P<path>\S+))?"
)
_NAMED = ("429-nowait", "429-long", "drop-before", "drop-after", "slow", "html", "truncate")
_JSON = "application/json;charset=UTF-8"


class FaultError(ValueError):
    """A fault that is not written as described in this module."""


@dataclass
class Fault:
    """One way to misbehave: what happens, how often, and to which requests; `seen` counts those that match."""

    kind: str
    value: int | None
    share: float
    first: int
    last: int | None
    method: str
    path: str
    seen: int = 0

    @classmethod
    def parse(cls, spec: str) -> "Fault":
        match = _SPEC.fullmatch(spec.strip())
        if match is None:
            raise FaultError(f"fault {spec!r}: expected KIND[=VALUE][:SHARE][#FROM[-TO]][@[METHOD ]PATH]")
        kind, value, share = match["kind"], match["value"], float(match["share"] or 1)
        if kind not in _NAMED and not (kind.isdecimal() and 400 <= int(kind) <= 599):
            known = f"a status from 400 to 599, {', '.join(_NAMED)}"
            raise FaultError(f"fault {spec!r}: unknown kind {kind!r}; known: {known}")
        if share > 1:
            raise FaultError(f"fault {spec!r}: a share lies between 0 and 1")
        first, last = (int(match[name]) if match[name] else None for name in ("first", "last"))
        method, path = match["method"] or "*", match["path"] or "*"
        return cls(kind, int(value) if value else None, share, first or 1, last or first, method, path)

    def hits(self, method: str, path: str, chance: random.Random) -> bool:
        """Whether this request is hit; every request must be asked about exactly once."""
        if self.method not in ("*", method) or not fnmatch.fnmatchcase(path, self.path):
            return False
        self.seen += 1
        if self.seen < self.first or (self.last is not None and self.seen > self.last):
            return False
        return self.share >= 1 or chance.random() < self.share


class Faults:
    """A set of faults, their dice, and a latency for every request; may be changed while it is in use.

    Of several faults that hit one request, the first wins; `struck` says how often each kind has hit so far.
    """

    def __init__(self, specs: Iterable[str] = (), *, seed: int = 0, latency: timedelta = timedelta()) -> None:
        self.faults = [Fault.parse(spec) for text in specs for spec in text.split(",") if spec.strip()]
        self.latency = latency
        self.struck: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def add(self, *specs: str) -> None:
        """Add faults; their count of matching requests starts now."""
        with self._lock:
            self.faults += [Fault.parse(spec) for spec in specs]

    def clear(self) -> None:
        with self._lock:
            self.faults.clear()

    def for_request(self, method: str, path: str) -> Fault | None:
        with self._lock:
            hitting = [fault for fault in self.faults if fault.hits(method, path, self._chance)]
            if not hitting:
                return None
            self.struck[hitting[0].kind] += 1
            return hitting[0]


def with_faults(
    app: ASGIApp,
    faults: Faults,
    *,
    error_body: Callable[[int], bytes],
    throttle_headers: Mapping[str, str] | None = None,
) -> ASGIApp:
    """The app with faults in its replies; the original sends this body with an error, and these headers with a 429."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        fault = None
        if scope["type"] == "http":
            await asyncio.sleep(faults.latency.total_seconds())
            fault = faults.for_request(scope["method"], scope["path"])
        kind = fault.kind if fault else ""
        if fault is None or kind == "slow":
            await asyncio.sleep((fault.value or 1000) / 1000 if fault else 0)
            await app(scope, receive, send)
        elif kind == "truncate":
            reply = _Reply()
            await app(scope, receive, reply.take)
            body = reply.body[: len(reply.body) * 2 // 3]
            await Response(body, reply.status, media_type=_JSON)(scope, receive, send)
        elif kind.startswith("drop"):
            if kind == "drop-after":
                await app(scope, receive, _Reply().take)
            scope["extensions"][CUT_CONNECTION]()
            while (await receive())["type"] != "http.disconnect":
                pass
        elif kind == "html":
            await HTMLResponse(_PAGE, fault.value or 200)(scope, receive, send)
        else:
            status = int(kind.partition("-")[0])
            headers = _retry_after(fault) | (dict(throttle_headers or {}) if status == 429 else {})
            await Response(error_body(status), status, headers, media_type=_JSON)(scope, receive, send)

    return faulty


def _retry_after(fault: Fault) -> dict[str, str]:
    wait = _WAITS.get(fault.kind) if fault.value is None else fault.value
    return {} if wait is None else {"Retry-After": str(wait)}


class _Reply:
    def __init__(self) -> None:
        self.status, self.body = 500, b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message.get("body", b"")
