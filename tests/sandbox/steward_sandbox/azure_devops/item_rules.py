"""The rules of a type: what a new item starts with, what follows when its state changes, and what it may not hold."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.field_data import Field
from steward_sandbox.azure_devops.model import Value
from steward_sandbox.azure_devops.processes import COMPLETED, IN_PROGRESS, PROPOSED, RESOLVED, Type

MAX_STRING = 255
MAX_TEXT = 1_000_000
_EMPTY = (None, "", ())
_REASONS = {PROPOSED: "New", IN_PROGRESS: "Work started", RESOLVED: "Fixed", COMPLETED: "Work finished"}

Rule = tuple[str, str]
"""The reference name of a field, and the words of the rule that it breaks."""

REQUIRED = "Required, InvalidEmpty"
LISTED = "HasValues, LimitedToValues, AllowsOldValue, InvalidListValue"
TOO_LONG = "InvalidTooLong"
WRONG_TYPE = "InvalidType"


def started(kind: Type, given: Mapping[str, Value], at: datetime, by: str) -> dict[str, Value]:
    """The fields of a new item: what was given, and what its type starts with."""
    first = kind.first(PROPOSED, IN_PROGRESS)
    values: dict[str, Value] = {rule.ref: rule.default for rule in kind.fields.values() if rule.default is not None}
    values[names.STATE] = first.name if first else "New"
    values |= given
    values[names.TYPE] = kind.name
    values[names.COMMENTS] = 0
    values.setdefault(names.REASON, _reason(kind, str(values[names.STATE])))
    values |= {ref: value for ref, value in stamps(kind, "", str(values[names.STATE]), at, by).items() if value}
    return {ref: value for ref, value in values.items() if value not in _EMPTY}


def stamps(kind: Type, before: str, after: str, at: datetime, by: str) -> dict[str, Value | None]:
    """What follows from a change of state: dates and people, as far as the type has the fields. None empties one."""
    old, new = kind.category(before) if before else "", kind.category(after)
    values: dict[str, Value | None] = {names.STATE_CHANGED: at}
    if new == IN_PROGRESS and old != IN_PROGRESS:
        values |= {names.ACTIVATED: at, names.ACTIVATED_BY: by}
    if new == RESOLVED or after == "Resolved":
        values |= {names.RESOLVED: at, names.RESOLVED_BY: by}
    if new == COMPLETED and old != COMPLETED:
        values |= {names.CLOSED: at, names.CLOSED_BY: by}
    elif old == COMPLETED and new != COMPLETED:
        values |= {names.CLOSED: None, names.CLOSED_BY: None}
    if new == PROPOSED and before:
        values |= dict.fromkeys((names.ACTIVATED, names.ACTIVATED_BY, names.RESOLVED, names.RESOLVED_BY))
    return {ref: value for ref, value in values.items() if ref in kind.fields}


def followed(
    old: Type, kind: Type, before: Mapping[str, Value], given: Mapping[str, Value | None], *, at: datetime, by: str
) -> dict[str, Value | None]:
    """What follows from a save: another type may need another state, and another state moves dates and people."""
    state = str(given.get(names.STATE) or before[names.STATE])
    changes: dict[str, Value | None] = {}
    if kind.name != old.name and names.STATE not in given:
        found = kind.first(old.category(state), PROPOSED, IN_PROGRESS)
        if found is not None and state not in {known.name for known in kind.states}:
            changes[names.STATE] = state = found.name
    if state != before[names.STATE]:
        changes |= stamps(kind, str(before[names.STATE]), state, at, by)
        if given.get(names.REASON) in (None, before.get(names.REASON)):
            changes[names.REASON] = moved_reason(kind, state)
    return changes


def moved_reason(kind: Type, state: str) -> str:
    """The reason that a change of state is given when nobody gives one."""
    return f"Moved to state {state}" if kind.category(state) != PROPOSED else _reason(kind, state)


def broken(
    kind: Type,
    values: Mapping[str, Value],
    before: Mapping[str, Value],
    fields: Mapping[str, Field],
    requires: Iterable[tuple[str, str]] = (),
) -> Iterator[Rule]:
    """The rules that these values break; a value from a list may stay when it was there before the list."""
    later = {ref for name, ref in requires if name == kind.name}
    for rule in kind.fields.values():
        value = values.get(rule.ref)
        if value in _EMPTY:
            if rule.required or rule.ref in later:
                yield rule.ref, REQUIRED
        elif rule.allowed and value not in rule.allowed and value != before.get(rule.ref):
            yield rule.ref, LISTED
    state = values.get(names.STATE)
    if state != before.get(names.STATE) and state not in {known.name for known in kind.states}:
        yield names.STATE, LISTED
    for ref, value in values.items():
        field = fields.get(ref)
        if isinstance(value, str) and field is not None and len(value) > (MAX_TEXT if field.long else MAX_STRING):
            yield ref, TOO_LONG


def _reason(kind: Type, state: str) -> str:
    return _REASONS.get(kind.category(state), "New")
