"""What sync asks of a tracker: reading (`Source`), writing (`Target`), and what a tracker can do (`Capabilities`).

Reads go from cheap to expensive: what changed, which items exist, then full items. Each write does one thing to one
item. Callers never ask what kind of tracker they have.
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
"""How our comments begin."""

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
    """What `connect` found out.

    Attributes:
        account: The account behind our credentials.
        capabilities: What the tracker supports.
        fingerprint: Changes when the configuration selects other items or fields. Everything is read again then.
        fields: The fields in use, by their name in the configuration ("points"); empty where none was found.
        projects: The projects in scope.
        projects_limited_to_own_comments: The projects in which the account may edit and delete only comments that it
            wrote itself.
        notes: Sentences for the admin.
        discovery_state: What the next connection falls back on where it cannot read it again.
    """

    account: Account
    capabilities: Capabilities
    fingerprint: str
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    projects: tuple[str, ...] = ()
    projects_limited_to_own_comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    discovery_state: str = ""


class Stamp(Struct, frozen=True, gc=False):
    """An item's id and version. The version None means: fetch the item, whatever version is stored."""

    id: str
    version: str | None


class Changes(Struct, frozen=True):
    """A page of stamps, and the position to continue from once the page is stored."""

    stamps: tuple[Stamp, ...]
    cursor: str


class ScopeIds(Struct, frozen=True):
    """The items in scope.

    Attributes:
        ids: All ids; in rank order if the tracker is `is_ordered`.
        on_backlog: The ids on some board or backlog; None if unknown.
        has_unreadable_boards: Whether that is unknown only because boards could not be read this time.
    """

    ids: tuple[str, ...]
    on_backlog: frozenset[str] | None = None
    has_unreadable_boards: bool = False


class Author(StrEnum):
    """Who wrote something."""

    US = "us"
    PERSON = "person"
    CUSTOMER = "customer"
    """A person from outside, such as a service-desk customer. Counts as activity; cannot decide."""
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
        text: Plain text, one block a line.
        commands: Lines addressed to the service ("/steward waive ..."), except those in quotes or code.
        edited_by: Who edited it last; None if nobody did or the tracker does not say.
        names: All names of the last author: account id, address, name. Compared with the configured roles when the
            comment decides something, and never stored.
        tag: Set on our own comments.
        restricted: Whether only some of those who see the item can read it. It may decide, and is not quoted.
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
    """Who added a label, and when. `names` as in `Comment`.

    Attributes:
        at_creation: Whether the item was created with it. Such a label may have been copied from another item.
    """

    at: datetime
    author: Author
    names: frozenset[str] = frozenset()
    at_creation: bool = False


class LastEditors(Struct, frozen=True, kw_only=True):
    """Who last changed what the service may have written on an item. What is missing is unknown.

    Attributes:
        removed_labels: Who removed a label, by label.
        fields: Who changed a field, by field id.
        deleted_comments: When somebody deleted a comment, and who; trackers do not tell which comment.
    """

    removed_labels: dict[str, Author] = field(default_factory=dict)
    fields: dict[str, Author] = field(default_factory=dict)
    deleted_comments: tuple[tuple[datetime, Author], ...] = ()


class FetchedItem(Struct, frozen=True, kw_only=True):
    """An item with its complete history and discussion.

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
    """Something that was skipped, and why. It is reported."""

    item: str
    reason: str

    @property
    def line(self) -> str:
        """Both in one line, without a full stop."""
        return f"{self.item} {self.reason.removesuffix('.')}"


class Batch(Struct, frozen=True):
    """The result of one bulk read."""

    items: tuple[FetchedItem, ...]
    problems: tuple[Problem, ...] = ()


class Whereabouts(StrEnum):
    """Where an item is that `list_ids` left out."""

    IN_SCOPE = "here"
    MOVED = "moved"
    """It exists outside the scope, for example in another project."""
    GONE = "gone"
    """Deleted, or hidden from us; trackers do not tell which."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """The current state of an item, read just before a write.

    Attributes:
        version: As in `Stamp`.
        project: The project the item is in.
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
    """A change of labels and fields, sent as one call. Fields by field id."""

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
    """Reads a tracker with one configured scope.

    All ids are the tracker's own (`WorkItem.id`), never keys. Methods raise `ConnectorError` and nothing else.
    """

    name: str

    @property
    def stats(self) -> TrafficStats:
        """Counts of the requests so far."""

    def connect(self) -> Connection:
        """Sign in, and check credentials, permissions and fields. To be called first."""

    def changes(self, since: str | None) -> Iterator[Changes]:
        """Stamps of what changed since a position, with overlap. Continue from the position of the last page.

        None returns just a position to start from. Changes that leave an item's version alone (a link, a sprint that
        starts, ends or is replanned) are reported with the version None.
        """

    def list_ids(self) -> ScopeIds:
        """All items in scope. A missing id proves nothing until `locate` confirms it."""

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """The items with these ids, in batches as they arrive. Items that are not visible are left out."""

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Where items are that `list_ids` left out, by a direct read."""

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Comments by (item id, comment id), as they are now. Deleted comments are left out."""

    def close(self) -> None:
        """Close all connections. May be called repeatedly; `connect` opens them again."""


class Target(Protocol):
    """Writes to a tracker. Methods raise `ConnectorError` and nothing else."""

    def get_snapshot(self, item: str) -> Snapshot:
        """The item's current state, with our comments.

        A comment is ours if our records say so, or if both author and tag are ours: people copy text.
        """

    def content_key(self, document: Document) -> str:
        """What `CommentTag.hash` of a comment with this content is when the comment is read again."""

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Let the tracker check an edit without saving it, if it can. Raises what the edit would raise."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        """Change labels and fields in one call, without mail if possible.

        A tracker with optimistic locking raises `Conflict` if the item changed since the snapshot.
        """

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        """Write a comment. Not to be repeated after a lost reply (`Uncertain`).

        The document starts with the service's name; trackers without hidden tags recognise the comment by it.
        """

    def replace_comment(self, snapshot: Snapshot, comment: str, document: Document, tag: CommentTag) -> WriteResult:
        """Replace the text of a comment of ours, without mail if possible."""

    def delete_comment(self, snapshot: Snapshot, comment: str) -> WriteResult:
        """Delete a comment of ours. A comment that is already gone counts as deleted."""


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who has an account.

    Attributes:
        names: What the tracker shows of them with comments: roles recognise people by these. As `Comment.names`.
        is_program: Whether the tracker itself says that a program is behind the account.
    """

    id: str
    name: str
    names: frozenset[str]
    is_program: bool = False


class Directory(Protocol):
    """Looks up people. Methods raise `ConnectorError` and nothing else."""

    def find(self, text: str) -> Sequence[Person]:
        """People whose id, name or e-mail address this is, in any letter case."""

    def contributors(self, ids: Sequence[str]) -> Iterator[frozenset[Person]]:
        """For each item, the people who changed it or commented on it; known programs and we ourselves left out."""


class Tracker(Source, Protocol):
    """A source that may have a target and a directory."""

    @property
    def directory(self) -> Directory | None:
        """Where to look up people; None if the tracker does not tell about them."""

    @property
    def target(self) -> Target | None:
        """Where to write; None if the tracker can only be read."""
