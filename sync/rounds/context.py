"""The context of a round, and who allows it to write."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.settings import Configuration
from sync.store import Database


class WriteAuthority(StrEnum):
    """Who allows a round to write."""

    NOBODY = "nobody"
    """The round only reads and plans."""
    BY_ITSELF = "by itself"
    """The service itself, during the hours in the settings, and not if the round would write far more than usual."""
    BY_PERSON = "by a person"
    """A person, by `steward apply`."""


@dataclass(frozen=True)
class RoundContext:
    """The objects that a round needs besides its tracker.

    Attributes:
        should_stop: Whether the process has been asked to end; called before the writes to each item.
        progress: Called with what is being done, the number of items done, and the total.
        check_lease: Called right before every write; raises if this process has lost the lease, which is the right of
            one process at a time to write.
        confirmed_gone: Ids of missing items that a person has confirmed to be gone.
    """

    configuration: Configuration
    database: Database
    clock: Callable[[], datetime]
    should_stop: Callable[[], bool] = lambda: False
    progress: Callable[[str, int, int], None] = lambda _activity, _done, _total: None
    check_lease: Callable[[], None] = lambda: None
    confirmed_gone: frozenset[str] = frozenset()
