"""Who takes off twice what the service puts there twice wants it gone: the service stops, and says so.

It makes no difference whether that was a person or a program; two programs that undo each other would never end.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from rules.model import Decision, DecisionKind, standing_decisions

_FLIPS = 2
_KINDS = {
    "label removed": "label",
    "field changed": "field",
    "comment removed": "comment",
    "comment edited": "comment",
}


def edit_wars(decisions: Sequence[Decision], *, among: Collection[str] = tuple(_KINDS)) -> frozenset[str]:
    """What the service does not put on an item any more: "label", "field" or "comment".

    Args:
        decisions: All about the item; `resume` lets the service try again.
        among: Only what was undone in one of these ways.
    """
    undone: dict[str, set[datetime]] = {}
    for one in standing_decisions(decisions):
        kind = _KINDS.get(one.source)
        if kind is not None and one.kind is DecisionKind.DISMISSED:
            undone.setdefault(kind, set()).add(one.at)
    wanted = {_KINDS[source] for source in among if source in _KINDS}
    return frozenset(kind for kind, times in undone.items() if len(times) >= _FLIPS and kind in wanted)


def stopped(key: str, kind: str) -> str:
    """What an admin is told when a duel ends."""
    return f"{key}: our {kind} was undone twice, so it stays away for good. `steward resume {key}` lets it come back."
