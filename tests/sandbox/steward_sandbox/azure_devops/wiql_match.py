"""Finds the items that a parsed WIQL query selects."""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from steward_sandbox.azure_devops import names
from steward_sandbox.azure_devops.model import EMPTY, WorkItem
from steward_sandbox.azure_devops.processes import Field
from steward_sandbox.azure_devops.values import values_of
from steward_sandbox.azure_devops.world import World
from steward_sandbox.query import COMPARE, Clause, Compare, Condition, Operand, Query
from steward_sandbox.query.wiql import WiqlError

Values = Mapping[str, Any]
Predicate = Callable[[Values], bool]

_TESTS: dict[str, Compare] = {
    **COMPARE,
    **dict.fromkeys(("=", "<>", "in"), operator.eq),
    "contains": lambda value, words: words in value,
    "under": lambda path, above: path == above or path.startswith(f"{above}\\"),
}
_NUMBERS = ("integer", "double")
_SEARCHED = ("string", "plainText", "treePath", *_NUMBERS)


class Matcher:
    def __init__(self, world: World) -> None:
        self._world = world
        fields = world.collection.fields.values()
        self._known = {f.name.casefold(): f for f in fields} | {f.ref.casefold(): f for f in fields}

    def field(self, name: str) -> Field:
        found = self._known.get(name.casefold())
        if found is None:
            raise WiqlError(f"TF51005: The query references a field that does not exist: [{name}].")
        return found

    def found(self, items: Iterable[WorkItem], query: Query) -> list[WorkItem]:
        """The items that a query selects, in its order; equal ones go by id, and empty values come first."""
        matches = self._predicate(query.where)
        values = {item.id: self._values(item) for item in sorted(items, key=lambda item: item.id)}
        found = [number for number in values if matches(values[number])]
        for name, descending in reversed(query.order):
            field = self.field(name)
            found.sort(key=lambda number, field=field: _compared(values[number], field)[:1], reverse=descending)  # type: ignore[misc]
        return [self._world.items[number] for number in found]

    def _values(self, item: WorkItem) -> Values:
        return {**values_of(self._world, item), names.PARENT: self._world.links.parent(item.id)}

    def _predicate(self, condition: Condition | None) -> Predicate:
        if condition is None:
            return lambda _values: True
        if isinstance(condition, Clause):
            return self._clause(condition)
        parts = [self._predicate(part) for part in condition.parts]
        if condition.how == "not":
            return lambda values: not parts[0](values)
        decide = all if condition.how == "and" else any
        return lambda values: decide(part(values) for part in parts)

    def _clause(self, clause: Clause) -> Predicate:
        """A negation finds empty values too; other comparisons do not, except with an empty text."""
        field, sign = self.field(clause.field), clause.operator
        if sign == "empty":
            return lambda values: not _compared(values, field)
        if field.identity or field.type not in _SEARCHED or sign not in _TESTS:
            raise WiqlError(f"The sandbox does not search [{field.ref}] with {sign}.")
        wanted = [_operand(operand, field) for operand in clause.operands]
        # A tag is found as a whole.
        test = operator.eq if field.ref == names.TAGS else _TESTS[sign]

        def matches(values: Values) -> bool:
            found = _compared(values, field)
            if not found:
                return None in wanted
            return any(test(value, operand) for value in found for operand in wanted if operand is not None)

        return matches if sign != "<>" else lambda values: not matches(values)


def _compared(values: Values, field: Field) -> list[Any]:
    """A value as it is compared: nothing if it is empty, and all tags."""
    value = values.get(field.ref)
    if value in EMPTY:
        return []
    if field.ref == names.TAGS:
        return [tag.casefold() for tag in value]
    return [float(value) if field.type in _NUMBERS else str(value).casefold()]


def _operand(operand: Operand, field: Field) -> Any:
    """A value of a query as it is compared; None is the empty one."""
    number, text = field.type in _NUMBERS, operand.text
    return (float(text) if number else text.casefold().strip("\\")) if text else None
