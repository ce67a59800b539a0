"""Reads items in bulk, even if the tracker cannot return some of them.

A single item can make a bulk read fail: its history is corrupt, its area is hidden, or a proxy rejects its text. Such a
read is split in halves until the item is found. Errors of several items in a row mean that the whole tracker has a
problem, and end the read.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from connectors.errors import ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable

T = TypeVar("T")
R = TypeVar("R")

_MAX_CONSECUTIVE_FAILURES = 5
"""More failures in a row than this mean that the whole tracker has a problem, and not single items."""
_SERVER_ERROR_STATUSES = (500, 502, 504)
"""Server errors that the requested items may have caused. The status 503 is left out, because it means that the whole
server is unavailable."""


def is_request_specific(error: ConnectorError) -> bool:
    """Whether the requested items may have caused the error, so that requests for others can succeed.

    They may also cause a response that cannot be decoded (`Garbled`), although that error is retriable.
    """
    if isinstance(error, Retriable) and not isinstance(error, Garbled):
        return error.status in _SERVER_ERROR_STATUSES
    return type(error) is ConnectorError or isinstance(error, Garbled | Gone | Refused)


def try_request(request: Callable[[], R]) -> R | None:
    """Call a function that sends a request, and return its result; None if only this request fails.

    `Misconfigured` counts as a failure too, because Jira returns the same error for a token that lacks the scope for a
    request as for a wrong token.
    """
    try:
        return request()
    except Misconfigured:
        return None
    except ConnectorError as error:
        if not is_request_specific(error):
            raise
        return None


class FailureCounter:
    """Counts failures in a row, across all threads."""

    def __init__(self, limit: int = _MAX_CONSECUTIVE_FAILURES) -> None:
        self._limit = limit
        self._failures = 0
        self._lock = threading.Lock()

    def record_success(self) -> None:
        """Reset the count."""
        with self._lock:
            self._failures = 0

    def record_failure(self, error: ConnectorError) -> None:
        """Count a failure that concerns a single item.

        Raises:
            ConnectorError: The error itself, if other items are affected too, or if there were too many in a row.
        """
        if not is_request_specific(error):
            raise error
        with self._lock:
            self._failures += 1
            is_limit_exceeded = self._failures > self._limit
        if is_limit_exceeded:
            raise error


def read_isolating_failures(
    bulk_read: Callable[[Sequence[T]], R],
    ids: Sequence[T],
    failures: FailureCounter,
    on_unreadable: Callable[[T, ConnectorError], None],
) -> Iterator[R]:
    """Read in bulk. A read that fails is split in halves, until only unreadable items are left out.

    Args:
        failures: Counts items that cannot be read.
        on_unreadable: Called with the id of each item that cannot be read, and the error.

    Yields:
        The result of each bulk read that succeeded.

    Raises:
        ConnectorError: The error does not concern single items.
    """
    if not ids:
        return
    try:
        result = bulk_read(ids)
    except ConnectorError as error:
        if len(ids) == 1 or not is_request_specific(error):
            failures.record_failure(error)  # raises the error if it does not concern a single item
            on_unreadable(ids[0], error)
            return
    else:
        failures.record_success()
        yield result
        return
    middle = len(ids) // 2
    yield from read_isolating_failures(bulk_read, ids[:middle], failures, on_unreadable)
    yield from read_isolating_failures(bulk_read, ids[middle:], failures, on_unreadable)


def split_into_chunks(ids: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Split a sequence into chunks of at most `size` entries."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
