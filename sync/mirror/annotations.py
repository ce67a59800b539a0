"""What became of what we wrote: an edit or deletion of a comment moves no stamp, so it is asked for by id.

Whatever a person did to a annotation of ours is taken as an answer, and remembered as one.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from connectors.errors import Gone, Refused
from connectors.tracker import Author, Comment, FieldValue, Snapshot, Tracker, Whereabouts
from rules.model import Decision, DecisionKind
from sync.store import Connection, Database, decisions, findings, items, writes
from sync.store.records import Annotation

REVIEW_AFTER = timedelta(days=90)
"""An answer without a date of its own is looked at again after so long."""


def look_after_marks(tracker: Tracker, database: Database, now: datetime) -> list[Decision]:
    """Finds what people did to our comments, labels and fields since we wrote them, and stores it as their answer.

    Returns:
        The answers that are new.
    """
    with database.reading() as reading:
        annotations = [annotation for annotation in writes.annotations(reading, tracker.name) if not annotation.taken]
        mirrored = {
            annotation.item: items.one_item(reading, tracker.name, annotation.item) for annotation in annotations
        }
        gone = items.gone(reading, tracker.name)
    present = [
        annotation
        for annotation in annotations
        if mirrored[annotation.item] is not None and annotation.item not in gone
    ]
    comments = [annotation for annotation in present if annotation.kind == "comment"]
    now_there = tracker.comments([(annotation.item, annotation.name) for annotation in comments]) if comments else {}
    unseen = _out_of_sight(tracker, [annotation.item for annotation in comments if annotation.name not in now_there])
    suspects: list[tuple[Annotation, str]] = []
    for annotation in present:
        item = mirrored[annotation.item]
        if annotation.item in unseen or item is None:
            continue
        there = now_there.get(annotation.name)
        what = (
            _done_to_comment(annotation, there)
            if annotation.kind == "comment"
            else _done_to_item(annotation, item.labels, item.fields)
        )
        if what:
            suspects.append((annotation, what))
    answers: list[Decision] = []
    confirmed = list(_confirmed(tracker, suspects))
    with database.writing() as transaction:
        for annotation, what in confirmed:
            found = _answers(annotation, what, now, _meant(transaction, annotation))
            answers += found
            _keep(transaction, annotation, found, removed=what.endswith("removed"))
    return answers


def _out_of_sight(tracker: Tracker, suspects: Sequence[str]) -> set[str]:
    """Of items whose comment is not shown, those that are not shown either: that is nobody's answer."""
    where = tracker.locate(list(dict.fromkeys(suspects))) if suspects else {}
    return {ident for ident in suspects if where.get(ident, Whereabouts.GONE) is Whereabouts.GONE}


def _confirmed(tracker: Tracker, suspects: Sequence[tuple[Annotation, str]]) -> Iterator[tuple[Annotation, str]]:
    """Of what people seem to have done, what their items show this moment.

    A search may tell how an item stood before we wrote to it, and nobody's word is put into their mouth for that.
    """
    looks: dict[str, Snapshot | None] = {}
    for annotation, what in suspects:
        if annotation.item not in looks:
            looks[annotation.item] = _look(tracker, annotation.item)
        seen = looks[annotation.item]
        if seen is None:
            continue
        if annotation.kind != "comment":
            sure = _done_to_item(annotation, seen.labels, seen.fields)
        else:
            # One whose marker people removed with its text is not among ours any more.
            ours = next((one for one in seen.ours if one.id == annotation.name), None)
            sure = what if ours is None else _done_to_comment(annotation, ours)
        if sure:
            yield annotation, sure


def _look(tracker: Tracker, item: str) -> Snapshot | None:
    if tracker.target is None:
        return None
    try:
        return tracker.target.get_snapshot(item)
    except (Gone, Refused):
        return None


def _done_to_comment(annotation: Annotation, comment: Comment | None) -> str:
    if comment is None:
        return "comment removed"
    if comment.text != annotation.text and comment.edited_by is not Author.US:
        return "comment edited"
    return ""


def _done_to_item(annotation: Annotation, labels: Collection[str], fields: Mapping[str, FieldValue]) -> str:
    if annotation.kind == "label":
        return "" if annotation.name in labels else "label removed"
    return "" if fields.get(annotation.name) == annotation.value else "field changed"


def _meant(transaction: Connection, annotation: Annotation) -> list[str]:
    """The rules that an answer is about. A label names none: it is about whatever was found on the item."""
    found = (
        findings.standing_now(transaction, annotation.tracker, annotation.item) if annotation.kind == "label" else []
    )
    return list(dict.fromkeys([*annotation.rules, *(finding.rule for finding, _, _ in found)]))


def _answers(annotation: Annotation, what: str, now: datetime, rules: Sequence[str]) -> list[Decision]:
    return [
        Decision(
            id=hashlib.sha256(
                f"{annotation.tracker}\0{annotation.item}\0{what}\0{annotation.written}\0{rule}".encode()
            ).hexdigest()[:16],
            tracker=annotation.tracker,
            item=annotation.item,
            key=annotation.key,
            kind=DecisionKind.DISMISSED,
            at=now,
            review=now + REVIEW_AFTER,
            rule=rule,
            source=what,
        )
        for rule in rules
    ]


def _keep(transaction: Connection, annotation: Annotation, answers: Sequence[Decision], *, removed: bool) -> None:
    decisions.add(transaction, answers)
    if removed:
        writes.drop_annotation(transaction, annotation)
    else:
        writes.put_annotation(transaction, msgspec.structs.replace(annotation, taken=True))
