"""Records writes: their effects in the ledger, and the annotations that are on an item afterwards.

The ledger is the record of every write. Its entries are effects: one changed comment, label or field each, with the
values before and after. An annotation is a comment, label or field value that the service put on an item.

A tracker may accept a write and not keep it. After a write, the item is read: the annotation is confirmed if it is
there. Until then the write is unconfirmed. If an unconfirmed annotation is not on the item, nobody has removed it: it
was not kept. Each annotation counts its unconfirmed writes, and after too many it is no longer written; see
`Annotation.is_given_up`.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET

from connectors.comments import Comment
from connectors.document import Document, Paragraph, Span
from connectors.writes import FieldValue, Snapshot, WriteResult, find_label
from rules.registry import all_rules
from sync.store import Transaction, items, writes
from sync.store.records import Annotation, Call, CommentCall, CommentContent, EditCall, Effect, Intent, Value

GetContentKey = Callable[[Document], str]
"""The type of `Target.content_key`. It returns the content key of a comment with this content: a hash of the content or
its text, by which an edit of the comment is noticed. The tag by which comments are recognised contains it."""

_REBUILT_BASIS = "adopt"
"""The basis of a comment whose content was rebuilt from its text.

The basis of a comment is a hash of the data that it was made from. This value equals no hash, so the next plan rewrites
the comment."""
_MAX_DECIMAL_PLACES = 4
"""The maximum number of decimal places to which a tracker may round or cut a number."""


def record(transaction: Transaction, intent: Intent, written: WriteResult, now: datetime) -> None:
    """Record a call that took effect: its effects in the ledger, and the annotations that it leaves on the item.

    Args:
        intent: The call, as it was stored before it was sent.
        written: The tracker's response; not needed for an edit.
        now: The present time, which is recorded as the time of the write.
    """
    if isinstance(intent.call, EditCall):
        _record_edit(transaction, intent, intent.call, now)
    else:
        _record_comment(transaction, intent, intent.call, written, now)


def confirm(
    transaction: Transaction, tracker: str, snapshot: Snapshot, get_content_key: GetContentKey
) -> list[Annotation]:
    """Confirm the last writes to an item that was just read; return the annotations that the tracker did not keep."""
    not_kept: list[Annotation] = []
    for annotation in writes.annotations(transaction, tracker, snapshot.id):
        if not annotation.unconfirmed_writes or annotation.changed_by_others:
            continue
        confirmed = _confirm_annotation(annotation, snapshot, get_content_key)
        if confirmed is None:
            not_kept.append(annotation)
            if annotation.kind == "comment" and annotation.name not in snapshot.comment_ids:
                # A comment without a time counts as missing; see `Annotation.is_missing`.
                writes.put_annotation(transaction, msgspec.structs.replace(annotation, posted=None))
        elif confirmed.value is None or (confirmed.kind == "field" and confirmed.value == confirmed.before):
            # The last write removed the annotation, or restored the former value of the field.
            writes.drop_annotation(transaction, confirmed)
        else:
            writes.put_annotation(transaction, confirmed)
    if not_kept:
        _update_stored_item(transaction, tracker, snapshot, not_kept)
    return not_kept


def forget_absent(transaction: Transaction, tracker: str, snapshot: Snapshot) -> set[tuple[str, str]]:
    """Forget unconfirmed annotations that are not on the item; return their kinds and names."""
    absent: set[tuple[str, str]] = set()
    for annotation in writes.annotations(transaction, tracker, snapshot.id):
        if annotation.unconfirmed_writes and not annotation.changed_by_others and _is_not_on_item(annotation, snapshot):
            writes.drop_annotation(transaction, annotation)
            absent.add((annotation.kind, annotation.name))
    return absent


def find_applied_part(call: EditCall, labels: Collection[str], fields: Mapping[str, FieldValue]) -> EditCall | None:
    """Return the part of an edit that took effect, according to the item's labels and fields; None if nothing did."""
    applied_fields = {
        name: value for name, value in call.fields.items() if name in fields and _is_stored_as(value, fields[name])
    }
    part = msgspec.structs.replace(
        call,
        add_labels=tuple(label for label in call.add_labels if find_label(label, labels) is not None),
        remove_labels=tuple(label for label in call.remove_labels if label not in labels),
        fields=applied_fields,
        before={name: value for name, value in call.before.items() if name in applied_fields},
    )
    return None if part.is_empty else part


def same_value(first: Value, second: Value) -> bool:
    """Whether two field values are equal, even if one is a number and the other is its text."""
    number = _to_number(first)
    return first == second or (number is not None and number == _to_number(second))


