"""Compiles the conditions of an admin's own rules, which are written in CEL, the Common Expression Language.

An expression is evaluated for one item, and returns true or false. The CEL package is imported only when an
expression is compiled, because it is an optional dependency.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Literal

from rules.context import RuleContext
from rules.model import SprintState, WorkItem, plain_text

MAX_EXPRESSION_LENGTH = 1000
"""Maximum length of an expression, in characters."""
_MAX_TEXT_LENGTH = 20_000
"""The number of characters of a text that an expression can access. Longer texts would make expressions slow."""

VariableType = Literal["text", "texts", "number", "whole number", "switch", "optional text", "optional switch"]
"""The type of a variable. "switch" is true or false. A "number" and the optional types may be null."""

VARIABLES: Mapping[str, VariableType] = {
    "key": "text",
    "title": "text",
    "description": "text",
    "criteria": "optional text",
    "type": "text",
    "kind": "text",
    "status": "text",
    "priority": "optional text",
    "project": "text",
    "area": "optional text",
    "team": "text",
    "labels": "texts",
    "components": "texts",
    "points": "number",
    "value": "number",
    "urgency": "number",
    "risk": "number",
    "effort": "number",
    "votes": "number",
    "position": "number",
    "age_days": "number",
    "quiet_days": "number",
    "sprint": "optional text",
    "parent": "optional text",
    "links": "whole number",
    "children": "whole number",
    "assigned": "optional switch",
    "blocked": "switch",
}
"""The variables of an expression, which are written as `item.NAME`, with their types.

Most are attributes of `WorkItem`. `position` is the place among the open items on the level of stories, from 1;
`age_days` are the days since the item was created, and `quiet_days` those since a person last changed or discussed it;
`sprint` is the name of its first sprint that has not ended; `links` and `children` are the numbers of its links and of
its open children; `blocked` is whether people flagged it.
"""

_ATTRIBUTE_BY_VARIABLE: Mapping[str, str] = {
    "description": "text",
    "age_days": "created",
    "quiet_days": "updated",
    "sprint": "sprints",
    "blocked": "flagged",
}
"""The attribute of an item that has to be known for a variable, if the two have different names.

`quiet_days` comes from `changed_by_person`, which includes comments and is never marked as unknown, so `updated` is
checked instead.
"""
_PLAIN_ATTRIBUTES = tuple(name for name in VARIABLES if name in WorkItem.__struct_fields__)
"""The variables that have the name of an attribute; `get_values` converts the values of some of them."""
_VARIABLE_PATTERN = re.compile(r"\bitem\s*\.\s*([a-z_]+)")
_ERROR_CODES_PATTERN = re.compile(r"^(?:[A-Z_]+: )+")
"""Matches the error codes at the start of an error message of the CEL package."""
_EMPTY_VALUES: Mapping[VariableType, Any] = {"text": "", "texts": [], "whole number": 0, "switch": False}
"""The value of a variable that an example leaves out, by type. It is null for other types."""


class ExpressionError(ValueError):
    """An expression is invalid, or has no result for some values."""


Predicate = Callable[[Mapping[str, Any]], bool]
"""A compiled expression, which is called with the values of its variables.

It raises an `ExpressionError` if it has no result for these values, for example because it compares null.
"""


@cache
def compile_predicate(source: str) -> Predicate:
    """Compile an expression.

    Raises:
        ExpressionError: It is too long, does not parse, uses an unknown name, or its result is not true or false.
    """
    if len(source) > MAX_EXPRESSION_LENGTH:
        raise ExpressionError(f"The expression is longer than {MAX_EXPRESSION_LENGTH} characters")
    try:
        from cel_expr_python import cel  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except ImportError:
        raise ExpressionError(
            "Custom rules need an extra package. Install it with `pip install 'backlog-steward[cel]'`"
        ) from None
    types = {
        "text": cel.Type.STRING,
        "texts": cel.Type.List(cel.Type.STRING),
        "whole number": cel.Type.INT,
        "switch": cel.Type.BOOL,
    }
    environment = cel.NewEnv(
        variables={f"item.{name}": types.get(kind, cel.Type.DYN) for name, kind in VARIABLES.items()}
    )
    try:
        program = environment.compile(source)
    except RuntimeError as error:
        raise ExpressionError(_shorten_message(str(error))) from None
    if program.return_type() != cel.Type.BOOL:
        raise ExpressionError(f"The expression returns {program.return_type()} instead of true or false")

    def evaluate(values: Mapping[str, Any]) -> bool:
        try:
            result = program.eval(data={f"item.{name}": values[name] for name in VARIABLES})
        except (RuntimeError, TypeError) as error:  # too many steps, or a value of a wrong type
            raise ExpressionError(_shorten_message(str(error))) from None
        if result.type() != cel.Type.BOOL:  # the library returns an error as a value, which counts as true
            raise ExpressionError(_shorten_message(str(result.value())))
        return bool(result.plain_value())

    return evaluate


def find_attributes(source: str) -> frozenset[str]:
    """Return the attributes of an item that have to be known to evaluate an expression."""
    return frozenset(
        _ATTRIBUTE_BY_VARIABLE.get(name, name) for name in _VARIABLE_PATTERN.findall(source) if name in VARIABLES
    )


def _shorten_message(message: str) -> str:
    """Shorten an error message of the CEL package to its first line, without error codes and position."""
    first_line = _ERROR_CODES_PATTERN.sub("", message.partition("\n")[0])
    return first_line.removeprefix("<input>:").rpartition(" [")[0].strip() or first_line


def get_values(item: WorkItem, context: RuleContext) -> dict[str, Any]:
    """Return the values of the variables for an item. An unknown value is null if the variable may be null."""
    coming_sprints = [sprint for sprint in item.sprints if sprint.state is not SprintState.CLOSED]
    now = context.now
    return {name: getattr(item, name) for name in _PLAIN_ATTRIBUTES} | {
        "description": plain_text(item.text)[:_MAX_TEXT_LENGTH],
        "criteria": None if item.criteria is None else plain_text(item.criteria)[:_MAX_TEXT_LENGTH],
        "kind": item.kind.value,
        "labels": list(item.labels),
        "components": list(item.components),
        "position": context.position(item),
        "age_days": _count_days_since(item.created, now),
        "quiet_days": _count_days_since(item.changed_by_person, now),
        "sprint": min(coming_sprints, key=lambda sprint: sprint.sort_key).name if coming_sprints else None,
        "links": len(item.links),
        "children": len(context.children(item)),
        "blocked": item.flagged,
    }


def get_example_values(example: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the variables for an example in rules.yaml. Missing values are empty or null.

    Raises:
        ExpressionError: The example contains an unknown variable.
    """
    if unknown := sorted(example.keys() - VARIABLES.keys()):
        raise ExpressionError(f'Unknown variable "{unknown[0]}". The variables are {", ".join(VARIABLES)}')
    return {name: example.get(name, _EMPTY_VALUES.get(kind)) for name, kind in VARIABLES.items()}


def _count_days_since(since: datetime | None, now: datetime) -> int | None:
    """Return the number of whole days since a time; None if the time is unknown."""
    return None if since is None else (now - since).days
