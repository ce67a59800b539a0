"""Applies a plan, item by item. Items that have changed since the plan was made are skipped and reported.

A plan is made by a round, one pass over a tracker, or by an undo. Every write is recorded in the ledger.
"""

import dataclasses
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

import msgspec
import structlog
from msgspec import UNSET, Struct, field

from connectors.bulk_reads import FailureCounter
from connectors.errors import Conflict, ConnectorError, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.tracker import Author, Snapshot
from sync.store.records import Call, CommentCall, EditCall
from sync.writeback import refusals
from sync.writeback.outbox import Outbox
from sync.writeback.plan import NOT_KEPT, ItemPlan, Plan, SkippedWrite
from sync.writeback.recording import GetContentKey, same_value

_log = structlog.get_logger(__name__)

_BAD_REQUEST = 400
"""The status with which trackers reject the content of an edit."""


class ApplyResult(Struct, kw_only=True):
    """The result of applying a plan.

    Attributes:
        comments_created, comments_updated, comments_deleted: Number of calls about comments.
        fields_written: Number of fields that were set or cleared.
        labels_changed: Number of labels that were added or removed.
        refused: Writes that did not happen, with reasons.
        reconciled: The outcome of each interrupted earlier write, as a sentence.
        stopped: The reason why writing ended early; empty if it did not.
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
    def __call__(self, done: int, total: int, /) -> None: ...


def apply(
    plan: Plan,
    outbox: Outbox,
    round_id: str,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: _Progress = lambda _done, _total: None,
) -> ApplyResult:
    """Write a plan.

    An item that cannot be written does not stop the others. If the tracker cannot be reached or asks us to back off,
    the round ends, and the next round plans the remaining items again.

    Args:
        plan: What to write.
        outbox: Sends every write.
        round_id: The round that the ledger records.
        stop: Called before each item. If it returns true, writing ends.
        progress: Called with the number of items done and the total.
    """
    return _PlanRun(plan, outbox, round_id, stop, progress).run()


@dataclass
class _PlanRun:
    """Applies one plan and collects the result."""

    plan: Plan
    outbox: Outbox
    round_id: str
    stop: Callable[[], bool]
    progress: _Progress
    result: ApplyResult = dataclasses.field(default_factory=ApplyResult)

    def __post_init__(self) -> None:
        with self.outbox.database.reading() as transaction:
            stored_refusals = refusals.load(transaction, self.plan.tracker, self.outbox.clock())
        self._refusals = refusals.Refusals(stored_refusals, self.plan.names)
        self._failures = FailureCounter()

    def run(self) -> ApplyResult:
        for done, item in enumerate(self.plan.items):
            self.progress(done, len(self.plan.items))
            if self.stop():
                self.result.stopped = "The service was asked to stop."
                break
            try:
                self._write(item)
                self._failures.record_success()
            except (Retriable, Misconfigured) as error:
                if not self._concerns_item(error):
                    self.result.stopped = str(error)
                    break
                self._report_not_written(item.key, error.message)
            except (Refused, Gone, Conflict) as error:
                self._report_not_written(item.key, error.message)
            except ConnectorError as error:
                outcome = "reply lost" if isinstance(error, Uncertain) else "unexpected response"
                self.result.refused.append(SkippedWrite(item.key, outcome, error.message))
                if not self._reconcile():
                    break
        self.progress(len(self.plan.items), len(self.plan.items))
        return self.result

    def _concerns_item(self, error: ConnectorError) -> bool:
        """Whether an error concerns one item. Several such errors in a row concern the tracker."""
        try:
            self._failures.record_failure(error)
        except ConnectorError:
            return False
        return True

    def _reconcile(self) -> bool:
        """Determine the outcome of a write whose response was lost. Returns false if the tracker cannot be reached."""
        try:
            self.result.reconciled += self.outbox.reconcile()
        except ConnectorError as error:
            self.result.stopped = str(error)
            return False
        return True

    def _write(self, item: ItemPlan) -> None:
        """Write one item. If the comment is refused, the edit is still sent, and the other way round.

        A label that is only allowed beside our comment is sent after the comment.
        """
        target, writes_before = self.outbox.target, self.result.writes
        snapshot = target.get_snapshot(item.item)
        recovered_comment_ids = self.outbox.adopt(item.key, snapshot)
        if item.is_undo and (absent := self.outbox.forget_absent(snapshot)):
            item = _without_absent_annotations(item, absent)
        edit, comment, stale_reasons = _recheck(item, snapshot, target.content_key)
        self.result.refused += [SkippedWrite(item.key, "changed since the plan", reason) for reason in stale_reasons]
        edit = self._without_refused(edit, snapshot.project)
        if comment is not None and comment.action == "add" and edit is not None and edit.beside_comment is True:
            if not self._send_comment(item, snapshot, comment):
                edit = _without(edit, labels=True)
            snapshot, comment = target.get_snapshot(item.item), None
            if edit is not None and (reason := _why_edit_is_stale(edit, snapshot)):
                raise Conflict(reason)
        if edit is not None:
            self._send_edit(item, snapshot, edit)
        if comment is not None:
            self._send_comment(item, snapshot, comment)
        if item.is_undo and item.comment is not None and item.comment.action == "delete":
            for comment_id in recovered_comment_ids:
                self._send_comment(item, snapshot, CommentCall(action="delete", comment=comment_id))
        if self.result.writes > writes_before:
            self._confirm(item)

    def _confirm(self, item: ItemPlan) -> None:
        """Report what the tracker accepted but did not keep."""
        for annotation in self.outbox.confirm(item.item, self._failures):
            retry = "" if annotation.is_given_up else " It is tried once more."
            self.result.refused.append(SkippedWrite(item.key, NOT_KEPT, f"{annotation.not_kept_message}{retry}"))

    def _send_edit(self, item: ItemPlan, snapshot: Snapshot, edit: EditCall) -> None:
        """Send an edit. If the tracker rejects its content, send its parts one by one."""
        try:
            self._send(item, snapshot, edit)
        except Refused as refused:
            parts = refusals.parts_of(edit)
            if refused.status != _BAD_REQUEST or len(parts) < 2:
                self._note_refusal(item, snapshot.project, edit, refused)
                return
            for part in parts:
                single_edit = _without(edit, labels=part != refusals.LABELS, fields={*edit.fields} - {part})
                if (allowed_edit := self._without_refused(single_edit, snapshot.project)) is not None:
                    self._send_edit(item, self.outbox.target.get_snapshot(item.item), allowed_edit)

    def _send_comment(self, item: ItemPlan, snapshot: Snapshot, call: CommentCall) -> bool:
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
            self.result.labels_changed += len(call.add_labels) + len(call.remove_labels)
            self.result.fields_written += len(call.fields)
        else:
            self.result.comments_created += call.action == "add"
            self.result.comments_updated += call.action == "replace"
            self.result.comments_deleted += call.action == "delete"

    def _without_refused(self, edit: EditCall | None, project: str) -> EditCall | None:
        """Return an edit without what is refused in the project."""
        if edit is None:
            return None
        return _without(
            edit,
            labels=self._refusals.includes(project, refusals.LABELS),
            fields={name for name in edit.fields if self._refusals.includes(project, name)},
        )

    def _note_refusal(self, item: ItemPlan, project: str, call: Call, refused: Refused) -> None:
        """Report a refusal: once for the project if it concerns the project, else for the item."""
        new_refusals = self._refusals.record(project, refusals.parts_of(call), refused, self.outbox.clock())
        for refusal in new_refusals:
            self._report_not_written(project, refusal.sentence(self.plan.names))
        if new_refusals:
            with self.outbox.database.writing() as transaction:
                refusals.save(transaction, self.plan.tracker, self._refusals.by_part.values())
        elif item.key not in {skipped.key for skipped in self.result.refused}:
            self._report_not_written(item.key, refused.message)

    def _report_not_written(self, key: str, reason: str) -> None:
        self.result.refused.append(SkippedWrite(key, "not written", reason))
        _log.info("not written", item=key, reason=reason)


def _without(edit: EditCall, *, labels: bool = False, fields: Collection[str] = ()) -> EditCall | None:
    """An edit without its labels or some of its fields; None if nothing is left."""
    remaining = msgspec.structs.replace(
        edit,
        fields={name: value for name, value in edit.fields.items() if name not in fields},
        before={name: value for name, value in edit.before.items() if name not in fields},
    )
    if labels:
        remaining = msgspec.structs.replace(
            remaining, add_labels=(), remove_labels=(), rules=(), label_rules=UNSET, beside_comment=UNSET
        )
    return None if remaining.is_empty else remaining


def _without_absent_annotations(item: ItemPlan, absent: Collection[tuple[str, str]]) -> ItemPlan:
    """An undo without the annotations that are no longer on the item."""
    edit, comment = item.edit, item.comment
    if edit is not None:
        labels = tuple(label for label in edit.remove_labels if ("label", label) not in absent)
        edit = _without(
            msgspec.structs.replace(edit, remove_labels=labels),
            fields={name for name in edit.fields if ("field", name) in absent},
        )
    if comment is not None and ("comment", comment.comment) in absent:
        comment = None
    return msgspec.structs.replace(item, edit=edit, comment=comment)


def _recheck(
    item: ItemPlan, snapshot: Snapshot, get_content_key: GetContentKey
) -> tuple[EditCall | None, CommentCall | None, list[str]]:
    """Return the edit and the comment call that are still valid, and the reasons why the others are not.

    A round's plan is based on one version of the item, so any change invalidates all of it. An undo has no version, so
    each value is checked separately.
    """
    is_undo = item.is_undo
    if not is_undo and item.version != snapshot.version:
        return None, None, ["The item has changed since the plan was made. The next round plans it again."]
    stale_edit_reason = _why_edit_is_stale(item.edit, snapshot) if item.edit is not None else ""
    stale_comment_reason = (
        _why_comment_is_stale(item.comment, snapshot, get_content_key, check_replies=not is_undo)
        if item.comment
        else ""
    )
    reasons = [reason for reason in (stale_edit_reason, stale_comment_reason) if reason]
    if not is_undo and reasons:
        return None, None, reasons
    edit = item.edit if item.edit is None or not is_undo else _without_changed(item.edit, snapshot)
    return edit, None if stale_comment_reason else item.comment, reasons


def _without_changed(edit: EditCall, snapshot: Snapshot) -> EditCall | None:
    """The part of an undo that concerns values which nobody has changed since."""
    unchanged_names = [name for name, before in edit.before.items() if same_value(snapshot.fields.get(name), before)]
    remaining = msgspec.structs.replace(
        edit,
        add_labels=tuple(label for label in edit.add_labels if label not in snapshot.labels),
        remove_labels=tuple(label for label in edit.remove_labels if label in snapshot.labels),
        fields={name: edit.fields[name] for name in unchanged_names},
        before={name: edit.before[name] for name in unchanged_names},
    )
    return None if remaining.is_empty else remaining


def _why_edit_is_stale(edit: EditCall, snapshot: Snapshot) -> str:
    """Why an edit no longer fits the item, as a sentence; empty if it does."""
    for name, before in edit.before.items():
        if not same_value(snapshot.fields.get(name), before):
            return f"The field {name} now holds {snapshot.fields.get(name)!r}, not {before!r}."
    for label in edit.remove_labels:
        if label not in snapshot.labels:
            return f'The label "{label}" has already been removed.'
    return ""


def _why_comment_is_stale(
    call: CommentCall, snapshot: Snapshot, get_content_key: GetContentKey, *, check_replies: bool
) -> str:
    """Why a call about our comment no longer fits the item, as a sentence; empty if it does."""
    own_comments = {comment.id: comment for comment in snapshot.own_comments}
    if call.action == "add":
        return "We already have a comment on this item." if own_comments else ""
    if call.comment not in own_comments:
        return "Our comment no longer exists."
    if own_comments[call.comment].edited_by not in (None, Author.US):
        return "Somebody else edited our comment."
    if call.before is not None:
        tag = own_comments[call.comment].tag
        expected = get_content_key(call.before.document) if call.before.key is UNSET else call.before.key
        if tag is None or tag.hash != expected:
            return "Our comment differs from what we last wrote."
    if call.action == "delete" and check_replies and call.comment in snapshot.answered_comment_ids:
        return "Somebody has replied to our comment since the plan was made."
    return ""
