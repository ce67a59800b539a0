"""Finds what became of our annotations. Editing a comment changes no timestamp, so comments are read by id."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from connectors.bulk_reads import is_request_specific
from connectors.errors import ConnectorError
from connectors.tracker import Author, Comment, FieldValue, LastEditors, Snapshot, Tracker, Whereabouts
from sync.store import Database, Transaction, items, writes
from sync.store.records import Annotation, AnnotationChange
from sync.writeback.recording import same_value


def find_annotation_changes(tracker: Tracker, database: Database) -> list[AnnotationChange]:
    """Find what others did to our comments, labels and fields since they were written."""
    with database.reading() as reading:
        annotations = [
            annotation
            for annotation in writes.annotations(reading, tracker.name)
            # What was never seen in place was not removed by anybody.
            if not annotation.changed_by_others and not annotation.unconfirmed_writes
        ]
        mirrored = {
            annotation.item: items.item_by_id(reading, tracker.name, annotation.item) for annotation in annotations
        }
        gone = items.gone_ids(reading, tracker.name)
    present = [
        annotation
        for annotation in annotations
        if mirrored[annotation.item] is not None and annotation.item not in gone
    ]
    ids = [(annotation.item, annotation.name) for annotation in present if annotation.kind == "comment"]
    comments = tracker.comments(ids) if ids else {}
    unseen = _out_of_sight(tracker, [item for item, comment in ids if comment not in comments])
    suspected: list[AnnotationChange] = []
    for annotation in present:
        item = mirrored[annotation.item]
        if annotation.item in unseen or item is None:
            continue
        if annotation.kind == "comment":
            what = _change_of_comment(annotation, comments.get(annotation.name))
        else:
            what = _change_on_item(annotation, item.labels, item.fields)
        if what:
            suspected.append(AnnotationChange(annotation, what))
    return _with_editors(tracker, list(_confirmed(tracker, suspected, comments)))


def record_annotation_changes(transaction: Transaction, changes: Sequence[AnnotationChange]) -> None:
    """Remember that what people removed is gone, and that what they changed is theirs."""
    for change in changes:
        if change.is_removal:
            writes.drop_annotation(transaction, change.annotation)
        else:
            writes.put_annotation(transaction, msgspec.structs.replace(change.annotation, changed_by_others=True))


def _out_of_sight(tracker: Tracker, suspects: Sequence[str]) -> set[str]:
    """Items that are hidden themselves: their comments were not removed by anybody."""
    where = tracker.locate(list(dict.fromkeys(suspects))) if suspects else {}
    return {ident for ident in suspects if where.get(ident, Whereabouts.GONE) is Whereabouts.GONE}


def _confirmed(
    tracker: Tracker, suspected: Sequence[AnnotationChange], comments: Mapping[str, Comment]
) -> Iterator[AnnotationChange]:
    """The suspected changes that the items themselves show at this moment.

    A search may be behind our own writes, and then makes it look as if people had changed them.
    """
    snapshots: dict[str, Snapshot | None] = {}
    for change in suspected:
        annotation, edited = change.annotation, None
        if annotation.item not in snapshots:
            snapshots[annotation.item] = _snapshot(tracker, annotation.item)
        snapshot = snapshots[annotation.item]
        if snapshot is None:
            continue
        if annotation.kind != "comment":
            what = _change_on_item(annotation, snapshot.labels, snapshot.fields)
        else:
            edited = next((comment for comment in snapshot.own_comments if comment.id == annotation.name), None)
            if edited is None and annotation.name in snapshot.comment_ids:
                edited = comments.get(annotation.name)  # its tag was removed together with its text
                what = "" if edited is None else _change_of_comment(annotation, edited)
            else:
                what = _change_of_comment(annotation, edited)
        if what:
            yield AnnotationChange(
                annotation,
                what,
                by=edited.edited_by if edited is not None else None,
                comment=edited,
                current=snapshot.fields.get(annotation.name) if annotation.kind == "field" else None,
            )


def _with_editors(tracker: Tracker, changes: Sequence[AnnotationChange]) -> list[AnnotationChange]:
    """The changes with who made them, from the histories of their items."""
    ids = list(dict.fromkeys(change.annotation.item for change in changes))
    editors = {
        fetched.item.id: fetched.last_editors
        for batch in (tracker.fetch(ids) if ids else ())
        for fetched in batch.items
    }
    return [
        msgspec.structs.replace(change, by=change.by or _editor(change, editors.get(change.annotation.item)))
        for change in changes
    ]


def _editor(change: AnnotationChange, editors: LastEditors | None) -> Author | None:
    annotation = change.annotation
    if editors is None:
        return None
    if annotation.kind == "label":
        removed = {label.casefold(): author for label, author in editors.removed_labels.items()}
        return removed.get(annotation.name.casefold())
    if annotation.kind == "field":
        return editors.fields.get(annotation.name)
    # The tracker does not say which comment was deleted, so only a program may have done it if no person deleted any.
    deleters = {who for at, who in editors.deleted_comments if annotation.posted is None or at >= annotation.posted}
    return deleters.pop() if len(deleters) == 1 else None


def _snapshot(tracker: Tracker, item: str) -> Snapshot | None:
    if tracker.target is None:
        return None
    try:
        return tracker.target.get_snapshot(item)
    except ConnectorError as error:
        if not is_request_specific(error):
            raise
        return None


def _change_of_comment(annotation: Annotation, comment: Comment | None) -> str:
    if comment is None:
        return "comment removed"
    if comment.text == annotation.text:
        return ""
    if comment.edited_by is not Author.US:
        return "comment edited"
    # With our account, only an edit after our own is somebody else's: a new version may read the same text otherwise.
    return "comment edited" if annotation.last_edited is not None and comment.updated > annotation.last_edited else ""


def _change_on_item(annotation: Annotation, labels: Collection[str], fields: Mapping[str, FieldValue]) -> str:
    if annotation.kind == "label":
        return "" if annotation.name in labels else "label removed"
    if annotation.name not in fields:
        return ""  # a field that the tracker does not show is not known to have changed
    return "" if same_value(fields[annotation.name], annotation.expected_value) else "field changed"
