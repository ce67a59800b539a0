"""What a round found and did: everything that commands print and reports show."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field

from connectors.tracker import Problem
from rules.life import Standing
from rules.model import Decision, WorkItem
from sync.mirror import Pulled
from sync.writeback import Applied, Plan


class Outcome(Struct, kw_only=True):
    """One round at one tracker."""

    tracker: str
    round: str
    started: datetime
    mode: str
    pulled: Pulled = field(default_factory=Pulled)
    open_items: int = 0
    found: dict[str, int] = field(default_factory=dict)
    """Findings by rule, those of saturated rules included."""
    questions: dict[str, str] = field(default_factory=dict)
    """The one question that stands for a saturated rule, by rule."""
    limits: dict[str, list[str]] = field(default_factory=dict)
    """What a rule could not judge, and why."""
    standings: list[Standing] = field(default_factory=list)
    items: dict[str, WorkItem] = field(default_factory=dict)
    """Open items with findings, by id."""
    horizon: str = ""
    plan: Plan | None = None
    applied: Applied | None = None
    held_whole: str = ""
    """Why nothing was written although there was a plan."""
    answers: list[Decision] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trouble: str = ""
    """Why the round ended early."""
    misconfigured: bool = False
    """Whether that is for an admin to mend, rather than for time."""
    last_good: datetime | None = None

    @property
    def skipped(self) -> Sequence[Problem]:
        """What was left out, and why."""
        return self.pulled.skipped

    @property
    def writes(self) -> int:
        """Everything that was changed, counted."""
        return self.applied.writes if self.applied else 0
