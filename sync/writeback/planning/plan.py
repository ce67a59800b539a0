"""The plan of one round or one undo for one tracker: what is written to which item, what is not written, and why.

A round is one pass over a tracker. The write budget is the number of items that may be written in a round.
"""

import hashlib

import msgspec
from msgspec import Struct

from sync.store.records import CommentCall, EditCall

ALL_WRITES, OUR_COMMENT = "everything", "our comment"
"""Values of `SkippedWrite.what`: nothing is written to the item, or no comment."""
NOT_KEPT = "not kept"
"""The value of `SkippedWrite.what` for a write that the tracker accepted but did not keep."""
REFUSED_IN_PROJECT = "refused in the project"
"""The value of `SkippedWrite.what` for a refusal in a whole project; the key is then the project's key."""


class ItemPlan(Struct, frozen=True, kw_only=True):
    """The writes to one item in one round: at most one edit of labels and fields, and one call about a comment.

    Attributes:
        item: The item's id in its tracker.
        key: The item's key, such as PAY-12.
        version: The version of the item that the plan is based on; empty for an undo, which checks each value.
        edit: The changes of labels and fields; None if there are none.
        comment: What to do with the service's comment; None if it stays as it is.
    """

    tracker: str
    item: str
    key: str
    version: str = ""
    edit: EditCall | None = None
    comment: CommentCall | None = None

    @property
    def is_undo(self) -> bool:
        """Whether it removes what the service wrote, whatever the version of the item is."""
        return not self.version


class SkippedWrite(Struct, frozen=True, gc=False):
    """Something that is not written, although there is a reason to write it.

    Attributes:
        key: The key of the item or project.
        what: What is not written, such as "label refine-size" or "our comment"; a rule's id stands for its finding. If
            the write was tried, its result, such as "not kept" or "changed since the plan".
        reason: Why it is not written, as a sentence; `because` in JSON.
    """

    key: str
    what: str
    reason: str = msgspec.field(name="because")


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that one round writes to one tracker.

    Attributes:
        items: The items to write, in this order.
        waiting: Keys of the items over the budget, which wait for later rounds.
        skipped_writes: What is not written, and why; `held` in JSON.
        names: The configured names of the written fields, by field id.
    """

    tracker: str
    items: tuple[ItemPlan, ...]
    waiting: tuple[str, ...] = ()
    skipped_writes: tuple[SkippedWrite, ...] = msgspec.field(name="held", default=())
    names: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def id(self) -> str:
        """An id that is equal for plans with the same writes to the same versions of items."""
        return hashlib.sha256(msgspec.json.encode(self.items)).hexdigest()[:12]

    @property
    def writes(self) -> int:
        """The number of changes, counted like `ApplyResult.writes`."""
        edits = [item.edit for item in self.items if item.edit is not None]
        changes = sum(len(edit.add_labels) + len(edit.remove_labels) + len(edit.fields) for edit in edits)
        return changes + sum(item.comment is not None for item in self.items)
