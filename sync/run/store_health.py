"""Tracks whether the store can be used. Logs once when it becomes unusable, and once when it can be used again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from sync.store import StoreError

_log = structlog.get_logger(__name__)


class StoreHealth:
    """The state of the store, which is usable or failing; shared by all threads of the service."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_failing = False

    @property
    def is_failing(self) -> bool:
        """Whether the last use of the store failed."""
        return self._is_failing

    def record_failure(self, error: StoreError) -> None:
        """Record that the store could not be used."""
        with self._lock:
            is_first, self._is_failing = not self._is_failing, True
        if is_first:
            _log.error("the store cannot be used; nothing is written, and the service keeps trying", reason=str(error))

    def record_success(self) -> None:
        """Record that the store was used."""
        with self._lock:
            was_failing, self._is_failing = self._is_failing, False
        if was_failing:
            _log.warning("the store can be used again")

    @contextmanager
    def tolerate_errors(self) -> Iterator[None]:
        """Record and suppress errors of the store."""
        try:
            yield
        except StoreError as error:
            self.record_failure(error)
