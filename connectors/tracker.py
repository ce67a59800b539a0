"""The interface that every kind of tracker implements: `Source` reads items, `Target` writes to them.

The scope of a tracker is the set of items that its configuration selects. To read little, a caller first calls
`Source.changes` and `Source.list_ids`, and then reads only the changed items in full. Each write changes one item.

An item has a version, which changes whenever the tracker stores a change of the item. A stamp is the id of an item with
its version. A cursor marks how far the changes have been read.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from connectors.comments import Comment, CommentTag, LabelChange, LastEditors
from connectors.connection import Connection
from connectors.document import Document
from connectors.response import TrafficStats
from connectors.writes import Edit, Snapshot, WriteResult
from rules.model import FieldChange, SprintSource, WorkItem


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
        is_complete: Whether these are the ids of all items in scope, and not only the first ones.
        sprint_source: Where the sprints of the items come from.
    """

    ids: tuple[str, ...]
    on_backlog: frozenset[str] | None = None
    has_unread_boards: bool = False
    is_complete: bool = True
    sprint_source: SprintSource = SprintSource.ITEMS


class FetchedItem(Struct, frozen=True, kw_only=True):
    """An item with its complete history and all comments.

    Attributes:
        field_changes: The changes of all its fields, oldest first.
        label_changes: Who added each label that is a command to this service, by label. A label without an entry was
            added by an unknown author.
        last_editors: Who last removed labels, changed fields and deleted comments.
    """

    item: WorkItem
    field_changes: tuple[FieldChange, ...] = ()
    comments: tuple[Comment, ...] = ()
    label_changes: dict[str, LabelChange] = field(default_factory=dict)
    last_editors: LastEditors = field(default_factory=LastEditors)


class Problem(Struct, frozen=True):
    """An item that was skipped completely or in part, and the reason. Problems are reported to the admin.

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
    """The location of an item that `Source.list_ids` did not return."""

    IN_SCOPE = "here"
    """`list_ids` missed it, or it cannot be read at the moment."""
    MOVED = "moved"
    """It exists outside the scope, for example in another project."""
    GONE = "gone"
    """It was deleted or hidden. Trackers do not distinguish between the two."""


class Source(Protocol):
    """Reads from a tracker. Methods only raise `ConnectorError`.

    All ids are ids of the tracker (`WorkItem.id`), never keys such as PAY-1.
    """

    name: str
    stats: TrafficStats
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
        """List all items in scope. Use `locate` to find out whether a missing item is really gone.

        With `quick`, boards are not read, and only the first items may be listed, with a single request.
        """

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Read items with their history and comments, in batches in any order.

        Items that are gone or hidden are left out.
        """

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Find the items that `list_ids` did not return, by reading them by id."""

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Read comments as they are now, by id. Deleted comments are left out.

        Args:
            ids: Pairs of an item id and a comment id.
        """

    def close(self) -> None:
        """Close all connections. It may be called repeatedly, and `connect` may be called again afterwards."""


class Target(Protocol):
    """Writes to a tracker. Methods only raise `ConnectorError`."""

    @property
    def label_names(self) -> tuple[str, ...]:
        """What the tracker's error messages call the field for labels."""

    def get_snapshot(self, item_id: str) -> Snapshot:
        """Read the current state of an item, with the comments of this installation of the service.

        They are the comments in `TrackerContext.own_comment_ids`, and those by the account of this service that have
        its tag. The tag alone is not enough, because people copy text.

        Raises:
            Refused: Nothing may be written to the item.
        """

    def content_key(self, document: Document) -> str:
        """Return a key that equals the `CommentTag.content_key` of a comment with this content when it is read back.

        By it, the service notices whether somebody has edited its comment.
        """

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Let the tracker check an edit without saving it, if it can. Raises the same errors as `edit` would."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        """Change labels and fields in one request, if possible without e-mail notifications.

        Raises:
            Conflict: The item has changed since the snapshot. Jira does not check this.
        """

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        """Add a comment.

        The document contains `SERVICE_NAME`, by which the comment is recognised on trackers without comment properties.

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
