"""Calculates the runway of each team: for how many sprints its ready items last at its recent pace.

An item is ready if it satisfies the readiness profile for a sprint. The pace is the number of items that the team
finished in the last four weeks, per sprint of two weeks.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from rules.model import Backlog
from rules.readiness import ReadinessJudge, Verdict
from sync.rounds.judging import HISTORY_WINDOW
from sync.settings import Configuration
from sync.store import Database, items
from sync.store.backlogs import load_backlog

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


def load_runways(
    database: Database, trackers: Sequence[str], configuration: Configuration, now: datetime
) -> tuple[Runway, ...]:
    """Load the runway of each team of some trackers."""
    ruleset, teams = configuration.ruleset(), configuration.settings.team_map
    runways: list[Runway] = []
    for tracker in trackers:
        with database.reading() as transaction:
            load_texts = partial(items.texts, transaction, tracker)
            backlog = load_backlog(transaction, tracker, now - HISTORY_WINDOW, teams=teams, load_texts=load_texts)
            runways += _calculate_runways(backlog, ReadinessJudge(backlog, ruleset, now), now)
    return tuple(runways)


def _calculate_runways(backlog: Backlog, judge: ReadinessJudge, now: datetime) -> Iterator[Runway]:
    """Yield the runway of each team of a tracker. Items without a team belong to one named after the tracker."""
    for team, team_items in backlog.unstarted_by_team().items():
        finished = backlog.throughput(now, _PACE_WINDOW, team)
        pace = finished / _SPRINTS_IN_WINDOW
        judged = team_items[: min(max(round(_SPRINTS_AHEAD * pace), _MIN_FINISHED), _MAX_JUDGED)]
        chosen = (backlog.items[outline.index] for outline in judged)
        verdicts = [judge.judge(item, _PROFILE).verdict for item in backlog.with_texts(chosen)]
        ready = verdicts.count(Verdict.READY)
        sprints = round(ready / pace, 1) if finished >= _MIN_FINISHED else None
        yield Runway(team, ready, len(judged), finished, sprints, verdicts.count(Verdict.UNKNOWN))
