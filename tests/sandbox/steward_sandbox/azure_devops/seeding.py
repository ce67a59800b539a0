"""Fills an organisation from a backlog file; what its words become is in `data/seeding.json`."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from msgspec import Struct

from steward_sandbox.azure_devops import names, seed_values, texts
from steward_sandbox.azure_devops.backlog_order import seeded_order
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.links import PARENT, rel_of
from steward_sandbox.azure_devops.model import Node, Relation
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.seed_values import Values, account_of, field_values
from steward_sandbox.azure_devops.world import World
from steward_sandbox.backlog import NEVER_RANKED, Backlog, SeedItem, SeedPerson, SeedSprint
from steward_sandbox.clock import Clock, real_clock

Event = tuple[datetime, int, int, Callable[[], object]]

_PLAIN = ("title", "priority", "assignee", "points", "business_value", "time_criticality", "risk_reduction", "due")
"""What a line of the file calls as field values do."""


def build_world(backlog: Backlog, *, collection: Collection | None = None, clock: Clock = real_clock) -> World:
    world = World(collection, clock=clock)
    for item in backlog.items:
        world.collection.project(seed_values.project_of(item))
    if not backlog.items:
        world.collection.project(seed_values.DEFAULT_PROJECT)
    seeding = _Seeding(world, backlog)
    seeding.plan_iterations()
    for at, _, _, happen in sorted(seeding.events(), key=lambda event: event[:3]):
        world.seeding_at = at
        happen()
    world.seeding_at = None
    world.mails.clear()
    return world


class _Step(Struct):
    """One save: new values, or a comment."""

    at: datetime
    by: SeedPerson | None
    fields: Values
    comment: str | None = None


class _Seeding:
    def __init__(self, world: World, backlog: Backlog) -> None:
        self.world = world
        self.collection = world.collection
        self.form = world.collection.format
        self.span = backlog.span(world.clock())
        self.items = {item.key: item for item in backlog.items}
        self.sprints = {sprint.name: sprint for sprint in backlog.sprints}
        places = enumerate(backlog.ranked)
        self.orders = {item.key: seeded_order(n) for n, item in places if item.rank != NEVER_RANKED}
        # The id of an item is its key if that is a number, else the next free one.
        given = {key: seed_values.number_of(item) for key, item in self.items.items()}
        taken = set(given.values())
        self.ids = {key: number or world.free_number(taken) for key, number in given.items()}

    def plan_iterations(self) -> None:
        """Make every sprint of the file an iteration of each project that uses it, or of the first one."""
        used = [(self.project(item), sprint) for item in self.items.values() for sprint in _sprints_of(item)]
        first, known = next(iter(self.collection.projects.values())), {sprint.name for _, sprint in used}
        unused = [(first, sprint) for name, sprint in self.sprints.items() if name not in known]
        for project, sprint in [*used, *unused]:
            self.iteration(project, sprint)

    def events(self) -> Iterator[Event]:
        """What happens, with its time, its turn among what happens at that time, and its place in the file."""
        for place, item in enumerate(self.items.values()):
            history = _History(item, self)
            yield history.created, 0, place, partial(self._create, item, history)
            for step in history.steps:
                yield step.at, 2, place, partial(self._step, item, step)
            for rel, other in self._relations(item):
                both_there = max(end.lifetime(self.span)[0] for end in (item, self.items[other]))
                yield both_there, 1, place, partial(self._link, item, Relation(rel, self.ids[other]))

    def _create(self, item: SeedItem, history: "_History") -> None:
        long = (names.DESCRIPTION, names.REPRO, names.CRITERIA)
        formats = dict.fromkeys(long, self.form) if self.form != "html" else {}
        project, by, number = self.project(item), account_of(self.collection, item.reporter), self.ids[item.key]
        kind, first = history.first_type, history.first
        self.world.create(project, kind, by, first, formats=formats, number=number, key=item.key)

    def _step(self, item: SeedItem, step: _Step) -> None:
        by, number = account_of(self.collection, step.by), self.ids[item.key]
        if step.comment is not None:
            self.world.add_comment(number, by, texts.typed(step.comment, self.form), self.form)
        else:
            self.world.save(number, by, step.fields, notify=False, always=True)

    def _link(self, item: SeedItem, relation: Relation) -> None:
        if self.world.links.allows(self.ids[item.key], relation):
            self.world.link(self.ids[item.key], account_of(self.collection, item.reporter), relation)

    def _relations(self, item: SeedItem) -> list[tuple[str, str]]:
        found = [(PARENT, item.parent)] if item.parent else []
        found += [(rel_of(link.kind), link.target) for link in item.links]
        return [(rel, other) for rel, other in found if other in self.ids and other != item.key]

    def project(self, item: SeedItem) -> Project:
        return self.collection.project(seed_values.project_of(item))

    def iteration(self, project: Project, sprint: SeedSprint) -> Node:
        """The iteration of a sprint, below the project's root and selected by its team."""
        trees, described = self.collection.trees, self.sprints.get(sprint.name, sprint)
        node = trees.ensure(project.iterations, seed_values.parts_of(sprint.name))
        self.collection.select_iteration(self.collection.default_team(project), node.id)
        start, end = described.start or node.start, described.end or node.finish
        return trees.set_dates(node.id, _day(start), _day(end))

    def type(self, item: SeedItem) -> Type:
        above = self.items.get(item.parent or "")
        under_story = above is not None and (above.type or "").casefold() not in ("epic", "feature", "initiative")
        return seed_values.type_of(item.type, self.project(item).process, under_story=under_story)

    def values(self, item: SeedItem) -> Values:
        """The fields of an item as they are in the end, without its iteration and what comes of comments."""
        project, kind = self.project(item), self.type(item)
        blocked = item.flagged and names.BLOCKED not in kind.fields
        given = {
            **{name: getattr(item, name) for name in _PLAIN},
            "title": " ".join(item.title.split())[:255] or item.key,
            "state": seed_values.state_of(item.status, kind, resolved=item.resolved is not None),
            "area": "\\".join(seed_values.area_of(item)),
            "blocked": "Yes" if item.flagged else None,
            "tags": [*item.labels, *(["Blocked"] if blocked else [])],
            "acceptance_criteria": item.acceptance_criteria,
            "description": (item.description or "").strip(),
        }
        values = field_values(self.collection, project, kind, given)
        if item.acceptance_criteria and names.CRITERIA not in kind.fields:
            section = texts.section("Acceptance Criteria", item.acceptance_criteria.strip(), self.form)
            values[kind.text_field] = f"{values[kind.text_field] or ''}{section}".lstrip()
        values |= {names.TYPE: kind.name, project.process.order: self.orders.get(item.key)}
        return {ref: value for ref, value in values.items() if value is not None and ref in kind.fields}


