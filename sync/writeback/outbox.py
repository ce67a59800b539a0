"""Sends every write exactly once: a call is stored before it is sent, and settled when its response arrives.

A stored call is an intent. To settle it is to store its outcome: done, refused by the tracker, or abandoned, which
means that it is assumed to have had no effect. If the response is lost or the process dies in between, the item itself
shows whether the write took effect. If it did, the write is recorded as if the response had arrived. If not, the call
is abandoned, and the next plan includes the write again.

Recorded writes are in the ledger. They leave annotations: comments, labels and field values on items. An annotation is
unconfirmed until it has been found on the item; if the tracker repeatedly accepts it without keeping it, it is given up
and no longer written. Each comment of the service carries a hidden tag: the installation and the round that wrote it,
and a key of its content. In Azure DevOps this key is not hidden: it is the text of the comment itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from connectors.bulk_reads import FailureCounter
from connectors.comments import Comment, CommentTag
from connectors.errors import Conflict, ConnectorError, Gone, Misconfigured, Refused, Retriable, ShadowBreach
from connectors.tracker import Target, Tracker
from connectors.writes import Edit, Snapshot, WriteResult, find_label
from sync.store import Database, Transaction, items, writes
from sync.store.records import Annotation, AnnotationChange, Call, CommentCall, EditCall, Intent
from sync.writeback import recording

_MAX_DELAY = timedelta(hours=24)
"""How long after an edit has been abandoned it may still take effect, for example because a proxy holds it back."""


@dataclass(frozen=True)
class Outbox:
    """Sends calls to one tracker.

    Attributes:
        tracker: The tracker, connected before anything is sent.
        installation: The id of this installation, for the tags of the service's comments.
        check_lease: Called right before every write; raises if this process has lost the lease, which is the right of
            one process at a time to write.
    """

    tracker: Tracker
    database: Database
    installation: str
    clock: Callable[[], datetime]
    check_lease: Callable[[], None] = lambda: None

    @property
    def target(self) -> Target:
        """The part of the tracker that reads and writes single items.

        Raises:
            Refused: The tracker is read-only.
        """
        if self.tracker.target is None:
            raise Refused(f"{self.tracker.name} is read-only.")
        return self.tracker.target

    def send(self, round_id: str, key: str, snapshot: Snapshot, call: Call) -> None:
        """Send one call about an item whose snapshot was just taken, and record its effect.

        Raises:
            Refused, Gone, Conflict, Misconfigured, Retriable: The write did not happen.
            ShadowBreach: Nothing may be written in the tracker's present mode, so nothing was sent.
            ConnectorError: The response was lost or cannot be understood; the call stays unsettled.
        """
        self.check_lease()
        with self.database.writing() as transaction:
            intent = writes.store_intent(
                transaction,
                round_id=round_id,
                tracker=self.tracker.name,
                item=snapshot.id,
                key=key,
                call=call,
                at=self.clock(),
            )
        try:
            written = self._execute(intent, snapshot)
        except (Gone, Refused):
            # A gateway may return a refusal although the request has taken effect.
            if not self._record_if_applied(intent):
                self._settle(intent, "refused")
                raise
            return
        except (Conflict, Misconfigured, Retriable, ShadowBreach):
            self._settle(intent, "abandoned")
            raise
        self._record_done(intent, written)

    def reconcile(self) -> list[str]:
        """Determine the outcome of unsettled calls and unconfirmed writes; return a sentence for each unsettled call.

        Raises:
            Retriable, Misconfigured: The tracker cannot be reached; the next round tries again.
        """
        with self.database.reading() as transaction:
            unsettled = writes.unsettled_calls(transaction, self.tracker.name)
            annotations = writes.annotations(transaction, self.tracker.name)
        failures = FailureCounter()
        sentences = [self._reconcile(intent, failures) for intent in unsettled]
        unconfirmed = [
            annotation for annotation in annotations if annotation.unconfirmed_writes and not annotation.is_given_up
        ]
        for item_id in dict.fromkeys(annotation.item for annotation in unconfirmed):
            self.confirm(item_id, failures)
        return sentences

    def confirm(self, item_id: str, failures: FailureCounter) -> list[Annotation]:
        """Check whether the tracker kept the annotations on an item; return those that it accepted but did not keep.

        An item that cannot be read is checked again in the next round.

        Args:
            failures: Counts errors in a row; several mean that the tracker cannot be reached.

        Raises:
            ConnectorError: The tracker cannot be reached.
        """
        try:
            snapshot = self.target.get_snapshot(item_id)
        except ConnectorError as error:
            failures.record_failure(error)
            return []
        with self.database.writing() as transaction:
            return recording.confirm(transaction, self.tracker.name, snapshot, self.target.content_key)

    def forget_absent(self, snapshot: Snapshot) -> set[tuple[str, str]]:
        """Forget unconfirmed annotations that are not on the item; return their kinds and names."""
        with self.database.writing() as transaction:
            return recording.forget_absent(transaction, self.tracker.name, snapshot)

    def mark_for_reread(self, item_id: str) -> None:
        """Let the next pull read an item that differs from the stored one, even if the tracker reports no change."""
        with self.database.writing() as transaction:
            items.mark_for_reread(transaction, self.tracker.name, [item_id])

    def recorded_comment_texts(self, item_id: str) -> dict[str, str]:
        """The texts of the service's comments on an item as the tracker stored them, by comment id."""
        with self.database.reading() as transaction:
            annotations = writes.annotations(transaction, self.tracker.name, item_id)
        return {annotation.name: annotation.text for annotation in annotations if annotation.kind == "comment"}

    def adopt(self, key: str, snapshot: Snapshot) -> list[str]:
        """Record the service's comments that are on an item but not in the ledger; return their ids.

        Usually, such a comment was written by a call that took effect after the service had given it up. If no failed
        call has its content, as after the loss of the store, the comment counts only if its tag names an installation.

        Args:
            snapshot: The item as just read.
        """
        with self.database.writing() as transaction:
            recorded_ids = writes.recorded_comment_ids(transaction, snapshot.id)
            unrecorded_comments = [comment for comment in snapshot.own_comments if comment.id not in recorded_ids]
            failed_calls = (
                writes.failed_calls(transaction, self.tracker.name, snapshot.id) if unrecorded_comments else []
            )
            return [
                comment.id
                for comment in unrecorded_comments
                if self._adopt_comment(transaction, key, snapshot.id, comment, failed_calls)
            ]

    def _adopt_comment(
        self, transaction: Transaction, key: str, item_id: str, comment: Comment, failed_calls: Sequence[Intent]
    ) -> bool:
        """Record a comment if the service wrote it: from the failed call with its content, or else from its text."""
        intent = next((intent for intent in reversed(failed_calls) if self._has_content_of(intent.call, comment)), None)
        if intent is not None and isinstance(intent.call, CommentCall) and intent.call.content is not None:
            writes.settle(transaction, intent.id, "done", self.clock())
            content = intent.call.content
        elif comment.tag is None or not comment.tag.installation:
            return False
        else:
            intent = Intent(
                id=0,
                round=comment.tag.round,
                tracker=self.tracker.name,
                item=item_id,
                key=key,
                call=CommentCall(action="add"),
                created=comment.created,
            )
            content = recording.rebuild_content(comment)
        recording.adopt(transaction, intent, comment, content, self.clock())
        return True

    def record_late_edits(self) -> None:
        """Record the service's labels and field values that appeared after their writes had been abandoned."""
        with self.database.writing() as transaction:
            for intent in writes.calls_abandoned_since(transaction, self.tracker.name, self.clock() - _MAX_DELAY):
                item = items.item_by_id(transaction, self.tracker.name, intent.item)
                if item is None or not isinstance(intent.call, EditCall):
                    continue
                recorded_names = {
                    annotation.name for annotation in writes.annotations(transaction, intent.tracker, intent.item)
                }
                call = msgspec.structs.replace(
                    intent.call,
                    add_labels=tuple(label for label in intent.call.add_labels if label not in recorded_names),
                    remove_labels=(),
                    fields={
                        name: value
                        for name, value in intent.call.fields.items()
                        if name not in recorded_names and value
                    },
                )
                part = recording.find_applied_part(call, item.labels, item.fields)
                if part is not None:
                    writes.settle(transaction, intent.id, "done", self.clock())
                    applied_intent = msgspec.structs.replace(intent, call=part)
                    recording.record(transaction, applied_intent, WriteResult(), self.clock())

    def record_own_changes(self, changes: Sequence[AnnotationChange]) -> list[AnnotationChange]:
        """Record the changes that were in fact made by refused or abandoned calls; return those that others made."""
        changes_by_others: list[AnnotationChange] = []
        for change in changes:
            with self.database.writing() as transaction:
                failed_calls = writes.failed_calls(transaction, self.tracker.name, change.annotation.item)
                intent = next(
                    (intent for intent in reversed(failed_calls) if self._would_cause(intent.call, change)), None
                )
                if intent is None:
                    changes_by_others.append(change)
                    continue
                writes.settle(transaction, intent.id, "done", self.clock())
                comment = change.comment
                written = WriteResult(
                    comment_id=change.annotation.name if isinstance(intent.call, CommentCall) else "",
                    text=comment.text if comment is not None else "",
                    created=change.annotation.posted,
                )
                recording.record(transaction, intent, written, self.clock())
        return changes_by_others

    def _would_cause(self, call: Call, change: AnnotationChange) -> bool:
        """Whether a call, if it took effect, would cause this change of an annotation."""
        annotation = change.annotation
        if isinstance(call, EditCall):
            if annotation.kind == "label":
                return annotation.name in call.remove_labels
            return annotation.name in call.fields and recording.same_value(call.fields[annotation.name], change.current)
        if call.comment_id != annotation.name:
            return False
        if change.comment is None:
            return call.action == "delete" and change.is_removal
        return self._has_content_of(call, change.comment)

    def _has_content_of(self, call: Call, comment: Comment) -> bool:
        """Whether a comment has the content that a call writes."""
        if not isinstance(call, CommentCall) or call.content is None or comment.tag is None:
            return False
        return comment.tag.content_key == call.content.content_key(self.target.content_key)

    def _reconcile(self, intent: Intent, failures: FailureCounter) -> str:
        """Settle one call whose outcome is unknown; return the outcome as a sentence."""
        try:
            snapshot = self.target.get_snapshot(intent.item)
        except Gone:
            self._settle(intent, "abandoned")
            return f"{intent.key}: an earlier write was interrupted, and the item has since been deleted or hidden."
        except ConnectorError as error:
            failures.record_failure(error)
            return f"{intent.key}: it is not known yet whether an interrupted write happened: {error}"
        failures.record_success()
        applied = self._find_applied_write(intent, snapshot)
        if applied is None:
            self._settle(intent, "abandoned")
            return f"{intent.key}: an earlier write was interrupted before it took effect; it will be planned again."
        self._record_done(*applied)
        with self.database.writing() as transaction:
            recording.confirm(transaction, self.tracker.name, snapshot, self.target.content_key)
        return f"{intent.key}: an earlier write took effect although its reply was lost; it is not repeated."

    def _record_if_applied(self, intent: Intent) -> bool:
        """Record what a call changed although its reply was a refusal; return whether it changed anything."""
        try:
            applied = self._find_applied_write(intent, self.target.get_snapshot(intent.item))
        except ConnectorError:
            return False
        if applied is None:
            return False
        self._record_done(*applied)
        return True

    def _execute(self, intent: Intent, snapshot: Snapshot) -> WriteResult:
        """Send a call to the tracker."""
        call = intent.call
        if isinstance(call, EditCall):
            removed = tuple(find_label(label, snapshot.labels) or label for label in call.remove_labels)
            edit = Edit(add_labels=call.add_labels, remove_labels=removed, fields=call.fields)
            return self.target.edit(snapshot, edit)
        if call.action == "delete":
            return self.target.delete_comment(snapshot, call.comment_id)
        assert call.content is not None
        document = call.content.document
        tag = CommentTag(self.installation, intent.round, self.target.content_key(document))
        if call.action == "add":
            return self.target.add_comment(snapshot, document, tag)
        return self.target.replace_comment(snapshot, call.comment_id, document, tag)

    def _find_applied_write(self, intent: Intent, snapshot: Snapshot) -> tuple[Intent, WriteResult] | None:
        """The part of a call that took effect, according to the state of the item; None if nothing did."""
        call = intent.call
        if isinstance(call, EditCall):
            part = recording.find_applied_part(call, snapshot.labels, snapshot.fields)
            return None if part is None else (msgspec.structs.replace(intent, call=part), WriteResult())
        if call.action == "delete":
            return (
                None if call.comment_id in snapshot.comment_ids else (intent, WriteResult(comment_id=call.comment_id))
            )
        with self.database.reading() as transaction:
            recorded_ids = writes.recorded_comment_ids(transaction, snapshot.id) - {call.comment_id}
        candidates = (
            comment
            for comment in snapshot.own_comments
            if self._has_content_of(call, comment) and comment.id not in recorded_ids
        )
        comment = next(candidates, None)
        if comment is None:
            return None
        text = "" if comment.is_edited_by_others else comment.text
        return intent, WriteResult(comment_id=comment.id, text=text, created=comment.created)

    def _settle(self, intent: Intent, state: str) -> None:
        """Store the outcome of a call: "refused" or "abandoned"."""
        with self.database.writing() as transaction:
            writes.settle(transaction, intent.id, state, self.clock())

    def _record_done(self, intent: Intent, written: WriteResult) -> None:
        """Settle a call as done, and record its effects."""
        with self.database.writing() as transaction:
            # Another process may have recorded it while this process was suspended.
            if writes.settle(transaction, intent.id, "done", self.clock()):
                recording.record(transaction, intent, written, self.clock())
