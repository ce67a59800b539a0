"""The interface of a tracker: reading (`Source`), writing (`Target`), and what it supports (`Capabilities`).

There are cheap and expensive reads: what has changed, which items exist, and full items. Each write changes one item.
Callers do not depend on the kind of tracker.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from connectors.document import Document
from connectors.response import TrafficStats
from rules.model import FieldChange, WorkItem

SERVICE_NAME = "Backlog Steward"
"""The first words of the service's comments."""

COMMAND = "/steward"
"""The first word of a line in a comment that is addressed to the service."""

LABEL_COMMAND = "steward-"
"""The prefix of a label that is addressed to the service."""

FieldValue = str | float | None
"""Value of a field that the service writes; None clears the field."""


class Account(Struct, frozen=True):
    """The account behind our credentials."""

    id: str
    name: str


_STORED_NAMES = {
    "can_comment": "comments",
    "can_label": "labels",
    "writable_fields": "fields",
    "missing_fields": "absent",
    "is_ordered": "ordered",
}
"""Names of capabilities in stores, by attribute."""


class Capabilities(Struct, frozen=True, kw_only=True, rename=_STORED_NAMES):
    """What this tracker supports with these credentials.

    Attributes:
        can_comment: Whether comments can be written.
        can_label: Whether items have labels or tags that can be written.
        comment_limit: Maximum length of a comment, in characters of plain text.
        writable_fields: Ids of the fields that can be written, by their name in the configuration ("wsjf").
        missing_fields: Configured names that the tracker does not have, by their key in the configuration.
        is_ordered: Whether `list_ids` returns rank order.
        rank_changes_version: Whether a re-ranked item gets a new version. Otherwise only `list_ids` shows the change.
        can_verify: Whether `verify` checks anything.
        comment_edit_changes_version: Whether an item gets a new version when a comment is edited. Otherwise replies are
            read again by their ids.
    """

    can_comment: bool = True
    can_label: bool = True
    comment_limit: int = 30_000
    writable_fields: dict[str, str] = field(default_factory=dict)
    missing_fields: dict[str, str] = field(default_factory=dict)
    is_ordered: bool = True
    rank_changes_version: bool = False
    can_verify: bool = False
    comment_edit_changes_version: bool = False


class Connection(Struct, frozen=True, kw_only=True):
    """What `connect` discovered.

    Attributes:
        account: The account behind our credentials.
        capabilities: The features that the tracker supports.
        fingerprint: Changes when the configuration selects other items or fields. Then everything is read again.
        mapping_version: Changes when the connector reads more of an item, or reads it differently. Then everything is
            read again too, but writing needs no new approval.
        fields: The fields in use, by their name in the configuration ("points"); empty if no field was found.
        projects: The projects in scope.
        projects_limited_to_own_comments: The projects in which the account may edit and delete only comments that it
            wrote itself.
        notes: Sentences for the admin.
        discovery_state: The discovered properties of the tracker, in a format of the connector. If the next connection
            cannot read some of them, it uses the values here.
        cache: The responses from which the tracker was discovered, for the next process; empty if none are kept.
        time_zone: The name of the account's or the site's time zone; empty if it is unknown.
    """

    account: Account
    capabilities: Capabilities
    fingerprint: str
    mapping_version: str = ""
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    projects: tuple[str, ...] = ()
    projects_limited_to_own_comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    discovery_state: str = ""
    cache: str = ""
    time_zone: str = ""


class Stamp(Struct, frozen=True, gc=False):
    """The id and the version of an item. If the version is None, the item must be fetched."""

    id: str
    version: str | None


class Changes(Struct, frozen=True):
    """A page of stamps, and the cursor from which to continue after the page has been stored."""

    stamps: tuple[Stamp, ...]
    cursor: str


class ScopeIds(Struct, frozen=True):
    """The items in scope.

    Attributes:
        ids: All ids, in rank order if `Capabilities.is_ordered`.
        on_backlog: The ids on a board or backlog; None if unknown.
        has_unreadable_boards: Whether `on_backlog` is unknown because boards were not or could not be read this time.
        is_complete: Whether no id is missing. Otherwise these are the first ones.
    """

    ids: tuple[str, ...]
    on_backlog: frozenset[str] | None = None
    has_unreadable_boards: bool = False
    is_complete: bool = True


