"""Decides which items a parsed query finds, and in which order."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import texts, wiql_dates
from steward_sandbox.azure_devops.accounts import combined
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.field_data import Field
from steward_sandbox.azure_devops.model import Account, NodeKind, Revision, Value, WorkItem
from steward_sandbox.azure_devops.wiql import Clause, Condition, Operand, WiqlError
from steward_sandbox.azure_devops.world import World


class Row(NamedTuple):
    """An item with the revision that a query looks at."""

    item: WorkItem
    revision: Revision


Predicate = Callable[[Row], bool]
Getter = Callable[[Row], Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
_TREES: dict[str, tuple[NodeKind, str]] = {
    names.AREA: ("area", names.AREA_ID),
    names.ITERATION: ("iteration", names.ITERATION_ID),
}
_NO_OPERATOR = "The specified operator cannot be used with {} fields."


@dataclass(frozen=True, slots=True)
class Asker:
    """How one caller means a query.

    Attributes:
        project: What `@project` stands for.
        iteration: What `@currentIteration` stands for: the path of the team's current iteration.
        precise: Whether dates have times.
    """

    account: Account
    now: datetime
    project: Project | None = None
    iteration: str | None = None
    precise: bool = False


class Matcher:
    """Reads queries as one caller means them."""

    def __init__(self, world: World, asker: Asker) -> None:
        self._world = world
        self._asker = asker
        self._known = _by_name(world.collection.fields.values())
        self._computed: dict[str, Getter] = {
            names.ID: lambda row: row.item.id,
            names.REV: lambda row: row.revision.rev,
            names.PROJECT: lambda row: world.project_of(row.revision).name,
            names.CREATED: lambda row: row.item.revisions[0].at,
            names.CREATED_BY: lambda row: row.item.revisions[0].by,
            names.CHANGED: lambda row: row.revision.at,
            names.CHANGED_BY: lambda row: row.revision.by,
            names.PARENT: lambda row: world.links.parent(row.item.id),
            names.BOARD_COLUMN: lambda row: row.revision.fields.get(names.STATE),
            "System.Watermark": lambda row: row.revision.watermark,
            "System.IsDeleted": lambda row: row.item.deleted is not None,
        }

    def field(self, name: str) -> Field:
        """The field that a query names.

        Raises:
            WiqlError: The organisation has not got it.
        """
        found = self._known.get(name.casefold())
        if found is None:
            raise WiqlError("TF51005: The query references a field that does not exist.", f"[{name}]")
        return found

    def predicate(self, condition: Condition | None) -> Predicate:
        """Whether an item is found."""
        if condition is None:
            return lambda _row: True
        if isinstance(condition, Clause):
            return self._clause(condition)
        parts = [self.predicate(part) for part in condition.parts]
        if condition.how == "not":
            return lambda row: not parts[0](row)
        if condition.how == "and":
            return lambda row: all(part(row) for part in parts)
        return lambda row: any(part(row) for part in parts)

    def ordered(self, rows: list[Row], order: Iterable[tuple[str, bool, str]]) -> list[Row]:
        """Items in the order a query asks for; equal ones go by id, and empty values come first."""
        rows = sorted(rows, key=lambda row: row.item.id)
        for name, down, _ in reversed(list(order)):
            field = self.field(name)
            if field.long:
                raise WiqlError("The specified field cannot be used to sort.", f"[{name}]")
            get = self._sort_key(field)
            rows.sort(key=lambda row, get=get: get(row), reverse=down)  # type: ignore[misc]
        return rows

    def _clause(self, clause: Clause) -> Predicate:
        field = self.field(clause.field)
        if clause.operator == "empty":
            if not field.long and field.ref != names.TAGS:
                raise WiqlError(_NO_OPERATOR.format(field.type), clause.cause)
            get = self._getter(field)
            return lambda row: get(row) in (None, "", ())
        if field.ref in _TREES:
            return self._tree(field, clause)
        if field.type in ("html", "history", "plainText"):
            return self._text(field, clause)
        if field.type == "dateTime":
            return self._date(field, clause)
        if clause.operator == "contains":
            return self._substring(field, clause)
        if clause.operator == "under":
            raise WiqlError(_NO_OPERATOR.format(field.type), clause.cause)
        return self._plain(field, clause)

    def _plain(self, field: Field, clause: Clause) -> Predicate:
        """Numbers, words and people; `<>` finds the empty ones too, other comparisons do not."""
        get, values = self._getter(field), [self._value(field, operand, clause) for operand in clause.operands]
        read = self._comparable(field)
        if clause.operator in ("in", "=", "<>"):
            blank, wanted = None in values, {v for v in values if v is not None}

            def member(row: Row) -> bool:
                found = get(row)
                return blank if found in (None, "", ()) else bool(wanted & set(read(found)))

            return member if clause.operator != "<>" else lambda row: not member(row)
        limit, compare = values[0], _COMPARE[clause.operator]
        if limit is None:
            return lambda _row: False
        return lambda row: (found := get(row)) not in (None, "") and compare(read(found)[0], limit)

    def _tree(self, field: Field, clause: Clause) -> Predicate:
        kind, ref = _TREES[field.ref]
        if clause.operator not in ("=", "<>", "in", "under"):
            raise WiqlError("The specified operator cannot be used with area path fields.", clause.cause)
        nodes = [self._node(kind, operand) for operand in clause.operands]
        if clause.operator == "under":
            under = self._world.collection.trees.under(nodes[0])
            return lambda row: row.revision.fields[ref] in under
        if clause.operator == "<>":
            return lambda row: row.revision.fields[ref] != nodes[0]
        return lambda row: row.revision.fields[ref] in nodes

    def _node(self, kind: NodeKind, operand: Operand) -> int:
        path = operand.text
        if operand.kind == "macro":
            project = self._asker.project.name if self._asker.project is not None else None
            wanted = {"@project": project, "@currentiteration": self._asker.iteration}.get(path)
            if wanted is None:
                raise WiqlError(f"The macro '{path}' is not supported here.", path)
            path = wanted
        found = self._world.collection.trees.find(kind, path)
        if found is None:
            raise WiqlError(f"TF51011: The specified {kind} path does not exist.", f"'{operand.text}'")
        return found.id

    def _text(self, field: Field, clause: Clause) -> Predicate:
        if clause.operator != "contains":
            raise WiqlError("The specified operator cannot be used with long text fields.", clause.cause)
        words = clause.operands[0].text.casefold()
        if field.ref == names.TAGS:
            return lambda row: words in {tag.casefold() for tag in _tags(row.revision)}
        get = self._getter(field)
        return lambda row: (
            words in texts.plain(str(get(row) or ""), row.revision.formats.get(field.ref, "html")).casefold()
        )

    def _substring(self, field: Field, clause: Clause) -> Predicate:
        if field.type != "string":
            raise WiqlError(_NO_OPERATOR.format(field.type), clause.cause)
        get, read, words = self._getter(field), self._comparable(field), clause.operands[0].text.casefold()
        return lambda row: (found := get(row)) is not None and any(words in str(text) for text in read(found))

    def _date(self, field: Field, clause: Clause) -> Predicate:
        if clause.operator in ("contains", "under"):
            raise WiqlError(_NO_OPERATOR.format("date"), clause.cause)
        get = self._getter(field)
        if [operand.text for operand in clause.operands] == [""]:
            return lambda row: (get(row) is None) == (clause.operator == "=")
        meant = [self._span(operand, clause) for operand in clause.operands]
        if clause.operator == "<>":
            return lambda row: (at := get(row)) is None or not wiql_dates.compare(at, "=", meant[0])
        return lambda row: (
            (at := get(row)) is not None and any(wiql_dates.compare(at, clause.operator, span) for span in meant)
        )

    def _span(self, operand: Operand, clause: Clause) -> wiql_dates.Span:
        zone = ZoneInfo(self._asker.account.time_zone)
        return wiql_dates.span(operand, clause, zone=zone, now=self._asker.now, precise=self._asker.precise)

    def _value(self, field: Field, operand: Operand, clause: Clause) -> Any:
        """A value as it is compared; None is the empty one."""
        if operand.kind == "macro":
            return self._macro(operand, clause)
        if operand.text == "" and operand.kind == "text":
            return None
        if field.type in ("integer", "double"):
            try:
                return float(operand.text)
            except ValueError as error:
                raise WiqlError("The specified value is not a number.", clause.cause) from error
        if field.type == "boolean":
            return operand.text.casefold() in ("true", "1")
        return operand.text.casefold()

    def _macro(self, operand: Operand, clause: Clause) -> str:
        if operand.text == "@me":
            return self._asker.account.id
        if operand.text == "@project" and self._asker.project is not None:
            return self._asker.project.name.casefold()
        raise WiqlError(f"The macro '{operand.text}' is not supported here.", clause.cause)

    def _comparable(self, field: Field) -> Callable[[Any], tuple[Any, ...]]:
        """What a stored value is compared as; a person goes by several names."""
        if field.identity:
            return self._names
        if field.type in ("integer", "double"):
            return lambda value: (float(value),)
        if field.type == "boolean":
            return lambda value: (bool(value),)
        return lambda value: (str(value).casefold(),)

    def _names(self, account: str) -> tuple[str, ...]:
        found = self._world.collection.accounts.by_id[account]
        return (found.name.casefold(), found.unique_name.casefold(), combined(found).casefold(), found.id)

    def _getter(self, field: Field) -> Getter:
        if field.ref in self._computed:
            return self._computed[field.ref]
        if field.ref == names.HISTORY:
            return lambda row: row.revision.history
        ref = field.ref
        return lambda row: row.revision.fields.get(ref)

    def _sort_key(self, field: Field) -> Callable[[Row], tuple[bool, Any]]:
        trees = self._world.collection.trees
        if field.ref in _TREES:
            ref = _TREES[field.ref][1]
            return lambda row: (True, trees.path(int(str(row.revision.fields[ref]))).casefold())
        get = self._getter(field)

        def key(row: Row) -> tuple[bool, Any]:
            value: Value | None = get(row)
            if value is None:
                return False, 0
            if isinstance(value, tuple):
                return True, "; ".join(value).casefold()
            if isinstance(value, str):
                return True, self._names(value)[0] if field.identity else value.casefold()
            return True, value

        return key


def _by_name(fields: Iterable[Field]) -> dict[str, Field]:
    known = list(fields)
    return {f.name.casefold(): f for f in known} | {f.ref.casefold(): f for f in known}


def _tags(revision: Revision) -> tuple[str, ...]:
    tags = revision.fields.get(names.TAGS, ())
    return tags if isinstance(tags, tuple) else ()
