"""What other programs did to our comments, labels and fields: nobody's answer. It is put back once, and then left."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from sync.messages import Messages
from sync.store import Transaction, decisions, rounds, writes
from sync.store.records import Annotation, AnnotationChange
from sync.writeback.edit_wars import ProgramEdit, edit_war_note, edit_wars

_FACT = "program edits"
_REPORTED_FOR = timedelta(hours=24)


class _Stored(Struct):
    edits: dict[str, list[ProgramEdit]]


def load(reading: Transaction, tracker: str) -> dict[str, list[ProgramEdit]]:
    """What programs did to our annotations at a tracker, by item id."""
    stored = rounds.tracker_fact(reading, tracker, _FACT)
    return msgspec.json.decode(stored, type=_Stored).edits if stored else {}


def record(transaction: Transaction, tracker: str, changes: Sequence[AnnotationChange], now: datetime) -> list[str]:
    """Store what programs did; return notes on what is therefore not written any more.

    What they removed may be written once more, and so may a field. A comment that a program changed is left to it, and
    so is whatever they undid twice.
    """
    if not changes:
        return []
    ended: list[str] = []
    edits = load(transaction, tracker)
    for change in changes:
        annotation = change.annotation
        known = edits.setdefault(annotation.item, [])
        known.append(ProgramEdit(change.what, now))
        wars = edit_wars(decisions.for_item(transaction, tracker, annotation.item), by_programs=known)
        if annotation.kind in wars:
            ended.append(edit_war_note(annotation.key, annotation.kind))
        if change.is_removal:
            writes.drop_annotation(transaction, annotation)
        elif change.what == "comment edited" or annotation.kind in wars:
            writes.put_annotation(
                transaction, msgspec.structs.replace(annotation, changed_by_others=True, changed_by_program=True)
            )
        else:
            writes.put_annotation(transaction, _to_put_back(change))
    rounds.save_tracker_fact(transaction, tracker, _FACT, msgspec.json.encode(_Stored(edits)))
    return ended


def notes(edits: Mapping[str, Sequence[ProgramEdit]], now: datetime, messages: Messages) -> Iterator[str]:
    """What an admin is told about the last day."""
    items = Counter(
        what for about in edits.values() for what in {edit.what for edit in about if now - edit.at < _REPORTED_FOR}
    )
    for what, count in sorted(items.items()):
        yield messages.text(f"report.programs.{what}", count=count)


def _to_put_back(change: AnnotationChange) -> Annotation:
    """The annotation as the program left it, so that the next plan sees that it is not what it should be."""
    return msgspec.structs.replace(change.annotation, value=change.current, stored_value=None)