class _History:
    """The first values and type of an item, and the steps from there, in order."""

    def __init__(self, item: SeedItem, seeding: _Seeding) -> None:
        self._item, self._seeding = item, seeding
        self._project, self.first_type = seeding.project(item), seeding.type(item)
        self._iterations = [seeding.iteration(self._project, sprint) for sprint in item.sprint]
        self.created, self._updated = item.lifetime(seeding.span)
        self._final = seeding.values(item)
        if self._iterations:
            self._final[names.ITERATION_ID] = self._iterations[-1].id
        # Without a value of its own a field would get the default of its type.
        self.first: Values = {names.PRIORITY: None, **self._final}
        steps = list(self._changes())
        changed = {seed_values.meaning_of(change.field) for change in item.transitions}
        if "state" not in changed:
            steps += self._end_of_work()
        if "iteration" not in changed:
            steps += self._plannings()
        self.steps = sorted(steps, key=lambda step: step.at)
        self._add_what_is_missing()

    def _changes(self) -> Iterator[_Step]:
        """The changes and comments of the file; the first values are what was before them."""
        changes = sorted(self._item.transitions, key=lambda change: change.at)
        for change in reversed(changes):
            values = self._values(change.field, change.before)
            if names.TYPE in values:
                self.first_type = self._project.process.types[str(values[names.TYPE])]
            self.first |= values
        for change in changes:
            yield _Step(max(change.at, self.created), change.by, self._values(change.field, change.after))
        for comment in self._item.comments:
            yield _Step(max(comment.at, self.created), comment.by, {}, comment.text)

    def _end_of_work(self) -> Iterator[_Step]:
        """From the first state to the last: when it was resolved, else with the last change."""
        first = seed_values.state_of(None, self.first_type)
        at = self._item.resolved or self._updated
        if self._final[names.STATE] != first and at > self.created:
            fields: Values = {names.STATE: self._final[names.STATE]}
            if self._item.resolution:
                fields[names.REASON] = self._item.resolution
            self.first[names.STATE] = first
            yield _Step(at, self._item.assignee, fields)

    def _plannings(self) -> Iterator[_Step]:
        """Into every iteration as it starts; into one without dates, or one still to come, from the beginning."""
        starts = [(node.id, node.start) for node in self._iterations]
        now = self._seeding.world.clock()
        dated = [(node, start) for node, start in starts if start and self.created < start <= now]
        if dated:
            before = [node for node, start in starts if start is None or start <= self.created]
            self.first[names.ITERATION_ID] = before[-1] if before else self._project.iterations
        for node, start in dated:
            yield _Step(start, None, {names.ITERATION_ID: node})

    def _add_what_is_missing(self) -> None:
        """The last step leads to what the item is now; where the file tells of no change, the item was dragged."""
        reached = dict(self.first)
        for step in self.steps:
            reached |= step.fields
        missing: Values = {ref: value for ref, value in self._final.items() if reached.get(ref) != value}
        last = max((step.at for step in self.steps), default=self.created)
        order = self._project.process.order
        if self._updated > last:
            if order in self.first:
                missing[order] = self.first.pop(order)
            self.steps.append(_Step(self._updated, None, missing))
        elif missing and self.steps:
            self.steps.append(_Step(last, None, missing))
        else:
            self.first |= missing

    def _values(self, field: str, value: str | float | None) -> Values:
        """What a change of the file's history sets; one without a counterpart is a save without any field."""
        meaning, text = seed_values.meaning_of(field), "" if value is None else str(value).strip()
        if not meaning or (meaning in ("title", "reason") and not text):
            return {}
        given = text.replace(";", " ").split() if meaning == "tags" else text
        return field_values(self._seeding.collection, self._project, self.first_type, {meaning: given})


def _sprints_of(item: SeedItem) -> Iterator[SeedSprint]:
    """The sprints that an item is in, and those that its history names."""
    yield from item.sprint
    for change in item.transitions:
        if seed_values.meaning_of(change.field) == "iteration":
            yield from (SeedSprint(str(name)) for name in (change.before, change.after) if name)


def _day(moment: datetime | None) -> datetime | None:
    """Iterations start and finish with days."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) if moment else None
