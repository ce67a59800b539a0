"""Aborts a request that takes too long in total.

The HTTP library only limits the time between two bytes. A server that sends a byte now and then, in the headers or in
the body, would keep a request open forever. So the connections of the HTTP library are wrapped: the timeout of each
read or write is shortened to the time that is left for the whole request.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx


class DeadlineExceeded(Exception):
    """The request took too long. It was sent, at least in part."""


class Deadline:
    """Limits the duration of the current request of each thread, counted from the first byte that is sent.

    Args:
        client: The HTTP client whose requests are limited.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._local = threading.local()
        # The library has no public way to wrap its connections.
        for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
            if isinstance(transport, httpx.HTTPTransport):
                pool = transport._pool  # noqa: SLF001
                pool._network_backend = _DeadlineBackend(pool._network_backend, self)  # type: ignore[assignment]  # noqa: SLF001

    @contextmanager
    def limit_request(self, seconds: float) -> Iterator[None]:
        """Limit the request that this thread sends within the context to a number of seconds.

        Raises:
            DeadlineExceeded: The request took longer.
        """
        self._local.seconds, self._local.end = seconds, None
        try:
            yield
        finally:
            del self._local.seconds, self._local.end

    def start_clock(self) -> None:
        """Start counting the seconds, unless they are already being counted."""
        if getattr(self._local, "seconds", None) is not None and self._local.end is None:
            self._local.end = time.monotonic() + self._local.seconds

    def run(self, operation: Callable[..., Any], *args: Any, timeout: float | None) -> Any:
        """Run one operation on a connection, such as a read, with at most the seconds that are left as its timeout."""
        end = getattr(self._local, "end", None)
        if end is None:
            return operation(*args, timeout=timeout)
        try:
            if (seconds_left := end - time.monotonic()) > 0:
                return operation(*args, timeout=seconds_left if timeout is None else min(timeout, seconds_left))
        except Exception as error:
            if time.monotonic() < end:
                raise
            raise self._exceeded() from error
        raise self._exceeded()

    def _exceeded(self) -> DeadlineExceeded:
        return DeadlineExceeded(f"it took more than {self._local.seconds:.0f} s")


class _DeadlineBackend:
    """Opens connections that respect the deadline. Other methods are those of the wrapped backend."""

    def __init__(self, backend: Any, deadline: Deadline) -> None:
        self._backend = backend
        self._deadline = deadline

    def connect_tcp(self, *args: Any, **options: Any) -> "_DeadlineStream":
        return _DeadlineStream(self._backend.connect_tcp(*args, **options), self._deadline)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


class _DeadlineStream:
    """A connection that respects the deadline. Other methods are those of the wrapped connection."""

    def __init__(self, stream: Any, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        chunk: bytes = self._deadline.run(self._stream.read, max_bytes, timeout=timeout)
        return chunk

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._deadline.start_clock()
        self._deadline.run(self._stream.write, buffer, timeout=timeout)

    def start_tls(self, *args: Any, **options: Any) -> "_DeadlineStream":
        return _DeadlineStream(self._stream.start_tls(*args, **options), self._deadline)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
