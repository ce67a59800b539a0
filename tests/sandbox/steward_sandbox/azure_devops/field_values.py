"""Reads the values that callers send for fields, as an item holds them."""

from collections.abc import Callable
from typing import Any

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.field_data import Field
from steward_sandbox.azure_devops.item_rules import WRONG_TYPE, Rule
from steward_sandbox.azure_devops.model import Format, NodeKind, Value
from steward_sandbox.azure_devops.sanitiser import sanitised
from steward_sandbox.azure_devops.wire import Refusal, read_moment

TREES: dict[str, tuple[NodeKind, str]] = {
    names.AREA: ("area", names.AREA_ID),
    names.ITERATION: ("iteration", names.ITERATION_ID),
}


class BadValue(Exception):
    """A value that breaks a rule of its field."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(*rule)
        self.rule = rule


def read(call: Call, field: Field, value: Any, form: Format) -> Value | None:
    """A value as an item holds it; None is empty.

    Raises:
        BadValue: It is of another type, or nobody of that name is known.
    """
    if value is None or value == "":
        return None
    if field.identity:
        found = call.collection.accounts.known(value)
        if found is None:
            raise BadValue(
                (field.ref, f"The identity value '{value}' for field '{field.name}' is an unknown identity.")
            )
        return found.id
    if field.type == "html":
        return sanitised(str(value), form) or None
    reader = _READERS.get(field.type)
    return reader(field, value) if reader else str(value)


def node(call: Call, item: int, ref: str, path: Any) -> int:
    """The node with a path that a caller sent.

    Raises:
        Refusal: There is none.
    """
    kind, _ = TREES[ref]
    found = call.collection.trees.find(kind, str(path))
    if found is None:
        message = f"TF401347: Invalid tree name given for work item {item}, field '{ref}'."
        raise Refusal(400, "WorkItemFieldInvalidTreeNameException", message)
    return found.id


def tags(call: Call, project: Project, text: Any, before: tuple[str, ...], verb: str) -> tuple[str, ...]:
    """The tags that result: `add` unions them with those that are there, `replace` does not.

    Raises:
        Refusal: A name is not allowed, is new where the caller may not make new ones, or there are too many.
    """
    union = verb == "add" and call.behaviour.tags_add == "union"
    wanted = [name.strip() for part in str(text or "").split(";") for name in part.split(",") if name.strip()]
    for name in wanted:
        if any(ord(mark) > 0xFFFF for mark in name):
            message = "TF401407: The tag name is invalid. It contains invalid characters."
            raise Refusal(400, "InvalidTagNameException", message)
        if not call.collection.knows_tag(project.id, name) and not call.may("CREATE_TAGS", project):
            message = "TF401289: The current user does not have permissions to create tags."
            raise Refusal(403, "PermissionDeniedException", message)
    named = [call.collection.tag(project.id, name) for name in wanted]
    found = tuple(dict.fromkeys([*(before if union else ()), *named]))
    if len(found) > call.behaviour.tags_an_item:
        message = f"VS402387: A work item can have at most {call.behaviour.tags_an_item} tags."
        raise Refusal(400, "WorkItemTagLimitExceededException", message)
    return found


def _number(field: Field, value: Any) -> float | int:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadValue((field.ref, WRONG_TYPE)) from error
    if field.type == "integer":
        if number != int(number):
            raise BadValue((field.ref, WRONG_TYPE))
        return int(number)
    return number


_READERS: dict[str, Callable[[Field, Any], Value]] = {
    "integer": _number,
    "double": _number,
    "dateTime": lambda _field, value: read_moment(str(value)),
    "boolean": lambda _field, value: str(value).casefold() in ("true", "1"),
}
