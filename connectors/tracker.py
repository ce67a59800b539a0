"""What every tracker can be asked to do, in one vocabulary; each connector's `tracker.py` is one answer to it.

Reading is cheap questions first (what changed, what still exists, who stands where), then payloads of what changed.
Writing is small verbs that do one thing to one item. Everything a tracker cannot do is said in `Capabilities`, so
that nothing above this line asks which tracker it is talking to.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from connectors.document import Document
from connectors.response import TrafficStats
from rules.model import FieldChange, WorkItem

COMMAND = "/steward"
"""How a line begins that speaks to the service."""

LABEL_COMMAND = "steward-"
"""How a label begins that speaks to the service."""

FieldValue = str | float | None
"""What a field that the service writes can hold; None clears it."""


class Account(Struct, frozen=True):
    """Who the tracker takes us for."""

    id: str
    name: str


class Capabilities(Struct, frozen=True, kw_only=True):
    """What this tracker, with these credentials, can do.

    Attributes:
        comments: Whether comments can be written at all; exports cannot.
        labels: Whether items carry labels or tags that the service may add.
        comment_limit: Longest comment, in characters of plain text.
        fields: Ids of the fields the service may write, by the name used in the configuration ("wsjf").
        absent: Configured names that the tracker does not have, with what was looked for.
        ordered: Whether the census comes in rank order.
        drags_stamped: Whether an item that is moved up or down has another stamp; elsewhere only the census tells.
        verifies: Whether `verify` asks the tracker; elsewhere it finds nothing.
    """

    comments: bool = True
    labels: bool = True
    comment_limit: int = 30_000
    fields: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    ordered: bool = True
    drags_stamped: bool = False
    verifies: bool = False


class Connection(Struct, frozen=True, kw_only=True):
    """What was learned when the connection was made.

    Attributes:
        account: Who we are there.
        capabilities: What can be done there.
        fingerprint: Changes when the configuration asks for other items or other fields than before; everything is
            read anew then.
        fields: Which fields hold what, by their name in the configuration ("points"); empty where none was found.
        projects: The projects within the scope.
        notes: What an admin should know, one sentence each.
    """

    account: Account
    capabilities: Capabilities
    fingerprint: str
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    projects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Stamp(Struct, frozen=True, gc=False):
    """An item's id and the tracker's mark of its present state; None: look at it whatever the mirror holds."""

    id: str
    version: str | None


class Changes(Struct, frozen=True):
    """A page of stamps, and from where to go on once that page is stored."""

    stamps: tuple[Stamp, ...]
    position: str


class ScopeIds(Struct, frozen=True):
    """Which items exist within the scope.

    Attributes:
        ids: In rank order where the tracker can say so, else in any order.
        on_backlog: Those that stand on some board or backlog; None when that cannot be known.
    """

    ids: tuple[str, ...]
    on_backlog: frozenset[str] | None = None


class Author(StrEnum):
    """Who wrote something."""

    US = "us"
    PERSON = "person"
    CUSTOMER = "customer"
    """A person from outside, such as one who wrote to a service desk: heard, and not in charge."""
    SERVICE = "service"
    """Another program, or the tracker itself."""

    @property
    def is_human(self) -> bool:
        """Whether somebody stands behind it."""
        return self in (Author.PERSON, Author.CUSTOMER)


class CommentTag(Struct, frozen=True):
    """What our comment carries, invisible to readers.

    Attributes:
        installation: Which installation of the service wrote it.
        round: In which round.
        hash: Of the document as it was meant.
    """

    installation: str
    round: str
    hash: str


class Comment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A comment on an item.

    Attributes:
        text: Plain, a block a line.
        commands: Lines that speak to the service, as "/steward waive ...", outside of quotations and code.
        edited_by: Who last changed it; None when nobody did, or the tracker does not say.
        names: What the tracker knows whoever wrote it last by, as an account id, an address or a name; compared with
            the configured roles when the comment decides something, and never kept.
        marker: Set on comments of this service.
    """

    id: str
    author: Author
    created: datetime
    updated: datetime
    text: str
    commands: tuple[str, ...] = ()
    edited_by: Author | None = None
    names: frozenset[str] = frozenset()
    marker: CommentTag | None = None


class LabelChange(Struct, frozen=True):
    """Who put a label on an item, and when. `names` are as those of a comment."""

    at: datetime
    author: Author
    names: frozenset[str] = frozenset()


