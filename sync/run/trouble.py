"""Says once that the store cannot be used, and once that it can be used again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from sync.store import StoreError

_log = structlog.get_logger(__name__)


class StoreTrouble:
    """Whether the store works, as seen by all threads of the service."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failing = False

    @property
    def failing(self) -> bool:
        """Whether the store could not be used lately."""
        return self._failing

    def failed(self, error: StoreError) -> None:
        """The store could not be used."""
        with self._lock:
            first, self._failing = not self._failing, True
        if first:
            _log.error("the store cannot be used; nothing is written, and the service keeps trying", because=str(error))

    def worked(self) -> None:
        """The store was used."""
        with self._lock:
            over, self._failing = self._failing, False
        if over:
            _log.warning("the store can be used again")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep the store's trouble from ending what goes on."""
        try:
            yield
        except StoreError as error:
            self.failed(error)
