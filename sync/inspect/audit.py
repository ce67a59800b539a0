"""Lists every change that the service made to items, with its rules, its round, and whether it was undone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from sync.store import Transaction, rounds, writes
from sync.store.records import CommentContent, EditCall, Effect, Value

_APPROVAL_BY_ROUND_KIND = {
    "apply": "a person ran `steward apply`",
    "round": "by itself",
    "undo": "a person ran `steward undo`",
}
"""Who allowed a round to write, by its kind. "By itself" means that the service wrote without a person's command."""


_Target = tuple[str, str, str, str]
"""What an effect changed: the tracker, the id of the item, and the kind and name of the comment, label or field."""


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One change to an item.

    Attributes:
        change: "comment added", "comment edited", "comment deleted", "label added", "label removed" or "field changed";
            `what` in JSON.
        name: Id of the comment, the label itself, or id of the field.
        rules: Ids of the rules whose findings the change is about; for a field, its name in the settings; for the label
            of a readiness profile, "ready:" and its name. For a label or field that is removed or restored, as in the
            change before.
        undone: Whether a later undo reversed it.
        approval: Who allowed the round to write; empty if the store no longer has the round.
        before, after: The values as text; empty if there was none.
    """

    at: datetime
    tracker: str
    key: str
    change: str = field(name="what")
    name: str
    rules: tuple[str, ...]
    round: str
    approval: str
    before: str
    after: str
    undone: bool


def audit(transaction: Transaction, trackers: Sequence[str] | None, since: datetime | None) -> list[AuditEntry]:
    """List all changes, oldest first.

    Args:
        trackers: Names of trackers; None for all trackers that the service has written to.
        since: Omit earlier changes.
    """
    effects = writes.effects(transaction)
    round_kinds: dict[str, str] = {}
    for round_id in {effect.round for effect in effects}:
        past_round = rounds.by_id(transaction, round_id)
        round_kinds[round_id] = past_round.kind if past_round is not None else ""
    edits: dict[tuple[str, str], list[EditCall]] = defaultdict(list)
    for outbox_entry in writes.calls(transaction):
        if isinstance(outbox_entry.call, EditCall):
            edits[outbox_entry.round, outbox_entry.item].append(outbox_entry.call)
    rules_by_effect = _find_rules(effects, edits)
    undone_ids = _find_undone(effects, round_kinds)
    return [
        AuditEntry(
            at=effect.at,
            tracker=effect.tracker,
            key=effect.key,
            change=_describe_change(effect),
            name=effect.name,
            rules=rules_by_effect[effect.id],
            round=effect.round,
            approval=_APPROVAL_BY_ROUND_KIND.get(round_kinds[effect.round], round_kinds[effect.round]),
            before=to_text(effect.before),
            after=to_text(effect.after),
            undone=effect.id in undone_ids,
        )
        for effect in effects
        if (trackers is None or effect.tracker in trackers) and (since is None or effect.at >= since)
    ]


def _describe_change(effect: Effect) -> str:
    """Name the kind of a recorded change, as one of the values of `AuditEntry.change`."""
    if effect.kind == "comment":
        action = "deleted" if effect.after is None else "added" if effect.before is None else "edited"
        return f"comment {action}"
    if effect.kind == "label":
        return "label added" if effect.after else "label removed"
    return "field changed"


def _find_rules(
    effects: Sequence[Effect], edits: Mapping[tuple[str, str], Sequence[EditCall]]
) -> dict[int, tuple[str, ...]]:
    """The value of `AuditEntry.rules` by the id of the effect."""
    found: dict[int, tuple[str, ...]] = {}
    latest: dict[_Target, tuple[str, ...]] = {}
    for effect in effects:
        target = _target(effect)
        rules = _written_rules(effect, edits.get((effect.round, effect.item), ()))
        if rules is None:
            # An edit that wrote only the WSJF score contains no name.
            rules = latest.get(target, ("wsjf",) if effect.kind == "field" else ())
        found[effect.id] = latest[target] = rules
    return found


def _written_rules(effect: Effect, edits: Sequence[EditCall]) -> tuple[str, ...] | None:
    """The rules or the field's name, as the comment or the edit contains them; None if it contains none."""
    for value in (effect.after, effect.before):
        if isinstance(value, CommentContent):
            return value.rules
    for edit in edits:
        if effect.kind == "label" and effect.name in edit.add_labels:
            return edit.rules_for(effect.name) or None
        if effect.kind == "field" and edit.field_names and effect.name in edit.field_names:
            return (edit.field_names[effect.name],)
    return None


def to_text(value: Value) -> str:
    """A value as text; empty for the value of a label, which only says whether the label is set."""
    if isinstance(value, CommentContent):
        return value.document.plain_text
    if value is None or isinstance(value, bool):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _target(effect: Effect) -> _Target:
    return effect.tracker, effect.item, effect.kind, effect.name


def _find_undone(effects: Sequence[Effect], round_kinds: Mapping[str, str]) -> set[int]:
    """Ids of effects that a later undo reversed.

    An undo reverses all earlier effects on the same comment, label or field of an item.
    """
    not_undone: dict[_Target, list[int]] = defaultdict(list)
    undone: set[int] = set()
    for effect in effects:
        target = _target(effect)
        if round_kinds[effect.round] == "undo":
            undone.update(not_undone.pop(target, ()))
        else:
            not_undone[target].append(effect.id)
    return undone
