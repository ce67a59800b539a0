"""How late a sandbox shows what has happened."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind an index or a feed is: by time on its clock, and by number of changes. The larger wins."""

    seconds: float = 0.0
    changes: int = 0

    def __bool__(self) -> bool:
        return self.seconds > 0 or self.changes > 0
