"""What an organisation holds. All of it is frozen: a change is a new value, so that older ones can be kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

Value = str | int | float | bool | datetime | tuple[str, ...]
"""The value of a field: tags are a tuple, a person is the id of an account, an area is the id of its node."""

EMPTY = (None, "", ())
"""What counts as no value."""

Format = Literal["html", "markdown"]
NodeKind = Literal["area", "iteration"]
AccountKind = Literal["person", "service"]


class Account(Struct, frozen=True):
    r"""A person or a service.

    Attributes:
        unique_name: An e-mail address, or `DOMAIN\user` on a server; empty where it is hidden.
        through_api: Whether it was first seen as the owner of a token, such as the service under test.
    """

    id: str
    name: str
    unique_name: str
    kind: AccountKind = "person"
    through_api: bool = False

    @property
    def role(self) -> AccountKind:
        return "service" if self.through_api else self.kind

    @property
    def combined(self) -> str:
        return f"{self.name} <{self.unique_name}>" if self.unique_name else self.name


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

    def frame(self, now: datetime) -> str | None:
        """Whether its dates are past, current or future; the finish is its last day. None without dates."""
        if self.start is None and self.finish is None:
            return None
        if self.finish is not None and self.finish + timedelta(days=1) <= now:
            return "past"
        return "current" if self.start is None or self.start <= now else "future"


class Team(Struct, frozen=True, kw_only=True):
    """A team of a project with its settings.

    Attributes:
        areas: Nodes whose items, and those below, are the team's; the first is the default.
        bugs: `off`, `asTasks` or `asRequirements`.
    """

    id: str
    project: str
    name: str
    bugs: str
    areas: tuple[int, ...]
    iterations: tuple[int, ...] = ()


class Relation(Struct, frozen=True):
    """A link as seen from one of its items; `rel` says the direction, as in `System.LinkTypes.Hierarchy-Forward`."""

    rel: str
    other: int


class LinkEvent(Struct, frozen=True):
    """A link that was added or removed, as the links feed shows it: without a direction, from its source."""

    watermark: int
    at: datetime
    by: str
    type: str
    source: int
    target: int
    active: bool


class Revision(Struct, frozen=True, kw_only=True):
    """An item as it was between two saves.

    Attributes:
        watermark: Its place in the revision feed.
        formats: The formats of fields that are not HTML.
    """

    item: int
    rev: int
    at: datetime
    by: str
    watermark: int
    fields: Mapping[str, Value]
    formats: Mapping[str, Format] = {}
    history: str | None = None
    about_comment: bool = False
    deleted: bool = False

    @property
    def tags(self) -> tuple[str, ...]:
        tags = self.fields.get("System.Tags", ())
        return tags if isinstance(tags, tuple) else ()

    def node(self, ref: str) -> int:
        node = self.fields[ref]
        assert isinstance(node, int)
        return node


class CommentVersion(Struct, frozen=True):
    """The text of a comment until it was edited."""

    text: str
    by: str
    at: datetime
    deleted: bool = False


class Comment(Struct, frozen=True):
    id: int
    format: Format
    versions: tuple[CommentVersion, ...]

    @property
    def now(self) -> CommentVersion:
        return self.versions[-1]


class WorkItem(Struct, frozen=True, kw_only=True):
    """A work item with its whole history.

    Attributes:
        key: What a backlog file calls it.
        hidden: Whether callers of the API may not see it, for whatever reason.
    """

    id: int
    revisions: tuple[Revision, ...]
    comments: tuple[Comment, ...] = ()
    key: str | None = None
    hidden: bool = False
    deleted: bool = False

    @property
    def now(self) -> Revision:
        return self.revisions[-1]

    @property
    def rev(self) -> int:
        return self.now.rev

    @property
    def fields(self) -> Mapping[str, Value]:
        """The stored values of its fields, without those that follow from elsewhere."""
        return self.now.fields

    @property
    def type(self) -> str:
        return str(self.fields["System.WorkItemType"])

    @property
    def title(self) -> str:
        return str(self.fields["System.Title"])

    @property
    def state(self) -> str:
        return str(self.fields["System.State"])

    @property
    def tags(self) -> tuple[str, ...]:
        return self.now.tags

    @property
    def shown_comments(self) -> list[Comment]:
        return [comment for comment in self.comments if not comment.now.deleted]
