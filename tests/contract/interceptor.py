"""A proxy in front of a place, which changes what arrives there or what it replies."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from support.switch import Asked, RecordingSwitch


class Reply(Struct, frozen=True):
    """A whole response."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    location: str = ""


@dataclass(frozen=True)
class Held:
    """A request on its way."""

    asked: Asked
    scope: Any
    app: Any

    async def forward(self) -> Reply:
        """Let it through and take the place's reply."""
        parts: list[dict[str, Any]] = []
        body = [self.asked.body]

        async def receive() -> Any:
            return {"type": "http.request", "body": body.pop() if body else b""}

        async def send(part: dict[str, Any]) -> None:
            parts.append(part)

        await self.app(self.scope, receive, send)
        headers = {name.lower(): value.decode() for name, value in parts[0]["headers"]}
        whole = b"".join(part.get("body", b"") for part in parts[1:])
        return Reply(parts[0]["status"], whole, headers.get(b"content-type", ""))


Handler = Callable[[Held], Awaitable[Reply]]


class Interceptor(RecordingSwitch):
    """Handles the requests that match a pattern over verb and path, each so many times; passes on all others."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self.app = app
        self.late: list[Held] = []
        self._handlers: list[list[Any]] = []

    def handle(self, call: str, handler: Handler, *, times: int = 1_000_000) -> None:
        self._handlers.append([re.compile(call), handler, times])

    def instead(self, call: str, reply: Reply, *, forward: bool = False, late: bool = False, times: int = 1) -> None:
        """Reply with something else; the request is dropped, let through, or kept for `arrive`."""

        async def handler(held: Held) -> Reply:
            if forward:
                await held.forward()
            if late:
                self.late.append(held)
            return reply

        self.handle(call, handler, times=times)

    def arrive(self) -> int:
        """Let through what was kept."""
        late, self.late = self.late, []
        for held in late:
            asyncio.run(held.forward())
        return len(late)

    def stop(self) -> None:
        """Pass on everything from now on."""
        self._handlers.clear()

    async def answer(self, asked: Asked, scope: Any, receive: Any, send: Any) -> None:
        found = next(
            (one for one in self._handlers if one[2] > 0 and one[0].search(f"{asked.method} {asked.path}")), None
        )
        if found is None:
            await super().answer(asked, scope, receive, send)
            return
        found[2] -= 1
        reply = await found[1](Held(asked, scope, self.app))
        headers = [(b"content-length", str(len(reply.body)).encode())]
        headers += [(b"content-type", reply.content_type.encode())] if reply.content_type else []
        headers += [(b"location", reply.location.encode())] if reply.location else []
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
