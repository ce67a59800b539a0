"""The stored records of writes: calls to trackers, their effects, and the annotations on items.

A call is one request that changes an item. It is stored as an intent before it is sent. If it took effect, each
changed comment, label or field is recorded as an effect; all effects together are the ledger. An annotation is a
comment, label or field value that is on an item because the service wrote it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from connectors.comments import Author, Comment
from connectors.document import Document
from connectors.writes import FieldValue


class CommentContent(Struct, frozen=True):
    """The content of the service's comment.

    Attributes:
        basis: Hash of what the text was made from. A comment is rewritten only when this changes.
        rules: Ids of the rules whose findings it is about.
        key: `CommentTag.content_key` of the comment; unset if it can be calculated from `document`. It is only set if
            the document was rebuilt from the text of the comment.
    """

    document: Document
    basis: str
    rules: tuple[str, ...] = ()
    key: str | UnsetType = UNSET

    def content_key(self, get_content_key: Callable[[Document], str]) -> str:
        """The `CommentTag.content_key` of a comment with this content."""
        return get_content_key(self.document) if self.key is UNSET else self.key


class EditCall(Struct, frozen=True, tag="edit", kw_only=True):
    """One edit of an item: labels and fields together.

    Attributes:
        fields: New values by field id; None clears a field.
        before: The values of these fields when the call was planned.
        rules: Ids of the rules whose findings the added labels are for.
        label_rules: Ids of the rules for each added label; unset if they are `rules` for all of them.
        field_names: The configured names of the fields, by field id; unset if the WSJF score is the only one.
        beside_comment: True if the added labels may only be on an item that also has the service's comment; otherwise
            unset.
    """

    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = field(default_factory=dict)
    before: dict[str, FieldValue] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    label_rules: dict[str, tuple[str, ...]] | UnsetType = UNSET
    beside_comment: bool | UnsetType = UNSET
    field_names: dict[str, str] | UnsetType = UNSET

    def rules_for(self, label: str) -> tuple[str, ...]:
        """Ids of the rules whose findings an added label is for."""
        return self.rules if self.label_rules is UNSET else self.label_rules.get(label, ())

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return not (self.add_labels or self.remove_labels or self.fields)


class CommentCall(Struct, frozen=True, tag="comment", kw_only=True):
    """One call about the service's comment on an item.

    Attributes:
        comment_id: Id of the comment to replace or delete; stored as `comment`.
        content, before: The new and the former content; None if there is none, or if the former one is unknown.
    """

    action: Literal["add", "replace", "delete"]
    comment_id: str = field(name="comment", default="")
    content: CommentContent | None = None
    before: CommentContent | None = None


Call = EditCall | CommentCall
"""A request that changes an item."""


class Intent(Struct, frozen=True, kw_only=True):
    """A call that was about to be sent.

    It is stored first, so that after a crash or a lost reply its outcome can be determined from the item.

    Attributes:
        id: Its id in the store; 0 for a call that was never stored.
        round: Id of the round, or of the undo, that sends it.
        item: The item's id in its tracker.
        key: The item's key, such as PAY-12.
    """

    id: int
    round: str
    tracker: str
    item: str
    key: str
    call: Call
    created: datetime


Value = CommentContent | str | float | bool | None
"""The value before or after an effect: a comment's content, a field's value, or whether a label is set."""


def as_field_value(value: Value) -> FieldValue:
    """The value if it is a field's; None if it is a comment's content or the flag of a label."""
    return None if isinstance(value, CommentContent | bool) else value


class Effect(Struct, frozen=True, kw_only=True):
    """One change that the service made to an item, as recorded in the ledger.

    Attributes:
        round: Id of the round, or of the undo, that made it.
        item: The item's id in its tracker.
        key: The item's key, such as PAY-12.
        name: Id of the comment, the label itself, or id of the field.
        before, after: The values; None means that nothing was there, or that it was removed.
        id: Its id in the ledger; 0 before it is stored.
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


_MAX_UNCONFIRMED_WRITES = 2
"""The number of unconfirmed writes after which the service gives up.

A second try helps if the tracker lost one write. If that fails too, something in the tracker undoes every write."""


class Annotation(Struct, frozen=True, kw_only=True):
    """A comment, label or field value that the service put on an item.

    Attributes:
        item: The item's id in its tracker.
        key: The item's key, such as PAY-12.
        name: Id of the comment, the label itself, or id of the field.
        value: The service's last written value.
        before: The value before the service's first write; fields only.
        text: The plain text of a comment as the tracker stored it, to detect edits by others.
        rules: Ids of the rules whose findings it is for. For a field, the field's name in the settings; for a label
            that says that an item is ready for a purpose, "ready:" and the name of the readiness profile, which lists
            what an item needs for that.
        written: When the service last wrote it.
        posted: When the comment was created, by the tracker's clock. Later comments of others are replies to it.
        changed_by_others: Whether somebody else has changed it since. The service then never changes it again. Stored
            as `taken`.
        changed_by_program: Whether a program made that change; stored as `by_program`.
        last_edited: When the service last edited the comment, by the tracker's clock once the edit is confirmed; stored
            as `changed`.
        stored_value: The field's value as the tracker stored it, if it differs from the written one; stored as
            `stored`.
        unconfirmed_writes: The number of consecutive writes after which it was not found on the item; stored as
            `unconfirmed`.
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
    changed_by_others: bool = field(name="taken", default=False)
    changed_by_program: bool = field(name="by_program", default=False)
    last_edited: datetime | None = field(name="changed", default=None)
    stored_value: FieldValue = field(name="stored", default=None)
    unconfirmed_writes: int = field(name="unconfirmed", default=0)

    @property
    def is_given_up(self) -> bool:
        """Whether the tracker accepted it twice without keeping it, so that it is no longer written."""
        return self.unconfirmed_writes >= _MAX_UNCONFIRMED_WRITES

    @property
    def is_missing(self) -> bool:
        """Whether this is a new comment that the tracker accepted and that is not on the item."""
        return self.kind == "comment" and self.value is not None and self.unconfirmed_writes > 0 and self.posted is None

    @property
    def not_kept_message(self) -> str:
        """The message for an annotation that the tracker accepted and did not keep."""
        what = {"comment": "our comment", "label": f'the label "{self.name}"', "field": f"the field {self.name}"}
        return f"The tracker accepted a change of {what[self.kind]} and did not keep it."

    @property
    def expected_value(self) -> Value:
        """The value on the item if nobody has changed it."""
        return self.value if self.stored_value is None else self.stored_value

    @property
    def has_questions(self) -> bool:
        """Whether it is the service's comment with questions to the team."""
        return self.kind == "comment" and bool(self.rules) and not self.changed_by_others


class AnnotationChange(Struct, frozen=True):
    """A change that somebody else made to one of the service's annotations.

    Attributes:
        kind: "comment removed", "comment edited", "label removed" or "field changed". Where it counts as a decision of
            a person about the item or its findings, it is stored as the source of this decision.
        by: Who made the change; None if the tracker does not say.
        current: The present value of a changed field.
        comment: The comment as it is now, if it was edited.
    """

    annotation: Annotation
    kind: str
    by: Author | None = None
    current: FieldValue = None
    comment: Comment | None = None

    @property
    def is_by_program(self) -> bool:
        """Whether a program made the change, perhaps with the service's account. Such a change is not an answer."""
        return self.by in (Author.OTHER_PROGRAM, Author.THIS_SERVICE)

    @property
    def is_removal(self) -> bool:
        """Whether the annotation was removed rather than changed."""
        return self.kind.endswith("removed")
