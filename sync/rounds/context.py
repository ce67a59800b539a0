"""The context of a round, and who allows it to write."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.tracker import Tracker
from sync.settings import Configuration
from sync.store import Database, stored_values
from sync.writeback.outbox import Outbox


class WriteAuthority(StrEnum):
    """Who allows a round to write."""

    NOBODY = "nobody"
    """The round only reads and plans."""
    BY_SERVICE = "by itself"
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

    def open_outbox(self, tracker: Tracker) -> Outbox:
        """Open the outbox of a tracker, which sends all writes and records them."""
        with self.database.writing() as transaction:
            installation = stored_values.ensure_installation_id(transaction)
        return Outbox(tracker, self.database, installation, self.clock, self.check_lease)
