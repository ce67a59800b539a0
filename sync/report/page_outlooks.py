"""Forecasts for the report page: how many items each team finishes, which items of the coming sprint are likely to be
late, and what a suggested move would change. All come from simulations of each team's pace in the past.

A move is a suggestion to rank an item higher.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct

from rules.flow.forecast import count_working_days, counts_by_probability
from rules.flow.planned_order import next_sprint
from rules.flow.slips import Outlook
from rules.model import Backlog, HierarchyLevel, ItemOutline
from sync.inspect.forecast import describe_basis
from sync.inspect.priorities import SuggestedMove
from sync.inspect.what_if import Request, describe_effects, make_what_if
from sync.messages import Messages
from sync.report.charts import ForecastDay

_WEEKS_AHEAD = 8
"""The number of weeks that a forecast covers."""
_SOON_DAYS = 21
"""A sprint counts as coming if it ends within this number of days."""
_MIN_CHANCE = 0.5
"""An item is at risk if its chance of being finished in time is smaller than this."""
_MAX_PLAN_ITEMS = 1000
"""The maximum number of items in a plan for which the effect of a move is shown. Longer forecasts take seconds."""


class SprintRisk(Struct, frozen=True, kw_only=True):
    """An item of the coming sprint that is likely to be late.

    Attributes:
        due: The last day of the sprint.
        chance: The probability that it is finished by then, from 0 to 1.
    """

    key: str
    title: str
    url: str
    due: date
    chance: float


class TeamOutlook(Struct, frozen=True, kw_only=True):
    """A team's forecast.

    Attributes:
        basis: The history that the forecast is based on, or why there is no forecast.
        weekly: The numbers of items that are finished by the end of each week; empty if there is no forecast.
        planned: The number of items in sprints that end soon.
        planned_until: The last day of the last of these sprints; None if there are none.
        at_risk: The planned items that will probably be late, those with the smallest chance first.
    """

    team: str
    basis: str
    weekly: tuple[ForecastDay, ...] = ()
    planned: int = 0
    planned_until: date | None = None
    at_risk: tuple[SprintRisk, ...] = ()


class ChangeEffect(Struct, frozen=True):
    """The effect of a suggested move on the plan.

    Attributes:
        question: The move, worded as a what-if question.
        effects: Sentences that say what would change.
    """

    question: str
    effects: tuple[str, ...]


def forecast_teams(outlook: Outlook, messages: Messages) -> Iterator[TeamOutlook]:
    """Yield the forecast of each team."""
    finish_days = outlook.planned_days
    for team, order in outlook.orders.items():
        basis = describe_basis(outlook.throughputs[team], messages)
        simulation = outlook.simulations.get(team)
        if simulation is None:
            yield TeamOutlook(team=team, basis=basis)
            continue
        ends = [outlook.today + timedelta(weeks=weeks) for weeks in range(_WEEKS_AHEAD + 1)]
        weekly = []
        for end in ends:
            p50, p85, p95 = counts_by_probability(simulation, count_working_days(outlook.dates, end)).values()
            weekly.append(ForecastDay(end, (float(p50), float(p85), float(p95))))
        planned = [index for index in order if _is_planned_soon(outlook.items[index], outlook.today)]
        risks = []
        for index in planned:
            due = outlook.due_date(index)
            chance = finish_days.probability(index, count_working_days(outlook.dates, due))
            if chance < _MIN_CHANCE and not outlook.items[index].restricted:
                item = outlook.read_item(index)
                risks.append(SprintRisk(key=item.key, title=item.title, url=item.url, due=due, chance=chance))
        risks.sort(key=lambda risk: risk.chance)
        yield TeamOutlook(
            team=team,
            basis=basis,
            weekly=tuple(weekly),
            planned=len(planned),
            planned_until=max((outlook.due_date(index) for index in planned), default=None),
            at_risk=tuple(risks),
        )


def _is_planned_soon(item: ItemOutline, today: date) -> bool:
    """Whether an item is in a sprint that ends soon."""
    sprint = next_sprint(item)
    return sprint is not None and sprint.end is not None and sprint.end.date() <= today + timedelta(days=_SOON_DAYS)


def find_effect_of_move(
    outlook: Outlook, backlogs: Sequence[Backlog], moves: Sequence[SuggestedMove], messages: Messages
) -> ChangeEffect | None:
    """Find the effect of the first move whose effect can be forecast; None if there is no such move.

    A move gives a rank in a tracker's backlog, but a forecast needs a rank in a team's plan. The two are equal only if
    the tracker belongs to one team, and the team uses no other tracker.
    """
    trackers_by_team: dict[str, set[str]] = defaultdict(set)
    teams_by_tracker: dict[str, set[str]] = defaultdict(set)
    for item in outlook.items:
        trackers_by_team[item.team].add(item.tracker)
        teams_by_tracker[item.tracker].add(item.team)
    for move in moves:
        teams = teams_by_tracker[move.tracker]
        team = next(iter(teams)) if len(teams) == 1 else None
        if team is None or move.level is not HierarchyLevel.REQUIREMENT or len(trackers_by_team[team]) > 1:
            continue
        if team not in outlook.simulations or len(outlook.orders[team]) > _MAX_PLAN_ITEMS:
            continue
        comparison = make_what_if(outlook, backlogs, Request(team=team, keys=(move.key,), to=move.after), messages)
        restricted_keys = {item.key for item in outlook.items if item.restricted}
        return ChangeEffect(comparison.question, tuple(describe_effects(comparison, messages, restricted_keys)))
    return None
