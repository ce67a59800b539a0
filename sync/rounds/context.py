"""What a round works with, and who lets it write."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.settings import Configuration
from sync.store import Database


class WriteAuthority(StrEnum):
    """Who lets this round write."""

    NOTHING = "nothing"
    """Only read and plan."""
    BY_ITSELF = "by itself"
    """The service, within its hours, and never when something is surprising."""
    BY_PERSON = "by a person"
    """Somebody ran `steward apply`."""


@dataclass(frozen=True)
class RoundContext:
    """What a round works with."""

    configuration: Configuration
    database: Database
    clock: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None
    check_lease: Callable[[], None] = lambda: None
