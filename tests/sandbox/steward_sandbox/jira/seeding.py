"""Fills a pretended site from a backlog file.

What a file leaves out and Jira always has is filled by rule: position by file order, status by whether there is a
resolution, creation by the earliest and the last change by the latest date known, type Story, priority Medium.
"""

from collections.abc import Iterator
from datetime import datetime

from rules.model import SprintState
from steward_sandbox.backlog import Backlog, BacklogError, SeedChange, SeedItem, SeedPerson, SeedSprint
from steward_sandbox.clock import Clock, real_clock
from steward_sandbox.jira import adf, fields, lexorank
from steward_sandbox.jira.catalogue import DEFAULT_PRIORITY, DEFAULT_RESOLUTION, DEFAULT_TYPE
from steward_sandbox.jira.model import Account, ChangeItem, Comment, Doc, History, Issue, Value
from steward_sandbox.jira.site import Site
from steward_sandbox.jira.world import World

SOMEBODY = SeedPerson("Robin Field")
"""Who did what a backlog file tells without a name."""

_SIZES = {
    fields.BUSINESS_VALUE: "business_value",
    fields.TIME_CRITICALITY: "time_criticality",
    fields.RISK_REDUCTION: "risk_reduction",
}
_SYSTEM_NAMES = {
    "title": "summary",
    "type": "issuetype",
    "component": "components",
    "components": "components",
}
_CUSTOM_NAMES = {
    "acceptance_criteria": fields.CRITERIA,
    "business_value": fields.BUSINESS_VALUE,
    "time_criticality": fields.TIME_CRITICALITY,
    "risk_reduction": fields.RISK_REDUCTION,
    "rank": fields.RANK,
    "sprint": fields.SPRINT,
    "flagged": fields.FLAGGED,
}


def build_world(backlog: Backlog, *, site: Site | None = None, clock: Clock = real_clock) -> World:
    """A site that holds this backlog.

    Raises:
        BacklogError: An item has a key that Jira could not have given.
    """
    world = World(site, clock=clock)
    _Seeding(world, backlog).fill()
    world.past.clear()
    return world


def project_of(item: SeedItem) -> str:
    """Key of the project an item belongs to; Jira repeats it in the item's key."""
    project, dash, number = item.key.rpartition("-")
    if not (dash and project and number.isascii() and number.isdecimal()):
        raise BacklogError(f"{item.key}: a Jira key is a project and a number, such as PAY-12")
    return project