def adopt(transaction: Transaction, intent: Intent, comment: Comment, content: CommentContent, now: datetime) -> None:
    """Record a comment of the service that is on an item and not in the ledger.

    Args:
        intent: The call that wrote it, as far as it is known.
    """
    written = WriteResult(comment_id=comment.id, text=comment.text, created=comment.created)
    call = CommentCall(action="add", content=content)
    record(transaction, msgspec.structs.replace(intent, call=call), written, now)


def rebuild_content(comment: Comment) -> CommentContent:
    """Rebuild the content of the service's comment from its text."""
    lines = tuple(Paragraph((Span(line),)) for line in comment.text.splitlines())
    rules = tuple(rule for rule in all_rules() if rule in comment.text)
    content_key = comment.tag.content_key if comment.tag is not None else UNSET
    return CommentContent(Document(lines), basis=_REBUILT_BASIS, rules=rules, key=content_key)


def _list_effects(intent: Intent, call: Call, comment_id: str, now: datetime) -> list[Effect]:
    """List the effects of a call: one for each comment, label or field that it changes."""

    def effect(kind: Literal["comment", "label", "field"], name: str, before: Value, after: Value) -> Effect:
        return Effect(
            round=intent.round,
            tracker=intent.tracker,
            item=intent.item,
            key=intent.key,
            kind=kind,
            name=name,
            before=before,
            after=after,
            at=now,
        )

    if isinstance(call, CommentCall):
        return [effect("comment", comment_id, call.before, call.content)]
    return [
        *(effect("label", label, None, True) for label in call.add_labels),
        *(effect("label", label, True, None) for label in call.remove_labels),
        *(effect("field", name, call.before.get(name), value) for name, value in call.fields.items()),
    ]


def _record_edit(transaction: Transaction, intent: Intent, call: EditCall, now: datetime) -> None:
    """Record an edit of labels and fields; see `record`."""
    effects = _list_effects(intent, call, "", now)
    writes.record(transaction, effects)
    annotations = by_kind_and_name(writes.annotations(transaction, intent.tracker, intent.item))
    for effect in effects:
        old = annotations.get((effect.kind, effect.name))
        annotation = Annotation(
            tracker=intent.tracker,
            item=intent.item,
            key=intent.key,
            kind=effect.kind,
            name=effect.name,
            value=effect.after,
            before=old.before if old is not None else effect.before,
            rules=_field_rules(call, effect.name, old) if effect.kind == "field" else call.rules_for(effect.name),
            written=now,
            stored_value=old.stored_value if old is not None else None,
            unconfirmed_writes=_count_unconfirmed(old, effect.after),
        )
        writes.put_annotation(transaction, annotation)
    items.apply_own_edit(
        transaction,
        intent.tracker,
        intent.item,
        add_labels=call.add_labels,
        remove_labels=call.remove_labels,
        fields=call.fields,
    )


def _field_rules(call: EditCall, field_id: str, old: Annotation | None) -> tuple[str, ...]:
    """The value of `Annotation.rules` for a field: its configured name, which decisions can name like a rule.

    Edits by versions that only wrote the WSJF score have no names.
    """
    if call.field_names is not UNSET and field_id in call.field_names:
        return (call.field_names[field_id],)
    return old.rules if old is not None else ("wsjf",)


def _record_comment(
    transaction: Transaction, intent: Intent, call: CommentCall, written: WriteResult, now: datetime
) -> None:
    """Record a call about the service's comment, as `record` does for all calls."""
    writes.record(transaction, _list_effects(intent, call, written.comment_id, now))
    annotations = by_kind_and_name(writes.annotations(transaction, intent.tracker, intent.item))
    old = annotations.get(("comment", written.comment_id))
    # A missing annotation is a new comment that the tracker accepted and did not keep.
    for missing in [annotation for annotation in annotations.values() if annotation.is_missing]:
        if call.action == "add" and missing is not old:
            writes.drop_annotation(transaction, missing)
            old = old or missing
    # Until `confirm` sets it by the tracker's clock, `last_edited` is None unless the comment was on the item before.
    annotation = Annotation(
        tracker=intent.tracker,
        item=intent.item,
        key=intent.key,
        kind="comment",
        name=written.comment_id,
        value=call.content,
        text=written.text,
        rules=call.content.rules if call.content is not None else (),
        written=now,
        posted=written.created or (old.posted if old is not None else None),
        last_edited=old.last_edited or old.written if old is not None and not old.unconfirmed_writes else None,
        unconfirmed_writes=_count_unconfirmed(old, call.content),
    )
    writes.put_annotation(transaction, annotation)


def by_kind_and_name(annotations: Iterable[Annotation]) -> dict[tuple[str, str], Annotation]:
    """Annotations of one item by kind and name."""
    return {(annotation.kind, annotation.name): annotation for annotation in annotations}


