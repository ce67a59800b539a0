"""Planning across teams: when blockers are planned, and which features are ready for PI planning.

At PI planning, teams plan a program increment (PI), a period of several sprints. A blocker is an item that has to be
finished before another one can start. A readiness profile says what an item needs for a purpose. Features are all items
above the level of stories, so epics too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from rules.flow.blocker_plan import BlockerPlan, compare_with_blocker
from rules.flow.dependencies import find_dependencies
from rules.model import Backlog, HierarchyLevel, ItemOutline, WorkItem
from rules.readiness import Outcome, ReadinessJudge, Verdict
from rules.ruleset import Ruleset

PI_PROFILE = "pi"
"""The name of the readiness profile for PI planning."""
_CLASS_BY_BLOCKER_PLAN = {
    BlockerPlan.IN_TIME: "in-order",
    BlockerPlan.SAME_SPRINT: "same-sprint",
    BlockerPlan.UNKNOWN: "unknown",
}
"""The class of a dependency, by when its blocker is planned. All other dependencies are "out-of-order"."""
_MAX_LISTED = 10
"""The maximum numbers of dependencies, and of features of a tracker, that the report page lists."""


class Dependency(Struct, frozen=True):
    """An open item and its blocker, which is planned for the same sprint, or later, or not at all.

    Attributes:
        plan: When the blocker is planned, compared with the item.
        teams: The teams of the item and of the blocker.
    """

    item: WorkItem
    blocker: WorkItem
    plan: BlockerPlan
    teams: tuple[str, str]

    @property
    def is_across_teams(self) -> bool:
        """Whether the two items belong to different teams."""
        return self.teams[0] != self.teams[1]


class Dependencies(Struct, frozen=True, kw_only=True):
    """The dependencies between open items.

    Attributes:
        counts: The number of dependencies by class: in-order, same-sprint, out-of-order and unknown.
        across_teams: The number of those between two teams.
        not_in_time: The first dependencies of the classes same-sprint and out-of-order: those between teams, then those
            within a team.
    """

    counts: dict[str, int]
    across_teams: int
    not_in_time: tuple[Dependency, ...]

    @property
    def total(self) -> int:
        """The number of dependencies."""
        return sum(self.counts.values())


class PiReadiness(Struct, frozen=True, kw_only=True):
    """The readiness of a tracker's open features for PI planning, by the profile `pi`.

    Attributes:
        missing: The numbers of features that do not meet a requirement, by requirement, the most frequent first.
        not_ready: The first features that do not meet a requirement, each with its unmet requirements.
    """

    tracker: str
    ready: int
    total: int
    missing: dict[str, int]
    not_ready: tuple[tuple[WorkItem, tuple[str, ...]], ...]


def summarize_dependencies(backlogs: Sequence[Backlog]) -> Dependencies:
    """Find the dependencies between open items, across trackers, and compare when both items are planned.

    Items that the tracker restricts to some people are left out.
    """
    outlines = [outline for backlog in backlogs for outline in backlog.outlines if not outline.restricted]
    backlogs_by_tracker = {backlog.tracker: backlog for backlog in backlogs}

    def get_position(item: ItemOutline) -> int | None:
        """Return a number in the order of `Backlog.position`, for which no index of all items is made."""
        is_ordered = backlogs_by_tracker[item.tracker].ordered and item.level is HierarchyLevel.REQUIREMENT
        return item.index if is_ordered else None

    def get_item(index: int) -> WorkItem:
        return backlogs_by_tracker[outlines[index].tracker].items[outlines[index].index]

    counts: Counter[str] = Counter()
    across_teams = 0
    not_in_time: list[tuple[bool, int, int, BlockerPlan]] = []
    for blocker_index, index in find_dependencies(outlines):
        item, blocker = outlines[index], outlines[blocker_index]
        plan, _, _ = compare_with_blocker(item, blocker, get_position)
        counts[_CLASS_BY_BLOCKER_PLAN.get(plan, "out-of-order")] += 1
        is_within_team = _team_of(item) == _team_of(blocker)
        across_teams += not is_within_team
        if plan not in {BlockerPlan.IN_TIME, BlockerPlan.UNKNOWN}:
            not_in_time.append((is_within_team, index, blocker_index, plan))
    not_in_time.sort(key=lambda entry: entry[:2])
    return Dependencies(
        counts=dict(counts),
        across_teams=across_teams,
        not_in_time=tuple(
            Dependency(
                get_item(index), get_item(blocker), plan, (_team_of(outlines[index]), _team_of(outlines[blocker]))
            )
            for _, index, blocker, plan in not_in_time[:_MAX_LISTED]
        ),
    )


def _team_of(item: ItemOutline) -> str:
    return item.team or item.tracker


def judge_features(backlogs: Sequence[Backlog], ruleset: Ruleset, now: datetime) -> Iterator[PiReadiness]:
    """Judge the open features of each backlog by the profile `pi`; yield nothing if the ruleset has no such profile.

    Args:
        backlogs: The backlogs, without items that the tracker restricts to some people.
    """
    if PI_PROFILE not in ruleset.profiles:
        return
    for backlog in backlogs:
        features = [outline.index for outline in backlog.outlines if outline.level is HierarchyLevel.PORTFOLIO]
        if not features:
            continue
        judge = ReadinessJudge(backlog, ruleset, now)
        missing: Counter[str] = Counter()
        not_ready: list[tuple[WorkItem, tuple[str, ...]]] = []
        ready = 0
        for feature in backlog.with_texts(backlog.items[index] for index in features):
            readiness = judge.judge(feature, PI_PROFILE)
            ready += readiness.verdict is Verdict.READY
            unmet = tuple(reason.requirement for reason in readiness.reasons if reason.outcome is Outcome.NOT_MET)
            missing.update(unmet)
            if unmet and len(not_ready) < _MAX_LISTED:
                not_ready.append((feature, unmet))
        yield PiReadiness(
            tracker=backlog.tracker,
            ready=ready,
            total=len(features),
            missing=dict(missing.most_common()),
            not_ready=tuple(not_ready),
        )
