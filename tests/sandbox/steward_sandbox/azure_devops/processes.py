"""What a process is: fields, types with their states and rules, and the levels of its backlog."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from steward_sandbox.azure_devops import names
from steward_sandbox.azure_devops.model import EMPTY, Value
from steward_sandbox.data_files import load_csv, load_json


class Field(Struct, frozen=True):
    """A field; its type is the API's, an identity holds people, and what is computed can never be set."""

    ref: str
    name: str
    type: str = "string"
    identity: bool = False
    computed: bool = False

    @property
    def long(self) -> bool:
        """Whether it holds long text, which the revision feed leaves out."""
        return self.type in ("html", "history")


def _read(row: dict[str, str]) -> Field:
    return Field(row["ref"], row["name"], row["type"], "identity" in row["flags"], "computed" in row["flags"])


BUILT_IN = {row["ref"]: _read(row) for row in load_csv("azure_devops", "fields")}
"""Every field of the system processes."""


PROPOSED, IN_PROGRESS, RESOLVED, COMPLETED, REMOVED = "Proposed", "InProgress", "Resolved", "Completed", "Removed"


class FieldRule(Struct, frozen=True):
    ref: str
    required: bool = False
    default: str | int | None = None
    allowed: tuple[str | int, ...] = ()


class Type(Struct, frozen=True):
    """A type of work item; its states have their categories as values, in order."""

    name: str
    states: Mapping[str, str]
    fields: Mapping[str, FieldRule]

    def category(self, state: str) -> str:
        """The category of a state; an unknown one is in progress."""
        return self.states.get(state, IN_PROGRESS)

    def first(self, *categories: str) -> str | None:
        """The first state of the first of these categories that has one."""
        found = (state for category in categories for state, known in self.states.items() if known == category)
        return next(found, None)

    @property
    def text_field(self) -> str:
        """Where it shows its text: bugs have steps to reproduce, and no description on the form."""
        return names.REPRO if names.REPRO in self.fields else names.DESCRIPTION


class Level(Struct, frozen=True):
    id: str
    name: str
    kind: Literal["portfolio", "requirement", "task"]
    rank: int
    types: tuple[str, ...]
    color: str
    hidden: bool = False


class Process(Struct, frozen=True, kw_only=True):
    """A process that projects follow; its levels go from the highest to the tasks."""

    name: str
    types: Mapping[str, Type]
    levels: tuple[Level, ...]
    effort: str
    order: str
    activity: str
    bugs: str
    bug_types: tuple[str, ...]
    custom: tuple[Field, ...] = ()

    @property
    def requirements(self) -> Level:
        return next(level for level in self.levels if level.kind == "requirement")

    @property
    def tasks(self) -> Level:
        return next(level for level in self.levels if level.kind == "task")

    @property
    def portfolio(self) -> list[Level]:
        return [level for level in self.levels if level.kind == "portfolio"]

    @property
    def planned_levels(self) -> list[Level]:
        return [level for level in self.levels if level.kind != "task"]

    @property
    def story(self) -> Type:
        return self.types[self.requirements.types[0]]

    def level_of(self, kind: str, bugs: str) -> Level | None:
        if kind in self.bug_types:
            return {"asRequirements": self.requirements, "asTasks": self.tasks}.get(bugs)
        return next((level for level in self.levels if kind in level.types), None)

    def type(self, name: str) -> Type | None:
        """The type of this name, ignoring case."""
        return next((kind for kind in self.types.values() if kind.name.casefold() == name.casefold()), None)

    def effort_of(self, kind: str) -> str | None:
        """Where items of a type keep their estimate: the levels above stories have a field of their own."""
        return next((ref for ref in (self.effort, names.EFFORT) if ref in self.types[kind].fields), None)


def process_named(name: str) -> Process:
    """The process of this name: one of the system, an inherited one, or one of a server in another language."""
    data = load_json("azure_devops", "processes")
    described = data["processes"][name]
    rules = {key: msgspec.convert(rule, FieldRule) for key, rule in data["rules"].items()}
    everywhere = [ref for ref in BUILT_IN if ref.startswith("System.")] + data["every_type"]
    types: dict[str, Type] = {}
    for kind, parts in described["types"].items():
        found = [rules.get(key) or FieldRule(key, required=key == names.TITLE) for key in everywhere + parts["fields"]]
        states = {state: category for category, listed in parts["states"].items() for state in listed}
        types[kind] = Type(kind, states, {rule.ref: rule for rule in found})
    return replace(msgspec.convert({**described, "name": name, "types": {}}, Process), types=types)


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
