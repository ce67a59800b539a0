"""The direction of a backlog: which objective each open item belongs to.

An impact map leads from a goal to actors, to what they should do differently, and to deliverables; a team looks for the
shortest path through the map and does not build all of it (Adzic 2012). Teams state their objectives in goals.yaml.
An item that serves none of these gets an objective from the backlog: its highest parent, its release, or the goal of
its sprint.

"Items that a team pulls" are items on the level of stories and bugs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

from msgspec import Struct, field

from rules.flow.planned_order import next_sprint
from rules.model import Backlog, HierarchyLevel, ItemOutline, Persona, Release, Sprint
from rules.priority.coverage import Coverage, Stage, calculate_coverage
from rules.priority.moscow import moscow_class
from rules.priority.must_set import MustSet, ObjectiveItem, find_expand_condition, find_must_set
from rules.priority.rating import get_effort


class Origin(StrEnum):
    """Where an objective comes from: goals.yaml, or else something in the backlog."""

    FILE = "file"
    PARENT = "parent"
    RELEASE = "release"
    SPRINT_GOAL = "sprint goal"


class Impact(Struct, frozen=True):
    """What an actor does differently when an objective is reached.

    Attributes:
        actor: The actor, such as "new customers".
        impact: What this actor does differently.
        items: Keys of items that serve this impact. Their children serve it too.
        label: A label of items that serve this impact; empty if there is none.
    """

    actor: str
    impact: str
    items: tuple[str, ...] = ()
    label: str = ""


class Objective(Struct, frozen=True):
    """A stated objective.

    Attributes:
        measure: What is measured; empty if not stated.
        baseline, target: The value at the start, and the desired one; None if not stated.
        impacts: What has to change to reach the objective.
        expand_if: The condition for building more than its Must items (MoSCoW); empty if not stated.
    """

    name: str
    measure: str = ""
    baseline: float | None = None
    target: float | None = None
    impacts: tuple[Impact, ...] = ()
    expand_if: str = ""

    @property
    def is_measurable(self) -> bool:
        """Whether people could tell that the objective is reached."""
        return bool(self.measure) and self.baseline is not None and self.target is not None


class SprintGoalOutcome(StrEnum):
    """What became of the goal of a sprint."""

    MET = "met"
    MISSED = "missed"


class Goals(Struct, frozen=True):
    """The content of goals.yaml: a vision, its objectives, the personas, and the stages of the customer's journey.

    Attributes:
        sprint_goals: What became of the goal of a sprint, by the name of the sprint.
    """

    vision: str = ""
    objectives: tuple[Objective, ...] = ()
    personas: tuple[Persona, ...] = ()
    stages: tuple[Stage, ...] = ()
    sprint_goals: Mapping[str, SprintGoalOutcome] = {}


class Branch(Struct, frozen=True, kw_only=True):
    """The open items that serve an impact, or an objective from the backlog, which has no impacts.

    Attributes:
        actor, impact: As in `Impact`; empty for an objective that comes from the backlog.
        items: Keys of the open items that a team pulls, in the order of the backlog.
        cheapest: Key of the item with the least effort; empty if the effort of none is known.
        cheapest_effort: The effort of that item; `effort` in JSON.
    """

    actor: str = ""
    impact: str = ""
    items: tuple[str, ...] = ()
    cheapest: str = ""
    cheapest_effort: float | None = field(default=None, name="effort")


class ObjectiveMap(Struct, frozen=True, kw_only=True):
    """An objective with its branches.

    Attributes:
        key: Key of the parent that is the objective; empty for other origins.
        measure, baseline, target: As in `Objective`; empty or None for objectives from the backlog.
        is_measurable: Whether these three are stated; None for objectives from the backlog.
        branches: One for each impact; only one for an objective from the backlog.
        must_set: The smallest usable set of its items; None if none of them is a Must, and for releases and
            sprint goals.
    """

    name: str
    origin: Origin
    key: str = ""
    measure: str = ""
    baseline: float | None = None
    target: float | None = None
    is_measurable: bool | None = None
    branches: tuple[Branch, ...] = ()
    must_set: MustSet | None = None


class SprintItemCounts(Struct, frozen=True, kw_only=True):
    """How many items of an active or future sprint belong to an objective.

    Attributes:
        goal: The goal of the sprint; empty if it has none, or if it is unknown.
        item_count: `items` in JSON.
        with_objective: The number of items with an objective other than the goal of the sprint.
    """

    sprint: str
    goal: str
    item_count: int = field(name="items")
    with_objective: int


class GoalMap(Struct, frozen=True, kw_only=True):
    """The direction of some backlogs.

    Attributes:
        item_count: Number of open items that teams pull; `items` in JSON.
        orphans: Keys of those that belong to no objective.
        sprints: The active and future sprints, in their order.
        coverage: The number of items by persona and stage; None if neither is listed.
    """

    vision: str
    objectives: tuple[ObjectiveMap, ...]
    item_count: int = field(name="items")
    orphans: tuple[str, ...]
    sprints: tuple[SprintItemCounts, ...]
    coverage: Coverage | None = None


def map_goals(backlogs: Sequence[Backlog], goals: Goals, team: str | None = None) -> GoalMap:
    """Assign each open item that a team pulls to objectives.

    An item belongs to the stated objectives that name it, one of its parents, or a label of these. If none does, it
    belongs to its highest open parent, else to its next release, else to the goal of its sprint.

    Args:
        team: The team whose items are mapped; None for all teams.
    """
    builder = _GoalMapBuilder(goals)
    for backlog in backlogs:
        # Items are read twice, because a large backlog has too many to hold.
        parents = {item.key: item for item in _read_items(backlog, partial(_is_parent, backlog))}
        for item in _read_items(backlog, partial(_is_pulled, team)):
            builder.add(item, tuple(_find_parents(item, parents)))
        builder.read_expand_conditions(backlog)
    return builder.build(calculate_coverage(backlogs, goals.personas, goals.stages, team))


def _is_parent(backlog: Backlog, item: ItemOutline) -> bool:
    """Whether an item has open children."""
    return item.key in backlog.children


def _is_pulled(team: str | None, item: ItemOutline) -> bool:
    """Whether the team, or any team for None, pulls an item."""
    return item.level is HierarchyLevel.REQUIREMENT and team in (None, item.team)


class _Part(Struct, frozen=True, gc=False):
    """The attributes of an item that are not in its outline. They are those of `WorkItem`."""

    title: str = ""
    priority: str | None = None
    points: float | None = None
    effort: float | None = None
    releases: tuple[Release, ...] = ()
    labels: tuple[str, ...] = ()


def _read_items(backlog: Backlog, is_included: Callable[[ItemOutline], bool]) -> Iterator[ObjectiveItem]:
    """Yield the open items that are included. Equal values are kept once, to save memory."""
    shared: dict[Any, Any] = {}
    for outline, part in zip(backlog.outlines, backlog.read_parts(_Part), strict=True):
        if not is_included(outline):
            continue
        effort, releases = get_effort(part), tuple(release for release in part.releases if not release.released)
        yield ObjectiveItem(
            tracker=outline.tracker,
            id=outline.id,
            key=outline.key,
            title=part.title if outline.key in backlog.children else "",
            parent=outline.parent,
            links=outline.links,
            labels=shared.setdefault(part.labels, part.labels),
            sprint=next_sprint(outline),
            coming_releases=shared.setdefault(releases, releases),
            moscow=moscow_class(part),
            effort=shared.setdefault(effort, effort),
        )


def _find_parents(item: ObjectiveItem, parents: Mapping[str, ObjectiveItem]) -> Iterator[ObjectiveItem]:
    """Yield the open parent of an item, its parent, and so on. `parents` are all parents, by key."""
    seen = {item.key}
    parent = parents.get(item.parent) if item.parent else None
    while parent is not None and parent.key not in seen:
        seen.add(parent.key)
        yield parent
        parent = parents.get(parent.parent) if parent.parent else None


class _GoalMapBuilder:
    """Collects the items of each objective.

    Attributes:
        served: By stated objective, and by impact of this objective: the items that serve it.
        inferred: The items of each objective from the backlog, by origin, key and name.
        orphans: The keys of items without an objective.
        sprints: By sprint id: the active or future sprint, and whether each of its items has an objective other than
            the goal of the sprint.
        expand_conditions: By key of a highest parent: the condition for building more than its Must items.
    """

    def __init__(self, goals: Goals) -> None:
        self.goals = goals
        self.expand_conditions: dict[str, str] = {}
        self.served: list[list[list[ObjectiveItem]]] = [
            [[] for _ in objective.impacts] for objective in goals.objectives
        ]
        self.inferred: dict[tuple[Origin, str, str], list[ObjectiveItem]] = defaultdict(list)
        self.orphans: list[str] = []
        self.sprints: dict[str, tuple[Sprint, list[bool]]] = {}
        self.count = 0

    def read_expand_conditions(self, backlog: Backlog) -> None:
        """Read the conditions of the highest parents of the items that were added from this backlog."""
        unread_keys = {key for _, key, _ in self.inferred if key not in self.expand_conditions}
        unread = (backlog.items[outline.index] for outline in backlog.outlines if outline.key in unread_keys)
        for epic in backlog.with_texts(unread):
            self.expand_conditions[epic.key] = find_expand_condition(epic)

    def add(self, item: ObjectiveItem, parents: Sequence[ObjectiveItem]) -> None:
        """Add an item with its open parents, the nearest first."""
        self.count += 1
        serves_stated = self._add_to_stated(item, parents)
        inferred = None if serves_stated else _infer_objective(item, parents)
        if inferred is not None:
            self.inferred[inferred].append(item)
        elif not serves_stated:
            self.orphans.append(item.key)
        if item.sprint is not None:
            _, has_objective = self.sprints.setdefault(item.sprint.id, (item.sprint, []))
            has_objective.append(serves_stated or (inferred is not None and inferred[0] is not Origin.SPRINT_GOAL))

    def _add_to_stated(self, item: ObjectiveItem, parents: Sequence[ObjectiveItem]) -> bool:
        """Add an item to all stated impacts that it serves, and return whether there are any."""
        family = (item, *parents)
        keys = {key.casefold() for member in family for key in (member.key, member.parent or "")}
        labels = {label.casefold() for member in family for label in member.labels}
        serves_any = False
        for objective, items_by_impact in zip(self.goals.objectives, self.served, strict=True):
            for impact, impact_items in zip(objective.impacts, items_by_impact, strict=True):
                named = {key.casefold() for key in impact.items}
                if named & keys or (impact.label and impact.label.casefold() in labels):
                    impact_items.append(item)
                    serves_any = True
        return serves_any

    def build(self, coverage: Coverage | None) -> GoalMap:
        """Return the map of all items that were added."""
        stated = [
            ObjectiveMap(
                name=objective.name,
                origin=Origin.FILE,
                measure=objective.measure,
                baseline=objective.baseline,
                target=objective.target,
                is_measurable=objective.is_measurable,
                branches=tuple(
                    _make_branch(items, impact.actor, impact.impact)
                    for impact, items in zip(objective.impacts, items_by_impact, strict=True)
                ),
                must_set=find_must_set(_join_items(items_by_impact), objective.expand_if),
            )
            for objective, items_by_impact in zip(self.goals.objectives, self.served, strict=True)
        ]
        inferred = [
            ObjectiveMap(
                name=name,
                origin=origin,
                key=key,
                branches=(_make_branch(items),),
                must_set=find_must_set(items, self.expand_conditions.get(key, "")) if key else None,
            )
            for (origin, key, name), items in self.inferred.items()
        ]
        sprints = sorted(self.sprints.values(), key=lambda entry: entry[0].sort_key)
        return GoalMap(
            vision=self.goals.vision,
            objectives=(*stated, *inferred),
            item_count=self.count,
            orphans=tuple(self.orphans),
            sprints=tuple(
                SprintItemCounts(
                    sprint=sprint.name,
                    goal=sprint.goal,
                    item_count=len(has_objective),
                    with_objective=sum(has_objective),
                )
                for sprint, has_objective in sprints
            ),
            coverage=coverage,
        )


def _join_items(items_by_impact: Iterable[Iterable[ObjectiveItem]]) -> list[ObjectiveItem]:
    """Return the items of all impacts of an objective, each once."""
    return list({(item.tracker, item.id): item for items in items_by_impact for item in items}.values())


def _infer_objective(item: ObjectiveItem, parents: Sequence[ObjectiveItem]) -> tuple[Origin, str, str] | None:
    """Return the objective that an item gets from the backlog: its origin, key and name; None if there is none."""
    if parents:
        return Origin.PARENT, parents[-1].key, parents[-1].title
    releases = sorted(item.coming_releases, key=lambda release: (release.day is None, str(release.day)))
    if releases:
        return Origin.RELEASE, "", releases[0].name
    goal = item.sprint.goal if item.sprint is not None else ""
    return (Origin.SPRINT_GOAL, "", goal) if goal.strip() else None


def _make_branch(items: Sequence[ObjectiveItem], actor: str = "", impact: str = "") -> Branch:
    """Make the branch of an impact, or of an objective from the backlog, which has no actor and no impact."""
    efforts: Mapping[str, float] = {item.key: item.effort for item in items if item.effort is not None}
    cheapest = min(efforts, key=efforts.__getitem__, default="")
    return Branch(
        actor=actor,
        impact=impact,
        items=tuple(item.key for item in items),
        cheapest=cheapest,
        cheapest_effort=efforts.get(cheapest),
    )
