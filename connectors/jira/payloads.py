"""The JSON of Jira that is used. Attributes that a site may leave out are optional.

Source: Atlassian's OpenAPI description of Jira Cloud REST v3, and responses recorded from real sites.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from connectors import lenient_json
from connectors.markup.adf import Node

JiraText = Node | str | None
"""A document in version 3 of the API, wiki markup in version 2."""


class User(Struct, gc=False, rename="camel"):
    """An account, and whether a person is behind it."""

    account_id: str | None = None
    account_type: str | None = None
    name: str | None = None
    key: str | None = None
    display_name: str | None = None
    email_address: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """All names of this account."""
        names = (self.account_id, self.name, self.key, self.display_name, self.email_address)
        return frozenset(name for name in names if name)


class HistoryItem(Struct, gc=False):
    """One field of one change."""

    field: str = ""
    field_id: str | None = msgspec.field(default=None, name="fieldId")
    before_id: str | None = msgspec.field(default=None, name="from")
    before: str | None = msgspec.field(default=None, name="fromString")
    after_id: str | None = msgspec.field(default=None, name="to")
    after: str | None = msgspec.field(default=None, name="toString")


class History(Struct, gc=False):
    """One change of an issue. `created` is a date in most responses, and milliseconds in the bulk changelog."""

    created: datetime | int
    id: str = ""
    author: User | None = None
    items: list[HistoryItem] = field(default_factory=list)


class Changelog(Struct):
    """A page of changes, to be decoded as `History` individually; `total` is the number of all changes."""

    total: int = 0
    histories: list[Raw] = field(default_factory=list)


class IssueHistory(Struct):
    """An issue with its changes."""

    id: str
    changelog: Changelog | None = None


class Property(Struct):
    """An entity property."""

    key: str = ""
    value: Any = None


class JiraComment(Struct, rename="camel"):
    """A comment.

    Attributes:
        visibility: The role or group that may read it, if not everybody.
        jsd_public: Whether service-desk customers can read it; None outside of service desks and on Data Center.
        unreadable_members: Names of the members that have an unexpected format and are left out.
    """

    id: str
    created: datetime | None = None
    updated: datetime | None = None
    body: JiraText = None
    author: User | None = None
    update_author: User | None = None
    properties: list[Property] = field(default_factory=list)
    visibility: Any = None
    jsd_public: bool | None = None
    unreadable_members: frozenset[str] = field(default=frozenset(), name="-")


class WrittenComment(Struct):
    """A comment as Jira stored it."""

    id: str
    created: datetime
    body: JiraText = None


class CommentPage(Struct):
    """A page of comments, to be decoded by `decode_comments`; `total` is the number of all comments."""

    comments: list[Raw] = field(default_factory=list)
    total: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether the page contains all comments of the issue."""
        return len(self.comments) >= self.total


class CommentList(Struct):
    """Comments requested by id, to be decoded by `decode_comments`."""

    values: list[Raw] = field(default_factory=list)


def decode_comments(raw_comments: Iterable[Raw]) -> tuple[list[JiraComment], int]:
    """Decode comments without their unreadable members; also returns the number of entries that are not comments."""
    comments: dict[str, JiraComment] = {}
    other_count = 0
    for raw in raw_comments:
        comment, unreadable = lenient_json.decode_members(raw, JiraComment)
        if comment is None:
            other_count += 1
        else:
            comments[comment.id] = (
                msgspec.structs.replace(comment, unreadable_members=unreadable) if unreadable else comment
            )
    return list(comments.values()), other_count


class IssueRef(Struct):
    """The id and the key of an issue. Only long lists on Data Center need the key."""

    id: str
    key: Any = ""


class IssueIds(Struct, rename="camel"):
    """A page of a search for ids. `left_out` counts unreadable entries."""

    issues: list[IssueRef] = field(default_factory=list)
    next_page_token: str | None = None
    is_last: bool | None = None
    total: int | None = None
    left_out: int = field(default=0, name="-")


class _Updated(Struct):
    updated: Any = None


class StampedIssue(Struct):
    """An issue's id and when it last changed."""

    id: str
    fields: _Updated = field(default_factory=_Updated)
    key: str = ""

    @property
    def updated(self) -> datetime | None:
        """When it last changed; None if that is unreadable."""
        try:
            return msgspec.convert(self.fields.updated, datetime)
        except msgspec.ValidationError:
            return None


