"""What the store records about writing: planned calls, their effects, and the annotations on items."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from connectors.document import Document
from connectors.tracker import Author, Comment, FieldValue


class CommentContent(Struct, frozen=True):
    """The content of a comment of ours.

    Attributes:
        document: The text.
        basis: Hash of what the text was made from. A comment is rewritten only when this changes.
        rules: The rules whose findings it is about.
        key: The `content_key` of a comment whose document was rebuilt from its text; unset if it is the document's.
    """

    document: Document
    basis: str
    rules: tuple[str, ...] = ()
    key: str | UnsetType = UNSET


class EditCall(Struct, frozen=True, tag="edit", kw_only=True):
    """One edit of an item: labels and fields together.

    Attributes:
        fields: New values by field id; None clears a field.
        before: The values of these fields when the call was planned.
        rules: The rules behind the added labels and the fields.
        label_rules: The rules behind each added label; unset if they are those of the call.
        beside_comment: Whether the added labels may only stand beside our comment; unset if not.
    """

    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = field(default_factory=dict)
    before: dict[str, FieldValue] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    label_rules: dict[str, tuple[str, ...]] | UnsetType = UNSET
    beside_comment: bool | UnsetType = UNSET

    def rules_of(self, label: str) -> tuple[str, ...]:
        """The rules behind an added label."""
        return self.rules if self.label_rules is UNSET else self.label_rules.get(label, ())

    @property
    def is_empty(self) -> bool:
        """Whether it would change nothing."""
        return not (self.add_labels or self.remove_labels or self.fields)


class CommentCall(Struct, frozen=True, tag="comment", kw_only=True):
    """One call about our comment on an item.

    Attributes:
        comment: Id of the comment to replace or delete.
        content: The new content; None to delete the comment.
        before: The old content.
    """

    action: Literal["add", "replace", "delete"]
    comment: str = ""
    content: CommentContent | None = None
    before: CommentContent | None = None


Call = EditCall | CommentCall


class Intent(Struct, frozen=True, kw_only=True):
    """A call that was about to be sent, stored so that it can be reconciled after a crash or a lost reply."""

    id: int
    round: str
    tracker: str
    item: str
    key: str
    call: Call
    created: datetime


Value = CommentContent | str | float | bool | None
"""The value before or after an effect: a comment's content, a field's value, or whether a label is set."""


class Effect(Struct, frozen=True, kw_only=True):
    """One thing the service changed on an item.

    Attributes:
        kind: What was changed.
        name: Id of the comment, the label itself, or id of the field.
        before, after: None means that nothing was there, or that it was removed.
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


_ATTEMPTS = 2
"""How often something is written that the tracker accepts and does not keep."""


class Annotation(Struct, frozen=True, kw_only=True):
    """A comment, label or field value of ours that an item carries at present.

    Attributes:
        value: What we wrote.
        before: The value before our first write; fields only.
        text: A comment's plain text as the tracker stored it, to notice edits by people.
        rules: The rules behind it.
        written: When it was last written.
        posted: When the tracker says a comment was created; later comments of others are answers to it.
        taken: Whether a person has changed it since. It is theirs then, and never touched again.
        by_program: Whether it was a program that changed it.
        changed: When the tracker says that our comment was last changed by us.
        stored: The field's value as the tracker stored it, if it is not the one that we wrote.
        unconfirmed: How often in a row it was written without having been seen on the item.
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
    by_program: bool = False
    changed: datetime | None = None
    stored: FieldValue = None
    unconfirmed: int = 0

    @property
    def given_up(self) -> bool:
        """Whether the tracker accepted it twice and kept it neither time."""
        return self.unconfirmed >= _ATTEMPTS

    @property
    def is_missing(self) -> bool:
        """Whether this is a new comment that the tracker accepted and that is not on the item."""
        return self.kind == "comment" and self.value is not None and self.unconfirmed > 0 and self.posted is None

    @property
    def not_kept(self) -> str:
        """What is said about it when the tracker accepted it and did not keep it."""
        what = {"comment": "our comment", "label": f'the label "{self.name}"', "field": f"the field {self.name}"}
        return f"The tracker accepted a change of {what[self.kind]} and did not keep it."

    @property
    def expected(self) -> Value:
        """What is on the item if nobody has changed it."""
        return self.value if self.stored is None else self.stored

    @property
    def asks(self) -> bool:
        """Whether it is a comment of ours that asks something."""
        return self.kind == "comment" and bool(self.rules) and not self.taken


class AnnotationChange(Struct, frozen=True):
    """A change that a person made to an annotation of ours.

    Attributes:
        what: "comment removed", "comment edited", "label removed" or "field changed"; stored as a decision's source.
        comment: Our comment as it is now, if it was edited.
        by: Who did it; None if the tracker does not tell.
        current: What the field holds now, if it is about a field.
    """

    annotation: Annotation
    what: str
    by: Author | None = None
    current: FieldValue = None
    comment: Comment | None = None

    @property
    def by_program(self) -> bool:
        """Whether a program did it, perhaps with our account, so that it is nobody's answer."""
        return self.by in (Author.SERVICE, Author.US)

    @property
    def removed(self) -> bool:
        """Whether the annotation was removed rather than changed."""
        return self.what.endswith("removed")
