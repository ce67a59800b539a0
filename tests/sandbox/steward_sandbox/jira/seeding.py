"""Fills a Jira site from a backlog file.

What a file leaves out and Jira always has is filled by rule: rank by file order, status by whether there is a date of
resolution, creation by the earliest and the last change by the latest date known, type Story. The rest stays empty.
"""

from collections.abc import Iterator
from datetime import datetime

from steward_sandbox.backlog import (
    SOMEBODY,
    Backlog,
    BacklogError,
    SeedChange,
    SeedComment,
    SeedItem,
    SeedPerson,
    SeedSprint,
    SprintState,
)
from steward_sandbox.clock import Clock, real_clock
from steward_sandbox.data_files import load_json
from steward_sandbox.jira import adf, changelog, fields, lexorank
from steward_sandbox.jira.model import Account, ChangeItem, Comment, Doc, History, Issue, Value
from steward_sandbox.jira.site import DEFAULT_RESOLUTION, DEFAULT_TYPE, Site
from steward_sandbox.jira.world import World

_FIELDS_OF_HISTORY: dict[str, str] = fields.PLANNING | load_json("jira", "site")["fields_of_history"]
"""The ids of fields that the history of a backlog file calls by other names."""
_PLANNED = ("points", "business_value", "time_criticality", "risk_reduction")


