"""The interface that every kind of tracker implements: `Source` reads items, `Target` writes to them.

The scope of a tracker is the set of items that its configuration selects. To read little, a caller asks first what has
changed and which items exist, and then reads only the changed items in full. Each write changes one item.

An item has a version, which changes whenever the tracker stores a change of the item. A stamp is the id of an item with
its version. A cursor marks how far the changes have been read.
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
"""The first words of the comments that this service writes."""

COMMAND = "/steward"
"""The first word of a line of a comment that is a command to this service, such as "/steward snooze 2 weeks"."""

LABEL_COMMAND = "steward-"
"""The prefix of a label that is a command to this service, such as "steward-waive"."""

FieldValue = str | float | None
"""The value of a field that the service writes; None means empty."""


class Account(Struct, frozen=True):
    """The account to which the credentials belong."""

    id: str
    name: str


_STORED_NAMES = {
    "can_comment": "comments",
    "can_label": "labels",
    "writable_fields": "fields",
    "missing_fields": "absent",
    "is_ordered": "ordered",
}
"""The names of attributes of `Capabilities` in its JSON, which is stored."""


class Capabilities(Struct, frozen=True, kw_only=True, rename=_STORED_NAMES):
    """The operations that a tracker supports, with the given credentials and configuration.

    Attributes:
        can_comment: Whether comments can be written.
        can_label: Whether items have labels or tags that can be written.
        comment_limit: The maximum length of a comment, in characters of plain text.
        writable_fields: Ids of the fields that can be written, by their purpose: the key under `write.fields` in the
            configuration, such as "wsjf".
        missing_fields: Configured names that the tracker does not have, by their key in the configuration.
        is_ordered: Whether `list_ids` returns the items in rank order.
        rank_changes_version: Whether a re-ranked item gets a new version. Otherwise only `list_ids` shows the change.
        can_verify: Whether the tracker can check an edit without saving it. Otherwise `Target.verify` does nothing.
        comment_edit_changes_version: Whether an item gets a new version when a comment on it is edited. Otherwise
            `comments` has to be called to see such changes.
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
    """The data about a tracker that `connect` discovered.

    Attributes:
        account: The account to which the credentials belong.
        capabilities: What the tracker supports.
        fingerprint: A hash that changes if the configuration selects other items or fields. Then all items are read
            again, and a person has to approve writing again.
        mapping_version: Changes if the connector reads more of an item, or reads it differently. Then all items are
            read again too, but writing needs no new approval by a person.
        fields: Descriptions of the fields that are read, by their name in the configuration, such as "points"; empty if
            no field was found.
        projects: The keys or names of the projects in scope.
        projects_limited_to_own_comments: The projects in which the account may edit and delete only comments that it
            wrote itself.
        notes: Sentences for the admin about what was found.
        discovery_state: What was discovered, in a format of the connector. It is stored, and the next connection uses
            it for what it cannot read itself.
        cache: The responses from which the tracker was discovered, for the next process; empty if none are kept.
        time_zone: The name of the time zone of the account or the site; empty if it is unknown.
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
    """The id and the version of an item. If the version is None, the item has to be read in any case."""

    id: str
    version: str | None


class Changes(Struct, frozen=True):
    """A page of stamps, and the cursor to use next, once this page has been stored."""

    stamps: tuple[Stamp, ...]
    cursor: str


class ScopeIds(Struct, frozen=True):
    """The ids of the items in scope.

    Attributes:
        ids: All ids, in rank order if `Capabilities.is_ordered`.
        on_backlog: The ids of the items on a board or in its backlog; None if that is unknown.
        has_unread_boards: Whether `on_backlog` is unknown because boards were not or could not be read this time.
        is_complete: Whether no id is missing. Otherwise these are the first ones.
    """

    ids: tuple[str, ...]
    on_backlog: frozenset[str] | None = None
    has_unread_boards: bool = False
    is_complete: bool = True


class Author(StrEnum):
    """The kind of author of a comment or a change. The values are stored."""

    THIS_SERVICE = "us"
    """Backlog Steward."""
    PERSON = "person"
    CUSTOMER = "customer"
    """An external person, such as a customer of a service desk. Their comments count as activity, but commands in
    them are not followed."""
    OTHER_PROGRAM = "service"
    """Another program, or the tracker itself."""

    @property
    def is_human(self) -> bool:
        """Whether the author is a person or a customer."""
        return self in (Author.PERSON, Author.CUSTOMER)


class CommentTag(Struct, frozen=True):
    """The hidden tag by which this service recognises its comments.

    Attributes:
        installation: The id of the installation of the service that wrote the comment.
        round: The id of the round in which it was written. A round is one run of all steps of the service.
        hash: The `Target.content_key` of its content.
    """

    installation: str
    round: str
    hash: str


class Comment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A comment on an item.

    Attributes:
        id: The id of the comment in the tracker.
        author: The kind of its author.
        created, updated: When it was written and last edited.
        text: The text without markup, one block per line.
        commands: The lines that are commands to this service, except those in quotations or code.
        edited_by: The kind of author that edited it last; None if nobody did, or if the tracker does not say it.
        names: All names of the last author: account id, e-mail address, name. They are compared with the configured
            roles if the comment contains a command, and never stored.
        tag: The hidden tag; None if the comment is not one of this service.
        restricted: Whether only some of the people who see the item can read the comment. Its commands are followed,
            but it is never quoted.
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
    """Who added a label, and when.

    Attributes:
        at: When it was added.
        author: The kind of author that added it.
        names: All names of the author, as in `Comment`.
        at_creation: Whether the item was created with it. Such a label may have been copied from another item.
    """

    at: datetime
    author: Author
    names: frozenset[str] = frozenset()
    at_creation: bool = False


class LastEditors(Struct, frozen=True, kw_only=True):
    """Who last changed what this service may have written to an item. If an entry is missing, that is unknown.

    Attributes:
        removed_labels: Who last removed a label, by label.
        fields: Who last changed a field, by field id.
        deleted_comments: When a comment was deleted, and by whom. Trackers do not record which comment it was.
    """

    removed_labels: dict[str, Author] = field(default_factory=dict)
    fields: dict[str, Author] = field(default_factory=dict)
    deleted_comments: tuple[tuple[datetime, Author], ...] = ()


class FetchedItem(Struct, frozen=True, kw_only=True):
    """An item with its complete history and all comments.

    Attributes:
        item: The item.
        transitions: The changes of its fields, oldest first.
        comments: Its comments.
        label_changes: Who added each label that is a command to this service, by label. If one is missing, that is
            unknown.
        last_editors: Who last changed labels, fields and comments.
    """

    item: WorkItem
    transitions: tuple[FieldChange, ...] = ()
    comments: tuple[Comment, ...] = ()
    label_changes: dict[str, LabelChange] = field(default_factory=dict)
    last_editors: LastEditors = field(default_factory=LastEditors)


class Problem(Struct, frozen=True):
    """An item that was skipped, or a part of it, and the reason. Problems are reported to the admin.

    Attributes:
        item: The id or key of the item.
        reason: What happened, as the rest of a sentence that begins with the item: "cannot be read (…)".
    """

    item: str
    reason: str

    @property
    def line(self) -> str:
        """The item and the reason on one line, without a full stop."""
        return f"{self.item} {self.reason.removesuffix('.')}"


class Batch(Struct, frozen=True):
    """The result of one bulk read."""

    items: tuple[FetchedItem, ...]
    problems: tuple[Problem, ...] = ()


class Whereabouts(StrEnum):
    """Where an item is that `Source.list_ids` did not return."""

    IN_SCOPE = "here"
    MOVED = "moved"
    """It exists outside the scope, for example in another project."""
    GONE = "gone"
    """It was deleted or hidden. Trackers do not distinguish these."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """The current state of an item, read just before a write.

    Attributes:
        id: The id of the item.
        version: The version of the item.
        project: The key or name of its project.
        labels: All labels.
        fields: The values of the fields that this service may write, by field id.
        own_comments: The comments of this installation of the service, oldest first.
        comment_ids: The ids of all comments.
        answered_comment_ids: The ids of those of `own_comments` after which a person wrote a comment.
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
    """A change of labels and fields, which is sent in one request.

    Attributes:
        add_labels: The labels to add.
        remove_labels: The labels to remove.
        fields: New values, by field id.
    """

    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = field(default_factory=dict)