class Author(StrEnum):
    """Who wrote something."""

    US = "us"
    PERSON = "person"
    CUSTOMER = "customer"
    """An external person, such as a service-desk customer. Counts as activity; cannot decide."""
    SERVICE = "service"
    """Another program, or the tracker itself."""

    @property
    def is_human(self) -> bool:
        """Whether a human wrote it."""
        return self in (Author.PERSON, Author.CUSTOMER)


class CommentTag(Struct, frozen=True):
    """The hidden tag in our comments.

    Attributes:
        installation: The installation that wrote the comment.
        round: The round in which it was written.
        hash: The `content_key` of its document.
    """

    installation: str
    round: str
    hash: str


class Comment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A comment on an item.

    Attributes:
        text: Plain text, one block per line.
        commands: Lines addressed to the service ("/steward waive ..."), except those in quotes or code.
        edited_by: Who edited it last; None if nobody did, or if the tracker does not provide it.
        names: All names of the last author: account id, address, name. Compared with the configured roles when the
            comment decides something, and never stored.
        tag: Set on comments of the service.
        restricted: Whether only some of the people who see the item can read it. It can decide, but is not quoted.
    """

    id: str
    author: Author
    created: datetime
    updated: datetime
    text: str
    commands: tuple[str, ...] = ()
    edited_by: Author | None = None
    names: frozenset[str] = frozenset()
    tag: CommentTag | None = None
    restricted: bool = False


class LabelChange(Struct, frozen=True):
    """Who added a label, and when. `names` is as in `Comment`.

    Attributes:
        at_creation: Whether the item was created with it. Such a label may have been copied from another item.
    """

    at: datetime
    author: Author
    names: frozenset[str] = frozenset()
    at_creation: bool = False


class LastEditors(Struct, frozen=True, kw_only=True):
    """Who last changed the annotations of an item. Missing entries are unknown.

    Attributes:
        removed_labels: Who removed a label, by label.
        fields: Who changed a field, by field id.
        deleted_comments: When somebody deleted a comment, and who. Trackers do not record which comment.
    """

    removed_labels: dict[str, Author] = field(default_factory=dict)
    fields: dict[str, Author] = field(default_factory=dict)
    deleted_comments: tuple[tuple[datetime, Author], ...] = ()


class FetchedItem(Struct, frozen=True, kw_only=True):
    """An item with its complete history and all comments.

    Attributes:
        label_changes: Who added each label that is addressed to the service, by label; missing if unknown.
        last_editors: Who last changed labels, fields and comments.
    """

    item: WorkItem
    transitions: tuple[FieldChange, ...] = ()
    comments: tuple[Comment, ...] = ()
    label_changes: dict[str, LabelChange] = field(default_factory=dict)
    last_editors: LastEditors = field(default_factory=LastEditors)


class Problem(Struct, frozen=True):
    """Something that was skipped, and the reason. It is reported."""

    item: str
    reason: str

    @property
    def line(self) -> str:
        """Item and reason on one line, without a full stop."""
        return f"{self.item} {self.reason.removesuffix('.')}"


class Batch(Struct, frozen=True):
    """The result of one bulk read."""

    items: tuple[FetchedItem, ...]
    problems: tuple[Problem, ...] = ()


class Whereabouts(StrEnum):
    """Where an item is that `list_ids` did not return."""

    IN_SCOPE = "here"
    MOVED = "moved"
    """It exists outside the scope, for example in another project."""
    GONE = "gone"
    """Deleted or hidden. Trackers do not distinguish these."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """The current state of an item, read just before a write.

    Attributes:
        version: As in `Stamp`.
        project: The project of the item.
        labels: All labels.
        fields: The fields that can be written, by field id; None means empty.
        own_comments: Comments of this installation, oldest first.
        comment_ids: Ids of all comments on the item.
        answered_comment_ids: Ids of our comments that are followed by a comment of a person.
    """

    id: str
    version: str
    project: str = ""
    labels: frozenset[str]
    fields: dict[str, FieldValue]
    own_comments: tuple[Comment, ...]
    comment_ids: frozenset[str]
    answered_comment_ids: frozenset[str] = frozenset()


class Edit(Struct, frozen=True, kw_only=True):
    """A change of labels and fields, sent as one call. Fields are identified by id."""

    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = field(default_factory=dict)


class Notification(StrEnum):
    """Whether the tracker sent mail about a write."""

    NONE = "not applicable"
    SUPPRESSED = "suppressed"
    SENT = "sent"
    UNKNOWN = "unknown"


class WriteResult(Struct, frozen=True, kw_only=True):
    """The result of a write.

    Attributes:
        comment_id: Id of the comment, if a comment was written.
        text: Plain text of the comment as the tracker stored it.
        created: Creation time of the comment.
        notification: Whether mail was sent.
    """

    comment_id: str = ""
    text: str = ""
    created: datetime | None = None
    notification: Notification = Notification.UNKNOWN


class Source(Protocol):
    """Reads from a tracker with one configured scope.

    All ids are the ids of the tracker (`WorkItem.id`), never keys. Methods only raise `ConnectorError`.
    """

    name: str

    @property
    def stats(self) -> TrafficStats:
        """Counts of the requests so far."""

    def connect(self) -> Connection:
        """Sign in, and check credentials, permissions and fields. Must be called first."""

    def changes(self, since: str | None, *, quick: bool = False) -> Iterator[Changes]:
        """Yield stamps of items that changed since a cursor, with overlap. The last page has the next cursor.

        Without a cursor, only a cursor to start from is returned. Changes that do not change the version of an item
        (a link, a sprint that starts, ends or gets other dates) have a stamp with the version None. With `quick`, those
        that need a request for each board may be left out until the next call.
        """

    def list_ids(self, *, quick: bool = False) -> ScopeIds:
        """List all items in scope. A missing item has to be confirmed by `locate`.

        With `quick`, boards are not read, and only the first items may be listed, with a single request.
        """

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Read the items with these ids, in batches as they arrive. Items that are not visible are left out."""

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Find out by direct reads where items are that `list_ids` did not return."""

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Read comments by (item id, comment id), as they are now. Deleted comments are left out."""

    def close(self) -> None:
        """Close all connections. May be called repeatedly; `connect` opens them again."""


