"""What people can see of an organisation, as plain data, for comparing before and after."""

from datetime import datetime
from typing import Any

from steward_sandbox.azure_devops import names, texts
from steward_sandbox.azure_devops.model import Value, WorkItem
from steward_sandbox.azure_devops.world import World

_UNSEEN = frozenset(
    {names.TAGS, names.COMMENTS, names.AREA_ID, names.ITERATION_ID, names.STATE_CHANGED, names.ACTIVATED}
    | {names.ACTIVATED_BY, names.RESOLVED, names.RESOLVED_BY, names.CLOSED, names.CLOSED_BY}
    | {"Microsoft.VSTS.Common.StackRank", "Microsoft.VSTS.Common.BacklogPriority"}
)


def snapshot(world: World) -> dict[str, dict[str, Any]]:
    """By the key of the backlog file, or the id: tags, the values of the fields, links and comments.

    Positions, stamps, revisions and everything deleted are left out: nobody reads them on an item.
    """
    with world.lock:
        items = (item for _, item in sorted(world.items.items()) if not item.deleted)
        return {_name(world, item.id): _seen(world, item) for item in items}


def _seen(world: World, item: WorkItem) -> dict[str, Any]:
    path, people = world.collection.trees.path, world.collection.accounts.by_id
    above = world.links.parent(item.id)
    shown = {
        world.collection.fields[ref].name: _value(world, item, ref, value)
        for ref, value in sorted(item.fields.items())
        if ref not in _UNSEEN and ref in world.collection.fields
    }
    return {
        "tags": sorted(item.tags),
        "fields": {
            **shown,
            "Area": path(item.now.node(names.AREA_ID)),
            "Iteration": path(item.now.node(names.ITERATION_ID)),
            "Parent": None if above is None else _name(world, above),
        },
        "links": sorted(f"{link.rel} {_name(world, link.other)}" for link in world.links.of(item.id)),
        "comments": [
            {"author": people[comment.versions[0].by].name, "text": texts.plain(comment.now.text, comment.format)}
            for comment in item.shown_comments
        ],
    }


def _value(world: World, item: WorkItem, ref: str, value: Value) -> Any:
    field = world.collection.fields[ref]
    if field.identity:
        return world.collection.accounts.by_id[str(value)].name
    if field.long:
        return texts.plain(str(value), item.now.formats.get(ref, "html"))
    return value.isoformat() if isinstance(value, datetime) else value


def _name(world: World, item: int) -> str:
    found = world.items.get(item)
    return (found.key if found else None) or str(item)
