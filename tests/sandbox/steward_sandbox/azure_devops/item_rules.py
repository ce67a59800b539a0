"""The rules of a type: what a new item starts with, what follows from a change of state, and what is refused."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from steward_sandbox.azure_devops import names
from steward_sandbox.azure_devops.model import Value
from steward_sandbox.azure_devops.processes import COMPLETED, EMPTY, IN_PROGRESS, PROPOSED, RESOLVED, Type

_REASONS = {PROPOSED: "New", IN_PROGRESS: "Work started", RESOLVED: "Fixed", COMPLETED: "Work finished"}

LISTED = "HasValues, LimitedToValues, AllowsOldValue, InvalidListValue"


def new_values(kind: Type, given: Mapping[str, Value | None], at: datetime, by: str) -> dict[str, Value]:
    """The fields of a new item: what was given, and what its type starts with; None leaves a field empty."""
    values: dict[str, Value | None] = {rule.ref: rule.default for rule in kind.fields.values()}
    values[names.STATE] = kind.first(PROPOSED, IN_PROGRESS)
    values |= given
    state = str(values[names.STATE])
    values |= {names.TYPE: kind.name, names.COMMENTS: 0}
    values[names.REASON] = given.get(names.REASON) or _REASONS.get(kind.category(state), "New")
    values |= _state_dates(kind, "", state, at, by)
    return _filled(values)


def changed_values(
    old: Type, kind: Type, before: Mapping[str, Value], given: Mapping[str, Value | None], *, at: datetime, by: str
) -> dict[str, Value]:
    """The fields after a save: another type may need another state, and another state moves dates and people."""
    values: dict[str, Value | None] = {**before, **given}
    state = str(given.get(names.STATE) or before[names.STATE])
    if kind.name != old.name and names.STATE not in given and state not in kind.states:
        values[names.STATE] = state = kind.first(old.category(state), PROPOSED, IN_PROGRESS) or state
    if state != before[names.STATE]:
        values |= _state_dates(kind, str(before[names.STATE]), state, at, by)
        if given.get(names.REASON) in (None, before.get(names.REASON)):
            proposed = kind.category(state) == PROPOSED
            values[names.REASON] = _REASONS[PROPOSED] if proposed else f"Moved to state {state}"
    return _filled(values)


def broken_rules(kind: Type, values: Mapping[str, Value], before: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Fields whose value is none of those that their rule lists; what was there before the rule may stay."""
    for ref, rule in kind.fields.items():
        value = values.get(ref)
        if rule.allowed and value not in (None, before.get(ref), *rule.allowed):
            yield ref, LISTED


def _state_dates(kind: Type, before: str, after: str, at: datetime, by: str) -> dict[str, Value | None]:
    """The dates and people that a change of state sets or empties, as far as the type has the fields."""
    old, new = kind.category(before) if before else "", kind.category(after)
    values: dict[str, Value | None] = {names.STATE_CHANGED: at}
    if new == IN_PROGRESS and old != IN_PROGRESS:
        values |= {names.ACTIVATED: at, names.ACTIVATED_BY: by}
    if new == RESOLVED or after == "Resolved":
        values |= {names.RESOLVED: at, names.RESOLVED_BY: by}
    if COMPLETED in (old, new) and old != new:
        closed = new == COMPLETED
        values |= {names.CLOSED: at if closed else None, names.CLOSED_BY: by if closed else None}
    if new == PROPOSED and before:
        values |= dict.fromkeys((names.ACTIVATED, names.ACTIVATED_BY, names.RESOLVED, names.RESOLVED_BY))
    return {ref: value for ref, value in values.items() if ref in kind.fields}


def _filled(values: Mapping[str, Value | None]) -> dict[str, Value]:
    return {ref: value for ref, value in values.items() if value is not None and value not in EMPTY}
