"""What a process is: its types with their fields and states, and the levels of its backlog."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from steward_sandbox.azure_devops import names
from steward_sandbox.azure_devops.data_files import load_json
from steward_sandbox.azure_devops.fields import BUILT_IN, Field
from steward_sandbox.ids import stable_uuid

PROPOSED, IN_PROGRESS, RESOLVED, COMPLETED, REMOVED = "Proposed", "InProgress", "Resolved", "Completed", "Removed"


class FieldRule(Struct, frozen=True):
    """A field of a type, with the rules it has there."""

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
    """A level of the backlog."""

    id: str
    name: str
    kind: Literal["portfolio", "requirement", "task"]
    rank: int
    types: tuple[str, ...]
    color: str
    hidden: bool = False


class Process(Struct, frozen=True, kw_only=True):
    """A process that projects follow.

    Attributes:
        levels: From the highest to the tasks.
        custom: Fields that it adds to the built-in ones.
    """

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
        """The level of stories."""
        return next(level for level in self.levels if level.kind == "requirement")

    @property
    def tasks(self) -> Level:
        """The level of tasks."""
        return next(level for level in self.levels if level.kind == "task")

    @property
    def portfolio(self) -> list[Level]:
        """The levels above stories, highest first."""
        return [level for level in self.levels if level.kind == "portfolio"]

    @property
    def story(self) -> Type:
        """The type of stories."""
        return self.types[self.requirements.types[0]]

    def level_of(self, kind: str, bugs: str) -> Level | None:
        """The level of a type, with a team's setting for bugs."""
        if kind in self.bug_types:
            return {"asRequirements": self.requirements, "asTasks": self.tasks}.get(bugs)
        return next((level for level in self.levels if kind in level.types), None)

    def type(self, name: str) -> Type | None:
        """The type of this name, ignoring case."""
        return next((kind for kind in self.types.values() if kind.name.casefold() == name.casefold()), None)

    def effort_of(self, kind: str) -> str | None:
        """Where items of a type keep their estimate: the levels above stories have a field of their own."""
        return next((ref for ref in (self.effort, names.EFFORT) if ref in self.types[kind].fields), None)

    def without(self, refs: Collection[str]) -> "Process":
        """The process without these fields."""
        return self._with_types(
            lambda kind: replace(kind, fields={ref: rule for ref, rule in kind.fields.items() if ref not in refs})
        )

    def _with_types(self, change: Callable[[Type], Type], **values: Any) -> "Process":
        types = {kind.name: kind for kind in map(change, self.types.values())}
        return replace(self, types=types, **values)


def process_named(name: str) -> Process:
    """A system process, one that a team made of it such as `Inherited Agile`, or `Scrum in German` and its like.

    Raises:
        KeyError: There is none of that name.
    """
    data = load_json("processes")
    parent, _, language = name.removeprefix("Inherited ").partition(" in ")
    if parent not in data["processes"] or (language and language not in data["translations"]):
        raise KeyError(f"no process {name!r}; known: {', '.join(data['processes'])}")
    process = _system_process(parent, data)
    if language:
        return _translated(process, data["translations"][language])
    return _inherited(process, name, data["inherited"]) if name.startswith("Inherited ") else process


def _system_process(name: str, data: Mapping[str, Any]) -> Process:
    described = data["processes"][name]
    everywhere = [ref for ref in BUILT_IN if ref.startswith("System.")] + data["every_type"]
    rules = {key: msgspec.convert(rule, FieldRule) for key, rule in data["rules"].items()}

    def described_type(kind: str, states: Mapping[str, list[str]], fields: list[str]) -> Type:
        found = [rules.get(key) or FieldRule(key, required=key == names.TITLE) for key in [*everywhere, *fields]]
        by_state = {state: category for category, listed in states.items() for state in listed}
        return Type(kind, by_state, {rule.ref: rule for rule in found})

    types = {kind: described_type(kind, **parts) for kind, parts in described["types"].items()}
    return replace(msgspec.convert({**described, "name": name, "types": {}}, Process), types=types)


def _inherited(parent: Process, name: str, added: Mapping[str, Any]) -> Process:
    """A process changed as teams change it.

    It adds a level above the highest with a type of its own, a second type beside stories, a state of stories, and
    fields to everything that is planned.
    """
    planned = {kind for level in parent.levels for kind in level.types} | set(parent.bug_types)
    rules = {rule["ref"]: msgspec.convert(rule, FieldRule) for rule in added["rules"]}
    types = {
        kind.name: replace(kind, fields={**kind.fields, **rules}) if kind.name in planned else kind
        for kind in parent.types.values()
    }
    story, highest, top = types[parent.story.name], parent.levels[0], added["level"]["types"][0]
    first, *others = story.states.items()
    story = replace(story, states=dict([first, (added["state"], PROPOSED), *others]))
    types |= {
        story.name: story,
        added["story"]: replace(story, name=added["story"]),
        top: replace(types[highest.types[0]], name=top),
    }
    level_name = added["level"]["name"]
    above = msgspec.convert({**added["level"], "id": f"Custom.{stable_uuid('level', name, level_name)}"}, Level)
    levels = [
        replace(level, types=(*level.types, added["story"])) if level.kind == "requirement" else level
        for level in parent.levels
    ]
    custom = tuple(msgspec.convert(field, Field) for field in added["fields"])
    levels.insert(0, replace(above, rank=highest.rank + 1))
    return replace(parent, name=name, types=types, levels=tuple(levels), custom=custom)


def _translated(process: Process, words: Mapping[str, str]) -> Process:
    """The process with other names for types, states and levels, as a server in another language has."""

    def said(text: str) -> str:
        return words.get(text, text)

    types = {
        said(kind.name): replace(
            kind, name=said(kind.name), states={said(state): category for state, category in kind.states.items()}
        )
        for kind in process.types.values()
    }
    levels = tuple(
        replace(level, name=said(level.name), types=tuple(map(said, level.types))) for level in process.levels
    )
    return replace(process, types=types, levels=levels, bug_types=tuple(map(said, process.bug_types)))
