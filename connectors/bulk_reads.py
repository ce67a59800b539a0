"""Bulk reads that survive single items that the tracker cannot return.

One item in a thousand can make a bulk read fail: a corrupt history, a hidden area, a text that a proxy rejects. Such a
read is repeated in halves until the item is found. Errors of several items in a row are a problem of the tracker, and
end the read.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from connectors.errors import ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable

T = TypeVar("T")
R = TypeVar("R")

_MAX_IN_A_ROW = 5
_SERVER_ERRORS = (500, 502, 504)
"""Statuses of a server or a proxy that fails on what was requested; 503 is about the server as a whole."""


def is_request_specific(error: ConnectorError) -> bool:
    """Whether an error may be due to what was requested, so that other requests can succeed."""
    if isinstance(error, Retriable) and not isinstance(error, Garbled):
        return error.status in _SERVER_ERRORS
    return type(error) is ConnectorError or isinstance(error, Garbled | Gone | Refused)


def try_request(ask: Callable[[], R]) -> R | None:
    """The result of a request that the rest can do without; None if it fails.

    Jira rejects a token that lacks the scope for a request as if the token were wrong, hence `Misconfigured`.
    """
    try:
        return ask()
    except Misconfigured:
        return None
    except ConnectorError as error:
        if not is_request_specific(error):
            raise
        return None


class FailureCounter:
    """Counts failures in a row, over all threads."""

    def __init__(self, limit: int = _MAX_IN_A_ROW) -> None:
        self._limit = limit
        self._failures = 0
        self._lock = threading.Lock()

    def record_success(self) -> None:
        """Note a success."""
        with self._lock:
            self._failures = 0

    def record_failure(self, error: ConnectorError) -> None:
        """Note a failure that concerns a single item.

        Raises:
            ConnectorError: The error itself, if it does not concern the item alone or is one too many in a row.
        """
        if not is_request_specific(error):
            raise error
        with self._lock:
            self._failures += 1
            too_many = self._failures > self._limit
        if too_many:
            raise error


def read_isolating_failures(
    read: Callable[[Sequence[T]], R],
    ids: Sequence[T],
    failures: FailureCounter,
    skip: Callable[[T, ConnectorError], None],
) -> Iterator[R]:
    """The results of a bulk read, repeated in halves where it fails.

    Args:
        read: Reads some items.
        ids: The items to read.
        failures: Counts items that cannot be read.
        skip: Called with each item that cannot be read, and why.

    Raises:
        ConnectorError: The error does not concern single items.
    """
    if not ids:
        return
    try:
        result = read(ids)
    except ConnectorError as error:
        if len(ids) == 1 or not is_request_specific(error):
            failures.record_failure(error)
            skip(ids[0], error)
            return
    else:
        failures.record_success()
        yield result
        return
    middle = len(ids) // 2
    yield from read_isolating_failures(read, ids[:middle], failures, skip)
    yield from read_isolating_failures(read, ids[middle:], failures, skip)
