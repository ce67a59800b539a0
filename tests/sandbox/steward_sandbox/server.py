"""Serves an ASGI app on loopback: behind a test or a demo, or in the foreground for a command."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
CUT_CONNECTION = "sandbox.cut_connection"
"""ASGI extension of these servers: a callable that closes the connection at once, without an answer."""

_log = logging.getLogger(__name__)
_START_SECONDS = 10.0
_STOP_SECONDS = 3


@contextlib.contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serves the app on loopback while the block runs and gives its address; port 0 takes a free one."""
    listener, server = _listen(port), _Server(app)
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"The sandbox server did not start on port {port}.")
            time.sleep(0.002)
        yield _address(listener)
    finally:
        # Nobody waits for what is still being answered: its connections are cut.
        server.should_exit = server.force_exit = True
        thread.join(_STOP_SECONDS)
        listener.close()


def serve_forever(app: ASGIApp, port: int, *, ready: Callable[[str], None] | None = None) -> None:
    """Serves the app on loopback until the process is interrupted; `ready` is told the address first."""
    listener = _listen(port)
    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt):
        if ready is not None:
            ready(_address(listener))
        _Server(app).run([listener])


def _listen(port: int) -> socket.socket:
    # Without the protocol asyncio leaves Nagle's algorithm on, and every small answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen on {HOST}:{port}: {error.strerror}") from error
    return listener


def _address(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


class _Server(uvicorn.Server):
    """A server that says nothing unless the app itself is broken."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            Config(
                app,
                http=_CuttableProtocol,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                # Longer than any client keeps an idle connection, so that no request meets a closing one.
                timeout_keep_alive=120,
                timeout_graceful_shutdown=_STOP_SECONDS - 1,
            )
        )


class _CuttableProtocol(H11Protocol):
    """Lets the app close the connection under a request, as a failing network would."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[CUT_CONNECTION] = transport.abort
            try:
                await inner(scope, receive, send)
            except asyncio.CancelledError:
                # The server stops and waits no longer: the caller sees the connection close.
                transport.abort()
                await asyncio.sleep(0.01)
            except Exception:
                _log.exception("%s %s failed", scope.get("method"), scope.get("path"))
                raise

        self.app = app
