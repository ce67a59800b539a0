"""Reads a JSON Patch for a work item: what it tests, and what it changes."""

from collections.abc import Mapping
from typing import Any

from steward_sandbox.azure_devops import item_rules, names
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.fields import EMPTY, Field
from steward_sandbox.azure_devops.model import NodeKind, Value, WorkItem
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.responses import AzureError, invalid, read_moment
from steward_sandbox.azure_devops.sanitizer import sanitize

_TREES: dict[str, tuple[NodeKind, str]] = {
    names.AREA: ("area", names.AREA_ID),
    names.ITERATION: ("iteration", names.ITERATION_ID),
}
_MESSAGE = "You must pass a valid patch document in the body of the request."


class Patch:
    """What a patch changes.

    Attributes:
        fields: New values; None empties a field.
        broken: Fields whose value cannot be taken, with the rule.

    Args:
        call: The request.
        item: The item; None is one that is to be made.
        project: Where it is, or will be.
        body: The patch.

    Raises:
        AzureError: It is no patch, a test fails, or it names what is not there.
    """

    def __init__(self, call: Call, item: WorkItem | None, project: Project, body: Any) -> None:
        self._call = call
        self._item = item
        self._project = project
        self.fields: dict[str, Value | None] = {}
        self.broken: list[tuple[str, str]] = []
        if not isinstance(body, list) or not body:
            raise invalid(_MESSAGE)
        for entry in body:
            if not isinstance(entry, Mapping) or not isinstance(entry.get("path"), str):
                raise AzureError("patch", message=_MESSAGE)
            self._read(str(entry.get("op", "")).casefold(), entry["path"], entry.get("value"))

    def check(self, kind: Type, values: Mapping[str, Value], before: Mapping[str, Value]) -> None:
        """Refuse values that break a rule of the type; the error names all of them."""
        known = self._call.collection.fields
        broken = [*self.broken, *item_rules.broken_rules(kind, values, before, known)]
        if not broken:
            return
        entries = [self._call.fill("rule_error", field=known[ref], rule=rule) for ref, rule in broken]
        first = {"FieldReferenceName": broken[0][0], "FieldStatusFlags": broken[0][1]}
        extra = {"customProperties": {**first, "RuleValidationErrors": entries}}
        raise AzureError("rule", message=entries[0]["errorMessage"], extra=extra)

    def _read(self, verb: str, path: str, value: Any) -> None:
        head, _, name = path.strip("/").partition("/")
        if head.casefold() == "rev" and verb == "test":
            found = self._item.rev if self._item else 0
            if str(found) != str(value):
                raise AzureError("patch_test", path=path, found=found, value=value)
        elif head.casefold() == "fields" and name and verb in ("add", "replace", "remove"):
            (ref,) = self._call.fields([name])
            self._set(ref, None if verb == "remove" else value, union=verb == "add")
        else:
            raise AzureError("patch", message=f"Unable to evaluate path {path}.")

    def _set(self, ref: str, value: Any, *, union: bool) -> None:
        field = self._call.collection.fields[ref]
        if ref == names.TAGS:
            self.fields[ref] = self._tags(str(value or ""), union=union)
        elif ref in _TREES:
            kind, node_ref = _TREES[ref]
            node = self._call.collection.trees.find(kind, str(value))
            if node is None:
                raise AzureError("tree_path", item=self._item.id if self._item else -1, field=ref)
            self.fields[node_ref] = node.id
        elif field.computed:
            self.broken.append((ref, item_rules.READ_ONLY))
        else:
            try:
                self.fields[ref] = None if value in EMPTY else self._value(field, value)
            except (TypeError, ValueError):
                self.broken.append((ref, item_rules.WRONG_TYPE))

    def _value(self, field: Field, value: Any) -> Value | None:
        """A value as an item holds it."""
        if field.identity:
            account = self._call.collection.accounts.find(str(value))
            if account is None:
                raise ValueError(value)
            return account.id
        match field.type:
            case "html":
                form = self._item.now.formats.get(field.ref, "html") if self._item else "html"
                return sanitize(str(value), form) or None
            case "integer":
                return int(value)
            case "double":
                return float(value)
            case "dateTime":
                return read_moment(str(value))
        return str(value)

    def _tags(self, text: str, *, union: bool) -> tuple[str, ...]:
        """The tags that result: `add` joins them with those that are there, where the server does so."""
        wanted = [name.strip() for name in text.replace(",", ";").split(";") if name.strip()]
        collection, project = self._call.collection, self._project
        if not (all(collection.knows_tag(project, name) for name in wanted) or self._call.may("CREATE_TAGS", project)):
            raise AzureError("new_tag")
        kept = self._item.tags if self._item and union and self._call.options.tags_add == "union" else ()
        return tuple(dict.fromkeys([*kept, *(collection.tag(project, name) for name in wanted)]))
