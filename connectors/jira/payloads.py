"""The types of the JSON that Jira returns, with the members that are used.

Source: Atlassian's OpenAPI description of Jira Cloud REST v3, and responses recorded from real sites. Members that a
site may leave out have a default. Members whose JSON name is "-" are not in the JSON; they are set when it is decoded.
The number of entries of a list that could not be decoded is in `left_out` if `lenient_json.decode` decodes the list,
and in `undecodable_count` if its entries are decoded one by one.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from connectors import lenient_json
from connectors.markup.adf import Node

JiraText = Node | str | None
"""A long text: a document in the Atlassian Document Format in version 3 of the API, wiki markup in version 2."""


class User(Struct, gc=False, rename="camel"):
    """An account. `account_type` is "atlassian" for a person, "app" for a program, and "customer" for a customer."""

    account_id: str | None = None
    account_type: str | None = None
    name: str | None = None
    key: str | None = None
    display_name: str | None = None
    email_address: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The ids, names and e-mail address of the account, without those that it lacks."""
        return _known_names(self.account_id, self.name, self.key, self.display_name, self.email_address)


@lru_cache(10_000)
def _known_names(*names: str | None) -> frozenset[str]:
    """The names without those that are missing. A site has few accounts, which wrote thousands of comments."""
    return frozenset([name for name in names if name])


class HistoryItem(Struct, gc=False):
    """The change of one field. `before` and `after` are display values; a status is identified by its ids."""

    field: str = ""
    field_id: str | None = msgspec.field(default=None, name="fieldId")
    before_id: str | None = msgspec.field(default=None, name="from")
    before: str | None = msgspec.field(default=None, name="fromString")
    after_id: str | None = msgspec.field(default=None, name="to")
    after: str | None = msgspec.field(default=None, name="toString")


class History(Struct, gc=False):
    """A change of an issue, of one or more fields.

    Attributes:
        created: When it was made: a date in most responses, and milliseconds since 1970 in the bulk changelog.
    """

    created: datetime | int
    id: str = ""
    author: User | None = None
    items: list[HistoryItem] = field(default_factory=list)


class Changelog(Struct):
    """A page of changes, each of which is decoded separately as `History`; `total` is the number of all changes."""

    total: int = 0
    histories: list[Raw] = field(default_factory=list)


class DecodedChangelog(Struct):
    """A page of changes that are decoded.

    Attributes:
        total: The number of all changes.
        undecodable_count: The number of changes on the page that could not be decoded.
    """

    total: int = 0
    histories: list[History] = field(default_factory=list)
    undecodable_count: int = field(default=0, name="-")

    @property
    def is_complete(self) -> bool:
        """Whether the page contains all changes of the issue."""
        return len(self.histories) + self.undecodable_count >= self.total


class IssueWithChangelog(Struct):
    """An issue with its changes."""

    id: str
    changelog: Changelog | None = None


class Property(Struct):
    """A property of a comment: data that a program stores with it."""

    key: str = ""
    value: Any = None


class JiraComment(Struct, rename="camel"):
    """A comment.

    Attributes:
        visibility: The role or group that may read it; None if everybody may.
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
    """A comment in the response to a request that added or replaced it."""

    id: str
    created: datetime
    body: JiraText = None


class CommentPage(Struct):
    """A page of comments, each decoded separately as `JiraComment`; `total` is the number of comments of the issue."""

    comments: list[Raw]
    total: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether the page contains all comments of the issue."""
        return len(self.comments) >= self.total


class FieldsWithComments(Struct):
    """The fields of an issue of which only the comments were requested."""

    comment: CommentPage | None = None


class DecodedComments(Struct):
    """A page of comments that are decoded.

    Attributes:
        total: The number of all comments of the issue.
        undecodable_count: The number of comments on the page that could not be decoded.
    """

    comments: list[JiraComment]
    total: int = 0
    undecodable_count: int = field(default=0, name="-")

    @property
    def is_complete(self) -> bool:
        """Whether the page contains all comments of the issue."""
        return len(self.comments) + self.undecodable_count >= self.total


class CommentList(Struct):
    """Comments that were requested by id, which `decode_comments` decodes."""

    values: list[Raw] = field(default_factory=list)


def decode_comments(raw_comments: Iterable[Raw]) -> tuple[list[JiraComment], int]:
    """Decode comments without their unreadable members, each comment once.

    Also returns the number of comments that could not be decoded.
    """
    page = decode_comment_page(raw_comments, total=0)
    return remove_repeated(page.comments), page.undecodable_count


def decode_comment_page(raw_comments: Iterable[Raw], total: int) -> DecodedComments:
    """Decode the comments of a page without their unreadable members."""
    page = DecodedComments([], total)
    for raw in raw_comments:
        comment, unreadable = lenient_json.decode_members(raw, JiraComment)
        if comment is None:
            page.undecodable_count += 1
        else:
            page.comments.append(
                msgspec.structs.replace(comment, unreadable_members=unreadable) if unreadable else comment
            )
    return page