class Notification(StrEnum):
    """Whether the tracker sent e-mail notifications about a write."""

    NONE = "not applicable"
    """The tracker never sends any about this kind of write."""
    SUPPRESSED = "suppressed"
    SENT = "sent"
    UNKNOWN = "unknown"


class WriteResult(Struct, frozen=True, kw_only=True):
    """The result of a write.

    Attributes:
        comment_id: The id of the comment; empty if the write did not concern a comment.
        text: The text without markup of the comment, as the tracker stored it.
        created: When the comment was created, according to the tracker.
        notification: Whether e-mail notifications were sent.
    """

    comment_id: str = ""
    text: str = ""
    created: datetime | None = None
    notification: Notification = Notification.UNKNOWN


class Source(Protocol):
    """Reads from a tracker. Methods only raise `ConnectorError`.

    All ids are ids of the tracker (`WorkItem.id`), never keys such as PAY-1.

    Attributes:
        name: The name of the tracker in the configuration.
    """

    name: str

    @property
    def stats(self) -> TrafficStats:
        """Counts of the requests so far."""

    def connect(self) -> Connection:
        """Sign in, and discover what the other methods need, such as fields and permissions.

        It has to be called first.
        """

    def changes(self, since: str | None, *, quick: bool = False) -> Iterator[Changes]:
        """Yield the stamps of items that changed since a cursor. Some of them may have been returned before.

        Without a cursor, only a cursor to start from is returned. A change that does not change the version of an item,
        such as a new link or other dates of its sprint, has a stamp with the version None. With `quick`, changes that
        need a request for each board may be left until the next call without it.
        """

    def list_ids(self, *, quick: bool = False) -> ScopeIds:
        """List all items in scope. Whether a missing item is really gone is found out with `locate`.

        With `quick`, boards are not read, and only the first items may be listed, with a single request.
        """

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Read items with their history and comments, in batches in any order.

        Items that are gone or hidden are left out.
        """

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Find out where items are that `list_ids` did not return, by reading them by id."""

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Read comments as they are now, by id. Deleted comments are left out.

        Args:
            ids: Pairs of an item id and a comment id.
        """

    def close(self) -> None:
        """Close all connections. It may be called repeatedly, and `connect` may be called again afterwards."""


class Target(Protocol):
    """Writes to a tracker. Methods only raise `ConnectorError`."""

    def get_snapshot(self, item_id: str) -> Snapshot:
        """Read the current state of an item, with the comments of this installation of the service.

        They are the comments that the store contains, and those by the account of this service that have its tag. The
        tag alone is not enough, because people copy text.

        Raises:
            Refused: Nothing may be written to the item.
        """

    def content_key(self, document: Document) -> str:
        """The `CommentTag.hash` that a comment with this content will have when it is read again."""

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Let the tracker check an edit without saving it, if it can. It raises the same errors as the edit would."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        """Change labels and fields in one request, if possible without e-mail notifications.

        Raises:
            Conflict: The item has changed since the snapshot. Jira does not check this.
        """

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        """Add a comment.

        The document starts with `SERVICE_NAME`, by which the comment is recognised on trackers without hidden tags.

        Raises:
            Uncertain: The response was lost. The comment must not be added again without reading the item first.
        """

    def replace_comment(self, snapshot: Snapshot, comment_id: str, document: Document, tag: CommentTag) -> WriteResult:
        """Replace the text of a comment of this service, if possible without e-mail notifications."""

    def delete_comment(self, snapshot: Snapshot, comment_id: str) -> WriteResult:
        """Delete a comment of this service. A comment that is already gone counts as deleted."""


class Person(Struct, frozen=True, kw_only=True):
    """A person with an account in the tracker.

    Attributes:
        id: The id of the account.
        name: The name that people see.
        names: All names of the account, as in `Comment`. The roles in the configuration list people by such names.
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
        """Yield, for each item in any order, the people who changed it or commented on it.

        Known programs and the account of this service are left out.
        """


class Tracker(Source, Protocol):
    """A source that may have a target and a directory."""

    @property
    def directory(self) -> Directory | None:
        """Looks up people; None if the tracker does not support it."""

    @property
    def target(self) -> Target | None:
        """Writes to the tracker; None if it can only be read."""
