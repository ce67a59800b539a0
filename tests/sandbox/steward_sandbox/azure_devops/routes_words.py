"""What items are made of: fields, types, states, categories, areas, iterations, tags, kinds of links."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import wire
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.links import LINK_TYPES, LinkType
from steward_sandbox.azure_devops.model import Node, NodeKind
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.routing import ORGANISATION, PROJECT, Route
from steward_sandbox.azure_devops.wire import Refusal

_BOTH = ORGANISATION + PROJECT
_GROUPS: dict[str, NodeKind] = {"areas": "area", "iterations": "iteration"}


async def fields(call: Call) -> Response:
    """Every field of the organisation."""
    return wire.listed(call.nouns.field(field) for field in call.collection.fields.values())


async def field(call: Call) -> Response:
    """One field, by reference name or display name."""
    wanted = call.params["field"].casefold()
    known = call.collection.fields.values()
    found = next((f for f in known if wanted in (f.ref.casefold(), f.name.casefold())), None)
    if found is None:
        message = f"TF51535: Cannot find field {call.params['field']}."
        raise Refusal(404, "WorkItemTrackingFieldDefinitionNotFoundException", message)
    return wire.answer(call.nouns.field(found))


async def types(call: Call) -> Response:
    """The types of a project."""
    return wire.listed(call.nouns.type(call.project, kind) for kind in call.project.process.types.values())


async def type_(call: Call) -> Response:
    """One type."""
    return wire.answer(call.nouns.type(call.project, _type(call)))


async def type_fields(call: Call) -> Response:
    """The fields of a type."""
    kind, full = _type(call), wire.query(call.request, "$expand").casefold() in ("all", "allowedvalues")
    return wire.listed(call.nouns.type_field(kind, ref, full=full) for ref in kind.fields)


async def type_field(call: Call) -> Response:
    """One field of a type."""
    kind, wanted = _type(call), call.params["field"].casefold()
    full = wire.query(call.request, "$expand").casefold() in ("all", "allowedvalues")
    for ref in kind.fields:
        if wanted in (ref.casefold(), call.collection.fields[ref].name.casefold()):
            return wire.answer(call.nouns.type_field(kind, ref, full=full))
    message = f"TF51535: Cannot find field {call.params['field']}."
    raise Refusal(404, "WorkItemTrackingFieldDefinitionNotFoundException", message)


async def type_states(call: Call) -> Response:
    """The states of a type with their categories."""
    return wire.listed({"name": s.name, "color": s.color, "category": s.category} for s in _type(call).states)


async def categories(call: Call) -> Response:
    """The categories of a project's types."""
    return wire.listed(_categories(call))


async def category(call: Call) -> Response:
    """One category."""
    wanted = call.params["category"].casefold()
    for found in _categories(call):
        if wanted in (str(found["referenceName"]).casefold(), str(found["name"]).casefold()):
            return wire.answer(found)
    message = f"VS402805: Cannot find work item type category {call.params['category']}."
    raise Refusal(404, "WorkItemTypeCategoryNotFoundException", message)


async def root_nodes(call: Call) -> Response:
    """Both trees of a project, or nodes by their ids."""
    depth = wire.whole(call.request, "$depth", 0)
    ids = wire.words(call.request, "ids")
    trees = call.collection.trees
    if not ids:
        roots = (call.project.areas, call.project.iterations)
        return wire.listed(call.nouns.node(trees.by_id[root], depth) for root in roots)
    known = [trees.by_id.get(int(text)) if text.isdecimal() else None for text in ids]
    mine = [node if node is not None and node.project == call.project.id else None for node in known]
    if None in mine and wire.query(call.request, "errorPolicy").casefold() != "omit":
        raise _no_node(ids[mine.index(None)])
    return wire.listed(None if node is None else call.nouns.node(node, depth, links=True) for node in mine)


async def node(call: Call) -> Response:
    """One node of a tree, with as many levels below it as asked for."""
    return wire.answer(call.nouns.node(_node(call), wire.whole(call.request, "$depth", 0), links=True))


