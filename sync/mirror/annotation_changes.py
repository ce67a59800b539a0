"""Finds changes that others made to annotations: the comments, labels and field values that the service wrote.

Labels and fields are compared in the mirror, the store's copy of the items. Comments are read from the tracker by their
ids, because on some trackers, editing a comment does not change the version of its item.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from connectors.bulk_reads import is_request_specific
from connectors.comments import Author, Comment, LastEditors
from connectors.errors import ConnectorError
from connectors.tracker import Tracker, Whereabouts
from connectors.writes import FieldValue, Snapshot, find_label
from sync.store import Database, Transaction, items, writes
from sync.store.records import Annotation, AnnotationChange
from sync.writeback.recording import same_value

_CLOCK_PRECISION = timedelta(seconds=1)
"""How far a tracker may round the times of its history."""


def find_annotation_changes(tracker: Tracker, database: Database) -> list[AnnotationChange]:
    """Find the changes that others have made to the service's comments, labels and fields since they were written."""
    with database.reading() as transaction:
        annotations = [
            annotation
            for annotation in writes.annotations(transaction, tracker.name)
            # An annotation that was never found on its item cannot have been removed.
            if not annotation.changed_by_others and not annotation.unconfirmed_writes
        ]
        mirrored_items = {
            annotation.item: items.item_by_id(transaction, tracker.name, annotation.item) for annotation in annotations
        }
        unreadable_ids = items.deleted_or_hidden_ids(transaction, tracker.name)
    readable_annotations = [
        annotation
        for annotation in annotations
        if mirrored_items[annotation.item] is not None and annotation.item not in unreadable_ids
    ]
    item_and_comment_ids = [
        # The name of a comment is its id.
        (annotation.item, annotation.name)
        for annotation in readable_annotations
        if annotation.kind == "comment"
    ]
    comments = tracker.comments(item_and_comment_ids) if item_and_comment_ids else {}
    hidden_item_ids = _find_hidden_items(
        tracker, [item_id for item_id, comment_id in item_and_comment_ids if comment_id not in comments]
    )
    suspected_changes: list[AnnotationChange] = []
    for annotation in readable_annotations:
        item = mirrored_items[annotation.item]
        if annotation.item in hidden_item_ids or item is None:
            continue
        if annotation.kind == "comment":
            change_kind = _comment_change(annotation, comments.get(annotation.name))
        else:
            change_kind = _label_or_field_change(annotation, item.labels, item.fields)
        if change_kind:
            suspected_changes.append(AnnotationChange(annotation, change_kind))
    return _add_editors(tracker, list(_confirm(tracker, suspected_changes, comments)))


def record_annotation_changes(transaction: Transaction, changes: Sequence[AnnotationChange]) -> None:
    """Forget annotations that people removed, and mark those that they changed."""
    for change in changes:
        if change.is_removal:
            writes.drop_annotation(transaction, change.annotation)
        else:
            writes.put_annotation(transaction, msgspec.structs.replace(change.annotation, changed_by_others=True))


def _find_hidden_items(tracker: Tracker, item_ids: Sequence[str]) -> set[str]:
    """Find ids of items that are themselves hidden or deleted. Their comments are missing, but nobody removed them."""
    locations = tracker.locate(list(dict.fromkeys(item_ids))) if item_ids else {}
    return {item_id for item_id in item_ids if locations.get(item_id, Whereabouts.GONE) is Whereabouts.GONE}


def _confirm(
    tracker: Tracker, suspected_changes: Sequence[AnnotationChange], comments: Mapping[str, Comment]
) -> Iterator[AnnotationChange]:
    """Yield the suspected changes that a fresh read of the item confirms.

    A search index may lag behind the service's own writes, which then look as if people had undone them.
    """
    snapshots: dict[str, Snapshot | None] = {}
    for change in suspected_changes:
        annotation, comment = change.annotation, None
        if annotation.item not in snapshots:
            snapshots[annotation.item] = _get_snapshot(tracker, annotation.item)
        snapshot = snapshots[annotation.item]
        if snapshot is None:
            continue
        if annotation.kind != "comment":
            change_kind = _label_or_field_change(annotation, snapshot.labels, snapshot.fields)
        else:
            comment = next((comment for comment in snapshot.own_comments if comment.id == annotation.name), None)
            if comment is None and annotation.name in snapshot.comment_ids:
                # The person who edited the comment also removed the hidden tag that marks it as the service's own.
                comment = comments.get(annotation.name)
                change_kind = "" if comment is None else _comment_change(annotation, comment)
            else:
                change_kind = _comment_change(annotation, comment)
        if change_kind:
            yield AnnotationChange(
                annotation,
                change_kind,
                by=comment.edited_by if comment is not None else None,
                comment=comment,
                current=snapshot.fields.get(annotation.name) if annotation.kind == "field" else None,
            )


def _add_editors(tracker: Tracker, changes: Sequence[AnnotationChange]) -> list[AnnotationChange]:
    """Add to each change its author, according to the history of the item."""
    ids = list(dict.fromkeys(change.annotation.item for change in changes))
    editors = {
        fetched.item.id: fetched.last_editors
        for batch in (tracker.fetch(ids) if ids else ())
        for fetched in batch.items
    }
    return [
        msgspec.structs.replace(change, by=change.by or _find_editor(change, editors.get(change.annotation.item)))
        for change in changes
    ]


def _find_editor(change: AnnotationChange, editors: LastEditors | None) -> Author | None:
    """Find the author of a change among the last editors of its item; None if the author is unknown."""
    annotation = change.annotation
    if editors is None:
        return None
    if annotation.kind == "label":
        editors_by_label = {label.casefold(): author for label, author in editors.removed_labels.items()}
        return editors_by_label.get(annotation.name.casefold())
    if annotation.kind == "field":
        return editors.fields.get(annotation.name)
    # The history does not say which comment was deleted, so the editor is known only if one author deleted them all.
    since = datetime.min.replace(tzinfo=UTC) if annotation.posted is None else annotation.posted - _CLOCK_PRECISION
    deleters = {author for at, author in editors.deleted_comments if at >= since}
    return deleters.pop() if len(deleters) == 1 else None


def _get_snapshot(tracker: Tracker, item_id: str) -> Snapshot | None:
    """The present state of an item; None if it cannot be read, or if the tracker has no target, its part for writes."""
    if tracker.target is None:
        return None
    try:
        return tracker.target.get_snapshot(item_id)
    except ConnectorError as error:
        if not is_request_specific(error):
            raise
        return None


def _comment_change(annotation: Annotation, comment: Comment | None) -> str:
    """The change that somebody else made to the service's comment, as in `AnnotationChange.kind`; empty if none.

    Args:
        comment: The comment as just read; None if it no longer exists.
    """
    if comment is None:
        return "comment removed"
    if comment.text == annotation.text:
        return ""
    if comment.edited_by is not Author.THIS_SERVICE:
        return "comment edited"
    # If the service's account edited it, the text may only differ because a new version of the service reads it
    # differently. So only an edit after the service's own last edit counts.
    return "comment edited" if annotation.last_edited is not None and comment.updated > annotation.last_edited else ""


def _label_or_field_change(annotation: Annotation, labels: Collection[str], fields: Mapping[str, FieldValue]) -> str:
    """The change that somebody else made to the service's label or field value; empty if there is none."""
    if annotation.kind == "label":
        return "label removed" if find_label(annotation.name, labels) is None else ""
    if annotation.name not in fields:
        return ""  # a field that the tracker does not show is not known to have changed
    return "" if same_value(fields[annotation.name], annotation.expected_value) else "field changed"
