"""A work item: one vocabulary for every tracker, frozen once read."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from rules.model.rich_text import RichText, has_unreadable_part


class ItemKind(StrEnum):
    """What sort of work an item is, whatever the tracker calls its type."""

    STORY = "story"
    BUG = "bug"
    TASK = "task"
    SUBTASK = "sub-task"
    FEATURE = "feature"
    EPIC = "epic"
    INITIATIVE = "initiative"
    OTHER = "other"


class HierarchyLevel(StrEnum):
    """Where in the hierarchy of a backlog an item stands."""

    PORTFOLIO = "portfolio"
    """Features, epics and what lies above them: ordered apart from stories, finished over months."""
    REQUIREMENT = "requirement"
    """What a team pulls into a sprint: stories, bugs, tasks that stand on their own."""
    TASK = "task"
    """Steps inside a requirement; nobody ranks them by themselves."""


class StatusCategory(StrEnum):
    """How far an item is, whatever a team names its statuses."""

    TO_DO = "to do"
    IN_PROGRESS = "in progress"
    DONE = "done"
    REMOVED = "removed"
    UNKNOWN = "unknown"


class SprintState(StrEnum):
    """Whether a sprint is still to come."""

    FUTURE = "future"
    ACTIVE = "active"
    CLOSED = "closed"


class Sprint(Struct, frozen=True, gc=False, omit_defaults=True):
    """A time-box that an item is or was planned into. All times in UTC.

    Attributes:
        board: Id of the board it was created on; empty where it is not known.
    """

    id: str
    name: str
    state: SprintState
    start: datetime | None = None
    end: datetime | None = None
    goal: str = ""
    board: str = ""


def boards_of(sprints: Sequence[Sprint]) -> tuple[str, ...]:
    """Ids of the boards that sprints belong to, each once."""
    return tuple(dict.fromkeys(sprint.board for sprint in sprints if sprint.board))


class Link(Struct, frozen=True, gc=False, omit_defaults=True):
    """A link from an item to another one.

    Attributes:
        kind: The tracker's words, as read from this item: "blocks", "is blocked by", "duplicates".
        target: Key of the other item, as people write it.
        tracker: Name of the other item's tracker; empty when it is the same one.
    """

    kind: str
    target: str
    tracker: str = ""


class DecisionEvidence(Struct, frozen=True, gc=False):
    """How much speaks for an item besides its own words.

    Attributes:
        links: How many links it has, those to duplicates among them.
        votes: How many people voted for it; None where the tracker has no votes.
    """

    links: int = 0
    votes: int | None = None


class WorkItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item of a backlog as it stands in its tracker.

    None means "the tracker does not say"; it is never the same as zero or empty.

    Attributes:
        tracker: Name of the tracker in the configuration.
        id: The tracker's own id, which outlives moves and renames.
        key: What people call the item, such as PAY-12. May change when an item moves.
        url: Where a person opens it.
        project: Key or name of the project.
        type: The type as the tracker names it.
        kind: The same in the common vocabulary.
        level: Where in the hierarchy it stands.
        title: One line.
        text: The description as rendered blocks.
        criteria: Content of the fields kept for acceptance criteria; None where the item has no such field.
        status: As the tracker names it.
        category: How far it is.
        priority: As the tracker names it.
        priority_is_default: Whether that is what a new item gets without anybody choosing; None: not known.
        points: The team's estimate, in whatever unit the team uses.
        value, urgency, risk: The three inputs of cost of delay (business value, time criticality, risk reduction or
            opportunity enablement), in the team's own relative units.
        effort: Job size where it is kept apart from points.
        created, updated, started, resolved: UTC. `started` is when work on it first began.
        changed_by_person: When a person last changed or discussed the item; ours and other bots' doings not counted.
        discussed: When a person last commented on it.
        ranked_by_person: When a person last moved it up or down; None: never, as far as the history tells.
        rank: Opaque position marker of the tracker; compare only through the order that the tracker gives.
        sprints: Every sprint it is or was in.
        labels, components: As the tracker keeps them.
        area: Area path, where the tracker has one.
        team_field: Value of the tracker's own field for teams.
        team: The team it belongs to by the configuration; empty in the mirror.
        parent: Key of the item above it.
        links: Links to other items.
        votes: How many people voted for it.
        flagged: Whether people marked it as blocked.
        assigned: Whether somebody is named to work on it. Who, is not kept.
        restricted: Whether the tracker shows it to some people only.
        public: Whether customers can read its comments.
        fields: Current values of the fields the service may write, by the tracker's field id.
        unknown: Names of attributes that could not be read or understood, or that the tracker does not tell. Whatever
            they hold is not the item's present state.
        version: The tracker's stamp of this state; equal stamps, equal content.
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
    rank: str | None = None
    sprints: tuple[Sprint, ...] = ()
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    area: str | None = None
    team_field: str | None = None
    team: str = ""
    parent: str | None = None
    links: tuple[Link, ...] = ()
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
        """Whether somebody may still have to work on it."""
        return self.category not in (StatusCategory.DONE, StatusCategory.REMOVED)

    def is_known(self, attribute: str) -> bool:
        """Whether an attribute could be read, and read in full."""
        return attribute not in self.unknown and not (
            attribute in ("text", "criteria") and has_unreadable_part(getattr(self, attribute) or ())
        )

    @property
    def boards(self) -> tuple[str, ...]:
        """Ids of the boards that its sprints belong to."""
        return boards_of(self.sprints)

    @property
    def evidence(self) -> DecisionEvidence:
        """What a decision about it is weighed against later."""
        return DecisionEvidence(len(self.links), self.votes)


class FieldChange(Struct, frozen=True, gc=False, omit_defaults=True):
    """One change in the life of an item.

    Attributes:
        at: UTC.
        field: What changed, in the common vocabulary: "status", "rank", "sprint", "points", "priority", "flagged", or
            the tracker's own name for anything else.
        before, after: The values as text; empty when there was none.
        by_person: False for this service, other automation and the tracker itself.
    """

    at: datetime
    field: str
    before: str = ""
    after: str = ""
    by_person: bool = True
