"""Loads the content of the report page from the store. It names no items that the tracker shows only to some people.

Such items count in suggested moves and in forecasts, but the functions that make these do not name them.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import chain

from msgspec import Struct

from rules.flow.slips import Outlook, end_of_plan
from rules.model import Backlog, WorkItem
from rules.priority.goals import GoalMap, map_goals
from rules.priority.moscow import MoscowShares
from rules.priority.value_matrix import Matrix, rate_matrix
from sync.decisions.declined import load_declined_items
from sync.inspect.models import calculate_moscow_shares
from sync.inspect.priorities import SuggestedMove, suggest_moves
from sync.report.digest import Digest, make_digest
from sync.report.experiments import ExperimentResult, load_experiment_results
from sync.report.full_digest import add_sprint_alerts, load_backlogs
from sync.report.page_outlooks import ChangeEffect, TeamOutlook, find_effect_of_move, forecast_teams
from sync.report.page_trackers import TrackerContent, load_tracker_content
from sync.report.planning import Dependencies, PiReadiness, judge_features, summarize_dependencies
from sync.report.pulse import PulseResult, load_results
from sync.report.retrospective import Retrospective, load_retrospective
from sync.settings import Configuration
from sync.store import Database

_MAX_MOVES = 5
"""The maximum number of suggested moves on the page. A move is a suggestion to rank an item higher."""


class PageContent(Struct, frozen=True, kw_only=True):
    """The content of the page; times are in the team's time zone.

    Attributes:
        outlooks: The forecast for each team.
        more_moves: The number of suggested moves that are not in `moves`.
        what_if: The effect of the first move whose effect can be forecast; None if there is no such move.
        matrices: The matrices of value and effort in which people have filled in both for some items.
        shares: The effort of each MoSCoW class (must, should, could), by sprint or release, and for all open items.
        dependencies: The dependencies between open items.
        pi_planning: The day on which the next PI (program increment) is planned; None if it is not configured.
        pi_readiness: How many features of each tracker are ready for that planning.
        experiments: The teams' experiments with their ways of working, the oldest first.
        pulses: The results of closed pulses, which are anonymous surveys of a team, the oldest first.
        retrospective: The figures for retrospectives of the teams.
        goals: Which open items serve which objective.
    """

    created: datetime
    digest: Digest
    trackers: tuple[TrackerContent, ...]
    moves: tuple[SuggestedMove, ...] = ()
    more_moves: int = 0
    what_if: ChangeEffect | None = None
    outlooks: tuple[TeamOutlook, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    shares: dict[str, MoscowShares] = {}
    dependencies: Dependencies = Dependencies(counts={}, across_teams=0, not_in_time=())
    pi_planning: date | None = None
    pi_readiness: tuple[PiReadiness, ...] = ()
    experiments: tuple[ExperimentResult, ...] = ()
    pulses: tuple[PulseResult, ...] = ()
    retrospective: Retrospective = Retrospective()
    goals: GoalMap = GoalMap(vision="", objectives=(), item_count=0, orphans=(), sprints=())


def load_page_content(database: Database, configuration: Configuration, now: datetime) -> PageContent:
    """Load the content of the page.

    Args:
        now: The current time, in the team's time zone.
    """
    settings, messages = configuration.settings, configuration.messages
    digest = make_digest(database, configuration, tuple(settings.trackers), now)
    with database.reading() as transaction:
        backlogs = [
            configuration.add_feedback_and_personas(backlog)
            for backlog in load_backlogs(transaction, digest, configuration, now)
        ]
        declined = load_declined_items(transaction, backlogs, now)
        options = configuration.ruleset().priority.wsjf
        moves, move_count = suggest_moves(backlogs, now, messages, options, declined, _MAX_MOVES)
        digest = add_sprint_alerts(digest, transaction, backlogs, settings, now)
        trackers = tuple(load_tracker_content(transaction, backlog, now, messages) for backlog in backlogs)
        sprints = {tracker.tracker: tracker.sprints for tracker in trackers}
        what_if, outlooks = _forecast(backlogs, moves, configuration, now)
        retrospective = load_retrospective(transaction, configuration, sprints, backlogs, now)
        dependencies = summarize_dependencies(backlogs)
        backlogs = [backlog.without_restricted() for backlog in backlogs]  # all that is needed from here on
        pi_planning = settings.schedule.pi_planning
        return PageContent(
            created=now,
            digest=digest,
            trackers=trackers,
            moves=moves,
            more_moves=move_count - len(moves),
            what_if=what_if,
            outlooks=outlooks,
            matrices=tuple(
                matrix
                for matrix in rate_matrix(_iterate_items(backlogs))
                if matrix.effort and any(rating.result for rating in matrix.ratings)
            ),
            dependencies=dependencies,
            pi_planning=pi_planning,
            pi_readiness=tuple(judge_features(backlogs, configuration.ruleset(), now)) if pi_planning else (),
            experiments=tuple(load_experiment_results(transaction, configuration.experiments, settings, now)),
            pulses=load_results(transaction, settings),
            retrospective=retrospective,
            shares=calculate_moscow_shares(_iterate_items(backlogs), messages),
            goals=map_goals(backlogs, configuration.goals),
        )


def _forecast(
    backlogs: Sequence[Backlog], moves: Sequence[SuggestedMove], configuration: Configuration, now: datetime
) -> tuple[ChangeEffect | None, tuple[TeamOutlook, ...]]:
    """Find the effect of the first move whose effect can be forecast, and the forecast of each team."""
    working_days = configuration.settings.schedule.working_days
    outlook = Outlook(backlogs, now, end_of_plan(backlogs, now), working_days)
    what_if = find_effect_of_move(outlook, backlogs, moves, configuration.messages)
    return what_if, tuple(forecast_teams(outlook, configuration.messages))


def _iterate_items(backlogs: Sequence[Backlog]) -> Iterator[WorkItem]:
    """Yield the open items of all backlogs."""
    return chain.from_iterable(backlog.items for backlog in backlogs)
