"""Records writes: their effects in the ledger, and what is on an item afterwards, as far as the item confirms it.

A tracker may accept a write and not keep it. What was never seen in place was not removed by anybody, so each
annotation counts how often it was written without having been seen.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET

from connectors.document import Document, Paragraph, Span
from connectors.tracker import Author, Comment, FieldValue, Snapshot, Written
from rules.registry import all_rules
from sync.store import Transaction, items, writes
from sync.store.records import Annotation, Call, CommentCall, CommentContent, EditCall, Effect, Intent, Value

ContentKey = Callable[[Document], str]
"""As `Target.content_key`."""

REBUILT = "adopt"
"""The basis of a comment whose content was rebuilt from its text, so that it is rewritten when it is next planned."""


def record(transaction: Transaction, intent: Intent, written: Written, now: datetime) -> None:
    """Record a call that took effect, or is believed to."""
    if isinstance(intent.call, EditCall):
        _record_edit(transaction, intent, intent.call, now)
    else:
        _record_comment(transaction, intent, intent.call, written, now)


def confirm(transaction: Transaction, tracker: str, snapshot: Snapshot, content_key: ContentKey) -> list[Annotation]:
    """Compare an item with what was last written to it; return what the tracker accepted and did not keep."""
    lost: list[Annotation] = []
    for annotation in writes.annotations(transaction, tracker, snapshot.id):
        if not annotation.unconfirmed_writes or annotation.changed_by_others:
            continue
        seen = _as_seen(annotation, snapshot, content_key)
        if seen is None:
            lost.append(annotation)
            if annotation.kind == "comment" and annotation.name not in snapshot.comments:
                writes.put_annotation(transaction, msgspec.structs.replace(annotation, posted=None))
        elif _is_removed(seen):
            writes.drop_annotation(transaction, seen)
        else:
            writes.put_annotation(transaction, seen)
    if lost:
        _mirror(transaction, tracker, snapshot, lost)
    return lost


def forget_absent(transaction: Transaction, tracker: str, snapshot: Snapshot) -> set[tuple[str, str]]:
    """Forget annotations of which the item shows nothing; return their kinds and names."""
    lost: set[tuple[str, str]] = set()
    for annotation in writes.annotations(transaction, tracker, snapshot.id):
        if annotation.unconfirmed_writes and not annotation.changed_by_others and _is_absent(annotation, snapshot):
            writes.drop_annotation(transaction, annotation)
            lost.add((annotation.kind, annotation.name))
    return lost


def find_applied_part(call: EditCall, labels: Collection[str], fields: Mapping[str, FieldValue]) -> EditCall | None:
    """The part of an edit that an item with these labels and fields shows; None if it shows nothing of it."""
    written = {
        name: value for name, value in call.fields.items() if name in fields and _is_stored_as(value, fields[name])
    }
    part = msgspec.structs.replace(
        call,
        add_labels=tuple(label for label in call.add_labels if label in labels),
        remove_labels=tuple(label for label in call.remove_labels if label not in labels),
        fields=written,
        before={name: value for name, value in call.before.items() if name in written},
    )
    return None if part.is_empty else part


def same_value(one: Value, other: Value) -> bool:
    """Whether two field values are the same, even if a field has become a text or a number."""
    number = _number(one)
    return one == other or (number is not None and number == _number(other))


def adopt(transaction: Transaction, intent: Intent, comment: Comment, content: CommentContent, now: datetime) -> None:
    """Record a comment of ours that was found on an item."""
    written = Written(comment=comment.id, text=comment.text, at=comment.created)
    call = CommentCall(action="add", content=content)
    record(transaction, msgspec.structs.replace(intent, call=call), written, now)


def rebuilt_content(comment: Comment) -> CommentContent:
    """The content of a comment of ours, as far as its text tells."""
    lines = tuple(Paragraph((Span(line),)) for line in comment.text.splitlines())
    rules = tuple(rule for rule in all_rules() if rule in comment.text)
    key = comment.tag.hash if comment.tag is not None else UNSET
    return CommentContent(Document(lines), basis=REBUILT, rules=rules, key=key)


def list_effects(intent: Intent, call: Call, comment: str, now: datetime) -> list[Effect]:
    """What a call changes."""

    def effect(kind: str, name: str, before: Value, after: Value) -> Effect:
        return Effect(
            round=intent.round,
            tracker=intent.tracker,
            item=intent.item,
            key=intent.key,
            kind=kind,  # type: ignore[arg-type]
            name=name,
            before=before,
            after=after,
            at=now,
        )

    if isinstance(call, CommentCall):
        return [effect("comment", comment, call.before, call.content)]
    return [
        *(effect("label", label, None, True) for label in call.add_labels),
        *(effect("label", label, True, None) for label in call.remove_labels),
        *(effect("field", name, call.before.get(name), value) for name, value in call.fields.items()),
    ]


def _record_edit(transaction: Transaction, intent: Intent, call: EditCall, now: datetime) -> None:
    effects = list_effects(intent, call, "", now)
    writes.record(transaction, effects)
    before = _by_place(writes.annotations(transaction, intent.tracker, intent.item))
    for effect in effects:
        old = before.get((effect.kind, effect.name))
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
            stored_value=old.stored_value if old is not None and not isinstance(old.stored_value, bool) else None,
            unconfirmed_writes=_attempts(old, effect.after),
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


def _record_comment(
    transaction: Transaction, intent: Intent, call: CommentCall, written: Written, now: datetime
) -> None:
    writes.record(transaction, list_effects(intent, call, written.comment, now))
    annotations = _by_place(writes.annotations(transaction, intent.tracker, intent.item))
    old = annotations.get(("comment", written.comment))
    for missing in [annotation for annotation in annotations.values() if annotation.is_missing]:
        if call.action == "add" and missing is not old:
            writes.drop_annotation(transaction, missing)
            old = old or missing
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
        posted=written.at or (old.posted if old is not None else None),
        last_edited=old.last_edited or old.written if old is not None and not old.unconfirmed_writes else None,
        unconfirmed_writes=_attempts(old, call.content),
    )
    writes.put_annotation(transaction, annotation)


def _by_place(annotations: Iterable[Annotation]) -> dict[tuple[str, str], Annotation]:
    return {(annotation.kind, annotation.name): annotation for annotation in annotations}


def _attempts(old: Annotation | None, value: Value) -> int:
    return 1 + (old.unconfirmed_writes if old is not None and _same_content(old.value, value) else 0)


def _same_content(one: Value, other: Value) -> bool:
    if isinstance(one, CommentContent) and isinstance(other, CommentContent):
        return one.basis == other.basis
    return one == other


def _is_removed(annotation: Annotation) -> bool:
    return annotation.value is None or (annotation.kind == "field" and annotation.value == annotation.before)


def _is_absent(annotation: Annotation, snapshot: Snapshot) -> bool:
    if annotation.kind == "label":
        return annotation.name not in snapshot.labels
    if annotation.kind == "comment":
        return annotation.name not in snapshot.comments
    return annotation.name in snapshot.fields and same_value(snapshot.fields[annotation.name], annotation.before)


def _as_seen(annotation: Annotation, snapshot: Snapshot, content_key: ContentKey) -> Annotation | None:
    """The annotation as the item shows it; None if the item does not show it as it was written."""
    if annotation.kind == "label":
        in_place = (annotation.name in snapshot.labels) is (annotation.value is True)
        return msgspec.structs.replace(annotation, unconfirmed_writes=0) if in_place else None
    if annotation.kind == "comment":
        return _comment_as_seen(annotation, snapshot, content_key)
    if annotation.name not in snapshot.fields:
        return annotation  # what the tracker does not show is unknown
    current = snapshot.fields[annotation.name]
    if not _is_stored_as(annotation.value, current):
        return None
    return msgspec.structs.replace(
        annotation, stored_value=None if current == annotation.value else current, unconfirmed_writes=0
    )


def _comment_as_seen(annotation: Annotation, snapshot: Snapshot, content_key: ContentKey) -> Annotation | None:
    content = annotation.value
    if not isinstance(content, CommentContent):
        return None if annotation.name in snapshot.comments else annotation
    comment = next((comment for comment in snapshot.ours if comment.id == annotation.name), None)
    if comment is None:
        was_there = annotation.last_edited is not None and annotation.name not in snapshot.comments
        return msgspec.structs.replace(annotation, unconfirmed_writes=0) if was_there else None
    if comment.edited_by not in (None, Author.US):
        return msgspec.structs.replace(annotation, unconfirmed_writes=0)
    if comment.tag is not None:
        key = content_key(content.document) if content.key is UNSET else content.key
        if comment.tag.hash == key:
            return msgspec.structs.replace(
                annotation, text=comment.text, posted=comment.created, last_edited=comment.updated, unconfirmed_writes=0
            )
    return msgspec.structs.replace(annotation, unconfirmed_writes=0) if comment.text == annotation.text else None


def _is_stored_as(value: Value, stored: FieldValue) -> bool:
    """Whether a tracker may have stored a value like this: numbers are rounded to what a field can hold."""
    if same_value(value, stored):
        return True
    wanted, actual = _number(value), _number(stored)
    if wanted is None or actual is None:
        return False
    return any(
        math.isclose(round(actual, digits), actual) and abs(wanted - actual) < 10**-digits for digits in range(5)
    )


def _number(value: Value) -> float | None:
    try:
        return float(value) if isinstance(value, str | float | int) else None
    except ValueError:
        return None


def _mirror(transaction: Transaction, tracker: str, snapshot: Snapshot, lost: Sequence[Annotation]) -> None:
    """Let the stored item show what the item itself shows, because its version has not changed."""
    labels = [annotation.name for annotation in lost if annotation.kind == "label"]
    items.apply_own_edit(
        transaction,
        tracker,
        snapshot.id,
        add_labels=[label for label in labels if label in snapshot.labels],
        remove_labels=[label for label in labels if label not in snapshot.labels],
        fields={
            annotation.name: snapshot.fields[annotation.name]
            for annotation in lost
            if annotation.kind == "field" and annotation.name in snapshot.fields
        },
    )
