"""A work item with the attributes and values that all trackers share."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

import msgspec
from msgspec import Struct, field

from rules.model.feedback import Feedback
from rules.model.rich_text import RichText, has_unreadable_part, only_unreadable


class ItemKind(StrEnum):
    """The kind of work, independent of the tracker's name for the type."""

    STORY = "story"
    BUG = "bug"
    TASK = "task"
    SUBTASK = "sub-task"
    FEATURE = "feature"
    EPIC = "epic"
    INITIATIVE = "initiative"
    OTHER = "other"


class HierarchyLevel(StrEnum):
    """The level of an item in the hierarchy of a backlog."""

    PORTFOLIO = "portfolio"
    """Features, epics and higher levels: ranked separately from stories, and often in progress for months."""
    REQUIREMENT = "requirement"
    """What a team plans into sprints: stories, bugs, and tasks that are not part of another item."""
    TASK = "task"
    """Steps of a requirement, which are not ranked by themselves."""


class StatusCategory(StrEnum):
    """The progress of an item, independent of the team's names for statuses."""

    TO_DO = "to do"
    IN_PROGRESS = "in progress"
    DONE = "done"
    REMOVED = "removed"
    UNKNOWN = "unknown"


_ENDED_CATEGORIES = (StatusCategory.DONE, StatusCategory.REMOVED)
"""Kept here because Python 3.11 looks up the members of an enumeration slowly."""


class SprintState(StrEnum):
    """Whether a sprint is planned, running or over."""

    FUTURE = "future"
    ACTIVE = "active"
    CLOSED = "closed"


class Sprint(Struct, frozen=True, gc=False, omit_defaults=True):
    """A sprint for which an item is or was planned. All times are in UTC.

    Attributes:
        state: Whether it is planned, running or over.
        start, end: The planned or actual dates; None if unknown.
        board: The id of the board on which it was created; empty if unknown.
    """

    id: str
    name: str
    state: SprintState
    start: datetime | None = None
    end: datetime | None = None
    goal: str = ""
    board: str = ""

    @property
    def is_coming(self) -> bool:
        """Whether it has not ended."""
        return self.state is not SprintState.CLOSED

    @property
    def sort_key(self) -> tuple[bool, bool, float, str]:
        """A key for sorting active and future sprints: active ones first, then by start date."""
        start = self.start.timestamp() if self.start else 0.0
        return self.state is not SprintState.ACTIVE, self.start is None, start, self.name


def boards_of(sprints: Sequence[Sprint]) -> tuple[str, ...]:
    """Return the ids of the boards to which sprints belong, each once."""
    return tuple(dict.fromkeys(sprint.board for sprint in sprints if sprint.board))


class Link(Struct, frozen=True, gc=False, omit_defaults=True):
    """A link from an item to another one.

    Attributes:
        kind: The name of the link as seen from this item, such as "blocks", "is blocked by" or "duplicates".
        target: The key of the other item.
        tracker: The name of the tracker of the other item; empty if it is the same tracker.
    """

    kind: str
    target: str
    tracker: str = ""


class Release(Struct, frozen=True, gc=False, omit_defaults=True):
    """A release, or version, that an item is planned for.

    Attributes:
        day: The day on which it is planned to come out, or came out; None if nobody has set one.
        released: Whether it is out.
    """

    name: str
    day: date | None = None
    released: bool = False


class Demand(Struct, frozen=True, gc=False):
    """Numbers that show how much people want an item. A decision about the item stores the first two.

    Attributes:
        links: The number of links, including links to duplicates.
        votes: The number of people who voted for it; None as in `WorkItem`.
        records: The number of records of customers' feedback about it.
        latest_record: The day of the latest of these; None if none has a day.
    """

    links: int = 0
    votes: int | None = None
    records: int = 0
    latest_record: date | None = None


