"""Every change that the service made to items, with its rules, its round, and whether it was undone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from sync.store import Transaction, rounds, writes
from sync.store.records import CommentContent, EditCall, Effect, Intent, Value
from sync.store.rounds import Round

_APPROVALS = {"apply": "a person ran `steward apply`", "round": "by itself", "undo": "a person ran `steward undo`"}


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One change of one item.

    Attributes:
        what: "comment added", "comment edited", "comment deleted", "label added", "label removed" or "field changed".
        name: Id of the comment, the label itself, or id of the field.
        rules: The rules behind it; empty for an undo.
        round: The round that wrote it.
        approval: How the round was allowed to write.
        before, after: The values as text; empty when there was none.
        undone: Whether a later undo took it back.
    """

    at: datetime
    tracker: str
    key: str
    what: str
    name: str
    rules: tuple[str, ...]
    round: str
    approval: str
    before: str
    after: str
    undone: bool


def audit(reading: Transaction, trackers: Sequence[str] | None, since: datetime | None) -> list[AuditEntry]:
    """All changes, oldest first.

    Args:
        reading: A connection to the store.
        trackers: Names of trackers; None for every tracker that the service ever wrote to.
        since: Leave out earlier changes.
    """
    effects = writes.effects(reading)
    known = {ident: rounds.by_id(reading, ident) for ident in {effect.round for effect in effects}}
    edits = _edits(writes.calls(reading))
    undone = _undone(effects, known)
    return [
        _entry(effect, known[effect.round], edits, undone=effect.id in undone)
        for effect in effects
        if (trackers is None or effect.tracker in trackers) and (since is None or effect.at >= since)
    ]


def _entry(
    effect: Effect, made_by: Round | None, edits: Mapping[tuple[str, str], list[EditCall]], *, undone: bool
) -> AuditEntry:
    return AuditEntry(
        at=effect.at,
        tracker=effect.tracker,
        key=effect.key,
        what=_what(effect),
        name=effect.name,
        rules=_rules(effect, edits[effect.round, effect.item]),
        round=effect.round,
        approval=_APPROVALS.get(made_by.kind, made_by.kind) if made_by else "",
        before=_text(effect.before),
        after=_text(effect.after),
        undone=undone,
    )


def _what(effect: Effect) -> str:
    if effect.kind == "comment":
        action = "deleted" if effect.after is None else "added" if effect.before is None else "edited"
        return f"comment {action}"
    if effect.kind == "label":
        return "label added" if effect.after else "label removed"
    return "field changed"


def _rules(effect: Effect, edits: Sequence[EditCall]) -> tuple[str, ...]:
    for value in (effect.after, effect.before):
        if isinstance(value, CommentContent):
            return value.rules
    for edit in edits:
        if effect.name in (*edit.add_labels, *edit.remove_labels, *edit.fields):
            return edit.rules
    return ()


def _text(value: Value) -> str:
    if isinstance(value, CommentContent):
        return value.document.plain_text
    if value is None or isinstance(value, bool):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _edits(calls: Sequence[Intent]) -> Mapping[tuple[str, str], list[EditCall]]:
    found: dict[tuple[str, str], list[EditCall]] = defaultdict(list)
    for intent in calls:
        if isinstance(intent.call, EditCall):
            found[intent.round, intent.item].append(intent.call)
    return found


def _undone(effects: Sequence[Effect], known: Mapping[str, Round | None]) -> set[int]:
    """Ids of effects whose annotation was later changed by an undo."""
    waiting: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    undone: set[int] = set()
    for effect in effects:
        made_by, place = known[effect.round], (effect.tracker, effect.item, effect.kind, effect.name)
        if made_by is not None and made_by.kind == "undo":
            undone.update(waiting.pop(place, ()))
        else:
            waiting[place].append(effect.id)
    return undone