class FetchedItem(Struct, frozen=True, kw_only=True):
    """An item with its history and its discussion, all complete.

    Attributes:
        hands: By label: who put it there last, for those labels that speak to the service; without an entry the history
            does not tell.
    """

    item: WorkItem
    transitions: tuple[FieldChange, ...] = ()
    comments: tuple[Comment, ...] = ()
    hands: dict[str, LabelChange] = field(default_factory=dict)


class Problem(Struct, frozen=True):
    """Something that was skipped, and why; it goes into the report."""

    item: str
    reason: str

    @property
    def line(self) -> str:
        """Both in one line, without a full stop: what shows it ends the sentence."""
        return f"{self.item} {self.reason.removesuffix('.')}"


class Batch(Struct, frozen=True):
    """What one bulk read brought."""

    items: tuple[FetchedItem, ...]
    problems: tuple[Problem, ...] = ()


class Whereabouts(StrEnum):
    """What a direct read says about an item that a census left out."""

    HERE = "here"
    MOVED = "moved"
    """It exists, in another project or otherwise outside the scope."""
    GONE = "gone"
    """Deleted, or hidden from us: a tracker tells these two apart for nobody."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """An item as it stands this moment, read directly, just before it is written to.

    Attributes:
        version: The tracker's stamp.
        project: Where it is.
        labels: All labels.
        fields: The writable fields, by field id; None means empty.
        ours: Comments of this installation, oldest first.
        answered: Ids of those of our comments after which somebody else wrote one.
    """

    id: str
    version: str
    project: str = ""
    labels: frozenset[str]
    fields: dict[str, FieldValue]
    ours: tuple[Comment, ...]
    answered: frozenset[str] = frozenset()


class Edit(Struct, frozen=True, kw_only=True):
    """A change of labels and fields, sent as one call. Fields by field id."""

    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = field(default_factory=dict)


class Notice(StrEnum):
    """Whether people were sent mail about a write."""

    NONE = "not applicable"
    SUPPRESSED = "suppressed"
    SENT = "sent"
    UNKNOWN = "unknown"


class Written(Struct, frozen=True, kw_only=True):
    """What a write did.

    Attributes:
        comment: Id of the comment concerned, if one was.
        text: The comment's plain text as the tracker stored it, to be compared with later.
        at: When the tracker says that comment was created.
        notice: Whether mail went out.
    """

    comment: str = ""
    text: str = ""
    at: datetime | None = None
    notice: Notice = Notice.UNKNOWN


class Tracker(Protocol):
    """A tracker with one configured scope. Methods raise `ConnectorError` and nothing else.

    All ids are the tracker's own (`WorkItem.id`), never keys.
    """

    name: str

    @property
    def stats(self) -> TrafficStats:
        """What has passed to and from this tracker."""

    def connect(self) -> Connection:
        """Checks credentials, permissions and fields; to be called before anything else."""

    def changes(self, since: str | None) -> Iterator[Changes]:
        """Stamps of what changed since a position, with overlap; the last page's position is where to go on.

        None gives a position to start from: whoever asks reads the whole census anyway. Items of a sprint that began,
        ended or was replanned are told as well, although nothing moves their own stamps.
        """

    def census(self) -> ScopeIds:
        """What exists within the scope, and in which order. One absence proves nothing: see `locate`."""

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """The items with these ids, in batches as they arrive; ids that are not visible are left out."""

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Where items are that a census left out, by a direct read."""

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Comments by (item id, comment id), as they are now; deleted ones are left out."""

    def look(self, item: str) -> Snapshot:
        """The item as it stands this moment."""

    def content_key(self, document: Document) -> str:
        """What `CommentTag.hash` of a comment with this content is when the comment is read again."""

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Has the tracker check an edit without saving it, where it can; raises what the edit would."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> Written:
        """Changes labels and fields in one call, without mail where the tracker can.

        A tracker with a lock makes sure that the item is still as it was looked at, and raises `Conflict` otherwise.
        """

    def add_comment(self, snapshot: Snapshot, document: Document, marker: CommentTag) -> Written:
        """Writes a comment. Not to be repeated when its reply is lost.

        The document begins with the service's name, by which a tracker that keeps no hidden marks knows it again.
        """

    def replace_comment(self, snapshot: Snapshot, comment: str, document: Document, marker: CommentTag) -> Written:
        """Replaces the text of a comment of ours, without mail where the tracker can."""

    def delete_comment(self, snapshot: Snapshot, comment: str) -> Written:
        """Deletes a comment of ours; one that is gone already counts as deleted."""

    def close(self) -> None:
        """Lets go of connections."""
