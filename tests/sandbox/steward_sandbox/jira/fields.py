"""The fields of a Jira site: system fields, those a planning team uses, and the many that stand empty."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, convert
from msgspec.structs import replace

from steward_sandbox.backlog import BacklogError
from steward_sandbox.data_files import load_csv

EPIC_LINK = "customfield_10014"
ESTIMATE = "customfield_10016"
RANK = "customfield_10019"
SPRINT = "customfield_10020"
FLAGGED = "customfield_10021"
POINTS = "customfield_10028"
IMPEDIMENT = "10019"
PLANNING = {row["planning"]: row["id"] for row in load_csv("jira", "fields") if row["planning"]}
"""Custom fields by the names that backlog files and tests use."""
CRITERIA, WSJF, MOSCOW = (PLANNING[name] for name in ("acceptance_criteria", "wsjf", "moscow"))


class Field(Struct, frozen=True, kw_only=True):
    """One field.

    Attributes:
        edit: How a value is checked and stored; empty where an edit cannot set it.
        flags: Where it is missing: not-navigable, off-screen.
        projects: Keys of the only projects that have it; None for all.
    """

    id: str
    name: str
    type: str
    items: str
    custom: str
    edit: str
    flags: str
    projects: frozenset[str] | None = None

    @property
    def number(self) -> int | None:
        return int(self.id.removeprefix("customfield_")) if self.custom else None

    @property
    def schema(self) -> dict[str, Any]:
        system = "" if self.custom else self.id
        parts = {"type": self.type, "items": self.items, "system": system, "custom": self.custom}
        return {key: value for key, value in (parts | {"customId": self.number}).items() if value}

    @property
    def operations(self) -> list[str]:
        return ["add", "set", "remove"] if self.edit == "labels" else ["set"]

    @property
    def clauses(self) -> tuple[str, ...]:
        """What JQL calls it."""
        return (self.name, f"cf[{self.number}]") if self.custom else (self.id,)


class Fields:
    """The fields of one site; it lacks those with names in `absent`."""

    def __init__(self, absent: Iterable[str] = ()) -> None:
        missing, known = frozenset(absent), convert(load_csv("jira", "fields"), list[Field])
        self.by_id = {field.id: field for field in known if field.name not in missing}
        self._ids = {clause.casefold(): field.id for field in self for clause in (field.id, field.name, *field.clauses)}

    def __iter__(self) -> Iterator[Field]:
        return iter(self.by_id.values())

    def restrict(self, name: str, projects: Iterable[str]) -> None:
        """Leave the field of this name to some projects."""
        field = self.called(name)
        if field is None:
            raise BacklogError(f"fields: this site has no field {name!r}")
        self.by_id[field.id] = replace(field, projects=frozenset(projects))

    def called(self, clause: str) -> Field | None:
        return self.by_id.get(self._ids.get(clause.casefold(), ""))

    def named(self, name: str) -> Field:
        field = self.called(name)
        if field is None:
            raise KeyError(f"no field {name!r} on this site")
        return field

    def of_project(self, key: str) -> Iterator[Field]:
        return (field for field in self if field.id != ESTIMATE and (field.projects is None or key in field.projects))
