"""Servers that last for many tests: starting one takes longer than most of them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl


class Switch:
    """Whichever app is put in answers."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Asked:
    """A request that our client sent; names of headers are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Tamper = Callable[[Any], Any]
"""What becomes of a JSON answer; bytes are sent as they are."""


class RecordingSwitch(Switch):
    """Notes every request, and may tamper with answers."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets what was asked, and tampers with nothing any more."""
        self.asked: list[Asked] = []
        self.answering: Asked | None = None
        """The request whose answer is changed at present."""
        self.tampering: list[tuple[str, Tamper, int, dict[str, str]]] = []
        self.failing: list[tuple[str, bytes, int, bytes]] = []

    def tamper(self, call: str, how: Tamper, *, status: int = 0, **headers: str) -> None:
        """Changes every answer to calls that match, from now on; `call` is a pattern over verb and path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.tampering.insert(0, (call, how, status, named))

    def fail(self, call: str, status: int, *, part: bytes = b"", body: bytes = b'{"message": "It failed."}') -> None:
        """Fails calls that match and whose body holds a part, from now on; `call` is a pattern over verb and path."""
        self.failing.append((call, part, status, body))

    def matching(self, call: str) -> list[Asked]:
        """The requests so far that match."""
        return [one for one in self.asked if re.search(call, f"{one.method} {one.path}")]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = dict(parse_qsl(scope["query_string"].decode()))
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        self.asked.append(Asked(scope["method"], scope["path"], query, body, headers))
        given = False

        async def again() -> Any:
            nonlocal given
            if not given:
                given = True
                return {"type": "http.request", "body": body}
            return await receive()

        await self.answer(self.asked[-1], scope, again, send)

    async def answer(self, asked: Asked, scope: Any, receive: Any, send: Any) -> None:
        """Lets the app answer, and changes the answer where that was asked for."""
        for call, part, status, body in self.failing:
            if re.search(call, f"{asked.method} {asked.path}") and part in asked.body:
                headers = [(b"content-type", b"application/json")]
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": body})
                return
        found = next((one for one in self.tampering if re.search(one[0], f"{asked.method} {asked.path}")), None)
        if found is None:
            await self.app(scope, receive, send)
            return
        parts: list[dict[str, Any]] = []

        async def keep(part: dict[str, Any]) -> None:
            parts.append(part)

        _, how, status, extra = found
        await self.app(scope, receive, keep)
        whole = b"".join(part.get("body", b"") for part in parts)
        self.answering = asked
        changed = how(json.loads(whole) if whole else None)
        sent = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
        new = {name.encode(): value.encode() for name, value in extra.items()}
        old = {name.lower(): value for name, value in parts[0]["headers"]}
        named = {**old, **new, b"content-length": str(len(sent)).encode()}
        await send({**parts[0], "status": status or parts[0]["status"], "headers": list(named.items())})
        await send({"type": "http.response.body", "body": sent})