class _Seeding:
    def __init__(self, world: World, backlog: Backlog) -> None:
        self.world = world
        self.site = world.site
        self.items = backlog.items
        self.sprints = {sprint.name: sprint for sprint in backlog.sprints}
        self.ids = {item.key: world.counters.next("issue") for item in backlog.items}
        self.boards = {project_of(item): self.site.project(project_of(item)).board for item in backlog.items}
        self.states = dict(self._sprint_states())
        dates = [moment for item in backlog.items for moment in item.dates]
        now = world.clock()
        self.earliest, self.latest = min(dates, default=now), max(dates, default=now)

    def fill(self) -> None:
        for sprint in self.sprints.values():
            for board in self._boards_with(sprint):
                self.site.sprint(board, sprint, self.states[sprint.name])
        places = sorted(range(len(self.items)), key=lambda place: (*_given_rank(self.items[place]), place))
        ranks = dict(zip(places, lexorank.spread(len(places)), strict=True))
        for place, item in enumerate(self.items):
            self.world.put(self._issue(item, ranks[place]))
        for item in self.items:
            for link in item.links:
                if link.target in self.ids:
                    self.world.link(item.key, link.kind, link.target, None)

    def _issue(self, item: SeedItem, rank: str) -> Issue:
        words = self.site.catalogue
        status = (
            words.status(item.status, resolved=item.resolved is not None)
            if item.status
            else (words.last_status if item.resolved else words.first_status)
        )
        created = item.created or min(item.dates, default=self.earliest)
        updated = item.updated or max((created, *item.dates), default=self.latest)
        if not item.dates:
            updated = self.latest
        done = status.category == "done"
        resolved = (item.resolved or updated) if done or item.resolved else None
        resolution = (item.resolution or DEFAULT_RESOLUTION) if resolved else None
        creator = self._account(item.reporter)
        project = project_of(item)
        for name in item.components:
            words.component(project, name)
        if resolution:
            words.resolution(resolution)
        if item.security:
            words.security_level(item.security)
        return Issue(
            id=self.ids[item.key],
            key=item.key,
            project=project,
            type=words.type(item.type or DEFAULT_TYPE).name,
            summary=" ".join(item.title.split()) or item.key,
            description=self._doc(item.description),
            status=status.name,
            priority=words.priority(item.priority or DEFAULT_PRIORITY).name,
            created=created,
            updated=updated,
            status_changed=resolved or max((c.at for c in item.transitions if _is_status(c)), default=created),
            creator=creator.id,
            reporter=creator.id if item.reporter else None,
            assignee=self._account(item.assignee).id if item.assignee else None,
            rank=rank,
            resolution=resolution,
            resolved=resolved,
            labels=tuple(label.replace(" ", "-") for label in item.labels),
            components=item.components,
            parent=self.ids.get(item.parent) if item.parent else None,
            sprints=tuple(self._sprint(sprint, project) for sprint in item.sprint if self.boards[project]),
            flagged=item.flagged,
            votes=item.votes,
            security=item.security,
            custom=dict(self._custom(item, project)),
            comments=tuple(self._comments(item)),
            history=tuple(self._history(item, status.name, resolved, resolution)),
        )

    def _custom(self, item: SeedItem, project: str) -> Iterator[tuple[str, Value]]:
        values: dict[str, Value] = {self.site.points_field(project): item.points}
        values.update({field: getattr(item, name) for field, name in _SIZES.items()})
        values[fields.CRITERIA] = self._doc(item.acceptance_criteria)
        for name, value in values.items():
            if value is not None and name in self.site.fields.by_id:
                yield name, value

    def _comments(self, item: SeedItem) -> Iterator[Comment]:
        for said in sorted(item.comments, key=lambda comment: comment.at):
            author = self._account(said.by).id
            number = self.world.counters.next("comment")
            yield Comment(number, author, adf.from_text(said.text), said.at, said.at, author)

    def _history(
        self, item: SeedItem, status: str, resolved: datetime | None, resolution: str | None
    ) -> Iterator[History]:
        entries: list[tuple[datetime, SeedPerson | None, tuple[ChangeItem, ...]]] = [
            (change.at, change.by, (self._change(change),)) for change in item.transitions
        ]
        if resolved is not None and not any(map(_is_status, item.transitions)):
            words = self.site.catalogue
            first = words.first_status
            moved = ChangeItem("status", "status", False, first.id, first.name, words.status(status).id, status)
            ended = ChangeItem(
                "resolution", "resolution", after=words.resolution(resolution or ""), after_text=resolution
            )
            entries.append((resolved, item.assignee, (moved, ended)))
        for at, by, items in sorted(entries, key=lambda entry: entry[0]):
            yield History(self.world.counters.next("history"), self._account(by).id, at, items)

    def _change(self, change: SeedChange) -> ChangeItem:
        """A change of the file in Jira's words; a field that Jira has not got keeps the file's name."""
        said = change.field.casefold()
        before, after = _text(change.before), _text(change.after)
        words = self.site.catalogue
        if said == "status":
            known = [words.status(text) if text else None for text in (before, after)]
            old, new = ((found.id, found.name) if found else (None, None) for found in known)
            return ChangeItem("status", "status", False, *old, *new)
        if said == "priority":
            names = [(words.priority(text).id, text) if text else (None, None) for text in (before, after)]
            return ChangeItem("priority", "priority", False, *names[0], *names[1])
        if said == "rank":
            moved = "Ranked lower" if after and "low" in after.casefold() else "Ranked higher"
            return ChangeItem("Rank", fields.RANK, True, "", "", "", moved)
        if said in ("points", "story points"):
            field = self.site.fields.by_id.get(fields.POINTS)
        else:
            field = self.site.fields.called(_CUSTOM_NAMES.get(said) or _SYSTEM_NAMES.get(said) or change.field)
        if field is None:
            return ChangeItem(change.field, None, before_text=before, after_text=after)
        name = field.name if field.custom else field.id
        return ChangeItem(name, field.id, field.custom is not None, None, before, None, after)

    def _sprint(self, seed: SeedSprint, project: str) -> int:
        board = self.boards[project] or 0
        return self.site.sprint(board, self.sprints.get(seed.name, seed), self.states[seed.name]).id

    def _boards_with(self, sprint: SeedSprint) -> list[int]:
        """The boards whose issues are in a sprint; a sprint that nothing is in yet goes to the first board."""
        used = [self.boards[project_of(i)] for i in self.items if any(s.name == sprint.name for s in i.sprint)]
        boards = used or list(self.boards.values())[:1]
        return [board for board in dict.fromkeys(boards) if board is not None]

    def _sprint_states(self) -> Iterator[tuple[str, SprintState]]:
        """The state of every sprint: as stated, else by its dates, else by how far its items are."""
        items: dict[str, list[SeedItem]] = {}
        described: dict[str, SeedSprint] = {}
        for item in self.items:
            for sprint in item.sprint:
                items.setdefault(sprint.name, []).append(item)
                described.setdefault(sprint.name, sprint)
        now = self.world.clock()
        for name, sprint in {**described, **self.sprints}.items():
            if sprint.state is not None:
                yield name, sprint.state
            elif sprint.start or sprint.end:
                yield name, _state_by_dates(sprint, now)
            else:
                yield name, self._state_by_items(items.get(name, []))

    def _state_by_items(self, items: list[SeedItem]) -> SprintState:
        finished = [item.resolved is not None for item in items]
        if items and all(finished):
            return SprintState.CLOSED
        words = self.site.catalogue
        begun = any(item.status and words.status(item.status).category != "new" for item in items)
        return SprintState.ACTIVE if begun or any(finished) else SprintState.FUTURE

    def _account(self, person: SeedPerson | None) -> Account:
        known = person or SOMEBODY
        return self.site.accounts.named(known.name, known.type)

    def _doc(self, text: str | None) -> Doc | None:
        return adf.from_text(text) if text and text.strip() else None


def _given_rank(item: SeedItem) -> tuple[int, float, str]:
    """Numbers come first, then words, then items without a rank; within each, smaller is higher."""
    if isinstance(item.rank, (int, float)):
        return 0, float(item.rank), ""
    return (1, 0.0, item.rank) if item.rank else (2, 0.0, "")


def _state_by_dates(sprint: SeedSprint, now: datetime) -> SprintState:
    if sprint.end is not None and sprint.end < now:
        return SprintState.CLOSED
    return SprintState.ACTIVE if sprint.start is not None and sprint.start <= now else SprintState.FUTURE


def _is_status(change: SeedChange) -> bool:
    return change.field.casefold() == "status"


def _text(value: str | float | None) -> str | None:
    return f"{value:g}" if isinstance(value, (int, float)) else value
