"""Records the changes that other programs made to the comments, labels and field values that the service wrote.

Each of these is an annotation. A change by a person counts as an answer, and is never changed back. A change by a
program is not an answer, so the service writes the annotation once more, unless it is an edited comment. If it is
changed again, that is an edit war, and the service stops.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from sync.messages import Messages
from sync.store import Transaction, decisions, stored_values, writes
from sync.store.records import AnnotationChange
from sync.writeback.edit_wars import ProgramEdit, edit_war_note, find_edit_wars

_EDITS_NAME = "program edits"
"""The name under which the store keeps the changes at a tracker."""
_REPORT_DURATION = timedelta(hours=24)
"""How long a change is reported: long enough to be in one daily report."""


def load(transaction: Transaction, tracker: str) -> dict[str, list[ProgramEdit]]:
    """Load the changes that programs made to the service's annotations at a tracker, by item id."""
    stored = stored_values.load_for_tracker(transaction, tracker, _EDITS_NAME, dict[str, dict[str, list[ProgramEdit]]])
    return stored["edits"] if stored is not None else {}


def record(transaction: Transaction, tracker: str, changes: Sequence[AnnotationChange], now: datetime) -> list[str]:
    """Store the changes that programs made; return notes for the admin about annotations that are no longer written.

    A removed annotation and a changed field may be written once more. A comment that a program edited stays as it is,
    and so does everything that programs have undone twice.
    """
    if not changes:
        return []
    notes: list[str] = []
    edits = load(transaction, tracker)
    for change in changes:
        annotation = change.annotation
        item_edits = edits.setdefault(annotation.item, [])
        item_edits.append(ProgramEdit(change.kind, now))
        wars = find_edit_wars(decisions.for_item(transaction, tracker, annotation.item), program_edits=item_edits)
        if annotation.kind in wars:
            notes.append(edit_war_note(annotation.key, annotation.kind))
        if change.is_removal:
            writes.drop_annotation(transaction, annotation)
        elif change.kind == "comment edited" or annotation.kind in wars:
            writes.put_annotation(
                transaction, msgspec.structs.replace(annotation, changed_by_others=True, changed_by_program=True)
            )
        else:
            # The next plan writes the value again.
            writes.put_annotation(
                transaction, msgspec.structs.replace(annotation, value=change.current, stored_value=None)
            )
    stored_values.save_for_tracker(transaction, tracker, _EDITS_NAME, {"edits": edits})
    return notes


def recent_notes(edits: Mapping[str, Sequence[ProgramEdit]], now: datetime, messages: Messages) -> Iterator[str]:
    """Yield notes for the admin about the changes of the last day: how many items had each kind of change."""
    item_counts = Counter(
        kind
        for item_edits in edits.values()
        for kind in {edit.kind for edit in item_edits if now - edit.at < _REPORT_DURATION}
    )
    for kind, count in sorted(item_counts.items()):
        yield messages.text(f"report.programs.{kind}", count=count)