def build_world(backlog: Backlog, *, site: Site | None = None, clock: Clock = real_clock) -> World:
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
        self.world, self.site, self.items = world, world.site, backlog.items
        self.catalogue = self.site.catalogue
        for name, projects in backlog.fields.items():
            self.site.fields.restrict(name, projects)
        self.sprints = {sprint.name: sprint for sprint in backlog.sprints}
        self.ids = {item.key: next(world.counters["issue"]) for item in backlog.items}
        self.boards = {project_of(item): self.site.project(project_of(item)).board for item in backlog.items}
        for board in backlog.boards:
            self.site.add_board(self.site.project(board.project).key, board.name, board.type)
        self.members: dict[str, list[SeedItem]] = {}
        for item in self.items:
            for sprint in item.sprint:
                self.members.setdefault(sprint.name, []).append(item)
        self.ranks = dict(zip((item.key for item in backlog.ranked), lexorank.spread(len(backlog.items)), strict=True))
        self.span = backlog.span(world.clock())

    def fill(self) -> None:
        for sprint in self.sprints.values():
            # A sprint that nothing is in yet goes to the first board.
            used = [self.boards[project_of(item)] for item in self.members.get(sprint.name, ())]
            for board in dict.fromkeys(used or list(self.boards.values())[:1]):
                self._sprint(sprint, board)
        for item in self.items:
            self.world.put(self._issue(item))
        for item in self.items:
            for link in item.links:
                if link.target in self.ids:
                    self.world.link(item.key, link.kind, link.target, None)

    def _issue(self, item: SeedItem) -> Issue:
        catalogue, project = self.catalogue, project_of(item)
        name = item.status or ("Done" if item.resolved else "To Do")
        status = catalogue.final_status(name) if item.resolved else catalogue.statuses[name]
        created, updated = item.lifetime(self.span)
        resolution = item.resolution or (DEFAULT_RESOLUTION if item.resolved else None)
        creator = self._account(item.reporter)
        for name in item.components:
            catalogue.component(project, name)
        return Issue(
            id=self.ids[item.key],
            key=item.key,
            project=project,
            type=catalogue.types[item.type or DEFAULT_TYPE].name,
            summary=" ".join(item.title.split()) or item.key,
            description=_doc(item.description),
            status=status.name,
            priority=item.priority and catalogue.priorities[item.priority].name,
            created=created,
            updated=updated,
            status_changed=item.resolved or max((c.at for c in item.transitions if _is_status(c)), default=created),
            creator=creator.id,
            reporter=creator.id if item.reporter else None,
            assignee=self._account(item.assignee).id if item.assignee else None,
            rank=self.ranks[item.key],
            resolution=resolution and catalogue.resolutions[resolution].name,
            resolved=item.resolved,
            labels=tuple(label.replace(" ", "-") for label in item.labels),
            components=item.components,
            due=item.due,
            releases=item.releases,
            parent=self.ids.get(item.parent) if item.parent else None,
            sprints=tuple(n for sprint in item.sprint if (n := self._sprint(sprint, self.boards[project]))),
            flagged=item.flagged,
            votes=item.votes,
            security=item.security and catalogue.security_levels[item.security].name,
            custom=dict(self._custom(item, project)),
            comments=tuple(map(self._comment, sorted(item.comments, key=lambda comment: comment.at))),
            history=tuple(self._history(item, status.name, resolution)),
        )

    def _custom(self, item: SeedItem, project: str) -> Iterator[tuple[str, Value]]:
        given = {fields.PLANNING[name]: getattr(item, name) for name in _PLANNED}
        values = given | {fields.CRITERIA: _doc(item.acceptance_criteria)}
        known = {field.id for field in self.site.fields.of_project(project)}
        return ((name, value) for name, value in values.items() if value is not None and name in known)

    def _comment(self, seed: SeedComment) -> Comment:
        author, number = self._account(seed.by).id, next(self.world.counters["comment"])
        return Comment(number, author, adf.from_text(seed.text), seed.at, seed.at, author)

    def _history(self, item: SeedItem, status: str, resolution: str | None) -> Iterator[History]:
        """The changelog, oldest first; a resolution without any change of status gets an entry."""
        entries: list[tuple[datetime, SeedPerson | None, tuple[ChangeItem, ...]]] = [
            (change.at, change.by, (self._change(change),)) for change in item.transitions
        ]
        if item.resolved is not None and not any(map(_is_status, item.transitions)):
            moved, ended = self._side("status", "To Do"), self._side("status", status)
            result = self._side("resolution", resolution)
            moves = ChangeItem("status", "status", False, *moved, *ended)
            ends = ChangeItem("resolution", "resolution", False, None, None, *result)
            entries.append((item.resolved, item.assignee, (moves, ends)))
        for at, by, items in sorted(entries, key=lambda entry: entry[0]):
            yield History(next(self.world.counters["history"]), self._account(by).id, at, items)

    def _change(self, change: SeedChange) -> ChangeItem:
        """A change as Jira writes it; a field that Jira does not have keeps the file's name."""
        name, before, after = change.field.casefold(), changelog.as_text(change.before), changelog.as_text(change.after)
        if name in ("status", "priority"):
            return ChangeItem(name, name, False, *self._side(name, before), *self._side(name, after))
        if name == "rank":
            return changelog.ranked(higher="low" not in (after or "").casefold())
        known = self.site.fields.called(_FIELDS_OF_HISTORY.get(name, change.field))
        if known is None:
            return ChangeItem(change.field, None, before_text=before, after_text=after)
        shown = known.name if known.custom else known.id
        return ChangeItem(shown, known.id, bool(known.custom), None, before, None, after)

    def _side(self, field: str, name: str | None) -> changelog.Side:
        if not name:
            return None, None
        if field == "status":
            status = self.catalogue.statuses[name]
            return status.id, status.name
        known = (self.catalogue.priorities if field == "priority" else self.catalogue.resolutions)[name]
        return known.id, known.name

    def _sprint(self, seed: SeedSprint, board: int | None) -> int | None:
        """The sprint on a board, in the state that is stated, that its dates tell, or that its items are in."""
        if board is None:
            return None
        sprint, members = self.sprints.get(seed.name, seed), self.members.get(seed.name, [])
        state = sprint.state or sprint.state_by_dates(self.world.clock()) or self._state_by_items(members)
        return self.site.sprint(board, sprint, state).id

    def _state_by_items(self, items: list[SeedItem]) -> SprintState:
        finished = [item.resolved is not None for item in items]
        if items and all(finished):
            return SprintState.CLOSED
        begun = any(item.status and self.catalogue.statuses[item.status].category != "new" for item in items)
        return SprintState.ACTIVE if begun or any(finished) else SprintState.FUTURE

    def _account(self, person: SeedPerson | None) -> Account:
        known = person or SOMEBODY
        return self.site.accounts.named(known.name, known.type, email=known.email)


def _is_status(change: SeedChange) -> bool:
    return change.field.casefold() == "status"


def _doc(text: str | None) -> Doc | None:
    return adf.from_text(text) if text and text.strip() else None
