"""Decides which items a parsed WIQL query finds, and in which order."""

import operator
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from steward_sandbox.azure_devops import names, team_iterations, texts
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.fields import EMPTY, Field
from steward_sandbox.azure_devops.model import WorkItem
from steward_sandbox.query import Clause, Condition, Operand
from steward_sandbox.query.wiql import WiqlError

Predicate = Callable[[WorkItem], bool]
Test = Callable[[Any, Any], bool]

_TESTS: dict[str, Test] = {
    "=": operator.eq,
    "in": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "contains": lambda value, words: words in value,
    "under": lambda path, above: path == above or path.startswith(f"{above}\\"),
}
_BY_TYPE = {
    "treePath": ("=", "<>", "in", "under"),
    "html": ("contains", "empty"),
    "history": ("contains", "empty"),
    "plainText": ("contains", "empty"),
    "string": ("=", "<>", "in", ">", ">=", "<", "<=", "contains"),
}
_COMPARED = ("=", "<>", "in", ">", ">=", "<", "<=")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TOO_PRECISE = "You cannot supply a time with the date when running a query using date precision."


class Matcher:
    """Reads queries as one caller means them; without `timePrecision` whole days are compared."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._days = not call.flag("timePrecision")
        world, path, fields = call.world, call.collection.trees.path, call.collection.fields.values()
        self._computed: dict[str, Callable[[WorkItem], Any]] = {
            names.ID: lambda item: item.id,
            names.REV: lambda item: item.rev,
            names.PROJECT: lambda item: world.project_of(item).name,
            names.AREA: lambda item: path(item.now.node(names.AREA_ID)),
            names.ITERATION: lambda item: path(item.now.node(names.ITERATION_ID)),
            names.CREATED: lambda item: item.revisions[0].at,
            names.CREATED_BY: lambda item: item.revisions[0].by,
            names.CHANGED: lambda item: item.now.at,
            names.CHANGED_BY: lambda item: item.now.by,
            names.PARENT: lambda item: world.links.parent(item.id),
        }
        self._known = {f.name.casefold(): f for f in fields} | {f.ref.casefold(): f for f in fields}

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
            return lambda _item: True
        if isinstance(condition, Clause):
            return self._clause(condition)
        parts = [self.predicate(part) for part in condition.parts]
        if condition.how == "not":
            return lambda item: not parts[0](item)
        decide = all if condition.how == "and" else any
        return lambda item: decide(part(item) for part in parts)

    def ordered(self, items: Iterable[WorkItem], order: Iterable[tuple[str, bool]]) -> list[WorkItem]:
        """Items in the order a query asks for; equal ones go by id, and empty values come first."""
        found = sorted(items, key=lambda item: item.id)
        for name, descending in reversed(list(order)):
            field = self.field(name)
            if field.long:
                raise WiqlError("The specified field cannot be used to sort.", f"[{name}]")
            found.sort(key=lambda item, field=field: self._values(item, field)[:1], reverse=descending)  # type: ignore[misc]
        return found

    def _clause(self, clause: Clause) -> Predicate:
        """A negation finds empty values too; other comparisons do not, except with an empty text."""
        field, sign = self.field(clause.field), clause.operator
        if sign not in _BY_TYPE.get(field.type, _COMPARED):
            kind = "long text" if field.type in ("html", "history", "plainText") else field.type
            raise WiqlError(f"The specified operator cannot be used with {kind} fields.", clause.cause)
        if sign == "empty":
            return lambda item: not self._values(item, field)
        wanted = [self._operand(operand, field, clause) for operand in clause.operands]
        # A tag is found as a whole.
        test = operator.eq if field.ref == names.TAGS else _TESTS.get(sign, operator.eq)

        def matches(item: WorkItem) -> bool:
            values = self._values(item, field)
            if not values:
                return None in wanted
            return any(test(value, operand) for value in values for operand in wanted if operand is not None)

        return matches if sign != "<>" else lambda item: not matches(item)

    def _values(self, item: WorkItem, field: Field) -> list[Any]:
        """A value as it is compared: nothing if it is empty, several names of a person, all tags."""
        value: Any = self._computed[field.ref](item) if field.ref in self._computed else item.fields.get(field.ref)
        if value in EMPTY:
            return []
        if field.identity:
            account = self._call.collection.accounts.by_id[value]
            return [account.name.casefold(), account.unique_name.casefold(), account.combined.casefold(), account.id]
        if field.ref == names.TAGS:
            return [tag.casefold() for tag in item.tags]
        if field.type in ("integer", "double", "boolean"):
            return [float(value)]
        if field.type == "dateTime":
            return [_start_of_day(value) if self._days else value]
        if field.long:
            value = texts.plain(value, item.now.formats.get(field.ref, "html"))
        return [str(value).casefold()]

    def _operand(self, operand: Operand, field: Field, clause: Clause) -> Any:
        """A value of a query as it is compared; None is the empty one."""
        text = operand.text.strip()
        if operand.kind == "macro" and text != "@today":
            text = self._macro(text, clause)
        if text == "":
            return None
        try:
            match field.type:
                case "integer" | "double" | "boolean":
                    return float({"true": "1", "false": "0"}.get(text.casefold(), text))
                case "dateTime" if text == "@today":
                    return _start_of_day(self._call.world.clock()) + timedelta(days=operand.days)
                case "dateTime":
                    return self._moment(text)
        except ValueError as error:
            message = _TOO_PRECISE if _DAY.match(text) else f"The specified value is not a valid {field.type}."
            raise WiqlError(message, clause.cause) from error
        if field.type == "treePath" and self._call.collection.trees.find(field.tree, text) is None:
            raise WiqlError("TF51011: The specified path does not exist.", f"'{operand.text}'")
        return text.casefold().strip("\\")

    def _moment(self, text: str) -> datetime:
        if self._days and not _DAY.fullmatch(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _macro(self, name: str, clause: Clause) -> str:
        """What a macro stands for; None of a team without a current iteration is no path."""
        match name:
            case "@me":
                return self._call.account.id
            case "@project":
                return self._call.project.name
            case "@currentiteration":
                node = team_iterations.current(self._call.world, self._call.team)
                return self._call.collection.trees.path(node) if node is not None else "\\"
        raise WiqlError(f"The macro '{name}' is not supported here.", clause.cause)


def _start_of_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
