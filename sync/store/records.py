"""What is written down about writing: calls as they were meant, effects as they happened, marks as they stand."""

from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from connectors.document import Document
from connectors.tracker import FieldValue


class CommentContent(Struct, frozen=True):
    """What a comment of ours says.

    Attributes:
        document: The words.
        basis: Of what it was made; a comment is rewritten only when this changes.
        rules: The rules whose findings it speaks about.
    """

    document: Document
    basis: str
    rules: tuple[str, ...] = ()


class EditCall(Struct, frozen=True, tag="edit", kw_only=True):
    """One edit of an item: labels and fields together.

    Attributes:
        fields: New values by field id; None clears a field.
        before: What stood in these fields when the call was planned.
        rules: The rules that the added labels and the fields stand for.
    """

    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = field(default_factory=dict)
    before: dict[str, FieldValue] = field(default_factory=dict)
    rules: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it would change nothing."""
        return not (self.add_labels or self.remove_labels or self.fields)


class CommentCall(Struct, frozen=True, tag="comment", kw_only=True):
    """One call about our comment on an item.

    Attributes:
        comment: Id of the comment to replace or delete.
        content: What it is to say; None to delete it.
        before: What it said.
    """

    action: Literal["add", "replace", "delete"]
    comment: str = ""
    content: CommentContent | None = None
    before: CommentContent | None = None


Call = EditCall | CommentCall


class Intent(Struct, frozen=True, kw_only=True):
    """A call that was about to be sent, kept so that a crash or a lost reply can be cleared up afterwards."""

    id: int
    round: str
    tracker: str
    item: str
    key: str
    call: Call
    created: datetime


Value = CommentContent | str | float | bool | None
"""What an effect put there, or found there: a comment's content, a field's value, or whether a label is set."""


class Effect(Struct, frozen=True, kw_only=True):
    """One thing the service changed on an item.

    Attributes:
        kind: What was changed.
        name: Id of the comment, the label itself, or id of the field.
        before, after: None means that nothing was there, or that it was taken away.
    """

    round: str
    tracker: str
    item: str
    key: str
    kind: Literal["comment", "label", "field"]
    name: str
    before: Value
    after: Value
    at: datetime
    id: int = 0


class Annotation(Struct, frozen=True, kw_only=True):
    """Something of ours that an item carries at present.

    Attributes:
        value: What we put there.
        before: What stood there before our first write; only fields have something.
        text: A comment's plain text as the tracker stored it, to notice edits by people.
        rules: The rules it stands for.
        written: When it was last written.
        posted: When the tracker says a comment was created; later comments of others are answers to it.
        taken: Whether a person changed it since: it is theirs now, and never touched again.
    """

    tracker: str
    item: str
    key: str
    kind: Literal["comment", "label", "field"]
    name: str
    value: Value
    before: Value = None
    text: str = ""
    rules: tuple[str, ...] = ()
    written: datetime
    posted: datetime | None = None
    taken: bool = False


class AnnotationChange(Struct, frozen=True):
    """What a person did to an annotation of ours.

    Attributes:
        what: "comment removed", "comment edited", "label removed" or "field changed"; stored as a decision's source.
    """

    annotation: Annotation
    what: str

    @property
    def removed(self) -> bool:
        """Whether it is gone, rather than theirs now."""
        return self.what.endswith("removed")
