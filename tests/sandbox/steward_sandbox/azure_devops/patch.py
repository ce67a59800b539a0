"""Reads a JSON Patch for a work item: what it tests, and what it changes."""

from collections.abc import Mapping
from typing import Any

from steward_sandbox.azure_devops import names, texts
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import NodeKind, Value, WorkItem
from steward_sandbox.azure_devops.processes import EMPTY, Field, Type, broken_rules
from steward_sandbox.azure_devops.responses import AzureError

_TREES: dict[str, tuple[NodeKind, str]] = {
    names.AREA: ("area", names.AREA_ID),
    names.ITERATION: ("iteration", names.ITERATION_ID),
}


def patched_fields(call: Call, item: WorkItem | None, project: Project, patch: Any) -> dict[str, Value | None]:
    """The new values that a patch gives to the fields of an item, or of a new one; None empties one."""
    fields: dict[str, Value | None] = {}
    for entry in patch:
        head, _, name = entry["path"].strip("/").partition("/")
        value = entry.get("value")
        if head == "rev":
            found = item.rev if item else 0
            if str(found) != str(value):
                raise AzureError("patch_test", path=entry["path"], found=found, value=value)
            continue
        (ref,) = call.fields([name])
        if ref == names.TAGS:
            kept = item.tags if item and entry["op"] == "add" and call.options.tags_add == "union" else ()
            fields[ref] = _tags(call, project, kept, str(value or ""))
        elif ref in _TREES:
            kind, node_ref = _TREES[ref]
            node = call.collection.trees.find(kind, str(value))
            if node is None:
                raise AzureError("tree_path", item=item.id if item else -1, field=ref)
            fields[node_ref] = node.id
        else:
            fields[ref] = None if value in EMPTY else _value(call, item, call.collection.fields[ref], value)
    return fields


def check_rules(call: Call, kind: Type, values: Mapping[str, Value], before: Mapping[str, Value]) -> None:
    """Refuse values that break a rule of the type; the error names all of them."""
    known = call.collection.fields
    broken = list(broken_rules(kind, values, before))
    if not broken:
        return
    entries = [call.fill("rule_error", field=known[ref], rule=rule) for ref, rule in broken]
    first = {"FieldReferenceName": broken[0][0], "FieldStatusFlags": broken[0][1]}
    extra = {"customProperties": {**first, "RuleValidationErrors": entries}}
    raise AzureError("rule", message=entries[0]["errorMessage"], extra=extra)


def _value(call: Call, item: WorkItem | None, field: Field, value: Any) -> Value | None:
    if field.identity:
        account = call.collection.accounts.find(str(value))
        if account is None:
            raise AzureError("invalid", message=f"The identity value '{value}' for field '{field.name}' is unknown.")
        return account.id
    match field.type:
        case "html":
            form = item.now.formats.get(field.ref, "html") if item else "html"
            return texts.sanitize(str(value), form) or None
        case "integer":
            return int(value)
        case "double":
            return float(value)
    return str(value)


def _tags(call: Call, project: Project, kept: tuple[str, ...], text: str) -> tuple[str, ...]:
    wanted = [name.strip() for name in text.replace(",", ";").split(";") if name.strip()]
    collection = call.collection
    if not (all(collection.knows_tag(project, name) for name in wanted) or call.may("CREATE_TAGS", project)):
        raise AzureError("new_tag")
    return tuple(dict.fromkeys([*kept, *(collection.tag(project, name) for name in wanted)]))
