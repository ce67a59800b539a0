"""Detects edit wars, in which the service and somebody else keep undoing each other's changes.

What was undone twice is not written again on that item, and the admin is notified. An annotation is a comment, label or
field value that the service put on an item.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field

from rules.model import UNDO, Decision, DecisionKind, drop_superseded

_MAX_TIMES_UNDONE = 2
"""How often a change may be undone before the service stops: once may be a mistake, twice is on purpose."""
KIND_BY_CHANGE = {
    "label removed": "label",
    "field changed": "field",
    "comment removed": "comment",
    "comment edited": "comment",
}
"""The kind of annotation that was changed, by kind of change (see `AnnotationChange.kind`)."""


class ProgramEdit(Struct, frozen=True):
    """A change that a program made to one of the service's annotations.

    Attributes:
        kind: The kind of change, as in `AnnotationChange.kind`; `what` in JSON.
        at: When the service noticed it.
    """

    kind: str = field(name="what")
    at: datetime


def find_edit_wars(decisions: Sequence[Decision], *, program_edits: Sequence[ProgramEdit] = ()) -> frozenset[str]:
    """Return the kinds of annotation that are no longer written to an item: "label", "field" or "comment".

    Args:
        decisions: All decisions about the item. A change by a person is one of them, of the kind `DISMISSED`, and its
            source is the kind of change. A `resume` without a rule supersedes the earlier ones, so that counting starts
            again.
        program_edits: The changes that programs made to the service's annotations on the item. Those before such a
            `resume` do not count.
    """
    undone_at: dict[str, set[datetime]] = {}
    resumed_at = max((decision.at for decision in decisions if _resumes_everything(decision)), default=None)
    for edit in program_edits:
        if resumed_at is None or edit.at > resumed_at:
            undone_at.setdefault(KIND_BY_CHANGE[edit.kind], set()).add(edit.at)
    for decision in drop_superseded(decisions):
        kind = KIND_BY_CHANGE.get(decision.source)
        if kind is not None and decision.kind is DecisionKind.DISMISSED:
            undone_at.setdefault(kind, set()).add(decision.at)
    return frozenset(kind for kind, moments in undone_at.items() if len(moments) >= _MAX_TIMES_UNDONE)


def _resumes_everything(decision: Decision) -> bool:
    """Whether a person asked the service to write everything on the item again, by the command `resume` without a rule.

    A `resume` that `steward undo` makes, or that only withdraws other decisions, does not count.
    """
    is_resume = decision.kind is DecisionKind.RESUME and not decision.is_withdrawal
    return is_resume and not decision.rule and decision.source != UNDO


def edit_war_note(key: str, kind: str) -> str:
    """The note for the admin when the service stops writing because of an edit war."""
    return f"{key}: our {kind} was undone twice, so it is not written again. `steward resume {key}` allows it again."
