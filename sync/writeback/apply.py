"""Apply a plan, item by item. What has changed since the plan was made is skipped and reported."""

import dataclasses
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

import msgspec
import structlog
from msgspec import UNSET, Struct, field

from connectors.bulk_reads import FailureCount
from connectors.errors import Conflict, ConnectorError, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.tracker import Author, Snapshot
from sync.store.records import Call, CommentCall, EditCall
from sync.writeback import refusals
from sync.writeback.outbox import Outbox
from sync.writeback.plan import NOT_KEPT, ItemPlan, Plan, SkippedWrite
from sync.writeback.recording import ContentKey, same_value

_log = structlog.get_logger(__name__)

_INVALID = 400
"""The status with which trackers reject the content of an edit."""


class ApplyResult(Struct, kw_only=True):
    """What applying a plan did.

    Attributes:
        comments_created, comments_updated, comments_deleted: Calls about comments.
        fields_written: Fields that were set or cleared.
        labels_changed: Labels that were added or removed.
        refused: What was not written, and why.
        reconciled: What became of interrupted writes, one sentence each.
        stopped: Why the round ended early, if it did.
    """

    comments_created: int = 0
    comments_updated: int = 0
    comments_deleted: int = 0
    fields_written: int = 0
    labels_changed: int = 0
    refused: list[SkippedWrite] = field(default_factory=list)
    reconciled: list[str] = field(name="cleared_up", default_factory=list)
    stopped: str = ""

    def counts(self) -> dict[str, int]:
        """The number of changes of each kind."""
        return {
            "comments created": self.comments_created,
            "comments updated": self.comments_updated,
            "comments deleted": self.comments_deleted,
            "fields written": self.fields_written,
            "labels changed": self.labels_changed,
        }

    @property
    def writes(self) -> int:
        """The total number of changes."""
        return sum(self.counts().values())


class _Progress(Protocol):
    def __call__(self, done: int, of: int, /) -> None: ...


def apply(
    plan: Plan,
    outbox: Outbox,
    round_id: str,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: _Progress = lambda _done, _of: None,
) -> ApplyResult:
    """Write a plan.

    An item that cannot be written does not stop the others. If the tracker cannot be reached or asks us to back off,
    the round ends, and the next round plans the remaining items again.

    Args:
        plan: What to write.
        outbox: Sends every write.
        round_id: The round that the ledger records.
        stop: Called before each item; returns true to end the round.
        progress: Called with the number of items done and the total.
    """
    return _Application(plan, outbox, round_id, stop, progress).run()


