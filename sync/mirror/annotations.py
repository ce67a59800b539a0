"""What became of what we wrote: an edit or deletion of a comment moves no stamp, so it is asked for by id.

Whatever a person did to a mark of ours is taken as an answer, and remembered as one.
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
        marks = [mark for mark in writes.marks(reading, tracker.name) if not mark.taken]
        mirrored = {mark.item: items.one_item(reading, tracker.name, mark.item) for mark in marks}
        gone = items.gone(reading, tracker.name)
    present = [mark for mark in marks if mirrored[mark.item] is not None and mark.item not in gone]
    comments = [mark for mark in present if mark.kind == "comment"]
    now_there = tracker.comments([(mark.item, mark.name) for mark in comments]) if comments else {}
    unseen = _out_of_sight(tracker, [mark.item for mark in comments if mark.name not in now_there])
    suspects: list[tuple[Annotation, str]] = []
    for mark in present:
        item = mirrored[mark.item]
        if mark.item in unseen or item is None:
            continue
        there = now_there.get(mark.name)
        what = (
            _done_to_comment(mark, there) if mark.kind == "comment" else _done_to_item(mark, item.labels, item.fields)
        )
        if what:
            suspects.append((mark, what))
    answers: list[Decision] = []
    confirmed = list(_confirmed(tracker, suspects))
    with database.writing() as transaction:
        for mark, what in confirmed:
            found = _answers(mark, what, now, _meant(transaction, mark))
            answers += found
            _keep(transaction, mark, found, removed=what.endswith("removed"))
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
    for mark, what in suspects:
        if mark.item not in looks:
            looks[mark.item] = _look(tracker, mark.item)
        seen = looks[mark.item]
        if seen is None:
            continue
        if mark.kind != "comment":
            sure = _done_to_item(mark, seen.labels, seen.fields)
        else:
            # One whose marker people removed with its text is not among ours any more.
            ours = next((one for one in seen.ours if one.id == mark.name), None)
            sure = what if ours is None else _done_to_comment(mark, ours)
        if sure:
            yield mark, sure


def _look(tracker: Tracker, item: str) -> Snapshot | None:
    try:
        return tracker.look(item)
    except (Gone, Refused):
        return None


def _done_to_comment(mark: Annotation, comment: Comment | None) -> str:
    if comment is None:
        return "comment removed"
    if comment.text != mark.text and comment.edited_by is not Author.US:
        return "comment edited"
    return ""


def _done_to_item(mark: Annotation, labels: Collection[str], fields: Mapping[str, FieldValue]) -> str:
    if mark.kind == "label":
        return "" if mark.name in labels else "label removed"
    return "" if fields.get(mark.name) == mark.value else "field changed"


def _meant(transaction: Connection, mark: Annotation) -> list[str]:
    """The rules that an answer is about. A label names none: it is about whatever was found on the item."""
    found = findings.standing_now(transaction, mark.tracker, mark.item) if mark.kind == "label" else []
    return list(dict.fromkeys([*mark.rules, *(finding.rule for finding, _, _ in found)]))


def _answers(mark: Annotation, what: str, now: datetime, rules: Sequence[str]) -> list[Decision]:
    return [
        Decision(
            id=hashlib.sha256(f"{mark.tracker}\0{mark.item}\0{what}\0{mark.written}\0{rule}".encode()).hexdigest()[:16],
            tracker=mark.tracker,
            item=mark.item,
            key=mark.key,
            verdict=DecisionKind.DISMISSED,
            at=now,
            review=now + REVIEW_AFTER,
            rule=rule,
            source=what,
        )
        for rule in rules
    ]


def _keep(transaction: Connection, mark: Annotation, answers: Sequence[Decision], *, removed: bool) -> None:
    decisions.add(transaction, answers)
    if removed:
        writes.drop_mark(transaction, mark)
    else:
        writes.put_mark(transaction, msgspec.structs.replace(mark, taken=True))