class StampedIssues(Struct, rename="camel"):
    """A page of a search for stamps."""

    issues: list[StampedIssue] = field(default_factory=list)
    next_page_token: str | None = None
    is_last: bool | None = None
    total: int | None = None


class Project(Struct, rename="camel"):
    """The project of an issue."""

    key: str = ""
    project_type_key: str = ""


class ListedProject(Struct):
    """A project in a list of projects."""

    key: str
    name: str = ""


class ListedProjects(Struct):
    """The first page of projects, by name."""

    values: list[ListedProject] = field(default_factory=list)


class _ProjectField(Struct):
    project: Project


class IssueWithProject(Struct):
    """An issue and its project."""

    id: str
    key: str
    fields: _ProjectField


class IssuesWithProject(Struct, rename="camel"):
    """A page of a search for the projects of issues."""

    issues: list[IssueWithProject] = field(default_factory=list)
    next_page_token: str | None = None
    is_last: bool | None = None


class IssueError(Struct, rename="camel"):
    """An issue that Jira failed to read."""

    id: str | int = ""
    error_message: str | None = None


class BulkIssues(Struct, rename="camel"):
    """A bulk read. Issues are decoded individually, so that an unreadable value affects only its issue."""

    issues: list[msgspec.Raw] = field(default_factory=list)
    issue_errors: list[IssueError] = field(default_factory=list)


class ExistingIssues(Struct, rename="camel"):
    """A bulk read that only checks whether issues exist. `left_out` counts unreadable entries."""

    issues: list[IssueRef] = field(default_factory=list)
    issue_errors: list[IssueError] = field(default_factory=list)
    left_out: int = field(default=0, name="-")


class TenantInfo(Struct, rename="camel"):
    """The id of a site at Atlassian's gateway."""

    cloud_id: str


class IssueChangelog(Struct, rename="camel"):
    """Changes of one issue in a bulk changelog, to be decoded as `History`. They may continue on the next page."""

    issue_id: str
    change_histories: list[Raw] = field(default_factory=list)


class BulkChangelog(Struct, rename="camel"):
    """A page of a bulk changelog. It does not show whether it is the last page."""

    issue_change_logs: list[IssueChangelog] = field(default_factory=list)
    next_page_token: str | None = None
    is_last: bool | None = None

    @property
    def issues(self) -> list[IssueChangelog]:
        """The content of the page."""
        return self.issue_change_logs


class FieldSchema(Struct):
    """The type of a field. `custom` is empty for standard fields."""

    type: str = ""
    custom: str = ""


class JiraField(Struct):
    """A field of a site."""

    id: str
    name: str = ""
    schema: FieldSchema | None = None


class Board(Struct):
    """A board."""

    id: int


class Boards(Struct, rename="camel"):
    """A page of boards. `left_out` counts unreadable entries."""

    values: list[Board] = field(default_factory=list)
    is_last: bool = True
    left_out: int = field(default=0, name="-")


class BoardSprint(Struct, rename="camel"):
    """A sprint as its board shows it."""

    id: int
    state: str = ""
    name: str = ""
    start_date: str | None = None
    end_date: str | None = None
    goal: str | None = None


class BoardSprints(Struct, rename="camel"):
    """A page of a board's sprints. `left_out` counts unreadable entries."""

    values: list[BoardSprint] = field(default_factory=list)
    is_last: bool = True
    left_out: int = field(default=0, name="-")


class _Category(Struct):
    key: str = ""


class SiteStatus(Struct, rename="camel"):
    """A status of the site."""

    id: str
    status_category: _Category | None = None


class _EstimationField(Struct, rename="camel"):
    field_id: str = ""


class _Estimation(Struct):
    field: _EstimationField | None = None


class BoardConfiguration(Struct):
    """The configuration of a board: the field for estimates."""

    estimation: _Estimation | None = None


class Priority(Struct, rename="camel"):
    """A priority; new issues get the default one."""

    name: str = ""
    is_default: bool = False


class PriorityPage(Struct):
    """The first page of priorities. Sites have only one page."""

    values: list[Priority] = field(default_factory=list)
