"""What a process is: its types with their fields and states, and the levels of its backlog."""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.field_data import EVERYWHERE, KNOWN, Field
from steward_sandbox.ids import stable_uuid

LevelKind = Literal["portfolio", "requirement", "task"]
PROPOSED, IN_PROGRESS, RESOLVED, COMPLETED, REMOVED = "Proposed", "InProgress", "Resolved", "Completed", "Removed"
COLORS = {PROPOSED: "b2b2b2", IN_PROGRESS: "007acc", RESOLVED: "ff9d00", COMPLETED: "339933", REMOVED: "ffffff"}


class State(Struct, frozen=True):
    """A state of a type; its name does not say its category."""

    name: str
    category: str

    @property
    def color(self) -> str:
        """The colour of its category."""
        return COLORS[self.category]


class TypeField(Struct, frozen=True):
    """A field on a type, with the rules it has there."""

    ref: str
    required: bool = False
    default: str | int | None = None
    allowed: tuple[str | int, ...] = ()


class Type(Struct, frozen=True, kw_only=True):
    """A type of work item."""

    name: str
    ref: str
    states: tuple[State, ...]
    fields: Mapping[str, TypeField]
    color: str = "009CCC"
    icon: str = "icon_list"
    description: str = ""

    def category(self, state: str) -> str:
        """The category of a state of this type; a state it does not know is in progress."""
        return next((known.category for known in self.states if known.name == state), IN_PROGRESS)

    def first(self, *categories: str) -> State | None:
        """The first state of the first of these categories that has one."""
        found = (state for category in categories for state in self.states if state.category == category)
        return next(found, None)


class Level(Struct, frozen=True, kw_only=True):
    """A level of the backlog."""

    id: str
    name: str
    kind: LevelKind
    rank: int
    types: tuple[str, ...]
    color: str
    hidden: bool = False


class Process(Struct, frozen=True, kw_only=True):
    """A process that projects follow.

    Attributes:
        levels: From the highest to the tasks.
        parent: The system process it was inherited from.
        custom: Fields that it adds to those of the system processes.
        team_field: The field by which items belong to a team.
    """

    id: str
    name: str
    description: str
    types: Mapping[str, Type]
    levels: tuple[Level, ...]
    effort: str
    order: str
    activity: str = "Microsoft.VSTS.Common.Activity"
    bugs: str = "asTasks"
    bug_types: tuple[str, ...] = ("Bug",)
    hidden_types: tuple[str, ...] = ("Shared Steps", "Test Plan", "Test Suite")
    parent: str | None = None
    custom: tuple[Field, ...] = ()
    team_field: str = names.AREA

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

    def level(self, ref: str) -> Level | None:
        """The level with this id, or this name."""
        return next(
            (level for level in self.levels if ref.casefold() in (level.id.casefold(), level.name.casefold())), None
        )

    def level_of(self, kind: str, bugs: str = "off") -> Level | None:
        """The level a type stands on, where bugs are planned so."""
        if kind in self.bug_types:
            return {"asRequirements": self.requirements, "asTasks": self.tasks}.get(bugs)
        return next((level for level in self.levels if kind in level.types), None)

    def type(self, name: str) -> Type | None:
        """The type of this name, whatever its letter case, or with this reference name."""
        found = self.types.get(name)
        wanted = name.casefold()
        return found or next((k for k in self.types.values() if wanted in (k.name.casefold(), k.ref.casefold())), None)

    def effort_of(self, kind: str) -> str | None:
        """Where items of a type keep their estimate: the levels above stories have a field of their own."""
        fields = self.types[kind].fields
        return next((ref for ref in (self.effort, names.EFFORT) if ref in fields), None)

    def categories(self) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
        """Reference name, name, default type and types of every category."""
        for level in self.levels:
            singular = (
                level.id.partition(".")[2].removesuffix("Category") if level.id.startswith("Microsoft.") else level.name
            )
            yield level.id, f"{singular} Category", level.types[0], level.types
        if self.bug_types:
            yield "Microsoft.BugCategory", "Bug Category", self.bug_types[0], self.bug_types
        yield "Microsoft.TestCaseCategory", "Test Case Category", "Test Case", ("Test Case",)
        if self.hidden_types:
            yield "Microsoft.HiddenCategory", "Hidden Types Category", self.hidden_types[0], self.hidden_types

    def known_fields(self) -> dict[str, Field]:
        """The fields of its organisation as far as this process makes them."""
        return KNOWN | {field.ref: field for field in self.custom}


