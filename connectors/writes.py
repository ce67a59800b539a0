"""The data of a write: the state of the item before the write, the changes, and the result."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from connectors.comments import Comment

FieldValue = str | float | None
"""The value of a field that the service writes; None means empty."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """The current state of an item, read just before a write.

    Attributes:
        version: A text that is different after every change of the item that the tracker stores.
        project: The key or name of its project.
        fields: The values of the fields that this service may write, by field id.
        own_comments: The comments of this installation of the service, oldest first.
        comment_ids: The ids of all comments on the item.
        answered_comment_ids: The ids of those of `own_comments` after which a person has commented.
    """

    id: str
    version: str
    project: str = ""
    labels: frozenset[str]
    fields: dict[str, FieldValue]
    own_comments: tuple[Comment, ...]
    comment_ids: frozenset[str]
    answered_comment_ids: frozenset[str] = frozenset()


def find_label(label: str, labels: Collection[str]) -> str | None:
    """Find a label among those of an item, even if somebody has retyped it in another letter case.

    Returns:
        The label as the item has it; None if the item does not have it.
    """
    if label in labels:
        return label
    return next((present for present in labels if present.casefold() == label.casefold()), None)


class Edit(Struct, frozen=True, kw_only=True):
    """A change of labels and fields, which is sent in one request.

    Attributes:
        fields: New values, by field id.
    """

    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = field(default_factory=dict)


class Notification(StrEnum):
    """Whether the tracker sent e-mail notifications about a write."""

    NONE = "not applicable"
    """The tracker sends no notifications about this kind of write."""
    SUPPRESSED = "suppressed"
    SENT = "sent"
    UNKNOWN = "unknown"


class WriteResult(Struct, frozen=True, kw_only=True):
    """The result of a write.

    Attributes:
        comment_id: The id of the comment; empty if the write did not concern a comment.
        text: The text of the comment without markup, as the tracker stored it.
        created: When the comment was created, according to the tracker.
    """

    comment_id: str = ""
    text: str = ""
    created: datetime | None = None
    notification: Notification = Notification.UNKNOWN