@dataclass
class _Application:
    """One plan being applied."""

    plan: Plan
    outbox: Outbox
    round_id: str
    stop: Callable[[], bool]
    progress: _Progress
    done: ApplyResult = dataclasses.field(default_factory=ApplyResult)

    def __post_init__(self) -> None:
        with self.outbox.database.reading() as reading:
            known = refusals.load(reading, self.plan.tracker, self.outbox.clock())
        self._refusals = refusals.Refusals(known, self.plan.names)
        self._failures = FailureCount()

    def run(self) -> ApplyResult:
        for number, item in enumerate(self.plan.items):
            self.progress(number, len(self.plan.items))
            if self.stop():
                self.done.stopped = "The service was asked to stop."
                break
            try:
                self._write(item)
                self._failures.succeeded()
            except (Retriable, Misconfigured) as trouble:
                if not self._concerns_item(trouble):
                    self.done.stopped = str(trouble)
                    break
                self._refuse(item.key, trouble.message)
            except (Refused, Gone, Conflict) as refused:
                self._refuse(item.key, refused.message)
            except ConnectorError as unsure:
                what = "reply lost" if isinstance(unsure, Uncertain) else "unexpected response"
                self.done.refused.append(SkippedWrite(item.key, what, unsure.message))
                if not self._reconcile():
                    break
        self.progress(len(self.plan.items), len(self.plan.items))
        return self.done

    def _concerns_item(self, trouble: ConnectorError) -> bool:
        """Whether an item could not be read, rather than the tracker: several in a row are the tracker's trouble."""
        try:
            self._failures.failed(trouble)
        except ConnectorError:
            return False
        return True

    def _reconcile(self) -> bool:
        """Find out what became of a write whose reply was lost. Returns false if the tracker cannot be reached."""
        try:
            self.done.reconciled += self.outbox.reconcile()
        except ConnectorError as trouble:
            self.done.stopped = str(trouble)
            return False
        return True

    def _write(self, item: ItemPlan) -> None:
        """Write one item. Neither a refused comment nor a refused edit prevents the other.

        A label that may only stand beside our comment is sent after the comment.
        """
        target, before = self.outbox.target, self.done.writes
        snapshot = target.get_snapshot(item.item)
        late = self.outbox.adopt(item.key, snapshot)
        if not item.version and (lost := self.outbox.forget_absent(snapshot)):
            item = _without_lost(item, lost)
        edit, comment, changes = _recheck(item, snapshot, target.content_key)
        self.done.refused += [SkippedWrite(item.key, "changed since the plan", why) for why in changes]
        edit = self._without_refused(edit, snapshot.project)
        if comment is not None and comment.action == "add" and edit is not None and edit.beside_comment is True:
            if not self._comment(item, snapshot, comment):
                edit = _without(edit, labels=True)
            snapshot, comment = target.get_snapshot(item.item), None
            if edit is not None and (why := _edit_changed(edit, snapshot)):
                raise Conflict(why)
        if edit is not None:
            self._edit(item, snapshot, edit)
        if comment is not None:
            self._comment(item, snapshot, comment)
        if not item.version and item.comment is not None and item.comment.action == "delete":
            for ident in late:
                self._comment(item, snapshot, CommentCall(action="delete", comment=ident))
        if self.done.writes > before:
            self._confirm(item)

    def _confirm(self, item: ItemPlan) -> None:
        """Report what the tracker accepted and did not keep."""
        for annotation in self.outbox.confirm(item.item, self._failures):
            again = "" if annotation.is_given_up else " It is tried once more."
            self.done.refused.append(SkippedWrite(item.key, NOT_KEPT, f"{annotation.not_kept_message}{again}"))

    def _edit(self, item: ItemPlan, snapshot: Snapshot, edit: EditCall) -> None:
        """Send an edit. If the tracker rejects its content, send its parts one by one."""
        try:
            self._send(item, snapshot, edit)
        except Refused as refused:
            parts = refusals.parts_of(edit)
            if refused.status != _INVALID or len(parts) < 2:
                self._note_refusal(item, snapshot.project, edit, refused)
                return
            for part in parts:
                alone = _without(edit, labels=part != refusals.LABELS, fields={*edit.fields} - {part})
                if (allowed := self._without_refused(alone, snapshot.project)) is not None:
                    self._edit(item, self.outbox.target.get_snapshot(item.item), allowed)

    def _comment(self, item: ItemPlan, snapshot: Snapshot, call: CommentCall) -> bool:
        """Send a call about our comment. Returns false if it is refused."""
        if call.action == "add" and self._refusals.includes(snapshot.project, refusals.COMMENT):
            return False
        try:
            self._send(item, snapshot, call)
        except Refused as refused:
            self._note_refusal(item, snapshot.project, call, refused)
            return False
        return True

    def _send(self, item: ItemPlan, snapshot: Snapshot, call: Call) -> None:
        self.outbox.send(self.round_id, item.key, snapshot, call)
        if isinstance(call, EditCall):
            self.done.labels_changed += len(call.add_labels) + len(call.remove_labels)
            self.done.fields_written += len(call.fields)
        else:
            self.done.comments_created += call.action == "add"
            self.done.comments_updated += call.action == "replace"
            self.done.comments_deleted += call.action == "delete"

    def _without_refused(self, edit: EditCall | None, project: str) -> EditCall | None:
        """Leave out what is refused in the project."""
        if edit is None:
            return None
        return _without(
            edit,
            labels=self._refusals.includes(project, refusals.LABELS),
            fields={name for name in edit.fields if self._refusals.includes(project, name)},
        )

    def _note_refusal(self, item: ItemPlan, project: str, call: Call, refused: Refused) -> None:
        """Report a refusal: once for the project if it concerns the project, else for the item."""
        new = self._refusals.note(project, refusals.parts_of(call), refused, self.outbox.clock())
        for refusal in new:
            self._refuse(project, refusal.sentence(self.plan.names))
        if new:
            with self.outbox.database.writing() as transaction:
                refusals.save(transaction, self.plan.tracker, self._refusals.by_part.values())
        elif item.key not in {held.key for held in self.done.refused}:
            self._refuse(item.key, refused.message)

    def _refuse(self, key: str, because: str) -> None:
        self.done.refused.append(SkippedWrite(key, "not written", because))
        _log.info("not written", item=key, because=because)