def field_set(*refs: str | TypeField) -> dict[str, TypeField]:
    """The fields of a type: these, and what every type has."""
    everywhere = (TypeField(ref, required=ref == names.TITLE) for ref in EVERYWHERE)
    given = (ref if isinstance(ref, TypeField) else TypeField(ref) for ref in refs)
    return {field.ref: field for field in (*everywhere, *given)}


_ADDED = (
    Field("Custom.WSJF", "WSJF", "double"),
    Field("Custom.RROE", "RROE", "double"),
    Field("Custom.MoSCoW", "MoSCoW"),
    Field("Custom.3f0c9a7e-5d4f-4c0c-9c53-6a1b1d2e7f10", "Größe", "string"),
)
_ADDED_TO_TYPES = (
    TypeField("Custom.WSJF"),
    TypeField("Custom.RROE"),
    TypeField("Custom.MoSCoW", allowed=("Must", "Should", "Could", "Won't")),
    TypeField(_ADDED[-1].ref),
)
"""Fields that teams add to an inherited process."""


def inherited(
    parent: Process,
    name: str,
    *,
    level: str = "Initiatives",
    top: str = "Initiative",
    kind: str = "Spike",
    state: str = "Ready",
) -> Process:
    """A process inherited from another one, changed as teams change it.

    It adds a level above the highest with a type of its own, a second type beside stories, a state to stories that
    is still proposed, and the fields WSJF, RROE and MoSCoW.
    """
    story = parent.types[parent.requirements.types[0]]
    planned = {kind for found in parent.levels for kind in found.types} | set(parent.bug_types)
    types = {
        known.name: msgspec.structs.replace(known, fields=dict(known.fields) | {f.ref: f for f in _ADDED_TO_TYPES})
        if known.name in planned
        else known
        for known in parent.types.values()
    }
    grown = types[story.name]
    states = list(grown.states)
    states.insert(1, State(state, PROPOSED))
    types[story.name] = msgspec.structs.replace(grown, states=tuple(states))
    slug = name.replace(" ", "")
    types[kind] = msgspec.structs.replace(
        grown, name=kind, ref=f"{slug}.{kind}", color="00B294", icon="icon_test_beaker"
    )
    highest = parent.levels[0]
    lead = types[highest.types[0]]
    types[top] = msgspec.structs.replace(lead, name=top, ref=f"{slug}.{top}", color="E060B7", icon="icon_star")
    levels = [_with_type(found, kind) if found.kind == "requirement" else found for found in parent.levels]
    levels.insert(
        0,
        Level(
            id=f"Custom.{stable_uuid('level', name, level)}",
            name=level,
            kind="portfolio",
            rank=highest.rank + 1,
            types=(top,),
            color="E060B7",
        ),
    )
    return msgspec.structs.replace(
        parent,
        id=stable_uuid("process", name),
        name=name,
        parent=parent.name,
        types=types,
        levels=tuple(levels),
        custom=(*parent.custom, *_ADDED),
    )


def _with_type(level: Level, kind: str) -> Level:
    return msgspec.structs.replace(level, types=(*level.types, kind))


def renamed(process: Process, words: Mapping[str, str]) -> Process:
    """The process with other names for types, states and levels, as a server in another language has."""

    def say(text: str) -> str:
        return words.get(text, text)

    types = {
        say(kind.name): msgspec.structs.replace(
            kind, name=say(kind.name), states=tuple(State(say(s.name), s.category) for s in kind.states)
        )
        for kind in process.types.values()
    }
    levels = tuple(
        msgspec.structs.replace(level, name=say(level.name), types=tuple(map(say, level.types)))
        for level in process.levels
    )
    return msgspec.structs.replace(
        process,
        types=types,
        levels=levels,
        bug_types=tuple(map(say, process.bug_types)),
        hidden_types=tuple(map(say, process.hidden_types)),
    )