def _count_unconfirmed(old: Annotation | None, value: Value) -> int:
    """The number of times that the value was written without being confirmed, including this write."""
    return 1 + (old.unconfirmed_writes if old is not None and _is_same_content(old.value, value) else 0)


def _is_same_content(first: Value, second: Value) -> bool:
    """Whether two values are equal; for comments only the basis counts."""
    if isinstance(first, CommentContent) and isinstance(second, CommentContent):
        return first.basis == second.basis
    return first == second


def _is_not_on_item(annotation: Annotation, snapshot: Snapshot) -> bool:
    """Whether the item, as just read, does not have the annotation."""
    if annotation.kind == "label":
        return find_label(annotation.name, snapshot.labels) is None
    if annotation.kind == "comment":
        return annotation.name not in snapshot.comment_ids
    return annotation.name in snapshot.fields and same_value(snapshot.fields[annotation.name], annotation.before)


def _confirm_annotation(
    annotation: Annotation, snapshot: Snapshot, get_content_key: GetContentKey
) -> Annotation | None:
    """Return the annotation with what the item confirms; None if it is not on the item as the service wrote it."""
    if annotation.kind == "label":
        is_removal = annotation.value is not True
        present = find_label(annotation.name, snapshot.labels)
        # After a removal, the same label in another letter case is one that a person has added.
        is_kept = present != annotation.name if is_removal else present is not None
        return msgspec.structs.replace(annotation, unconfirmed_writes=0) if is_kept else None
    if annotation.kind == "comment":
        return _confirm_comment(annotation, snapshot, get_content_key)
    if annotation.name not in snapshot.fields:
        return annotation  # a field that the tracker does not show is unknown
    current = snapshot.fields[annotation.name]
    if not _is_stored_as(annotation.value, current):
        return None
    return msgspec.structs.replace(
        annotation, stored_value=None if current == annotation.value else current, unconfirmed_writes=0
    )


def _confirm_comment(annotation: Annotation, snapshot: Snapshot, get_content_key: GetContentKey) -> Annotation | None:
    """Return the comment with what the item confirms; None if it is not on the item as the service wrote it.

    A comment is confirmed if it has the key of the content that was written, or if its text is the stored text.
    """
    content = annotation.value
    if not isinstance(content, CommentContent):  # the last write deleted the comment
        return None if annotation.name in snapshot.comment_ids else annotation
    comment = next((comment for comment in snapshot.own_comments if comment.id == annotation.name), None)
    if comment is None:
        # A comment that was on the item before this write is not missing: somebody has removed it.
        was_removed = annotation.last_edited is not None and annotation.name not in snapshot.comment_ids
        return msgspec.structs.replace(annotation, unconfirmed_writes=0) if was_removed else None
    if comment.is_edited_by_others:
        return msgspec.structs.replace(annotation, unconfirmed_writes=0)
    if comment.tag is not None and comment.tag.content_key == content.content_key(get_content_key):
        return msgspec.structs.replace(
            annotation, text=comment.text, posted=comment.created, last_edited=comment.updated, unconfirmed_writes=0
        )
    return msgspec.structs.replace(annotation, unconfirmed_writes=0) if comment.text == annotation.text else None


def _is_stored_as(value: Value, stored: FieldValue) -> bool:
    """Whether a tracker may have stored a written value as `stored`. It may keep only 0 to 4 decimal places."""
    if same_value(value, stored):
        return True
    written_number, stored_number = _to_number(value), _to_number(stored)
    if written_number is None or stored_number is None:
        return False
    return any(
        math.isclose(round(stored_number, digits), stored_number) and abs(written_number - stored_number) < 10**-digits
        for digits in range(_MAX_DECIMAL_PLACES + 1)
    )


def _to_number(value: Value) -> float | None:
    """The number that a field value is or contains as text; None if it is not a number."""
    try:
        return float(value) if isinstance(value, str | float | int) else None
    except ValueError:
        return None


def _update_stored_item(
    transaction: Transaction, tracker: str, snapshot: Snapshot, not_kept: Sequence[Annotation]
) -> None:
    """Undo the service's edit in the stored item.

    The tracker did not keep the edit, so the item has no new version, and the next round does not read it again.
    """
    labels = [annotation.name for annotation in not_kept if annotation.kind == "label"]
    items.apply_own_edit(
        transaction,
        tracker,
        snapshot.id,
        add_labels=[label for label in labels if find_label(label, snapshot.labels) is not None],
        remove_labels=[label for label in labels if find_label(label, snapshot.labels) is None],
        fields={
            annotation.name: snapshot.fields[annotation.name]
            for annotation in not_kept
            if annotation.kind == "field" and annotation.name in snapshot.fields
        },
    )
