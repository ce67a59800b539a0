"""What a pretended organisation holds. All of it is frozen: a change is a new value, so that older ones can be kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

Value = str | int | float | bool | datetime | tuple[str, ...]
"""The value of a field: tags are a tuple, a person is the id of an account, an area is the id of its node."""

Format = Literal["html", "markdown"]
NodeKind = Literal["area", "iteration"]
AccountKind = Literal["person", "service"]


class Account(Struct, frozen=True):
    r"""Somebody with an identity: a person, or a service.

    Attributes:
        id: A GUID.
        unique_name: An e-mail address, or `DOMAIN\user` on a server; may be empty.
        through_api: Whether it was first seen as the owner of a token, such as the service under test.
    """

    id: str
    name: str
    unique_name: str
    kind: AccountKind = "person"
    time_zone: str = "Etc/UTC"
    through_api: bool = False


class Node(Struct, frozen=True, kw_only=True):
    """A node of a project's tree of areas or iterations; its root has the project's name."""

    id: int
    guid: str
    name: str
    kind: NodeKind
    project: str
    parent: int | None = None
    start: datetime | None = None
    finish: datetime | None = None


class TeamArea(Struct, frozen=True):
    """A value of the field by which items belong to a team; for areas the id of a node."""

    value: int | str
    include_children: bool = False


class Team(Struct, frozen=True, kw_only=True):
    """A team of a project, with what it has chosen in its settings.

    Attributes:
        areas: Which items are the team's; the first is the default.
        iterations: The iterations it has selected.
        backlog_iteration: Below it lie the team's iterations; None is a new team that has not chosen one.
        bugs: `off`, `asTasks` or `asRequirements`.
        hidden_levels: Ids of backlog levels that it does not show.
        capacities: Hours a day by iteration and account.
    """

    id: str
    project: str
    name: str
    bugs: str
    areas: tuple[TeamArea, ...] = ()
    iterations: tuple[int, ...] = ()
    backlog_iteration: int | None = None
    default_iteration: int | None = None
    hidden_levels: frozenset[str] = frozenset()
    members: tuple[str, ...] = ()
    capacities: Mapping[tuple[int, str], float] = {}


class Relation(Struct, frozen=True):
    """A link as seen from one of its items; `rel` says the direction, as in `System.LinkTypes.Hierarchy-Forward`."""

    rel: str
    other: int
    comment: str = ""


class LinkEvent(Struct, frozen=True):
    """A link that came or went, as the feed of links tells it: without a direction, from its source."""

    watermark: int
    at: datetime
    by: str
    type: str
    source: int
    target: int
    active: bool
    comment: str = ""


class Revision(Struct, frozen=True, kw_only=True):
    """An item as it was between two saves.

    Attributes:
        watermark: Its place in the feed of revisions.
        formats: The fields that are not HTML, with their format.
        history: What was said with this save.
        comment: Id and version of the comment that this save was about.
    """

    rev: int
    at: datetime
    by: str
    watermark: int
    fields: Mapping[str, Value]
    formats: Mapping[str, Format] = {}
    history: str | None = None
    comment: tuple[int, int] | None = None
    deleted: bool = False


class Update(Struct, frozen=True, kw_only=True):
    """One step in an item's life; changing links alone is a step that makes no revision."""

    id: int
    rev: int
    at: datetime
    by: str
    revised: bool
    added: tuple[Relation, ...] = ()
    removed: tuple[Relation, ...] = ()


class CommentVersion(Struct, frozen=True):
    """What a comment said, until it was edited."""

    text: str
    by: str
    at: datetime
    deleted: bool = False


class Comment(Struct, frozen=True):
    """A comment with everything it ever said."""

    id: int
    format: Format
    versions: tuple[CommentVersion, ...]

    @property
    def now(self) -> CommentVersion:
        """What it says now."""
        return self.versions[-1]


class Deletion(Struct, frozen=True):
    """When an item went to the recycle bin, and who put it there."""

    at: datetime
    by: str


class WorkItem(Struct, frozen=True, kw_only=True):
    """A work item with its whole history.

    Attributes:
        key: What a backlog file calls it.
        hidden: Whether callers of the API may not see it, for whatever reason.
    """

    id: int
    revisions: tuple[Revision, ...]
    updates: tuple[Update, ...]
    comments: tuple[Comment, ...] = ()
    key: str | None = None
    hidden: bool = False
    deleted: Deletion | None = None

    @property
    def now(self) -> Revision:
        """The item as it is."""
        return self.revisions[-1]

    @property
    def rev(self) -> int:
        """Number of the current revision."""
        return self.revisions[-1].rev

    @property
    def fields(self) -> Mapping[str, Value]:
        """The stored values of its fields; those that follow from elsewhere are not among them."""
        return self.revisions[-1].fields

    @property
    def type(self) -> str:
        """Its type."""
        return str(self.fields["System.WorkItemType"])

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.fields["System.Title"])

    @property
    def state(self) -> str:
        """Its state."""
        return str(self.fields["System.State"])

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        tags = self.fields.get("System.Tags", ())
        return tags if isinstance(tags, tuple) else ()

    def as_of(self, moment: datetime) -> Revision | None:
        """The item as it was at a moment; None before it was created."""
        return next((revision for revision in reversed(self.revisions) if revision.at <= moment), None)


class Place(Struct, frozen=True):
    """A revision's place in the feed."""

    watermark: int
    item: int
    rev: int
    at: datetime


class Mail(Struct, frozen=True):
    """One occasion on which people were told about a change."""

    item: int
    by: str
    about: Literal["edit", "comment"]