class Target(Protocol):
    """Writes to a tracker. Methods only raise `ConnectorError`."""

    def get_snapshot(self, item_id: str) -> Snapshot:
        """Read the current state of an item, with the comments of the service.

        A comment belongs to the service if the store contains it, or if it has both our account and our tag. The tag
        alone is not enough, because people copy text.
        """

    def content_key(self, document: Document) -> str:
        """The `CommentTag.hash` that a comment with this content has when it is read again."""

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Let the tracker validate an edit without saving it, if it can. Raises what the edit would raise."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        """Change labels and fields in one call, without mail if possible.

        A tracker with optimistic locking raises `Conflict` if the item has changed since the snapshot.
        """

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        """Write a comment. Must not be repeated after a lost response (`Uncertain`).

        The document starts with the service's name; trackers without hidden tags recognise the comment by it.
        """

    def replace_comment(self, snapshot: Snapshot, comment_id: str, document: Document, tag: CommentTag) -> WriteResult:
        """Replace the text of a comment of the service, without mail if possible."""

    def delete_comment(self, snapshot: Snapshot, comment_id: str) -> WriteResult:
        """Delete a comment of the service. A comment that is already gone counts as deleted."""


class Person(Struct, frozen=True, kw_only=True):
    """A person with an account.

    Attributes:
        names: All names of the account, as in `Comment.names`. Roles contain these names.
        is_program: Whether the tracker marks the account as a program.
    """

    id: str
    name: str
    names: frozenset[str]
    is_program: bool = False


class Directory(Protocol):
    """Looks up people. Methods only raise `ConnectorError`."""

    def find(self, text: str) -> Sequence[Person]:
        """Find people by id, name or e-mail address, in any letter case."""

    def contributors(self, ids: Sequence[str]) -> Iterator[frozenset[Person]]:
        """Yield the people who changed each item or commented on it, without known programs and our own account."""


class Tracker(Source, Protocol):
    """A source that may have a target and a directory."""

    @property
    def directory(self) -> Directory | None:
        """Looks up people; None if the tracker does not support it."""

    @property
    def target(self) -> Target | None:
        """Writes to the tracker; None if it can only be read."""
