"""Socket Mode: what people do reaches an app over its WebSockets, and each has to be acknowledged in time.

Format: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import itertools
from typing import Any, Final

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

TICKET: Final = "secret-ticket"
"""What the address of a connection contains, as Slack's does."""
_ACKNOWLEDGE_SECONDS: Final = 3.0


class SocketMode:
    """The connections of one app. Other threads may use all of it."""

    def __init__(self) -> None:
        self.connections: list[WebSocket] = []
        self._acknowledged: dict[str, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, connection: WebSocket) -> None:
        """Keep a connection until the app or `drop` ends it."""
        self._loop = asyncio.get_running_loop()
        await connection.accept()
        await connection.send_json({"type": "hello"})
        self.connections.append(connection)
        try:
            while True:
                message = msgspec.json.decode(await connection.receive_text(), type=dict[str, Any])
                waiting = self._acknowledged.pop(str(message.get("envelope_id")), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.get("payload"))
        except (WebSocketDisconnect, RuntimeError, msgspec.MsgspecError):
            pass
        finally:
            if connection in self.connections:
                self.connections.remove(connection)

    async def deliver(self, kind: str, payload: dict[str, Any], to: int = -1) -> Any:
        """Send what somebody did to one connection, and return the content of its acknowledgement.

        Raises:
            TimeoutError: It did not come within three seconds.
        """
        envelope = f"envelope-{next(self._ids)}"
        waiting = self._acknowledged[envelope] = asyncio.get_running_loop().create_future()
        message = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        await self.connections[to].send_json(message)
        return await asyncio.wait_for(waiting, _ACKNOWLEDGE_SECONDS)

    def send(self, kind: str, payload: dict[str, Any], *, to: int = -1) -> Any:
        """Do the same from another thread."""
        assert self._loop is not None, "no app is connected"
        return asyncio.run_coroutine_threadsafe(self.deliver(kind, payload, to), self._loop).result()

    def drop(self) -> None:
        """Cut all connections."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._close_all(), self._loop).result()

    async def _close_all(self) -> None:
        for connection in self.connections[:]:
            await connection.close(1011)
