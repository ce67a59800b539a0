"""The people, iterations and field values that a backlog file names, as one organisation has them."""

from collections.abc import Mapping
from datetime import datetime

from steward_sandbox.azure_devops import names, seed_values, texts
from steward_sandbox.azure_devops.backlog_order import seeded_order
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.fields import EMPTY
from steward_sandbox.azure_devops.model import Account, AccountKind, Format, Node, Value
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.backlog import NEVER_RANKED, Backlog, SeedItem, SeedPerson, SeedSprint

SOMEBODY = SeedPerson("Robin Field")
"""Who did what a backlog file tells without a name."""

Values = dict[str, Value | None]


class SeedFields:
    """Looks up what a backlog file names; projects, people and iterations are made where they are missing."""

    def __init__(self, collection: Collection, backlog: Backlog) -> None:
        self.collection = collection
        self.form: Format = "markdown" if collection.markdown else "html"
        self._items = {item.key: item for item in backlog.items}
        self._sprints = {sprint.name: sprint for sprint in backlog.sprints}
        ranked = sorted(backlog.items, key=_given_rank)
        self._orders = {item.key: seeded_order(n) for n, item in enumerate(ranked) if item.rank != NEVER_RANKED}

    def project(self, item: SeedItem) -> Project:
        """The project of an item."""
        return self.collection.project(seed_values.project_of(item))

    def account(self, person: SeedPerson | None) -> Account:
        """The account of a person."""
        known = person or SOMEBODY
        kind: AccountKind = "service" if known.type == "app" else "person"
        return self.collection.accounts.named(known.name, kind, email=known.email)

    def plan_iterations(self) -> None:
        """Make every sprint of the file an iteration of each project that uses it, or of the first one."""
        used = {
            sprint.name: self.iteration(self.project(i), sprint) for i in self._items.values() for sprint in i.sprint
        }
        first = next(iter(self.collection.projects.values()))
        for name, sprint in self._sprints.items():
            if name not in used:
                self.iteration(first, sprint)

    def iteration(self, project: Project, sprint: SeedSprint) -> Node:
        """The iteration of a sprint, below the project's root and selected by its team."""
        trees = self.collection.trees
        known = trees.named("iteration", project.id, sprint.name)
        if known is not None and known.id != project.iterations:
            return known
        described = self._sprints.get(sprint.name, sprint)
        node = trees.add("iteration", project.id, sprint.name, project.iterations)
        self.collection.select_iteration(self.collection.default_team(project), node.id)
        return trees.set_dates(node.id, _day(described.start), _day(described.end))

    def type(self, item: SeedItem) -> Type:
        """The type of an item."""
        above = self._items.get(item.parent or "")
        under_story = above is not None and (above.type or "").casefold() not in ("epic", "feature", "initiative")
        return seed_values.type_of(item.type, self.project(item).process, under_story=under_story)

    def values(self, item: SeedItem) -> dict[str, Value]:
        """The fields of an item as they are in the end, without its iteration and what comes of comments."""
        project, kind = self.project(item), self.type(item)
        tags = [*item.labels, *(["Blocked"] if item.flagged and names.BLOCKED not in kind.fields else [])]
        effort = project.process.effort_of(kind.name)
        values: Values = {
            names.TYPE: kind.name,
            names.TITLE: " ".join(item.title.split())[:255] or item.key,
            names.STATE: seed_values.state_of(item.status, kind, resolved=item.resolved is not None),
            names.AREA_ID: self.collection.trees.ensure(project.areas, seed_values.area_of(item)).id,
            names.PRIORITY: seed_values.priority_of(item.priority) if item.priority else None,
            names.ASSIGNED: self.account(item.assignee).id if item.assignee else None,
            names.BUSINESS_VALUE: None if item.business_value is None else round(item.business_value),
            names.TIME_CRITICALITY: item.time_criticality,
            names.RISK_REDUCTION: item.risk_reduction,
            names.BLOCKED: "Yes" if item.flagged else None,
            names.TAGS: tuple(self.collection.tag(project, tag.replace(";", ",")) for tag in dict.fromkeys(tags)),
            project.process.order: self._orders.get(item.key),
            **({effort: item.points} if effort else {}),
            **self._texts(item, kind),
        }
        return {ref: v for ref, v in values.items() if ref in kind.fields and v is not None and v not in EMPTY}

    def _texts(self, item: SeedItem, kind: Type) -> Mapping[str, str]:
        """The long texts; without a field for acceptance criteria they are a section of the main text."""
        description, criteria = (item.description or "").strip(), (item.acceptance_criteria or "").strip()
        body = texts.typed(description, self.form) if description else ""
        if criteria and names.CRITERIA in kind.fields:
            return {kind.text_field: body, names.CRITERIA: texts.typed(criteria, self.form)}
        section = texts.section("Acceptance Criteria", criteria, self.form) if criteria else ""
        return {kind.text_field: (body + section).lstrip()}


def _given_rank(item: SeedItem) -> tuple[int, float, str]:
    """Numbers come first, then words, then items without a rank; within each, smaller is higher."""
    if isinstance(item.rank, (int, float)):
        return 0, float(item.rank), ""
    return (1, 0.0, item.rank) if item.rank else (2, 0.0, "")


def _day(moment: datetime | None) -> datetime | None:
    """Iterations start and finish with days."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) if moment else None
