"""Detects edit wars: what somebody undid twice is not written again, and an admin is told."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct

from rules.model import UNDO, Decision, DecisionKind, drop_superseded

_UNDONE_LIMIT = 2
_KINDS = {
    "label removed": "label",
    "field changed": "field",
    "comment removed": "comment",
    "comment edited": "comment",
}


class ProgramEdit(Struct, frozen=True):
    """What a program did to an annotation on an item; `what` as in `AnnotationChange`."""

    what: str
    at: datetime


def edit_wars(
    decisions: Sequence[Decision],
    *,
    by_programs: Sequence[ProgramEdit] = (),
    among: Collection[str] = tuple(_KINDS),
) -> frozenset[str]:
    """The kinds of annotation that are no longer written on an item: "label", "field" or "comment".

    Args:
        decisions: All decisions about the item; `resume` allows the service to try again.
        by_programs: What programs did to our annotations on the item.
        among: The decision sources that count.
    """
    undone: dict[str, set[datetime]] = {}
    resumed = max((decision.at for decision in decisions if _resumes_everything(decision)), default=None)
    for edit in by_programs:
        if resumed is None or edit.at > resumed:
            undone.setdefault(_KINDS[edit.what], set()).add(edit.at)
    for decision in drop_superseded(decisions):
        kind = _KINDS.get(decision.source)
        if kind is not None and decision.kind is DecisionKind.DISMISSED:
            undone.setdefault(kind, set()).add(decision.at)
    wanted = {_KINDS[source] for source in among if source in _KINDS}
    return frozenset(kind for kind, times in undone.items() if len(times) >= _UNDONE_LIMIT and kind in wanted)


def _resumes_everything(decision: Decision) -> bool:
    is_resume = decision.kind is DecisionKind.RESUME and not decision.is_withdrawal
    return is_resume and not decision.rule and decision.source != UNDO


def edit_war_note(key: str, kind: str) -> str:
    """The note for an admin when the service gives up an edit war."""
    return f"{key}: our {kind} was undone twice, so it is not written again. `steward resume {key}` allows it again."
