"""The items of a tracker in memory, and what happens to them."""

import itertools
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.comments import Author, CommentTag
from rules.model import FieldChange, HierarchyLevel, Release, StatusCategory

STEWARD = "Steward"
"""Display name of the service's account."""

CATEGORIES = {
    "To Do": StatusCategory.TO_DO,
    "In Progress": StatusCategory.IN_PROGRESS,
    "In Review": StatusCategory.IN_PROGRESS,
    "Done": StatusCategory.DONE,
}
_NOT_SEEN = frozenset(
    {
        "updated",
        "history",
        "label_adders",
        "label_removers",
        "field_editors",
        "comment_deletions",
        "comments",
        "written",
    }
)
_SHORT_TEXTS = frozenset({"status", "points", "priority", "sprint", "parent", "type"})


@dataclass(frozen=True)
class Account:
    """Somebody who can change items."""

    name: str
    author: Author = Author.PERSON

    @property
    def id(self) -> str:
        """The tracker's own name for them."""
        return "account-" + self.name.casefold().replace(" ", "-")

    @property
    def names(self) -> frozenset[str]:
        """The names by which a configuration may call them."""
        return frozenset({self.id, self.name, f"{self.name.split(' ', maxsplit=1)[0].lower()}@example.com"})


US = Account(STEWARD, Author.THIS_SERVICE)


@dataclass
class MemorySprint:
    """A sprint of the whole tracker."""

    id: str
    name: str
    state: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class MemoryComment:
    """A comment; `body` is wiki markup."""

    id: str
    author: Account
    created: datetime
    updated: datetime
    body: str
    edited_by: Account | None = None
    tag: CommentTag | None = None
    restricted: bool = False


@dataclass
class MemoryItem:
    """An item; texts are wiki markup, other items are named by id."""

    id: str
    key: str
    project: str
    title: str
    created: datetime
    updated: datetime
    creator: Account
    type: str = "Story"
    status: str = "To Do"
    description: str = ""
    acceptance_criteria: str = ""
    priority: str | None = None
    points: float | None = None
    values: dict[str, float | None] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)
    resolved: datetime | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    releases: tuple[Release, ...] = ()
    sprints: tuple[str, ...] = ()
    parent: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    votes: int = 0
    flagged: bool = False
    assignee: str | None = None
    security: str | None = None
    hidden: bool = False
    former_keys: list[str] = field(default_factory=list)
    comments: list[MemoryComment] = field(default_factory=list)
    history: list[FieldChange] = field(default_factory=list)
    label_adders: dict[str, tuple[datetime, Account]] = field(default_factory=dict)
    label_removers: dict[str, Account] = field(default_factory=dict)
    field_editors: dict[str, Account] = field(default_factory=dict)
    comment_deletions: list[tuple[datetime, Account]] = field(default_factory=list)

    @property
    def category(self) -> StatusCategory:
        """How far it is."""
        return CATEGORIES.get(self.status, StatusCategory.UNKNOWN)

    @property
    def level(self) -> HierarchyLevel:
        """Epics stand above all other items."""
        return HierarchyLevel.PORTFOLIO if self.type == "Epic" else HierarchyLevel.REQUIREMENT


