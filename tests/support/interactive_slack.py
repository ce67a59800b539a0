"""What the sandbox of Slack lacks: Socket Mode, dialogs, messages to one person, and the check of blocks."""

import base64
import hashlib
import itertools
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""From RFC 6455, for the handshake."""
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class InteractiveSlack:
    """The sandbox as an ASGI app, with the methods that answers by people need.

    Attributes:
        views: The opened dialogs.
        shown: What was shown to one person: channel, user and text.
        checked: The blocks that were checked.
        layout_errors: What the check of blocks finds.
        refusals: Errors of methods, by their names.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self.socket_url = ""
        self.views: list[dict[str, Any]] = []
        self.shown: list[tuple[str, str, str]] = []
        self.checked: list[Any] = []
        self.layout_errors: list[dict[str, str]] = []
        self.refusals: dict[str, str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        method = scope["path"].removeprefix("/api/")
        if method not in ("apps.connections.open", "views.open", "chat.postEphemeral", "blocks.validate"):
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        sent = json.loads(body) if body.startswith(b"{") else {}
        reply: dict[str, Any] = {"ok": True}
        if method in self.refusals:
            reply = {"ok": False, "error": self.refusals[method]}
        elif method == "apps.connections.open":
            reply["url"] = self.socket_url
        elif method == "views.open":
            self.views.append(sent["view"])
        elif method == "chat.postEphemeral":
            self.shown.append((sent["channel"], sent["user"], sent["text"]))
        else:
            self.checked.append(json.loads(sent["blocks"]))
            if self.layout_errors:
                reply = {"ok": False, "error": "invalid_blocks", "errors": self.layout_errors}
        await JSONResponse(reply)(scope, receive, send)


class SocketServer:
    """The other end of Socket Mode: sends envelopes to one connection, and keeps the acknowledgements."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}/link/?ticket=secret-ticket"
        self.connections: list[socket.socket] = []
        self.acknowledged: dict[str, Any] = {}
        self.opened = 0
        self._ids = itertools.count(1)
        threading.Thread(target=self._accept, daemon=True).start()

    def send(self, kind: str, payload: dict[str, Any], *, to: int = -1, seconds: float = 3.0) -> Any:
        """Send an envelope, and return the content of its acknowledgement, which has to come in time."""
        envelope = f"envelope-{next(self._ids)}"
        message = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        _send_frame(self.connections[to], _TEXT, json.dumps(message).encode())
        wait_for(lambda: envelope in self.acknowledged, seconds)
        return self.acknowledged[envelope]

    def drop(self) -> None:
        """Cut all connections."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.connections.clear()

    def close(self) -> None:
        self._listener.close()
        self.drop()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(1024)
            lines = request.decode().split("\r\n")
            key = next(line.partition(":")[2].strip() for line in lines if line.lower().startswith("sec-websocket-key"))
            accept = base64.b64encode(hashlib.sha1((key + _MAGIC).encode()).digest()).decode()
            connection.sendall(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
            )
            _send_frame(connection, _TEXT, b'{"type": "hello"}')
            self.connections.append(connection)
            self.opened += 1
            for opcode, data in _frames(connection):
                if opcode == _PING:
                    _send_frame(connection, _PONG, data)
                elif opcode == _TEXT:
                    message = json.loads(data)
                    self.acknowledged[message["envelope_id"]] = message.get("payload")
                elif opcode == _CLOSE:
                    return


def _send_frame(connection: socket.socket, opcode: int, data: bytes) -> None:
    length = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    connection.sendall(bytes([0x80 | opcode]) + length + data)


def _frames(connection: socket.socket) -> Iterator[tuple[int, bytes]]:
    """Frames of a client, which are masked."""
    while True:
        first, second = _read(connection, 2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", _read(connection, 2))
        mask = _read(connection, 4)
        data = _read(connection, length)
        yield first & 0x0F, bytes(byte ^ mask[number % 4] for number, byte in enumerate(data))


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise ValueError("closed")
        data += part
    return data


def wait_for(condition: Any, seconds: float = 5.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def socket_server(slack: InteractiveSlack) -> Iterator[SocketServer]:
    """A Socket Mode server to which Slack sends its apps."""
    server = SocketServer()
    slack.socket_url = server.url
    try:
        yield server
    finally:
        server.close()


def click(value: str, user: str, channel: str) -> dict[str, Any]:
    """The payload of a click on a button."""
    return {
        "type": "block_actions",
        "user": {"id": user},
        "channel": {"id": channel},
        "trigger_id": "trigger",
        "actions": [{"value": value}],
    }


def submission(view: dict[str, Any], user: str, **inputs: str) -> dict[str, Any]:
    """The payload of a submitted dialog."""
    values = {name: {name: {"value": text}} for name, text in inputs.items()}
    return {"type": "view_submission", "user": {"id": user}, "view": {**view, "state": {"values": values}}}
