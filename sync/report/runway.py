"""Calculates the runway of each team: for how many sprints its ready items last at its recent pace.

An item is ready if it satisfies the readiness profile for a sprint. The pace is the number of items that the team
finished in the last four weeks, per sprint of two weeks.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from rules.model import Backlog
from rules.readiness import ReadinessJudge, Verdict
from rules.ruleset import Ruleset

_PROFILE = "sprint"
"""The name of the readiness profile that says what an item needs before it is planned for a sprint."""
_PACE_WINDOW = timedelta(weeks=4)
"""The period in which finished items are counted."""
_SPRINTS_IN_WINDOW = 2
"""The number of sprints in that period, if a sprint is two weeks long."""
_MIN_FINISHED = 6
"""The minimum number of finished items for a runway, and the minimum number of items that are judged."""
_SPRINTS_AHEAD = 3
"""The number of sprints for which items are judged. Later items need not be ready yet."""
_MAX_JUDGED = 60


class Runway(Struct, frozen=True):
    """The ready items of a team.

    Attributes:
        ready: The number of ready items among the judged ones.
        judged: The number of items that were judged, from the top of the backlog.
        finished: The number of items that were finished in the last four weeks.
        sprints: For how many sprints of two weeks the ready items last; None if too few items were finished.
        unknown: The number of judged items for which the data does not show whether they are ready.
    """

    team: str
    ready: int
    judged: int
    finished: int
    sprints: float | None
    unknown: int = 0


def calculate_runways(backlogs: Iterable[Backlog], ruleset: Ruleset, now: datetime) -> Iterator[Runway]:
    """Yield the runway of each team of some trackers. Items without a team belong to one named after the tracker.

    Args:
        backlogs: The backlogs of the trackers, with finished items.
    """
    for backlog in backlogs:
        judge = ReadinessJudge(backlog, ruleset, now)
        for team, team_items in backlog.unstarted_by_team().items():
            finished = backlog.throughput(now, _PACE_WINDOW, team)
            pace = finished / _SPRINTS_IN_WINDOW
            judged = team_items[: min(max(round(_SPRINTS_AHEAD * pace), _MIN_FINISHED), _MAX_JUDGED)]
            chosen = (backlog.items[outline.index] for outline in judged)
            verdicts = [judge.judge(item, _PROFILE).verdict for item in backlog.with_texts(chosen)]
            ready = verdicts.count(Verdict.READY)
            sprints = round(ready / pace, 1) if finished >= _MIN_FINISHED else None
            yield Runway(team, ready, len(judged), finished, sprints, verdicts.count(Verdict.UNKNOWN))
