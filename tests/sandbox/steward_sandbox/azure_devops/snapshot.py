"""What people can see of an organisation, as plain data, for comparing before and after."""

from datetime import datetime
from typing import Any

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import texts
from steward_sandbox.azure_devops.model import Value, WorkItem
from steward_sandbox.azure_devops.world import World

_UNREAD = frozenset(
    {
        names.TAGS,
        names.COMMENTS,
        names.AREA_ID,
        names.ITERATION_ID,
        names.STATE_CHANGED,
        names.STACK_RANK,
        names.BACKLOG_PRIORITY,
        names.ACTIVATED,
        names.ACTIVATED_BY,
        names.RESOLVED,
        names.RESOLVED_BY,
        names.CLOSED,
        names.CLOSED_BY,
    }
)


def snapshot(world: World) -> dict[str, dict[str, Any]]:
    """By the key of the backlog file, or the id: tags, the values of the fields, links and comments.

    Positions, stamps, revisions and everything deleted are left out: nobody reads them on an item.
    """
    with world.lock:
        return {
            item.key or str(item.id): _seen(world, item) for _, item in sorted(world.items.items()) if not item.deleted
        }


def _seen(world: World, item: WorkItem) -> dict[str, Any]:
    trees, people = world.collection.trees, world.collection.accounts.by_id
    above = world.links.parent(item.id)
    shown = {
        world.collection.fields[ref].name: _value(world, item, ref, value)
        for ref, value in sorted(item.fields.items())
        if ref not in _UNREAD and ref in world.collection.fields
    }
    return {
        "tags": sorted(item.tags),
        "fields": {
            **shown,
            "Area": trees.path(int(str(item.fields[names.AREA_ID]))),
            "Iteration": trees.path(int(str(item.fields[names.ITERATION_ID]))),
            "Parent": _called(world, above) if above is not None else None,
        },
        "links": sorted(f"{relation.rel} {_called(world, relation.other)}" for relation in world.links.of(item.id)),
        "comments": [
            {"author": people[comment.versions[0].by].name, "text": texts.plain(comment.now.text, comment.format)}
            for comment in item.comments
            if not comment.now.deleted
        ],
    }


def _value(world: World, item: WorkItem, ref: str, value: Value) -> Any:
    field = world.collection.fields[ref]
    if field.identity:
        return world.collection.accounts.by_id[str(value)].name
    if field.long:
        return texts.plain(str(value), item.now.formats.get(ref, "html"))
    return value.isoformat() if isinstance(value, datetime) else value


def _called(world: World, item: int) -> str:
    found = world.items.get(item)
    return (found.key if found else None) or str(item)