async def tags(call: Call) -> Response:
    """The tags of a project."""
    return wire.listed(
        {
            "id": number,
            "name": name,
            "url": f"{call.nouns.wit(call.project)}/tags/{number}",
        }
        for (project, _), (name, number) in sorted(call.collection.tags.items())
        if project == call.project.id
    )


async def relation_types(call: Call) -> Response:
    """The kinds of links, each direction by itself."""
    return wire.listed(
        _relation_type(call, kind, forward=forward)
        for kind in LINK_TYPES.values()
        for forward in ((True, False) if kind.directional else (True,))
    )


def _relation_type(call: Call, kind: LinkType, *, forward: bool) -> dict[str, Any]:
    ref = kind.rel(forward=forward)
    return {
        "attributes": {
            "usage": "workItemLink",
            "editable": True,
            "enabled": True,
            "acyclic": kind.acyclic,
            "directional": kind.directional,
            "singleTarget": kind.single,
            "topology": kind.topology,
            "remote": False,
            "isForward": forward,
            "oppositeEndReferenceName": kind.rel(forward=not forward),
        },
        "referenceName": ref,
        "name": kind.name(forward=forward),
        "url": f"{call.base}/_apis/wit/workItemRelationTypes/{ref}",
    }


def _categories(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "referenceName": ref,
            "defaultWorkItemType": call.nouns.type_ref(call.project, default),
            "workItemTypes": [call.nouns.type_ref(call.project, kind) for kind in kinds],
            "url": f"{call.nouns.wit(call.project)}/workItemTypeCategories/{ref}",
        }
        for ref, name, default, kinds in call.project.process.categories()
    ]


def _type(call: Call) -> Type:
    found = call.project.process.type(call.params["type"])
    if found is None:
        message = (
            f"VS402323: Work item type {call.params['type']} does not exist in project {call.project.name} or you do "
            "not have permission to access it."
        )
        raise Refusal(404, "WorkItemTypeNotFoundException", message)
    return found


def _node(call: Call) -> Node:
    kind = _GROUPS.get(call.params["group"].casefold())
    if kind is None:
        raise wire.missing(f"The structure group '{call.params['group']}' is not valid.")
    path = call.params.get("path", "").replace("/", "\\").strip("\\")
    full = f"{call.project.name}\\{path}" if path else call.project.name
    found = call.collection.trees.find(kind, full)
    if found is None or found.project != call.project.id:
        raise _no_node(path)
    return found


def _no_node(ref: str) -> Refusal:
    message = f"VS402485: The classification node {ref} could not be found."
    return Refusal(404, "WorkItemTrackingTreeNodeNotFoundException", message)


ROUTES = (
    Route("GET", "wit/fields", fields, _BOTH, "fields"),
    Route("GET", "wit/fields/{field}", field, _BOTH, "fields"),
    Route("GET", "wit/workitemtypes", types, PROJECT, "types"),
    Route("GET", "wit/workitemtypes/{type}", type_, PROJECT, "types"),
    Route("GET", "wit/workitemtypes/{type}/fields", type_fields, PROJECT, "type fields"),
    Route("GET", "wit/workitemtypes/{type}/fields/{field}", type_field, PROJECT, "type fields"),
    Route("GET", "wit/workitemtypes/{type}/states", type_states, PROJECT, "type states"),
    Route("GET", "wit/workitemtypecategories", categories, PROJECT, "categories"),
    Route("GET", "wit/workitemtypecategories/{category}", category, PROJECT, "categories"),
    Route("GET", "wit/classificationnodes", root_nodes, PROJECT, "root nodes"),
    Route("GET", "wit/classificationnodes/{group}", node, PROJECT, "nodes"),
    Route("GET", "wit/classificationnodes/{group}/{path...}", node, PROJECT, "nodes"),
    Route("GET", "wit/tags", tags, PROJECT, "tags"),
    Route("GET", "wit/workitemrelationtypes", relation_types, ORGANISATION, "relation types"),
)