class WorkItem(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One item of a backlog, as last read from its tracker.

    None means that the item has no such value, or that it is unknown; it never means zero. All times are in UTC.

    Attributes:
        tracker: The name of the tracker in the configuration.
        id: The tracker's id, which does not change when the item is moved or renamed.
        key: The key that people use, such as PAY-12. It may change when the item is moved.
        url: The address of its web page.
        project: Key or name of the project.
        type: The type as the tracker names it.
        kind: The kind of work, independent of the tracker.
        level: Its level in the hierarchy of the backlog.
        title: The title, on one line.
        text: The description, as blocks of text without markup.
        criteria: The content of the fields for acceptance criteria; None if the item does not have such a field.
        status: The status as the tracker names it.
        category: The progress that the status means.
        priority: The priority as the tracker names it.
        priority_is_default: Whether new items get this priority if nobody chooses one; None if unknown.
        points: The team's estimate, in whatever unit the team uses.
        value, urgency, risk: The three inputs of cost of delay (business value, time criticality, risk reduction or
            opportunity enablement), in the team's own relative units.
        effort: The job size, if the tracker has it in a field other than points.
        created, updated, started, resolved: When it was created, last changed, first worked on, and finished.
        changed_by_person: When a person (or a customer) last changed or commented on it. Changes by programs, or of
            only the rank or the labels, do not count.
        discussed: When a person last commented on it.
        ranked_by_person: When a person last moved it up or down in the backlog; None if the history contains no such
            move.
        text_changed: When a person last changed its description or criteria; None if never or unknown.
        question_asked: When the last comment by a person was written; None if it does not end in a question, or not
            everybody can read it.
        rank: The value by which the tracker sorts the backlog. Its format differs, so compare positions in the backlog.
        due: The day by which it should be finished, as set on the item itself.
        sprints: All sprints that it is or was in.
        area: The area path, if the tracker has area paths.
        team_field: The value of the tracker's own field for teams.
        team: The team to which it belongs according to the configuration. Empty in the mirror (the copy of the tracker
            in the store), because teams are determined when the mirror is read.
        parent: Key of its parent.
        feedback: What customers asked for or said about it, as far as it is recorded. Empty in the mirror.
        votes: Number of people who voted for it; None if the tracker has no votes, or if unknown.
        flagged: Whether people marked it as blocked.
        assigned: Whether it has an assignee. The name is not stored.
        restricted: Whether only some of the people who see the backlog may see it.
        public: Whether customers would read a comment that this service wrote on it.
        fields: The values of the fields that this service may write, by the tracker's field id.
        unknown: The names of the attributes that could not be read. Their values here may be outdated or empty.
        version: The version in the tracker, which changes whenever the tracker stores a change to the item.
    """

    tracker: str
    id: str
    key: str
    url: str = ""
    project: str = ""
    type: str = ""
    kind: ItemKind = ItemKind.OTHER
    level: HierarchyLevel = HierarchyLevel.REQUIREMENT
    title: str = ""
    text: RichText = ()
    criteria: RichText | None = None
    status: str = ""
    category: StatusCategory = StatusCategory.UNKNOWN
    priority: str | None = None
    priority_is_default: bool | None = None
    points: float | None = None
    value: float | None = None
    urgency: float | None = None
    risk: float | None = None
    effort: float | None = None
    created: datetime | None = None
    updated: datetime | None = None
    started: datetime | None = None
    resolved: datetime | None = None
    changed_by_person: datetime | None = None
    discussed: datetime | None = None
    ranked_by_person: datetime | None = None
    text_changed: datetime | None = None
    question_asked: datetime | None = None
    rank: str | None = None
    due: date | None = None
    releases: tuple[Release, ...] = ()
    sprints: tuple[Sprint, ...] = ()
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    area: str | None = None
    team_field: str | None = None
    team: str = ""
    parent: str | None = None
    links: tuple[Link, ...] = ()
    feedback: Feedback | None = None
    votes: int | None = None
    flagged: bool = False
    assigned: bool | None = None
    restricted: bool = False
    public: bool = False
    fields: dict[str, str | float | None] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    version: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is neither finished nor removed."""
        return self.category not in _ENDED_CATEGORIES

    @property
    def has_begun(self) -> bool:
        """Whether work on it is in progress; false once it is finished."""
        return self.category is StatusCategory.IN_PROGRESS

    @property
    def coming_releases(self) -> tuple[Release, ...]:
        """The releases that are not out yet."""
        return tuple(release for release in self.releases if not release.released)

    @property
    def deadline(self) -> date | None:
        """The earlier of its due date and the date of its first coming release; None if neither is known."""
        return first_deadline(self.due, self.releases)

    def is_known(self, attribute: str) -> bool:
        """Whether an attribute could be read completely."""
        return attribute not in self.unknown and not (
            attribute in ("text", "criteria") and has_unreadable_part(getattr(self, attribute) or ())
        )

    def without_texts(self) -> "WorkItem":
        """Return the item without description and criteria. A placeholder remains for unreadable content."""
        if not (self.text or self.criteria):
            return self
        criteria = None if self.criteria is None else only_unreadable(self.criteria)
        return msgspec.structs.replace(self, text=only_unreadable(self.text), criteria=criteria)

    @property
    def has_known_sprints(self) -> bool:
        """Whether its sprints could be read completely."""
        return self.is_known("sprints")

    @property
    def is_ranked(self) -> bool:
        """Whether it has a rank in the backlog."""
        return self.rank is not None

    @property
    def boards(self) -> tuple[str, ...]:
        """The ids of the boards to which its sprints belong."""
        return boards_of(self.sprints)

    @property
    def demand(self) -> Demand:
        """The numbers that show how much people want the item."""
        if self.feedback is None:
            return Demand(len(self.links), self.votes)
        records = sum(self.feedback.counts.values())
        return Demand(len(self.links), self.votes, records, self.feedback.latest)


def first_deadline(due: date | None, releases: Sequence[Release]) -> date | None:
    """Return the earlier of a due date and the date of the first coming release; None if neither is known."""
    dates = [release.day for release in releases if release.day and not release.released]
    return min([*dates, due] if due else dates, default=None)


class FieldChange(Struct, frozen=True, gc=False, omit_defaults=True):
    """A change in the history of an item.

    Attributes:
        at: When it was made, in UTC.
        field: What was changed: "status", "rank", "sprint", "points", "priority" or "flagged"; for anything else, a
            name that depends on the tracker.
        before, after: The values as text; empty if there was none.
        by_person: Whether a person made it, and not this service, another program or the tracker itself.
    """

    at: datetime
    field: str
    before: str = ""
    after: str = ""
    by_person: bool = True


def split_sprint_names(value: str) -> tuple[str, ...]:
    """Return the sprints in a value of a `FieldChange` of "sprint".

    The value contains names or ids separated by commas, or an iteration path of Azure DevOps that ends with the name.
    """
    return tuple(name.strip().rpartition("\\")[2] for name in value.split(",") if name.strip())