def _without(edit: EditCall, *, labels: bool = False, fields: Collection[str] = ()) -> EditCall | None:
    """An edit without its labels or some of its fields; None if nothing is left."""
    left = msgspec.structs.replace(
        edit,
        fields={name: value for name, value in edit.fields.items() if name not in fields},
        before={name: value for name, value in edit.before.items() if name not in fields},
    )
    if labels:
        left = msgspec.structs.replace(
            left, add_labels=(), remove_labels=(), rules=(), label_rules=UNSET, beside_comment=UNSET
        )
    return None if left.is_empty else left


def _without_lost(item: ItemPlan, lost: Collection[tuple[str, str]]) -> ItemPlan:
    """An undo without what is not on the item anyway."""
    edit, comment = item.edit, item.comment
    if edit is not None:
        labels = tuple(label for label in edit.remove_labels if ("label", label) not in lost)
        edit = _without(
            msgspec.structs.replace(edit, remove_labels=labels),
            fields={name for name in edit.fields if ("field", name) in lost},
        )
    if comment is not None and ("comment", comment.comment) in lost:
        comment = None
    return msgspec.structs.replace(item, edit=edit, comment=comment)


def _recheck(
    item: ItemPlan, snapshot: Snapshot, content_key: ContentKey
) -> tuple[EditCall | None, CommentCall | None, list[str]]:
    """Return the calls that are still valid, and why the others are not.

    A plan is based on one version of the item, so any change invalidates all of it. An undo has no version: each value
    is checked by itself.
    """
    whole = bool(item.version)
    if whole and item.version != snapshot.version:
        return None, None, ["The item has changed since the plan was made. The next round plans it again."]
    edit_changed = _edit_changed(item.edit, snapshot) if item.edit is not None else ""
    comment_changed = (
        _comment_changed(item.comment, snapshot, content_key, answers_matter=whole) if item.comment else ""
    )
    changes = [why for why in (edit_changed, comment_changed) if why]
    if whole and changes:
        return None, None, changes
    edit = item.edit if item.edit is None or whole else _still_ours(item.edit, snapshot)
    return edit, None if comment_changed else item.comment, changes


def _still_ours(edit: EditCall, snapshot: Snapshot) -> EditCall | None:
    kept = [name for name, before in edit.before.items() if same_value(snapshot.fields.get(name), before)]
    left = msgspec.structs.replace(
        edit,
        add_labels=tuple(label for label in edit.add_labels if label not in snapshot.labels),
        remove_labels=tuple(label for label in edit.remove_labels if label in snapshot.labels),
        fields={name: edit.fields[name] for name in kept},
        before={name: edit.before[name] for name in kept},
    )
    return None if left.is_empty else left


def _edit_changed(edit: EditCall, snapshot: Snapshot) -> str:
    for name, before in edit.before.items():
        if not same_value(snapshot.fields.get(name), before):
            return f"The field {name} now holds {snapshot.fields.get(name)!r}, not {before!r}."
    for label in edit.remove_labels:
        if label not in snapshot.labels:
            return f'The label "{label}" has already been removed.'
    return ""


def _comment_changed(call: CommentCall, snapshot: Snapshot, content_key: ContentKey, *, answers_matter: bool) -> str:
    ours = {comment.id: comment for comment in snapshot.ours}
    if call.action == "add":
        return "We already have a comment on this item." if ours else ""
    if call.comment not in ours:
        return "Our comment no longer exists."
    if ours[call.comment].edited_by not in (None, Author.US):
        return "Somebody else edited our comment."
    if call.before is not None:
        tag = ours[call.comment].tag
        expected = content_key(call.before.document) if call.before.key is UNSET else call.before.key
        if tag is None or tag.hash != expected:
            return "Our comment differs from what we last wrote."
    if call.action == "delete" and answers_matter and call.comment in snapshot.answered:
        return "Somebody has replied to our comment since the plan was made."
    return ""
