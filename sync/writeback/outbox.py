"""Makes every write exactly once: a call is stored before it is sent, and settled after its reply.

If the reply is lost or the process dies in between, the item itself shows whether the write happened. If it did, it is
recorded as if the reply had arrived; if not, it is abandoned, and the next plan includes it again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET

from connectors.bulk_reads import FailureCount
from connectors.errors import Conflict, ConnectorError, Gone, Misconfigured, Refused, Retriable, ShadowBreach
from connectors.tracker import Author, Comment, CommentTag, Edit, Snapshot, Target, Tracker, Written
from sync.store import Database, Transaction, items, writes
from sync.store.records import Annotation, AnnotationChange, Call, CommentCall, CommentContent, EditCall, Intent
from sync.writeback import recording

_LATE = timedelta(hours=24)
"""How long after an edit was given up it may still take effect."""


@dataclass(frozen=True)
class Outbox:
    """Sends calls to one tracker.

    Attributes:
        installation: The installation id in the tags of our comments.
        clock: Returns the time to record.
        check_lease: Called right before every write; raises if this process may no longer write.
    """

    tracker: Tracker
    database: Database
    installation: str
    clock: Callable[[], datetime]
    check_lease: Callable[[], None] = lambda: None

    @property
    def target(self) -> Target:
        """The target of the tracker.

        Raises:
            Refused: The tracker is read-only.
        """
        if self.tracker.target is None:
            raise Refused(f"{self.tracker.name} is read-only.")
        return self.tracker.target

    def send(self, round_id: str, key: str, snapshot: Snapshot, call: Call) -> None:
        """Send one call about an item whose snapshot was just taken, and record what it did.

        Raises:
            Refused, Gone, Conflict, Misconfigured, Retriable, ShadowBreach: The write did not happen.
            ConnectorError: The reply was lost or cannot be understood; the call stays unsettled.
        """
        self.check_lease()
        with self.database.writing() as transaction:
            ident = writes.store_intent(
                transaction,
                round_id=round_id,
                tracker=self.tracker.name,
                item=snapshot.id,
                key=key,
                call=call,
                at=self.clock(),
            )
        intent = Intent(
            id=ident,
            round=round_id,
            tracker=self.tracker.name,
            item=snapshot.id,
            key=key,
            call=call,
            created=self.clock(),
        )
        try:
            written = self._do(intent, snapshot)
        except (Refused, Gone):
            self._settle(intent, "refused")
            raise
        except (Conflict, Misconfigured, Retriable, ShadowBreach):
            self._settle(intent, "abandoned")
            raise
        self._done(intent, written)

    def reconcile(self) -> list[str]:
        """Find out what became of unsettled calls, and of writes that were not seen yet; return sentences.

        Raises:
            Retriable, Misconfigured: The tracker cannot be reached; the next round tries again.
        """
        with self.database.reading() as reading:
            left = writes.unsettled(reading, self.tracker.name)
            annotations = writes.annotations(reading, self.tracker.name)
        failures = FailureCount()
        sentences = [self._reconcile(intent, failures) for intent in left]
        unseen = [
            annotation for annotation in annotations if annotation.unconfirmed_writes and not annotation.is_given_up
        ]
        for item in dict.fromkeys(annotation.item for annotation in unseen):
            self.confirm(item, failures)
        return sentences

    def confirm(self, item: str, failures: FailureCount) -> list[Annotation]:
        """Look whether the tracker kept what was written to an item; return what it accepted and did not keep.

        An item that cannot be read is looked at again in the next round.

        Raises:
            ConnectorError: The tracker cannot be reached.
        """
        try:
            snapshot = self.target.get_snapshot(item)
        except ConnectorError as error:
            failures.failed(error)
            return []
        with self.database.writing() as transaction:
            return recording.confirm(transaction, self.tracker.name, snapshot, self.target.content_key)

    def forget_absent(self, snapshot: Snapshot) -> set[tuple[str, str]]:
        """Forget annotations of which the item shows nothing; return their kinds and names."""
        with self.database.writing() as transaction:
            return recording.forget_absent(transaction, self.tracker.name, snapshot)

    def adopt(self, key: str, snapshot: Snapshot) -> list[str]:
        """Record comments of ours on an item that the ledger lacks; return their ids.

        A write may take effect long after its reply was lost, and after the item was looked at.
        """
        with self.database.writing() as transaction:
            known = writes.known_comments(transaction, snapshot.id)
            missing = [comment for comment in snapshot.ours if comment.id not in known]
            given_up = writes.failed_calls(transaction, self.tracker.name, snapshot.id) if missing else []
            for comment in missing:
                self._adopt(transaction, key, snapshot.id, comment, given_up)
        return [comment.id for comment in missing]

    def _adopt(
        self, transaction: Transaction, key: str, item: str, comment: Comment, given_up: Sequence[Intent]
    ) -> None:
        intent = next((intent for intent in reversed(given_up) if self._is_about(intent.call, comment)), None)
        if intent is not None and isinstance(intent.call, CommentCall) and intent.call.content is not None:
            writes.settle(transaction, intent.id, "done", self.clock())
            content = intent.call.content
        else:
            intent = Intent(
                id=0,
                round=comment.tag.round if comment.tag is not None else "",
                tracker=self.tracker.name,
                item=item,
                key=key,
                call=CommentCall(action="add"),
                created=comment.created,
            )
            content = recording.rebuilt_content(comment)
        recording.adopt(transaction, intent, comment, content, self.clock())

    def record_late_edits(self) -> None:
        """Record labels and field values of ours that appeared on items after they were looked at."""
        with self.database.writing() as transaction:
            for intent in writes.abandoned_since(transaction, self.tracker.name, self.clock() - _LATE):
                item = items.item_by_id(transaction, self.tracker.name, intent.item)
                if item is None or not isinstance(intent.call, EditCall):
                    continue
                known = {annotation.name for annotation in writes.annotations(transaction, intent.tracker, intent.item)}
                call = msgspec.structs.replace(
                    intent.call,
                    add_labels=tuple(label for label in intent.call.add_labels if label not in known),
                    remove_labels=(),
                    fields={name: value for name, value in intent.call.fields.items() if name not in known and value},
                )
                part = recording.find_applied_part(call, item.labels, item.fields)
                if part is not None:
                    writes.settle(transaction, intent.id, "done", self.clock())
                    late = msgspec.structs.replace(intent, call=part)
                    recording.record(transaction, late, Written(), self.clock())

    def record_late_changes(self, changes: Sequence[AnnotationChange]) -> list[AnnotationChange]:
        """Record the changes that writes of ours made which were given up; return the changes that others made."""
        left: list[AnnotationChange] = []
        for change in changes:
            with self.database.writing() as transaction:
                given_up = writes.failed_calls(transaction, self.tracker.name, change.annotation.item)
                intent = next((intent for intent in reversed(given_up) if self._explains(intent.call, change)), None)
                if intent is None:
                    left.append(change)
                    continue
                writes.settle(transaction, intent.id, "done", self.clock())
                comment = change.comment
                written = Written(
                    comment=change.annotation.name if isinstance(intent.call, CommentCall) else "",
                    text=comment.text if comment is not None else "",
                    at=change.annotation.posted,
                )
                recording.record(transaction, intent, written, self.clock())
        return left

    def _explains(self, call: Call, change: AnnotationChange) -> bool:
        annotation = change.annotation
        if isinstance(call, EditCall):
            if annotation.kind == "label":
                return annotation.name in call.remove_labels
            return annotation.name in call.fields and recording.same_value(call.fields[annotation.name], change.current)
        if call.comment != annotation.name:
            return False
        if change.comment is None:
            return call.action == "delete" and change.is_removal
        return self._is_about(call, change.comment)

    def _is_about(self, call: Call, comment: Comment) -> bool:
        """Whether a comment has the content of a call."""
        if not isinstance(call, CommentCall) or call.content is None or comment.tag is None:
            return False
        return comment.tag.hash == self._key_of(call.content)

    def _key_of(self, content: CommentContent) -> str:
        return self.target.content_key(content.document) if content.key is UNSET else content.key

    def _reconcile(self, intent: Intent, failures: FailureCount) -> str:
        try:
            snapshot = self.target.get_snapshot(intent.item)
        except Gone:
            self._settle(intent, "abandoned")
            return f"{intent.key}: an earlier write was interrupted, and the item has since been deleted or hidden."
        except ConnectorError as error:
            failures.failed(error)
            return f"{intent.key}: it is not known yet whether an interrupted write happened: {error}"
        failures.succeeded()
        happened = self._happened(intent, snapshot)
        if happened is None:
            self._settle(intent, "abandoned")
            return f"{intent.key}: an earlier write was interrupted before it took effect; it will be planned again."
        self._done(*happened)
        with self.database.writing() as transaction:
            recording.confirm(transaction, self.tracker.name, snapshot, self.target.content_key)
        return f"{intent.key}: an earlier write took effect although its reply was lost; it is not repeated."

    def _do(self, intent: Intent, snapshot: Snapshot) -> Written:
        call = intent.call
        if isinstance(call, EditCall):
            edit = Edit(add_labels=call.add_labels, remove_labels=call.remove_labels, fields=call.fields)
            return self.target.edit(snapshot, edit)
        if call.action == "delete":
            return self.target.delete_comment(snapshot, call.comment)
        assert call.content is not None
        document = call.content.document
        tag = CommentTag(self.installation, intent.round, self.target.content_key(document))
        if call.action == "add":
            return self.target.add_comment(snapshot, document, tag)
        return self.target.replace_comment(snapshot, call.comment, document, tag)

    def _happened(self, intent: Intent, snapshot: Snapshot) -> tuple[Intent, Written] | None:
        """What took effect of a call, judging by the item; None if nothing did."""
        call = intent.call
        if isinstance(call, EditCall):
            part = recording.find_applied_part(call, snapshot.labels, snapshot.fields)
            return None if part is None else (msgspec.structs.replace(intent, call=part), Written())
        if call.action == "delete":
            return None if call.comment in snapshot.comments else (intent, Written(comment=call.comment))
        with self.database.reading() as reading:
            known = writes.known_comments(reading, snapshot.id) - {call.comment}
        written = _as_written([one for one in snapshot.ours if self._is_about(call, one) and one.id not in known])
        return None if written is None else (intent, written)

    def _settle(self, intent: Intent, state: str) -> None:
        with self.database.writing() as transaction:
            writes.settle(transaction, intent.id, state, self.clock())

    def _done(self, intent: Intent, written: Written) -> None:
        with self.database.writing() as transaction:
            # Another process may have recorded it while this one was paused.
            if writes.settle(transaction, intent.id, "done", self.clock()):
                recording.record(transaction, intent, written, self.clock())


def _as_written(comments: Sequence[Comment]) -> Written | None:
    """The result of the write that made the first of these comments; its text only if nobody else has edited it."""
    if not comments:
        return None
    comment = comments[0]
    unedited = comment.edited_by in (None, Author.US)
    return Written(comment=comment.id, text=comment.text if unedited else "", at=comment.created)
