"""Fills an organisation from a backlog file; what its words become is in `data/seeding.json`."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from steward_sandbox.azure_devops import names, seed_values, texts
from steward_sandbox.azure_devops.backlog_order import seeded_order
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.fields import EMPTY
from steward_sandbox.azure_devops.links import PARENT, rel_of
from steward_sandbox.azure_devops.model import Account, AccountKind, Format, Node, Relation, Value
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.seed_history import SeedHistory, Step
from steward_sandbox.azure_devops.world import World
from steward_sandbox.backlog import NEVER_RANKED, Backlog, SeedItem, SeedPerson, SeedSprint
from steward_sandbox.clock import Clock, real_clock

SOMEBODY = SeedPerson("Robin Field")
"""Who did what a backlog file tells without a name."""

Event = tuple[datetime, int, int, Callable[[], object]]


def build_world(backlog: Backlog, *, collection: Collection | None = None, clock: Clock = real_clock) -> World:
    """An organisation that holds this backlog."""
    world = World(collection, clock=clock)
    _Seeding(world, backlog).fill()
    world.mails.clear()
    return world


class _Seeding:
    def __init__(self, world: World, backlog: Backlog) -> None:
        self.world = world
        self.collection = world.collection
        self.form: Format = "markdown" if world.collection.markdown else "html"
        self.items = {item.key: item for item in backlog.items}
        self.ids = self._numbers()
        self.orders = self._orders()
        self.sprints = {sprint.name: sprint for sprint in backlog.sprints}
        dates = [moment for item in backlog.items for moment in item.dates]
        now = world.clock()
        self.span = min(dates, default=now), max(dates, default=now)
        self.collection.restrict_fields(backlog.fields)

    def fill(self) -> None:
        for item in self.items.values():
            self._project(item)
        if not self.items:
            self.collection.project(seed_values.DEFAULT_PROJECT)
        self._plan_iterations()
        for at, _, _, happen in sorted(self._events(), key=lambda event: event[:3]):
            self.world.seeding_at = at
            happen()
        self.world.seeding_at = None

    def _numbers(self) -> dict[str, int]:
        """The id of every item: its key if that is a number, else the next free one."""
        given = {key: seed_values.number_of(item) for key, item in self.items.items()}
        taken = set(given.values())
        numbers: dict[str, int] = {}
        for key, number in given.items():
            numbers[key] = number or self.world.free_number()
            while number is None and numbers[key] in taken:
                numbers[key] = self.world.free_number()
        return numbers

    def _orders(self) -> dict[str, float]:
        """Positions by key; an item that was never ranked has none."""
        ranked = sorted(self.items.values(), key=_given_rank)
        return {item.key: seeded_order(place) for place, item in enumerate(ranked) if item.rank != NEVER_RANKED}

    def _plan_iterations(self) -> None:
        """Every sprint of the file is an iteration of each project that uses it, or of the first one."""
        used: dict[str, dict[str, Project]] = {}
        described: dict[str, SeedSprint] = {}
        for item in self.items.values():
            for sprint in item.sprint:
                project = self._project(item)
                used.setdefault(sprint.name, {})[project.id] = project
                described.setdefault(sprint.name, sprint)
        first = next(iter(self.collection.projects.values()))
        for name, sprint in {**described, **self.sprints}.items():
            for project in used.get(name, {"": first}).values():
                self._iteration(project, sprint)

    def _iteration(self, project: Project, sprint: SeedSprint) -> Node:
        trees = self.collection.trees
        known = trees.named("iteration", project.id, sprint.name)
        if known is not None and known.id != project.iterations:
            return known
        described = self.sprints.get(sprint.name, sprint)
        node = trees.add("iteration", project.id, sprint.name, project.iterations)
        self.collection.select_iteration(self.collection.default_team(project), node.id)
        return trees.set_dates(node.id, _day(described.start), _day(described.end))

    def _events(self) -> Iterator[Event]:
        for place, item in enumerate(self.items.values()):
            history = self._history(item)
            yield history.created, 0, place, partial(self._create, item, history)
            for step in history.steps:
                yield step.at, 2, place, partial(self._step, item, step)
            for rel, other in self._relations(item):
                yield self._linked_at(item, other), 1, place, partial(self._link, item, rel, other)

    def _history(self, item: SeedItem) -> SeedHistory:
        project = self._project(item)
        kind = seed_values.type_of(item.type, project.process, under_story=self._is_under_story(item))
        return SeedHistory(
            item,
            kind,
            project,
            self._fields(item, project, kind),
            iterations=[self._iteration(project, sprint) for sprint in item.sprint],
            span=self.span,
            now=self.world.clock(),
            account=self._account,
            iteration=lambda name: self._iteration(project, SeedSprint(name)).id,
            form=self.form,
        )

    def _fields(self, item: SeedItem, project: Project, kind: Type) -> dict[str, Value]:
        """The fields as they are in the end, without state, iteration and comments."""
        tags = [*item.labels]
        if item.flagged and names.BLOCKED not in kind.fields:
            tags.append("Blocked")
        effort = project.process.effort_of(kind.name)
        values: dict[str, Value | None] = {
            names.TITLE: " ".join(item.title.split())[:255] or item.key,
            names.AREA_ID: self.collection.trees.ensure(project.areas, seed_values.area_of(item)).id,
            names.PRIORITY: seed_values.priority_of(item.priority) if item.priority else None,
            names.ASSIGNED: self._account(item.assignee).id if item.assignee else None,
            names.BUSINESS_VALUE: None if item.business_value is None else round(item.business_value),
            names.TIME_CRITICALITY: item.time_criticality,
            names.RISK_REDUCTION: item.risk_reduction,
            names.BLOCKED: "Yes" if item.flagged else None,
            names.TAGS: tuple(self.collection.tag(project, tag.replace(";", ",")) for tag in dict.fromkeys(tags)),
            project.process.order: self.orders.get(item.key),
            **({effort: item.points} if effort else {}),
            **self._texts(item, kind),
        }
        return {ref: v for ref, v in values.items() if ref in kind.fields and v is not None and v not in EMPTY}

    def _texts(self, item: SeedItem, kind: Type) -> dict[str, Value | None]:
        """The long texts; without a field for acceptance criteria they are a section of the main text."""
        description, criteria = item.description or "", item.acceptance_criteria or ""
        body = texts.typed(description, self.form) if description.strip() else ""
        if not criteria.strip():
            return {kind.text_field: body}
        if names.CRITERIA in kind.fields:
            return {kind.text_field: body, names.CRITERIA: texts.typed(criteria, self.form)}
        return {kind.text_field: (body + texts.section("Acceptance Criteria", criteria, self.form)).lstrip()}

    def _create(self, item: SeedItem, history: SeedHistory) -> None:
        long = (names.DESCRIPTION, names.REPRO, names.CRITERIA)
        self.world.create(
            self._project(item),
            history.first_type,
            self._account(item.reporter),
            history.first,
            formats=dict.fromkeys(long, self.form) if self.form != "html" else {},
            number=self.ids[item.key],
            key=item.key,
        )

    def _step(self, item: SeedItem, step: Step) -> None:
        by, number = self._account(step.by), self.ids[item.key]
        if step.comment is not None:
            self.world.add_comment(number, by, texts.typed(step.comment, self.form), self.form)
        else:
            self.world.save(number, by, step.fields, notify=False, always=True)

    def _link(self, item: SeedItem, rel: str, other: str) -> None:
        number, relation = self.ids[item.key], Relation(rel, self.ids[other])
        if self.world.links.allows(number, relation):
            self.world.link(number, self._account(item.reporter), relation)

    def _relations(self, item: SeedItem) -> list[tuple[str, str]]:
        found = [(PARENT, item.parent)] if item.parent else []
        found += [(rel_of(link.kind), link.target) for link in item.links]
        return [(rel, other) for rel, other in found if other in self.ids and other != item.key]

    def _linked_at(self, item: SeedItem, other: str) -> datetime:
        """When both ends are there."""
        ends = (item, self.items[other])
        return max(end.created or min(end.dates, default=self.span[0]) for end in ends)

    def _is_under_story(self, item: SeedItem) -> bool:
        above = self.items.get(item.parent or "")
        return above is not None and (above.type or "").casefold() not in ("epic", "feature", "initiative")

    def _project(self, item: SeedItem) -> Project:
        return self.collection.project(seed_values.project_of(item))

    def _account(self, person: SeedPerson | None) -> Account:
        known = person or SOMEBODY
        kind: AccountKind = "service" if known.type == "app" else "person"
        return self.collection.accounts.named(known.name, kind, email=known.email)


def _given_rank(item: SeedItem) -> tuple[int, float, str]:
    """Numbers come first, then words, then items without a rank; within each, smaller is higher."""
    if isinstance(item.rank, (int, float)):
        return 0, float(item.rank), ""
    return (1, 0.0, item.rank) if item.rank else (2, 0.0, "")


def _day(moment: datetime | None) -> datetime | None:
    """Iterations start and finish with days."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) if moment else None
