"""Makes every write exactly once: a call is stored before it is sent, and settled after its reply.

If the reply is lost or the process dies in between, the item itself shows whether the write happened. If it did, it is
recorded as if the reply had arrived; if not, it is abandoned, and the next plan includes it again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.bulk import FailureCount
from connectors.errors import Conflict, ConnectorError, Gone, Misconfigured, Refused, Retriable, ShadowBreach
from connectors.tracker import Author, Comment, CommentTag, Edit, FieldValue, Snapshot, Target, Tracker, Written
from sync.store import Database, Transaction, items, writes
from sync.store.records import Annotation, Call, CommentCall, CommentContent, EditCall, Effect, Intent


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
            ident = writes.intend(
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
        """Find out what became of unsettled calls; return one sentence for each.

        Raises:
            Retriable, Misconfigured: The tracker cannot be reached; the next round tries again.
        """
        with self.database.reading() as reading:
            left = writes.unsettled(reading, self.tracker.name)
        failures = FailureCount()
        return [self._reconcile(intent, failures) for intent in left]

    def _reconcile(self, intent: Intent, failures: FailureCount) -> str:
        try:
            snapshot = self.target.get_snapshot(intent.item)
        except (Gone, Refused):
            self._settle(intent, "abandoned")
            return f"{intent.key}: an earlier write was interrupted, and the item has since been deleted or hidden."
        except ConnectorError as error:
            failures.failed(error)
            return f"{intent.key}: it is not known yet whether an interrupted write happened: {error}"
        failures.succeeded()
        happened = self._happened(intent.call, snapshot)
        if happened is None:
            self._settle(intent, "abandoned")
            return f"{intent.key}: an earlier write was interrupted before it took effect; it will be planned again."
        self._done(intent, happened)
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

    def _happened(self, call: Call, snapshot: Snapshot) -> Written | None:
        """What a call did, judging by the item; None if it did not happen."""
        if isinstance(call, EditCall):
            done = (
                set(call.add_labels) <= snapshot.labels
                and not set(call.remove_labels) & snapshot.labels
                and all(snapshot.fields.get(name) == value for name, value in call.fields.items())
            )
            return Written() if done else None
        if call.action == "delete":
            return None if call.comment in {comment.id for comment in snapshot.ours} else Written(comment=call.comment)
        assert call.content is not None
        wanted = self.target.content_key(call.content.document)
        return _as_written(
            [comment for comment in snapshot.ours if comment.tag is not None and comment.tag.hash == wanted]
        )

    def _settle(self, intent: Intent, state: str) -> None:
        with self.database.writing() as transaction:
            writes.settle(transaction, intent.id, state, self.clock())

    def _done(self, intent: Intent, written: Written) -> None:
        with self.database.writing() as transaction:
            if not writes.settle(transaction, intent.id, "done", self.clock()):
                return  # another process recorded it while this one was paused
            if isinstance(intent.call, EditCall):
                self._edited(transaction, intent, intent.call)
            else:
                self._commented(transaction, intent, intent.call, written)

    def _edited(self, transaction: Transaction, intent: Intent, call: EditCall) -> None:
        now = self.clock()
        standing = writes.annotations(transaction, intent.tracker, intent.item)
        effects = [_effect(intent, "label", label, None, True, now) for label in call.add_labels]
        effects += [_effect(intent, "label", label, True, None, now) for label in call.remove_labels]
        effects += [
            _effect(intent, "field", name, call.before.get(name), new, now) for name, new in call.fields.items()
        ]
        writes.record(transaction, effects)
        for effect in effects:
            old = next(
                (
                    annotation
                    for annotation in standing
                    if (annotation.kind, annotation.name) == (effect.kind, effect.name)
                ),
                None,
            )
            annotation = Annotation(
                tracker=intent.tracker,
                item=intent.item,
                key=intent.key,
                kind=effect.kind,
                name=effect.name,
                value=effect.after,
                before=old.before if old is not None else effect.before,
                rules=("wsjf",) if effect.kind == "field" else call.rules_of(effect.name),
                written=now,
            )
            if effect.after is None or (effect.kind == "field" and effect.after == annotation.before):
                writes.drop_annotation(transaction, annotation)
            else:
                writes.put_annotation(transaction, annotation)
        items.apply_own_edit(
            transaction,
            intent.tracker,
            intent.item,
            add_labels=call.add_labels,
            remove_labels=call.remove_labels,
            fields=call.fields,
        )

    def _commented(self, transaction: Transaction, intent: Intent, call: CommentCall, written: Written) -> None:
        now = self.clock()
        writes.record(transaction, [_effect(intent, "comment", written.comment, call.before, call.content, now)])
        annotation = Annotation(
            tracker=intent.tracker,
            item=intent.item,
            key=intent.key,
            kind="comment",
            name=written.comment,
            value=call.content,
            text=written.text,
            rules=call.content.rules if call.content is not None else (),
            written=now,
            posted=written.at,
        )
        if call.content is None:
            writes.drop_annotation(transaction, annotation)
        else:
            writes.put_annotation(transaction, annotation)


def _effect(  # noqa: PLR0917 - the columns of the ledger, in order
    intent: Intent,
    kind: str,
    name: str,
    before: CommentContent | FieldValue | bool,
    after: CommentContent | FieldValue | bool,
    at: datetime,
) -> Effect:
    return Effect(
        round=intent.round,
        tracker=intent.tracker,
        item=intent.item,
        key=intent.key,
        kind=kind,  # type: ignore[arg-type]
        name=name,
        before=before,
        after=after,
        at=at,
    )


def _as_written(comments: Sequence[Comment]) -> Written | None:
    """The result of the write that made the first of these comments; its text only if nobody else has edited it."""
    if not comments:
        return None
    comment = comments[0]
    unedited = comment.edited_by in (None, Author.US)
    return Written(comment=comment.id, text=comment.text if unedited else "", at=comment.created)
