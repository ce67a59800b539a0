"""A work item with the attributes and values that all trackers share."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct, field

from rules.model.feedback import Feedback
from rules.model.rich_text import RichText, has_unreadable_part


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
    """Features, epics and higher levels: ranked separately from stories, finished over months."""
    REQUIREMENT = "requirement"
    """What a team pulls into a sprint: stories, bugs, and tasks that are not part of another item."""
    TASK = "task"
    """Steps of a requirement, which are not ranked by themselves."""


class StatusCategory(StrEnum):
    """The progress of an item, independent of the team's names for statuses."""

    TO_DO = "to do"
    IN_PROGRESS = "in progress"
    DONE = "done"
    REMOVED = "removed"
    UNKNOWN = "unknown"


class SprintState(StrEnum):
    """Whether a sprint is planned, running or over."""

    FUTURE = "future"
    ACTIVE = "active"
    CLOSED = "closed"


class Sprint(Struct, frozen=True, gc=False, omit_defaults=True):
    """A time-box that an item is or was planned into. All times in UTC.

    Attributes:
        board: Id of the board on which it was created; empty if unknown.
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
        """Whether work planned into it can still be done in it."""
        return self.state is not SprintState.CLOSED

    @property
    def sort_key(self) -> tuple[bool, bool, float, str]:
        """Orders coming sprints: active ones first, then by start date."""
        start = self.start.timestamp() if self.start else 0.0
        return self.state is not SprintState.ACTIVE, self.start is None, start, self.name


def boards_of(sprints: Sequence[Sprint]) -> tuple[str, ...]:
    """Ids of the boards that sprints belong to, each once."""
    return tuple(dict.fromkeys(sprint.board for sprint in sprints if sprint.board))


class Link(Struct, frozen=True, gc=False, omit_defaults=True):
    """A link from an item to another one.

    Attributes:
        kind: The tracker's phrase for the link from this item: "blocks", "is blocked by", "duplicates".
        target: Key of the other item.
        tracker: Name of the other item's tracker; empty if it is the same tracker.
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


class DecisionEvidence(Struct, frozen=True, gc=False):
    """Numbers of an item that show how much people want it. They are stored with a decision about the item.

    Attributes:
        links: Number of links, including links to duplicates.
        votes: Number of people who voted for it; None if the tracker does not have votes.
    """

    links: int = 0
    votes: int | None = None


class WorkItem(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One item of a backlog, as last read from its tracker.

    None means that the value is unknown; it never means zero or empty. All times are in UTC.

    Attributes:
        tracker: Name of the tracker in the configuration.
        id: The tracker's id, which does not change when the item is moved or renamed.
        key: The key that people use, such as PAY-12. It may change when the item is moved.
        url: The address of its web page.
        project: Key or name of the project.
        type: The type as the tracker names it.
        kind: The type in the shared vocabulary.
        level: Its level in the hierarchy.
        title: The title, on one line.
        text: The description, as blocks of text without markup.
        criteria: The content of the fields for acceptance criteria; None if the item does not have such a field.
        status: The status as the tracker names it.
        category: The progress that the status stands for.
        priority: The priority as the tracker names it.
        priority_is_default: Whether new items get this priority if nobody chooses one; None if unknown.
        points: The team's estimate, in whatever unit the team uses.
        value, urgency, risk: The three inputs of cost of delay (business value, time criticality, risk reduction or
            opportunity enablement), in the team's own relative units.
        effort: The job size, if the tracker has it in a field other than points.
        created, updated, started, resolved: When it was created, last changed, first worked on, and finished.
        changed_by_person: When a person last changed or commented on it. Changes by programs do not count.
        discussed: When a person last commented on it.
        ranked_by_person: When a person last moved it up or down; None if the history shows no such move.
        text_changed: When a person last changed its description or criteria; None if never or unknown.
        question_asked: When a person wrote the last comment; None if it does not end in a question.
        rank: The tracker's opaque rank value. It cannot be compared; use the order of the backlog.
        due: The day by which it should be finished, as set on the item itself.
        releases: The releases that it is planned for.
        sprints: All sprints that it is or was in.
        labels, components: Their names in the tracker.
        area: The area path, if the tracker has area paths.
        team_field: The value of the tracker's own field for teams.
        team: The team that it belongs to according to the configuration. Empty in the mirror, our copy of a tracker.
        parent: Key of its parent.
        links: Links to other items.
        feedback: What customers asked for or said about it, as far as it is recorded. Empty in the mirror.
        votes: Number of people who voted for it; None if unknown.
        flagged: Whether people marked it as blocked.
        assigned: Whether it has an assignee. The name is not stored.
        restricted: Whether the tracker shows it only to some people.
        public: Whether customers can read its comments.
        fields: Current values of the fields the service may write, by the tracker's field id.
        unknown: Names of the attributes that could not be read. Their values here may be outdated or empty.
        version: The tracker's version stamp. Equal stamps mean equal content.
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
        return self.category not in (StatusCategory.DONE, StatusCategory.REMOVED)

    @property
    def has_begun(self) -> bool:
        """Whether somebody works on it."""
        return self.category is StatusCategory.IN_PROGRESS

    @property
    def coming_releases(self) -> tuple[Release, ...]:
        """The releases that are not out yet."""
        return tuple(release for release in self.releases if not release.released)

    @property
    def deadline(self) -> date | None:
        """The earlier of its due date and the date of its first coming release; None if neither is known."""
        dates = [release.day for release in self.coming_releases if release.day]
        return min([*dates, self.due] if self.due else dates, default=None)

    def is_known(self, attribute: str) -> bool:
        """Whether an attribute could be read completely."""
        return attribute not in self.unknown and not (
            attribute in ("text", "criteria") and has_unreadable_part(getattr(self, attribute) or ())
        )

    @property
    def boards(self) -> tuple[str, ...]:
        """Ids of the boards that its sprints belong to."""
        return boards_of(self.sprints)

    @property
    def evidence(self) -> DecisionEvidence:
        """The numbers that a decision about the item records."""
        return DecisionEvidence(len(self.links), self.votes)


class FieldChange(Struct, frozen=True, gc=False, omit_defaults=True):
    """One change in the history of an item.

    Attributes:
        at: When it was made, UTC.
        field: The changed attribute, in the shared vocabulary: "status", "rank", "sprint", "points", "priority",
            "flagged", or the tracker's own name for anything else.
        before, after: The values as text; empty if there was none.
        by_person: False for changes by this service, other programs and the tracker itself.
    """

    at: datetime
    field: str
    before: str = ""
    after: str = ""
    by_person: bool = True