class MemoryWorld:
    """All items of all projects, in rank order.

    Attributes:
        changed: Ids of changed items, oldest first; a position in it is a position of `Source.changes`.
        denied: Projects in which the service may not write.
        public: Projects whose comments customers can read.
    """

    def __init__(self, backlog: Any, clock: Any) -> None:
        self.clock = clock
        self.items: dict[str, MemoryItem] = {}
        self.rank: list[str] = []
        self.sprints: dict[str, MemorySprint] = {}
        self.changed: list[str] = []
        self.denied: set[str] = set()
        self.public: set[str] = set()
        self._numbers = itertools.count(10001)
        self._last = datetime.min.replace(tzinfo=UTC)
        self._seed(backlog)

    def item(self, ref: str) -> MemoryItem:
        """An item by id or key."""
        found = self.find(ref)
        if found is None:
            raise KeyError(ref)
        return found

    def find(self, ref: str) -> MemoryItem | None:
        """An item by id, key or former key; None if it does not exist."""
        known = (one for one in self.items.values() if ref in (one.key, *one.former_keys))
        return self.items.get(ref) or next(known, None)

    def issue(self, ref: str) -> MemoryItem:
        """The same, by the name that a Jira sandbox has for it."""
        return self.item(ref)

    def create(self, project: str, title: str, who: Account, **values: Any) -> MemoryItem:
        """Add an item at the end of the order."""
        number = self._next_number(project)
        at = self._stamp()
        made = MemoryItem(self._id(), f"{project}-{number}", project, title, at, at, who)
        self.items[made.id] = made
        self.rank.append(made.id)
        self.changed.append(made.id)
        self.edit(made.id, who, **values)
        made.label_adders.clear()
        made.field_editors.clear()
        return made

    def edit(self, ref: str, who: Account, **values: Any) -> MemoryItem:
        """Change attributes. Unchanged values leave no trace."""
        item = self.item(ref)
        different = {name: value for name, value in values.items() if self._current(item, name) != value}
        if not different:
            return item
        at = self._stamp()
        for name, value in different.items():
            before = self._current(item, name)
            if name == "labels":
                item.label_adders |= {label: (at, who) for label in value if label not in item.labels}
                item.label_removers |= {label: who for label in item.labels if label not in value}
            if hasattr(item, name):
                setattr(item, name, value)
            elif name in ("business_value", "time_criticality", "risk_reduction"):
                item.values[name] = value
            else:
                item.written[name] = value
                item.field_editors[name] = who
            if name == "status":
                item.resolved = at if item.category is StatusCategory.DONE else None
            texts = [_as_text(value) for value in (before, value)] if name in _SHORT_TEXTS else ["", ""]
            if name == "sprints":
                name, texts = "sprint", [", ".join(before), ", ".join(value)]  # noqa: PLW2901 - as trackers call it
            item.history.append(FieldChange(at, name, *texts, by_person=who.author.is_human))
        self._touch(item, at)
        return item

    def move_before(self, ref: str, before: str, who: Account) -> None:
        """Move an item up or down."""
        item = self.item(ref)
        self.rank.remove(item.id)
        self.rank.insert(self.rank.index(self.item(before).id), item.id)
        at = self._stamp()
        item.history.append(FieldChange(at, "rank", by_person=who.author.is_human))
        self._touch(item, at)

    def link(self, ref: str, kind: str, other: str) -> None:
        """Link two items in both directions."""
        one, two = self.item(ref), self.item(other)
        back = {"blocks": "is blocked by", "is blocked by": "blocks"}.get(kind, kind)
        one.links.append((kind, two.id))
        two.links.append((back, one.id))
        for item in (one, two):
            self._touch(item, self._stamp())

    def move(self, ref: str, project: str) -> MemoryItem:
        """Move an item to another project; it gets a new key."""
        item = self.item(ref)
        number = self._next_number(project)
        item.former_keys.append(item.key)
        item.project, item.key = project, f"{project}-{number}"
        self._touch(item, self._stamp())
        return item

    def delete(self, ref: str) -> None:
        """Delete an item, and its links."""
        gone = self.item(ref)
        del self.items[gone.id]
        self.rank.remove(gone.id)
        for other in self.items.values():
            if any(target == gone.id for _, target in other.links) or other.parent == gone.id:
                other.links = [link for link in other.links if link[1] != gone.id]
                other.parent = None if other.parent == gone.id else other.parent
                self._touch(other, self._stamp())

    def hide(self, ref: str, *, hidden: bool) -> None:
        """Hide an item from the service, or show it again."""
        item = self.item(ref)
        item.hidden, item.security = hidden, "Confidential" if hidden else None
        self._touch(item, self._stamp())

    def comment(self, ref: str, who: Account, body: str, tag: CommentTag | None = None, **more: Any) -> MemoryComment:
        """Write a comment."""
        item, at = self.item(ref), self._stamp()
        made = MemoryComment(self._id(), who, at, at, body, tag=tag, **more)
        item.comments.append(made)
        self._touch(item, at)
        return made

    def edit_comment(
        self, comment: str, who: Account, body: str, tag: CommentTag | None = None, **more: Any
    ) -> MemoryComment:
        """Replace the text of a comment. The item's version stays as it is."""
        (item,) = (one for one in self.items.values() if any(said.id == comment for said in one.comments))
        place = [said.id for said in item.comments].index(comment)
        before = item.comments[place]
        now = replace(before, body=body, updated=self._stamp(), edited_by=who, tag=tag or before.tag, **more)
        item.comments[place] = now
        return now

    def delete_comment(self, comment: str, who: Account) -> None:
        """Delete a comment. The item's version stays as it is."""
        for item in self.items.values():
            if any(one.id == comment for one in item.comments):
                item.comments = [one for one in item.comments if one.id != comment]
                item.comment_deletions.append((self.clock(), who))

    def set_sprint(self, name: str, state: str) -> None:
        """Start or close a sprint. The versions of its items stay as they are."""
        sprint = self.sprints[name]
        sprint.state = state
        if state == "active":
            sprint.start = self.clock()
            sprint.end = self.clock() + timedelta(days=14)

    def snapshot(self) -> dict[str, Any]:
        """What people see, by key."""
        ranks = {ident: place for place, ident in enumerate(self.rank)}
        return {
            item.key: deepcopy(
                {name: value for name, value in vars(item).items() if name not in _NOT_SEEN}
                | {"rank": ranks[item.id], "labels": sorted(item.labels)}
                | {"comments": [{"author": one.author.name, "text": one.body} for one in item.comments]}
                | {"fields": {name: value for name, value in item.written.items() if value is not None}}
            )
            for item in self.items.values()
        }

    def _current(self, item: MemoryItem, name: str) -> Any:
        return getattr(item, name) if hasattr(item, name) else (item.values | item.written).get(name)

    def _touch(self, item: MemoryItem, at: datetime) -> None:
        item.updated = at
        self.changed.append(item.id)

    def _next_number(self, project: str) -> int:
        keys = [key for one in self.items.values() for key in (one.key, *one.former_keys)]
        taken = [int(key.rpartition("-")[2]) for key in keys if key.startswith(f"{project}-")]
        return max(taken, default=0) + 1

    def _stamp(self) -> datetime:
        moment = self.clock()
        moment -= timedelta(microseconds=moment.microsecond % 1000)
        self._last = max(moment, self._last + timedelta(milliseconds=1))
        return self._last

    def _id(self) -> str:
        return str(next(self._numbers))

    def _seed(self, backlog: Any) -> None:
        for sprint in backlog.sprints:
            state = sprint.state or sprint.state_by_dates(self.clock()) or "future"
            self.sprints[sprint.name] = MemorySprint(self._id(), sprint.name, str(state), sprint.start, sprint.end)
        ids = {seed.key: self._id() for seed in backlog.items}
        now = self.clock()
        for seed in backlog.items:
            created = seed.created or min(seed.dates, default=now)
            item = MemoryItem(
                id=ids[seed.key],
                key=seed.key,
                project=seed.key.rpartition("-")[0],
                title=" ".join(seed.title.split()),
                created=created,
                updated=seed.updated or max((created, *seed.dates)),
                creator=_account(seed.reporter),
                type=seed.type or "Story",
                status=seed.status or ("Done" if seed.resolved else "To Do"),
                description=seed.description or "",
                acceptance_criteria=seed.acceptance_criteria or "",
                priority=seed.priority,
                points=seed.points,
                values={
                    name: value
                    for name in ("business_value", "time_criticality", "risk_reduction")
                    if (value := getattr(seed, name)) is not None
                },
                resolved=seed.resolved,
                labels=tuple(label.replace(" ", "-") for label in seed.labels),
                components=seed.components,
                releases=tuple(Release(one.name, one.day and one.day.date(), one.released) for one in seed.releases),
                sprints=tuple(self._sprint(sprint).name for sprint in seed.sprint),
                parent=ids.get(seed.parent or ""),
                votes=seed.votes,
                flagged=seed.flagged,
                assignee=seed.assignee.name if seed.assignee else None,
                security=seed.security,
            )
            for change in sorted(seed.transitions, key=lambda change: change.at):
                who = _account(change.by)
                texts = [_as_text(value) for value in (change.before, change.after)]
                item.history.append(FieldChange(change.at, change.field, *texts, by_person=who.author.is_human))
            for comment in sorted(seed.comments, key=lambda comment: comment.at):
                who = _account(comment.by)
                item.comments.append(MemoryComment(self._id(), who, comment.at, comment.at, comment.text))
            self.items[item.id] = item
        for seed in backlog.items:
            for link in seed.links:
                if link.target in ids:
                    self._seed_link(ids[seed.key], link.kind, ids[link.target])
        ranked = sorted(backlog.items, key=lambda seed: _given_rank(seed.rank))
        self.rank = [ids[seed.key] for seed in ranked]

    def _seed_link(self, one: str, kind: str, other: str) -> None:
        items = (self.items[one], self.items[other])
        stamps = [item.updated for item in items]
        self.link(one, kind, other)
        for item, stamp in zip(items, stamps, strict=True):
            item.updated = stamp
        self.changed.clear()

    def _sprint(self, seed: Any) -> MemorySprint:
        if seed.name not in self.sprints:
            self.sprints[seed.name] = MemorySprint(self._id(), seed.name, str(seed.state or "future"))
        return self.sprints[seed.name]


def _given_rank(rank: Any) -> tuple[int, float, str]:
    if isinstance(rank, (int, float)):
        return 0, float(rank), ""
    return (1, 0.0, rank) if rank else (2, 0.0, "")


def _account(person: Any) -> Account:
    if person is None:
        return Account("Robin Field")
    return Account(person.name, AUTHORS[person.type])


AUTHORS = {"atlassian": Author.PERSON, "app": Author.OTHER_PROGRAM, "customer": Author.CUSTOMER}
"""Who is behind an account of each type of a backlog file."""


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, Iterable) and not isinstance(value, str) else str(value)
