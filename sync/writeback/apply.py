"""Applies a plan, item by item. Items that have changed since the plan was made are skipped and reported.

A plan is made by a round, which is one pass over a tracker, or by an undo. The outbox sends every write and records it
in the ledger, the table of all changes that the service made to items. A planned write is stale if the item has since
changed in such a way that the write no longer fits.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from msgspec import Struct, field

from connectors.bulk_reads import FailureCounter
from connectors.errors import Conflict, ConnectorError, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.writes import Snapshot
from sync.store.records import Call, CommentCall, EditCall
from sync.writeback import refusals
from sync.writeback.outbox import Outbox
from sync.writeback.planning.plan import NOT_KEPT, ItemPlan, Plan, SkippedWrite
from sync.writeback.recheck import recheck, why_edit_is_stale, without_absent_annotations, without_parts

_log = structlog.get_logger(__name__)

_BAD_REQUEST = 400
"""The HTTP status with which trackers reject the content of an edit."""


class ApplyResult(Struct, kw_only=True):
    """The result of applying a plan.

    Attributes:
        comments_created, comments_updated, comments_deleted: Number of calls about comments.
        fields_written: Number of fields that were set or cleared.
        labels_changed: Number of labels that were added or removed.
        not_written: Writes that did not happen, may not have happened or were not kept, with reasons; `refused` in
            JSON. Their `what` is the result of the attempt, such as "reply lost".
        reconciled: The outcome of each interrupted earlier write, as a sentence; `cleared_up` in JSON.
        stopped: The reason why writing ended early; empty if it did not.
    """

    comments_created: int = 0
    comments_updated: int = 0
    comments_deleted: int = 0
    fields_written: int = 0
    labels_changed: int = 0
    not_written: list[SkippedWrite] = field(name="refused", default_factory=list)
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


def apply(
    plan: Plan,
    outbox: Outbox,
    round_id: str,
    *,
    should_stop: Callable[[], bool],
    progress: Callable[[int, int], None],
) -> ApplyResult:
    """Write a plan.

    An item that cannot be written does not stop the others. If the tracker cannot be reached or asks the service to
    back off, the round ends, and the next round plans the remaining items again.

    Args:
        round_id: Id of the round or undo that the ledger records.
        should_stop: Called before each item. If it returns true, writing ends.
        progress: Called with the number of items done and the total.
    """
    return _PlanWriter(plan, outbox, round_id, should_stop, progress).run()


@dataclass
class _PlanWriter:
    """Writes one plan and collects the result. The attributes are the arguments of `apply`."""

    plan: Plan
    outbox: Outbox
    round_id: str
    should_stop: Callable[[], bool]
    progress: Callable[[int, int], None]
    result: ApplyResult = dataclasses.field(default_factory=ApplyResult)

    def __post_init__(self) -> None:
        with self.outbox.database.reading() as transaction:
            stored_refusals = refusals.load(transaction, self.plan.tracker, self.outbox.clock())
        label_names = self.outbox.target.label_names  # what the tracker's error messages call the field for labels
        self._refusals = refusals.Refusals(stored_refusals, self.plan.names, label_names)
        self._failures = FailureCounter()

    def run(self) -> ApplyResult:
        """Write all items."""
        for done, item_plan in enumerate(self.plan.items):
            self.progress(done, len(self.plan.items))
            if self.should_stop():
                self.result.stopped = "The service was asked to stop."
                break
            try:
                self._try_to_write(item_plan)
            except ConnectorError as error:
                self.result.stopped = str(error)
                break
        self.progress(len(self.plan.items), len(self.plan.items))
        return self.result

    def _try_to_write(self, item_plan: ItemPlan) -> None:
        """Write one item, or report why it cannot be written.

        Raises:
            ConnectorError: The error concerns other items too, too many writes in a row have failed, or the outcome of
                a write whose response was lost cannot be determined.
        """
        try:
            self._write(item_plan)
            self._failures.record_success()
        except (Retriable, Misconfigured) as error:
            self._failures.record_failure(error)
            self._report_not_written(item_plan.key, error.message)
        except (Refused, Gone, Conflict) as error:
            self._report_not_written(item_plan.key, error.message)
        except ConnectorError as error:
            outcome = "reply lost" if isinstance(error, Uncertain) else "unexpected response"
            self.result.not_written.append(SkippedWrite(item_plan.key, outcome, error.message))
            self.result.reconciled += self.outbox.reconcile()

    def _write(self, item_plan: ItemPlan) -> None:
        """Write one item. If the comment is refused, the edit is still sent, and vice versa.

        A label that is only allowed on an item with the service's comment is sent after the comment.
        """
        target, writes_before = self.outbox.target, self.result.writes
        snapshot = target.get_snapshot(item_plan.item)
        recovered_comment_ids = self.outbox.adopt(item_plan.key, snapshot)
        # What the tracker accepted and did not keep does not have to be undone.
        if item_plan.is_undo and (absent := self.outbox.forget_absent(snapshot)):
            item_plan = without_absent_annotations(item_plan, absent)
        recorded_texts = self.outbox.recorded_comment_texts(item_plan.item)
        edit, comment, stale_reasons = recheck(item_plan, snapshot, target.content_key, recorded_texts)
        self._note_stale(item_plan, stale_reasons)
        edit = self._without_refused(edit, snapshot.project)
        labels_need_comment = edit is not None and edit.beside_comment is True
        if edit is not None and labels_need_comment and comment is not None and comment.action == "add":
            if not self._send_comment(item_plan, snapshot, comment):
                edit = without_parts(edit, labels=True)
            comment = None
            snapshot = target.get_snapshot(item_plan.item)  # the comment has changed the item's version
            if edit is not None and (reason := why_edit_is_stale(edit, snapshot)):
                raise Conflict(reason)
        if edit is not None:
            self._send_edit(item_plan, snapshot, edit)
        if comment is not None:
            self._send_comment(item_plan, snapshot, comment)
        if item_plan.is_undo and item_plan.comment is not None and item_plan.comment.action == "delete":
            # The service's comments that took effect late, and that the plan therefore does not contain.
            for comment_id in recovered_comment_ids:
                self._send_comment(item_plan, snapshot, CommentCall(action="delete", comment_id=comment_id))
        if self.result.writes > writes_before:
            self._confirm(item_plan)

    def _note_stale(self, item_plan: ItemPlan, reasons: Sequence[str]) -> None:
        """Report the writes that no longer fit an item, and let a round read such an item again."""
        self.result.not_written += [SkippedWrite(item_plan.key, "changed since the plan", reason) for reason in reasons]
        if reasons and not item_plan.is_undo:
            self.outbox.mark_for_reread(item_plan.item)

    def _confirm(self, item_plan: ItemPlan) -> None:
        """Check whether the tracker kept the writes to an item, and report those that it did not keep."""
        for annotation in self.outbox.confirm(item_plan.item, self._failures):
            retry = "" if annotation.is_given_up else " It is tried once more."
            self.result.not_written.append(
                SkippedWrite(item_plan.key, NOT_KEPT, f"{annotation.not_kept_message}{retry}")
            )

    def _send_edit(self, item_plan: ItemPlan, snapshot: Snapshot, edit: EditCall) -> None:
        """Send an edit. If the tracker rejects its content, send its parts (all labels, each field) one by one."""
        try:
            self._send(item_plan, snapshot, edit)
        except Refused as refused:
            parts = refusals.list_parts(edit)
            if refused.status != _BAD_REQUEST or len(parts) < 2:
                self._note_refusal(item_plan, snapshot.project, edit, refused)
                return
            for part in parts:
                single_edit = without_parts(edit, labels=part != refusals.LABELS, fields={*edit.fields} - {part})
                if (allowed_edit := self._without_refused(single_edit, snapshot.project)) is not None:
                    self._send_edit(item_plan, self.outbox.target.get_snapshot(item_plan.item), allowed_edit)

    def _send_comment(self, item_plan: ItemPlan, snapshot: Snapshot, call: CommentCall) -> bool:
        """Send a call about the service's comment. Returns false if it is refused."""
        if call.action == "add" and self._refusals.includes(snapshot.project, refusals.COMMENT):
            return False
        try:
            self._send(item_plan, snapshot, call)
        except Refused as refused:
            self._note_refusal(item_plan, snapshot.project, call, refused)
            return False
        return True

    def _send(self, item_plan: ItemPlan, snapshot: Snapshot, call: Call) -> None:
        """Send a call through the outbox, and count its changes."""
        self.outbox.send(self.round_id, item_plan.key, snapshot, call)
        if isinstance(call, EditCall):
            self.result.labels_changed += len(call.add_labels) + len(call.remove_labels)
            self.result.fields_written += len(call.fields)
        else:
            self.result.comments_created += call.action == "add"
            self.result.comments_updated += call.action == "replace"
            self.result.comments_deleted += call.action == "delete"

    def _without_refused(self, edit: EditCall | None, project: str) -> EditCall | None:
        """Return an edit without the parts (all labels, or a field) that are refused in the project."""
        if edit is None:
            return None
        return without_parts(
            edit,
            labels=self._refusals.includes(project, refusals.LABELS),
            fields={name for name in edit.fields if self._refusals.includes(project, name)},
        )

    def _note_refusal(self, item_plan: ItemPlan, project: str, call: Call, refused: Refused) -> None:
        """Report a refusal: once for the project if it concerns the project, else for the item."""
        new_refusals = self._refusals.record(project, refusals.list_parts(call), refused, self.outbox.clock())
        for refusal in new_refusals:
            self._report_not_written(project, refusal.sentence(self.plan.names))
        if new_refusals:
            with self.outbox.database.writing() as transaction:
                refusals.save(transaction, self.plan.tracker, self._refusals.by_part.values())
        elif item_plan.key not in {skipped.key for skipped in self.result.not_written}:
            self._report_not_written(item_plan.key, refused.message)

    def _report_not_written(self, key: str, reason: str) -> None:
        """Report in the result and the log that a write did not happen. `key` is the key of the item or project."""
        self.result.not_written.append(SkippedWrite(key, "not written", reason))
        _log.info("not written", item=key, reason=reason)