def remove_repeated(comments: Iterable[JiraComment]) -> list[JiraComment]:
    """Return each comment once, as it was last read."""
    return list({comment.id: comment for comment in comments}.values())


class IssueRef(Struct):
    """The id and the key of an issue. The key is used only on Data Center, to list a large scope page by page."""

    id: str
    key: Any = ""


class IssueIds(Struct, rename="camel"):
    """A page of a search for ids."""

    issues: list[IssueRef]
    next_page_token: str | None = None
    is_last: bool | None = None
    total: int | None = None
    left_out: int = field(default=0, name="-")


class _Updated(Struct):
    updated: Any = None


class StampedIssue(Struct):
    """The id of an issue, and when it last changed: the data of a `connectors.tracker.Stamp`."""

    id: str
    fields: _Updated = field(default_factory=_Updated)
    key: str = ""

    @property
    def updated(self) -> datetime | None:
        """When it last changed; None if the date has an unexpected format."""
        try:
            return msgspec.convert(self.fields.updated, datetime)
        except msgspec.ValidationError:
            return None


class StampedIssues(Struct, rename="camel"):
    """A page of a search for issues and when they last changed."""

    issues: list[StampedIssue]
    next_page_token: str | None = None
    is_last: bool | None = None
    total: int | None = None


class Project(Struct, rename="camel"):
    """The project of an issue."""

    key: str = ""
    project_type_key: str = ""


class ListedProject(Struct):
    """The key and the name of a project."""

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

    issues: list[IssueWithProject]
    next_page_token: str | None = None
    is_last: bool | None = None


class IssueError(Struct, rename="camel"):
    """An issue that Jira failed to read, although it may exist."""

    id: str | int = ""
    error_message: str | None = None


class BulkIssues(Struct, rename="camel"):
    """The issues of a bulk read. Each is decoded separately, so that an unreadable value affects only its issue.

    `connectors.jira.fetch` derives a type whose issues are already converted.
    """

    issues: list[Raw] = field(default_factory=list)
    issue_errors: list[IssueError] = field(default_factory=list)


class ExistingIssues(Struct, rename="camel"):
    """The ids of the issues of a bulk read, which shows whether the issues exist."""

    issues: list[IssueRef] = field(default_factory=list)
    issue_errors: list[IssueError] = field(default_factory=list)
    left_out: int = field(default=0, name="-")


class TenantInfo(Struct, rename="camel"):
    """The id of a site at Atlassian's gateway."""

    cloud_id: str


class IssueChangelog(Struct, rename="camel"):
    """Changes of one issue, each of which is decoded as `History`. They may continue on the next page."""

    issue_id: str
    change_histories: list[Raw] = field(default_factory=list)


class BulkChangelog(Struct, rename="camel"):
    """A page with the changelogs of several issues. Jira returns no `is_last` with them."""

    issue_change_logs: list[IssueChangelog] = field(default_factory=list)
    next_page_token: str | None = None
    is_last: bool | None = None

    @property
    def issues(self) -> list[IssueChangelog]:
        """The content of the page, under the name that all pages have."""
        return self.issue_change_logs


class FieldSchema(Struct):
    """The type of the values of a field, and in `custom` the app and its kind of field; empty for standard fields."""

    type: str = ""
    custom: str = ""


class JiraField(Struct):
    """A field of a site."""

    id: str
    name: str = ""
    schema: FieldSchema | None = None


class Board(Struct):
    """The id of a board."""

    id: int


class BoardSprint(Struct, rename="camel"):
    """A sprint of a board. `state` is "future", "active" or "closed"."""

    id: int
    state: str = ""
    name: str = ""
    start_date: str | None = None
    end_date: str | None = None
    goal: str | None = None


E = TypeVar("E", Board, BoardSprint)


class AgilePage(Struct, Generic[E], rename="camel"):
    """A page of boards, or of the sprints of a board."""

    values: list[E] = field(default_factory=list)
    is_last: bool = True
    left_out: int = field(default=0, name="-")


class _Category(Struct):
    key: str = ""


class SiteStatus(Struct, rename="camel"):
    """A status of the site, with its category."""

    id: str
    status_category: _Category | None = None


class _EstimationField(Struct, rename="camel"):
    field_id: str = ""


class _Estimation(Struct):
    field: _EstimationField | None = None


class _FilterRef(Struct):
    id: str = ""


class BoardConfiguration(Struct):
    """The configuration of a board: the field for estimates, and the filter that selects its issues."""

    estimation: _Estimation | None = None
    filter: _FilterRef | None = None


class SavedFilter(Struct):
    """A filter that somebody saved in Jira."""

    name: str = ""
    jql: str = ""


class Priority(Struct, rename="camel"):
    """A priority; new issues get the default one."""

    name: str = ""
    is_default: bool = False


class PriorityPage(Struct):
    """The first page of priorities. No site has more than one page of them."""

    values: list[Priority] = field(default_factory=list)
