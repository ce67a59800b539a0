"""Decides which items a parsed WIQL query finds, and in which order."""

import operator
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from steward_sandbox.azure_devops import names, team_iterations, texts
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.fields import EMPTY, Field
from steward_sandbox.azure_devops.model import NodeKind, Revision, WorkItem
from steward_sandbox.query import Clause, Condition, Operand
from steward_sandbox.query.wiql import WiqlError


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
}
_TREES: dict[str, tuple[NodeKind, str]] = {
    names.AREA: ("area", names.AREA_ID),
    names.ITERATION: ("iteration", names.ITERATION_ID),
}
_WRONG_OPERATOR = "The specified operator cannot be used with {} fields."
_TOO_PRECISE = "You cannot supply a time with the date when running a query using date precision."
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Matcher:
    """Reads queries as one caller means them; `timePrecision` lets dates have times."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._world = world = call.world
        self._precise = call.flag("timePrecision") is True
        fields = call.collection.fields.values()
        self._known = {f.name.casefold(): f for f in fields} | {f.ref.casefold(): f for f in fields}
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
        }

    def field(self, name: str) -> Field:
        """The field that a query names.

        Raises:
            WiqlError: The organisation does not have it.
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
        decide = all if condition.how == "and" else any
        return lambda row: decide(part(row) for part in parts)

    def ordered(self, rows: Iterable[Row], order: Iterable[tuple[str, bool, str]]) -> list[Row]:
        """Items in the order a query asks for; equal ones go by id, and empty values come first."""
        found = sorted(rows, key=lambda row: row.item.id)
        for name, descending, _ in reversed(list(order)):
            field = self.field(name)
            if field.long:
                raise WiqlError("The specified field cannot be used to sort.", f"[{name}]")
            get = self._sort_key(field)
            found.sort(key=get, reverse=descending)
        return found

    def _clause(self, clause: Clause) -> Predicate:
        field = self.field(clause.field)
        get, sign = self._getter(field), clause.operator
        long = field.long or field.ref == names.TAGS
        if sign == "empty" and long:
            return lambda row: get(row) in EMPTY
        if sign == "contains" and (long or field.type == "string"):
            return self._contains(field, clause.operands[0].text.casefold())
        if field.ref in _TREES and sign in ("=", "<>", "in", "under"):
            return self._tree(field, clause)
        if long or sign in ("empty", "contains", "under"):
            raise WiqlError(_WRONG_OPERATOR.format("long text" if long else field.type), clause.cause)
        values = [self._value(field, operand, clause) for operand in clause.operands]
        if sign in _COMPARE:
            return self._comparison(field, _COMPARE[sign], sign, values[0])
        read = self._reader(field)

        def is_member(row: Row) -> bool:
            found = get(row)
            return None in values if found in EMPTY else any(value in values for value in read(found))

        return is_member if sign != "<>" else lambda row: not is_member(row)

    def _comparison(self, field: Field, compare: Callable[[Any, Any], bool], sign: str, limit: Any) -> Predicate:
        """Numbers, words and times; without time precision a day is compared as a whole."""
        get, read = self._getter(field), self._reader(field)
        if limit is None:
            return lambda _row: False
        if field.type == "dateTime" and not self._precise and sign in (">", "<="):
            compare, limit = (operator.ge if sign == ">" else operator.lt), limit + timedelta(days=1)
            return lambda row: (found := get(row)) is not None and compare(found, limit)
        exact = field.type == "dateTime"
        return lambda row: (found := get(row)) not in EMPTY and compare(found if exact else read(found)[0], limit)

    def _contains(self, field: Field, words: str) -> Predicate:
        if field.ref == names.TAGS:
            return lambda row: words in {tag.casefold() for tag in row.revision.tags}
        get, read = self._getter(field), self._reader(field)
        if field.long:
            return lambda row: words in _plain(row.revision, field.ref, get(row)).casefold()
        return lambda row: (found := get(row)) is not None and any(words in text for text in read(found))

    def _tree(self, field: Field, clause: Clause) -> Predicate:
        kind, ref = _TREES[field.ref]
        nodes = {self._node(kind, operand) for operand in clause.operands}
        if clause.operator == "under":
            nodes = nodes.union(*map(self._world.collection.trees.under, nodes))
        return lambda row: (row.revision.node(ref) in nodes) != (clause.operator == "<>")

    def _node(self, kind: NodeKind, operand: Operand) -> int:
        trees, path = self._world.collection.trees, operand.text
        if operand.kind == "macro":
            macros = {"@project": self._call.project.name, "@currentiteration": self._current_iteration()}
            path = macros.get(path, path)
        found = trees.find(kind, path)
        if found is None:
            raise WiqlError(f"TF51011: The specified {kind} path does not exist.", f"'{operand.text}'")
        return found.id

    def _current_iteration(self) -> str:
        node = team_iterations.current(self._world, self._call.team)
        return "" if node is None else self._world.collection.trees.path(node)

    def _value(self, field: Field, operand: Operand, clause: Clause) -> Any:
        """A value as it is compared; None is the empty one."""
        text = operand.text.casefold()
        if operand.kind == "macro" and text != "@today":
            macros = {"@me": self._call.account.id, "@project": self._call.project.name.casefold()}
            if text not in macros:
                raise WiqlError(f"The macro '{text}' is not supported here.", clause.cause)
            return macros[text]
        if text == "":
            return None
        try:
            match field.type:
                case "integer" | "double":
                    return float(text)
                case "dateTime":
                    return self._moment(operand)
        except ValueError as error:
            message = _TOO_PRECISE if _DATE.match(text) else f"The specified value is not a valid {field.type}."
            raise WiqlError(message, clause.cause) from error
        return text in ("true", "1") if field.type == "boolean" else text

    def _moment(self, operand: Operand) -> datetime:
        if operand.kind == "macro":
            now = self._world.clock().astimezone(UTC)
            return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=operand.days)
        text = operand.text.strip()
        if not self._precise and not _DATE.fullmatch(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _reader(self, field: Field) -> Callable[[Any], tuple[Any, ...]]:
        """What a stored value is compared as; a person goes by several names."""
        if field.identity:
            return self._names
        match field.type:
            case "integer" | "double":
                return lambda value: (float(value),)
            case "boolean":
                return lambda value: (bool(value),)
            case "dateTime" if self._precise:
                return lambda value: (value,)
            case "dateTime":
                return lambda value: (value.replace(hour=0, minute=0, second=0, microsecond=0),)
        return lambda value: (str(value).casefold(),)

    def _names(self, account: str) -> tuple[str, ...]:
        found = self._world.collection.accounts.by_id[account]
        return found.name.casefold(), found.unique_name.casefold(), found.combined.casefold(), found.id

    def _getter(self, field: Field) -> Getter:
        if field.ref == names.HISTORY:
            return lambda row: row.revision.history
        return self._computed.get(field.ref) or (lambda row: row.revision.fields.get(field.ref))

    def _sort_key(self, field: Field) -> Callable[[Row], tuple[bool, Any]]:
        if field.ref in _TREES:
            path, ref = self._world.collection.trees.path, _TREES[field.ref][1]
            return lambda row: (True, path(row.revision.node(ref)).casefold())
        get, read = self._getter(field), self._reader(field)
        if field.type == "dateTime":
            return lambda row: ((found := get(row)) is not None, found)
        return lambda row: (False, 0) if (found := get(row)) in EMPTY else (True, read(found)[0])


def _plain(revision: Revision, ref: str, text: str | None) -> str:
    return texts.plain(text or "", revision.formats.get(ref, "html"))
