"""Work items: one, many, new ones, edits by JSON Patch, deletion, the updates of one, and queries."""

from collections.abc import Mapping
from typing import Any

from steward_sandbox.azure_devops import names, texts
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import EMPTY, NodeKind, Value, WorkItem
from steward_sandbox.azure_devops.processes import Field, Type, broken_rules, new_values
from steward_sandbox.azure_devops.responses import AzureError, invalid
from steward_sandbox.azure_devops.routing import route
from steward_sandbox.azure_devops.wiql_match import Matcher
from steward_sandbox.query import Query
from steward_sandbox.query.wiql import WiqlError, parse

_PATCH_TYPE = "application/json-patch+json"
_BATCH_LIMIT = 200
_UPDATES_A_PAGE = 200
_RIVAL = "Robin Field"


@route("GET", "wit/workitems/{id:int}", "work_items")
async def item(call: Call) -> Any:
    return _shown(call, call.item(), _from_address(call))


@route("GET", "wit/workitems", "work_items")
async def some_items(call: Call) -> Any:
    return _many(call, _from_address(call))


@route("POST", "wit/workitemsbatch", "batch")
async def batch(call: Call) -> Any:
    """Items by their ids in the body. Unknown keys are ignored."""
    return _many(call, await call.body())


@route("POST", "wit/workitems/${type}", "new_work_items")
async def create(call: Call) -> Any:
    project, kind = call.project, call.project.process.type(call.param("type"))
    if kind is None:
        raise AzureError("no_type", name=call.param("type"), project=project.name)
    fields = patched_fields(call, None, project, await call.body(_PATCH_TYPE))
    given = {ref: value for ref, value in fields.items() if value is not None}
    values = new_values(kind, given, call.world.clock(), call.account.id)
    check_rules(call, kind, values, {})
    return call.serialize.item(call.world.create(project, kind, call.account, given), relations=True)


@route("PATCH", "wit/workitems/{id:int}", "work_items")
async def edit(call: Call) -> Any:
    """An edit of an item, all of it or nothing."""
    found, body = call.item(), await call.body(_PATCH_TYPE)
    project = call.world.project_of(found)
    if not call.may("WRITE", project):
        raise AzureError("no_write")
    notify = not call.flag("suppressNotifications")
    if not notify:
        call.need("SUPPRESS_NOTIFICATIONS", project, "Suppress notifications for work item updates")
    fields = patched_fields(call, found, project, body)
    values = call.world.merged(found, fields, call.account, call.world.clock())
    check_rules(call, call.world.type_in(values), values, found.fields)
    if not call.flag("validateOnly"):
        _lose_race(call, found)
        found = call.world.save(found.id, call.account, fields, notify=notify)
    return call.serialize.item(found, relations=True)


@route("DELETE", "wit/workitems/{id:int}", "work_items")
async def delete(call: Call) -> Any:
    found = call.item()
    project = call.world.project_of(found)
    call.need("DELETE_ITEMS", project, "Delete work items in this project")
    deleted = call.world.delete(found.id, call.account)
    resource = call.serialize.item(deleted)
    by, at = call.account.combined, deleted.now.at
    return call.fill("deleted_item", item=deleted, project=project, at=at, by=by, resource=resource)


@route("GET", "wit/workitems/{id:int}/updates", "updates")
async def updates(call: Call) -> Any:
    """Every save of an item; the ids are not those of revisions."""
    found, start = call.item(), call.integer("$skip", 0)
    return call.serialize.updates(found)[start : start + call.integer("$top", _UPDATES_A_PAGE)]


def _from_address(call: Call) -> dict[str, Any]:
    """What a request asks for in its address, as a batch has it in its body."""
    lists = {name: call.csv(name) for name in ("ids", "fields")}
    return {**lists, "$expand": call.query("$expand"), "errorPolicy": call.query("errorPolicy")}


def _many(call: Call, asked: Mapping[str, Any]) -> list[Any]:
    ids = list(dict.fromkeys(map(int, asked["ids"])))
    if len(ids) > _BATCH_LIMIT:
        raise AzureError("batch_limit", count=len(ids), limit=_BATCH_LIMIT)
    omit = str(asked.get("errorPolicy") or "").casefold() == "omit"
    rows: list[Any] = []
    for number in ids:
        found = call.world.find(number)
        if found is not None and call.sees(found):
            rows.append(_shown(call, found, asked))
        elif omit:
            rows.append(None)
        else:
            raise AzureError("no_item", item=number)
    return rows


def _shown(call: Call, found: WorkItem, asked: Mapping[str, Any]) -> Any:
    """An item with what was asked for of it; of the expansions only links go with a choice of fields."""
    expand, fields = str(asked.get("$expand") or "none").casefold(), call.fields(asked.get("fields") or ())
    if fields and expand not in ("none", "links"):
        raise AzureError("expand_with_fields")
    system, relations = expand in ("fields", "all"), expand in ("relations", "all")
    return call.serialize.item(found, fields=fields, system=system, relations=relations)


def _lose_race(call: Call, found: WorkItem) -> None:
    """Let somebody else save at the same moment, and win, where a test wants it."""
    left = call.world.races.get(found.id, 0)
    if left:
        call.world.races[found.id] = left - 1
        call.world.save(found.id, call.collection.accounts.named(_RIVAL), {}, always=True)
        raise AzureError("race", status=call.options.race_status)


@route("POST", "wit/wiql", "wiql")
async def query(call: Call) -> Any:
    """What a query finds. Nothing tells when `$top` cut it off."""
    try:
        return _found(call, parse((await call.body())["query"]))
    except WiqlError as error:
        raise invalid(str(error)) from error


def _found(call: Call, asked: Query) -> Any:
    matcher = Matcher(call.world)
    found = matcher.found(filter(call.sees, call.world.items.values()), asked)
    limit, top = call.options.query_cap, call.integer("$top", 0)
    if len(found) > limit and not 0 < top < limit:
        raise AzureError("query_limit", limit=limit)
    reference = call.serialize.field_ref
    sorting = [{"field": reference(matcher.field(name).ref), "descending": down} for name, down in asked.order]
    urls = {item.id: call.serialize.item_url(item.id, call.world.project_of(item)) for item in found[: top or None]}
    columns = [reference(matcher.field(name).ref) for name in asked.columns]
    items = [{"id": number, "url": url} for number, url in urls.items()]
    return call.fill("query_result", columns=columns, sorting=sorting, items=items)


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
    known = all((project.id, name.casefold()) in collection.tags for name in wanted)
    if not (known or call.may("CREATE_TAGS", project)):
        raise AzureError("new_tag")
    return tuple(dict.fromkeys([*kept, *(collection.tag(project, name) for name in wanted)]))
