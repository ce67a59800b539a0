"""What a Jira site holds. All of it is frozen: a change is a new value, so that older ones can be kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from steward_sandbox.backlog import AccountType, SeedRelease, SprintState

Doc = dict[str, Any]
"""A text as Jira Cloud keeps it: an Atlassian document."""

Value = float | str | Doc | None
"""The value of a custom field: a number, the name of an option, or a text."""


class Account(Struct, frozen=True):
    """Somebody with an account: a person, an app, or a customer of a service desk.

    Attributes:
        email_visible: Whether others see the e-mail address, where a Jira shows addresses at all.
        through_api: Whether it was first seen as the user of an API token, such as the service under test.
    """

    id: str
    name: str
    email: str
    type: AccountType = "atlassian"
    time_zone: str = "Etc/UTC"
    email_visible: bool = True
    through_api: bool = False

    @property
    def username(self) -> str:
        """What the person signs in with on Data Center."""
        return self.email.partition("@")[0]

    @property
    def key(self) -> str:
        """What names the person on Data Center for good."""
        return f"JIRAUSER{int(self.id[2:10], 16)}"

    @property
    def role(self) -> str:
        """The type, or `service` for an account that no person of the site has."""
        return "service" if self.through_api else self.type


class Named(Struct, frozen=True):
    """A priority, a resolution, a component, a security level, or an option of a field."""

    id: str
    name: str


class Category(Struct, frozen=True):
    """A category of statuses; `key` is one of new, indeterminate, done."""

    id: int
    key: str
    name: str
    color: str


class Status(Named, frozen=True):
    """A status; `category` is the key of one."""

    category: str


class IssueType(Named, frozen=True):
    """An issue type; `level` is 1 for epics, 0 for stories, -1 for sub-tasks."""

    level: int


class LinkType(Named, frozen=True):
    """A link type with its words in both directions."""

    inward: str
    outward: str


class Project(Struct, frozen=True):
    id: str
    key: str
    name: str
    kind: str = "software"
    board: int | None = None


class Board(Struct, frozen=True):
    """A board of a project; `kind` is one of scrum, kanban."""

    id: int
    project: str
    name: str
    kind: str

    @property
    def filter_id(self) -> int:
        """The id of the saved filter that selects the issues of the board."""
        return 10_000 + self.id


class Sprint(Struct, frozen=True):
    id: int
    board: int
    name: str
    state: SprintState
    start: datetime | None = None
    end: datetime | None = None
    completed: datetime | None = None
    goal: str = ""


class Comment(Struct, frozen=True):
    """A comment; its author does not change when somebody else edits it."""

    id: int
    author: str
    body: Doc
    created: datetime
    updated: datetime
    editor: str
    visibility: Mapping[str, Any] | None = None
    properties: Mapping[str, Any] = {}

    @property
    def public(self) -> bool:
        """Whether a customer of a service desk could read it: always, unless it was sent as internal."""
        sent = self.properties.get("sd.public.comment")
        return not (isinstance(sent, Mapping) and sent.get("internal") is True)


class Worklog(Struct, frozen=True):
    id: int
    author: str
    started: datetime
    seconds: int
    created: datetime
    comment: Doc | None = None


class ChangeItem(Struct, frozen=True):
    """One field in an entry of a changelog."""

    field: str
    field_id: str | None
    custom: bool = False
    before: str | None = None
    before_text: str | None = None
    after: str | None = None
    after_text: str | None = None


class History(Struct, frozen=True):
    id: int
    author: str
    at: datetime
    items: tuple[ChangeItem, ...]


class IssueLink(Struct, frozen=True):
    """A link as seen from one of its two issues."""

    id: int
    type: str
    outward: bool
    other: int


class Issue(Struct, frozen=True, kw_only=True):
    """An issue at one moment.

    Attributes:
        status_changed: When it last moved between status categories.
        votes: How many votes it had from people that a backlog file does not name.
        hidden: Whether callers of the API may not see it, for whatever reason.
        custom: Values of custom fields by field id; absent ones are empty.
    """

    id: int
    key: str
    project: str
    type: str
    summary: str
    status: str
    created: datetime
    updated: datetime
    status_changed: datetime
    creator: str
    rank: str
    priority: str | None = None
    description: Doc | None = None
    resolution: str | None = None
    resolved: datetime | None = None
    reporter: str | None = None
    assignee: str | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    due: datetime | None = None
    releases: tuple[SeedRelease, ...] = ()
    parent: int | None = None
    links: tuple[IssueLink, ...] = ()
    sprints: tuple[int, ...] = ()
    flagged: bool = False
    votes: int = 0
    voters: frozenset[str] = frozenset()
    watchers: frozenset[str] = frozenset()
    worklogs: tuple[Worklog, ...] = ()
    security: str | None = None
    hidden: bool = False
    custom: Mapping[str, Value] = {}
    comments: tuple[Comment, ...] = ()
    history: tuple[History, ...] = ()
    properties: Mapping[str, Any] = {}
