"""Tracks whether the store can be used. Logs once when it becomes unusable, and once when it can be used again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from sync.store import StoreError

_log = structlog.get_logger(__name__)


class StoreHealth:
    """The state of the store, shared by all threads of the service.

    Attributes:
        is_failing: Whether the last use of the store failed.
    """

    def __init__(self) -> None:
        self.is_failing = False
        self._lock = threading.Lock()

    def record_success(self) -> None:
        """Record that the store was used."""
        if self._record(is_failing=False):
            _log.warning("the store can be used again")

    @contextmanager
    def tolerate_errors(self) -> Iterator[None]:
        """Record and suppress errors of the store."""
        try:
            yield
        except StoreError as error:
            if self._record(is_failing=True):
                _log.error(
                    "the store cannot be used; nothing is written to trackers, and the service keeps trying",
                    reason=str(error),
                )

    def _record(self, *, is_failing: bool) -> bool:
        """Record the state, and return whether it has changed."""
        with self._lock:
            has_changed, self.is_failing = self.is_failing != is_failing, is_failing
        return has_changed
