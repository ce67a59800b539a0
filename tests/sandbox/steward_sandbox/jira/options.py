"""What a test or a demo may want otherwise: limits, index lag, and what callers may do. May be changed at any time."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from steward_sandbox.access import EVERYWHERE, Permissions
from steward_sandbox.clock import Lag

_WRITE_WINDOWS = ((20, 2.0), (100, 30.0))
"""How many writes one issue takes in how many seconds."""


@dataclass(slots=True)
class Options(Permissions):
    """The options of a site.

    Attributes:
        search_lag: How old the state is that searches see; other reads are always up to date.
        rank_lag: How old the order is that searches see, where that is older still.
        flicker: Chance that an issue is missing from one reply of a search.
        scoped_tokens: Tokens that work at `/ex/jira/{cloudId}` only.
        not_admin_in: Projects where callers may not leave out notifications; `*` for all.
        write_limits: Whether one issue takes 20 writes in 2 seconds and 100 in 30, and no more.
        ids_a_page, issues_a_page: Largest pages of a search for ids only, and for anything more.
        search_window: Position beyond which a Data Center's search does not go.
        keeps_sent_properties: Whether properties sent along with a new comment are kept.
        changelog_shown, comments_shown: How many entries lists of issues hold before they are cut.
        epoch_changelogs: Whether the bulk read of changelogs gives times in milliseconds.
    """

    unusual: ClassVar[frozenset[str]] = frozenset(
        {"ADMINISTER", "EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS", "DELETE_ISSUES"}
    )

    search_lag: Lag = field(default_factory=Lag)
    rank_lag: Lag = field(default_factory=Lag)
    flicker: float = 0.0
    seed: int = 0
    scoped_tokens: frozenset[str] = frozenset()
    not_admin_in: frozenset[str] = frozenset()
    write_limits: bool = True
    ids_a_page: int = 5000
    issues_a_page: int = 100
    search_page: int = 1000
    search_window: int = 10_000
    keeps_sent_properties: bool = True
    changelog_shown: int = 40
    comments_shown: int = 20
    comments_an_issue: int = 5000
    epoch_changelogs: bool = False

    def allows(self, permission: str, project: str | None = None) -> bool:
        if permission in ("ADMINISTER", "ADMINISTER_PROJECTS") and {EVERYWHERE, project} & self.not_admin_in:
            return False
        return Permissions.allows(self, permission, project)


class WriteLimits:
    """Counts writes by issue, by the machine's clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._writes: dict[int, deque[float]] = {}

    def seconds_to_wait(self, issue: int) -> float:
        """Zero, and the write is counted; or for how long this issue takes no more writes."""
        now = self._clock()
        writes = self._writes.setdefault(issue, deque(maxlen=_WRITE_WINDOWS[-1][0]))
        waits = [span - (now - writes[-most]) for most, span in _WRITE_WINDOWS if len(writes) >= most]
        if max(waits, default=0.0) <= 0:
            writes.append(now)
        return max(0.0, *waits, 0.0)
