"""Fills a pretended organisation from a backlog file, by rule.

project     as stated, else what the key begins with (`PAY-12`), else one named `Backlog`
id          the key where it is a number, else the next free number in file order; `World.find` knows the keys
type        story and whatever is unknown: the requirement type; bug, feature, epic, task by name; a task without a
            story above it is a story
text        HTML, or Markdown where the collection says so; a bug's goes to its repro steps; acceptance criteria go
            to their field where the type has it, else under a heading at the end of the text
points      the effort field of the type; business value, time criticality and RR-OE where the type has a field
position    in the order field: numbers of `rank`, then words, then file order; an item with `"rank": null` (or "")
            was never ranked and has none; finished items keep theirs
state       a state of that name, else the first of the category the word means; see `seeding_words`
resolution  the reason of the final state
sprint      iterations below the project's root, selected by its team; an item goes through those with dates as they
            begin and ends in the last one
labels      tags; a flag is the field Blocked, or a tag of that name where the type has not got it
area        as stated, else named after the security level, else after the first component
links       parents and links of the file, when the later of both ends is there
comments    comments, each with a revision; transitions are revisions with their dates and people
dates       creation by the earliest, the last change by the latest date known; a change nothing tells of is the
            drag that gave the item its position
"""

import functools
from collections.abc import Callable
from datetime import datetime

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import seeding_words, texts
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.links import PARENT, by_words
from steward_sandbox.azure_devops.model import Account, Format, Relation, Value
from steward_sandbox.azure_devops.ordering import seeded
from steward_sandbox.azure_devops.seeding_life import Life, Step
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
        self.backlog = backlog
        self.by_key = {item.key: item for item in backlog.items}
        self.ids = self._numbers()
        self.orders = self._orders()
        self.sprints = {sprint.name: sprint for sprint in backlog.sprints}
        dates = [moment for item in backlog.items for moment in item.dates]
        now = world.clock()
        self.earliest, self.latest = min(dates, default=now), max(dates, default=now)

    def fill(self) -> None:
        for item in self.backlog.items:
            self._project(item)
        if not self.backlog.items:
            self.collection.project(seeding_words.DEFAULT_PROJECT)
        self._plan_iterations()
        events = sorted(self._events(), key=lambda event: event[:3])
        for at, _, _, happen in events:
            self.world.pretend(at)
            happen()
        self.world.pretend(None)

    def _numbers(self) -> dict[str, int]:
        given = {item.key: seeding_words.number_of(item) for item in self.backlog.items}
        taken = {number for number in given.values() if number is not None}
        numbers: dict[str, int] = {}
        for key, number in given.items():
            chosen = number
            while chosen is None or (number is None and chosen in taken):
                chosen = self.world.counters.next("item")
            numbers[key] = chosen
        return numbers

    def _orders(self) -> dict[str, float]:
        """Positions by key; an item that was never ranked has none."""
        places = sorted(range(len(self.backlog.items)), key=lambda n: (*_given_rank(self.backlog.items[n]), n))
        items = [self.backlog.items[n] for n in places]
        return {item.key: seeded(place) for place, item in enumerate(items) if item.rank != NEVER_RANKED}

    def _plan_iterations(self) -> None:
        """Every sprint of the file is an iteration of each project that uses it, or of the first one."""
        used: dict[str, list[Project]] = {}
        described: dict[str, SeedSprint] = {}
        for item in self.backlog.items:
            for sprint in item.sprint:
                used.setdefault(sprint.name, []).append(self._project(item))
                described.setdefault(sprint.name, sprint)
        first = next(iter(self.collection.projects.values()))
        for name, sprint in {**described, **self.sprints}.items():
            for project in dict.fromkeys(p.id for p in used.get(name, [first])):
                self._iteration(self.collection.projects[project], self.sprints.get(name, sprint))

    def _iteration(self, project: Project, sprint: SeedSprint) -> int:
        trees = self.collection.trees
        known = trees.named("iteration", project.id, sprint.name)
        if known is not None and known.id != project.iterations:
            return known.id
        node = trees.add("iteration", project.id, sprint.name, project.iterations)
        if sprint.start is not None or sprint.end is not None:
            trees.set_dates(node.id, _day(sprint.start), _day(sprint.end))
        self.collection.select_iteration(self.collection.default_team(project), node.id)
        return node.id

    def _events(self) -> list[Event]:
        events: list[Event] = []
        for place, item in enumerate(self.backlog.items):
            life = self._life(item)
            first = functools.partial(self._create, item, life)
            events.append((life.created, 0, place, first))
            events += [(step.at, 2, place, functools.partial(self._step, item, step)) for step in life.steps]
            events += [
                (self._linked_at(item, other), 1, place, functools.partial(self._link, item, rel, other))
                for rel, other in self._relations(item)
            ]
        return events

    def _life(self, item: SeedItem) -> Life:
        project = self._project(item)
        kind = seeding_words.type_of(item.type, project.process, under_story=self._under_story(item))
        nodes = [self._iteration(project, self.sprints.get(sprint.name, sprint)) for sprint in item.sprint]
        starts = [self.collection.trees.by_id[node].start for node in nodes]
        return Life(
            item,
            kind,
            project,
            self._fields(item, project, kind.name),
            planned=list(zip(nodes, starts, strict=True)),
            earliest=self.earliest,
            latest=self.latest,
            now=self.world.clock(),
            person=lambda person: self._account(person).id,
            iteration=lambda name: self._iteration(project, SeedSprint(name)),
            form=self.form,
        )

    def _fields(self, item: SeedItem, project: Project, kind_name: str) -> dict[str, Value]:
        """The fields as they are in the end, without state, iteration and comments."""
        kind = project.process.types[kind_name]
        area = self.collection.trees.path_made(project.areas, seeding_words.area_of(item))
        tags = [*item.labels]
        values: dict[str, Value | None] = {
            names.TITLE: " ".join(item.title.split())[:255] or item.key,
            names.AREA_ID: area.id,
            names.PRIORITY: seeding_words.priority_of(item.priority) if item.priority else None,
            names.ASSIGNED: self._account(item.assignee).id if item.assignee else None,
            names.BUSINESS_VALUE: None if item.business_value is None else round(item.business_value),
            names.TIME_CRITICALITY: item.time_criticality,
            "Custom.RROE": item.risk_reduction,
            project.process.order: self.orders.get(item.key),
        }
        effort = project.process.effort_of(kind.name)
        if effort is not None:
            values[effort] = item.points
        if item.flagged:
            values[names.BLOCKED] = "Yes"
            if names.BLOCKED not in kind.fields:
                tags.append("Blocked")
        values[names.TAGS] = tuple(
            self.collection.tag(project.id, tag.replace(";", ",")) for tag in dict.fromkeys(tags)
        )
        values |= self._texts(item, kind_name, project)
        return {ref: value for ref, value in values.items() if value not in (None, "", ()) and ref in kind.fields}

    def _texts(self, item: SeedItem, kind_name: str, project: Project) -> dict[str, Value | None]:
        kind = project.process.types[kind_name]
        form = self.form
        body = texts.written(item.description, form) if item.description and item.description.strip() else ""
        criteria = item.acceptance_criteria or ""
        if not criteria.strip():
            return {seeding_words.text_field(kind): body}
        if names.CRITERIA in kind.fields:
            return {seeding_words.text_field(kind): body, names.CRITERIA: texts.written(criteria, form)}
        return {seeding_words.text_field(kind): (body + texts.section("Acceptance Criteria", criteria, form)).lstrip()}

    def _create(self, item: SeedItem, life: Life) -> None:
        self.world.create(
            life.project,
            life.first_kind,
            self._account(item.reporter),
            life.first,
            formats=life.formats,
            number=self.ids[item.key],
            key=item.key,
        )

    def _step(self, item: SeedItem, step: Step) -> None:
        by = self._account(step.by or (item.assignee if step.own else None))
        number = self.ids[item.key]
        if step.comment is not None:
            self.world.add_comment(number, by, texts.written(step.comment, self.form), self.form)
        else:
            self.world.save(number, by, step.fields, notify=False, always=True)

    def _link(self, item: SeedItem, rel: str, other: str) -> None:
        number, relation = self.ids[item.key], Relation(rel, self.ids[other])
        links = self.world.links
        if not (
            links.has(number, relation) or links.leads_back(number, relation) or links.second_parent(number, relation)
        ):
            self.world.link(number, self._account(item.reporter), relation)

    def _relations(self, item: SeedItem) -> list[tuple[str, str]]:
        found = [(PARENT, item.parent)] if item.parent else []
        for link in item.links:
            kind, forward = by_words(link.kind)
            found.append((kind.rel(forward=forward), link.target))
        return [(rel, other) for rel, other in found if other in self.ids and other != item.key]

    def _linked_at(self, item: SeedItem, other: str) -> datetime:
        """When both ends are there."""
        ends = (item, self.by_key[other])
        return max(end.created or min(end.dates, default=self.earliest) for end in ends)

    def _under_story(self, item: SeedItem) -> bool:
        above = self.by_key.get(item.parent or "")
        if above is None:
            return False
        return (above.type or "").casefold() not in ("epic", "feature", "initiative")

    def _project(self, item: SeedItem) -> Project:
        return self.collection.project(seeding_words.project_of(item))

    def _account(self, person: SeedPerson | None) -> Account:
        known = person or SOMEBODY
        return self.collection.accounts.named(known.name, "service" if known.type == "app" else "person")


def _given_rank(item: SeedItem) -> tuple[int, float, str]:
    """Numbers come first, then words, then items without a rank; within each, smaller is higher."""
    if isinstance(item.rank, (int, float)):
        return 0, float(item.rank), ""
    return (1, 0.0, item.rank) if item.rank else (2, 0.0, "")


def _day(moment: datetime | None) -> datetime | None:
    """Iterations begin and end with days."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) if moment else None
