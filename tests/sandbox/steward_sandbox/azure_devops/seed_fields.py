"""The people, iterations and field values that a backlog file names, as one organisation has them."""

from collections.abc import Iterable
from datetime import datetime

from steward_sandbox.azure_devops import names, seed_values, texts
from steward_sandbox.azure_devops.backlog_order import seeded_order
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.given import Values, account_of, default_format, field_values
from steward_sandbox.azure_devops.model import Account, Node
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.backlog import NEVER_RANKED, Backlog, SeedItem, SeedPerson, SeedSprint

_PLAIN = ("title", "priority", "assignee", "points", "business_value", "time_criticality", "risk_reduction")
"""What a line of the file calls as field values do."""


class SeedFields:
    """Looks up what a backlog file names; projects, people and iterations are made where they are missing."""

    def __init__(self, collection: Collection, backlog: Backlog) -> None:
        self.collection = collection
        self.form = default_format(collection)
        self._items = {item.key: item for item in backlog.items}
        self._sprints = {sprint.name: sprint for sprint in backlog.sprints}
        places = enumerate(backlog.ranked)
        self._orders = {item.key: seeded_order(n) for n, item in places if item.rank != NEVER_RANKED}

    def project(self, item: SeedItem) -> Project:
        """The project of an item."""
        return self.collection.project(seed_values.project_of(item))

    def account(self, person: SeedPerson | None) -> Account:
        """The account of a person."""
        return account_of(self.collection, person)

    def plan_iterations(self) -> None:
        """Make every sprint of the file an iteration of each project that uses it, or of the first one."""
        used: set[str] = set()
        for item in self._items.values():
            for sprint in _sprints_of(item):
                self.iteration(self.project(item), sprint)
                used.add(sprint.name)
        for name, sprint in self._sprints.items():
            if name not in used:
                self.iteration(next(iter(self.collection.projects.values())), sprint)

    def iteration(self, project: Project, sprint: SeedSprint) -> Node:
        """The iteration of a sprint, below the project's root and selected by its team."""
        trees, described = self.collection.trees, self._sprints.get(sprint.name, sprint)
        node = trees.ensure(project.iterations, seed_values.parts_of(sprint.name))
        self.collection.select_iteration(self.collection.default_team(project), node.id)
        start, end = described.start or node.start, described.end or node.finish
        return trees.set_dates(node.id, _day(start), _day(end))

    def type(self, item: SeedItem) -> Type:
        """The type of an item."""
        above = self._items.get(item.parent or "")
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
        values |= {names.TYPE: kind.name, project.process.order: self._orders.get(item.key)}
        return {ref: value for ref, value in values.items() if value is not None and ref in kind.fields}


def _sprints_of(item: SeedItem) -> Iterable[SeedSprint]:
    """The sprints that an item is in, and those that its history names."""
    yield from item.sprint
    for change in item.transitions:
        if seed_values.meaning_of(change.field) == "iteration":
            yield from (SeedSprint(str(name)) for name in (change.before, change.after) if name)


def _day(moment: datetime | None) -> datetime | None:
    """Iterations start and finish with days."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) if moment else None
