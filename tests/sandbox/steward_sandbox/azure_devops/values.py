"""The values of fields: those that an item stores, those that follow from elsewhere, and what people see of them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from steward_sandbox.azure_devops import names, texts
from steward_sandbox.azure_devops.collection import board_fields
from steward_sandbox.azure_devops.model import Revision, WorkItem
from steward_sandbox.azure_devops.processes import COMPLETED
from steward_sandbox.azure_devops.world import World

_UNSEEN = frozenset(
    {names.TAGS, names.COMMENTS, names.STATE_CHANGED, names.ACTIVATED, names.ACTIVATED_BY}
    | {names.RESOLVED, names.RESOLVED_BY, names.CLOSED, names.CLOSED_BY}
)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


def values_of(world: World, item: WorkItem, revision: Revision | None = None) -> dict[str, Any]:
    """The values of an item's fields as they are stored, now or at a revision: people by id, times as times."""
    now = revision or item.now
    area, iteration = now.node(names.AREA_ID), now.node(names.ITERATION_ID)
    trees, first, following = world.collection.trees, item.revisions[0], item.revisions[now.rev :]
    values: dict[str, Any] = {
        **now.fields,
        names.ID: item.id,
        names.REV: now.rev,
        names.WATERMARK: now.watermark,
        names.REVISED: following[0].at if following else FOREVER,
        names.DELETED: now.deleted,
        names.PROJECT: world.project_of(now).name,
        names.AREA: trees.path(area),
        names.NODE: trees.by_id[area].name,
        names.ITERATION: trees.path(iteration),
        names.CREATED: first.at,
        names.CREATED_BY: first.by,
        names.CHANGED: now.at,
        names.CHANGED_BY: now.by,
        names.AUTHORIZED: now.at,
        names.AUTHORIZED_AS: now.by,
        names.PERSON: int(now.by[:7], base=16),
        **_board_column(world, now),
    }
    return values if now.history is None else {**values, names.HISTORY: now.history}


def as_text(world: World, revision: Revision, ref: str) -> str:
    value: Any = revision.fields.get(ref, "")
    field = world.collection.fields[ref]
    if ref in (names.AREA_ID, names.ITERATION_ID):
        value = world.collection.trees.path(value)
    elif field.identity and value:
        value = world.collection.accounts.by_id[value].name
    elif field.long:
        value = texts.plain(value, revision.formats.get(ref, "html"))
    elif isinstance(value, datetime):
        value = day(value)
    elif isinstance(value, tuple):
        value = as_words(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def as_words(tags: Iterable[str]) -> str:
    return " ".join(tag.replace(" ", "\N{NO-BREAK SPACE}") for tag in tags)


def day(moment: datetime) -> str:
    return f"{moment:%d %b %Y, %H:%M}"


def snapshot(world: World) -> dict[int, dict[str, Any]]:
    """By the id of the item: tags, the values of the fields, links and comments.

    Positions, stamps, revisions and everything deleted are left out: nobody reads them on an item.
    """
    with world.lock:
        return {item.id: _seen(world, item) for item in world.items.values() if not item.deleted}


def _seen(world: World, item: WorkItem) -> dict[str, Any]:
    people, unseen = world.collection.accounts.by_id, {*_UNSEEN, world.project_of(item).process.order}
    return {
        "tags": sorted(item.tags),
        "fields": {ref: as_text(world, item.now, ref) for ref in item.fields if ref not in unseen},
        "links": [(link.rel, link.other) for link in world.links.of(item.id)],
        "comments": [
            (people[comment.versions[0].by].name, texts.plain(comment.now.text, comment.format))
            for comment in item.shown_comments
        ],
    }


def _board_column(world: World, revision: Revision) -> dict[str, Any]:
    """The column of the board that an item is in: the one of its state."""
    project = world.project_of(revision)
    kind, state = str(revision.fields[names.TYPE]), str(revision.fields[names.STATE])
    level = project.process.level_of(kind, project.process.bugs)
    if level is None or level.kind == "task":
        return {}
    done = project.process.types[kind].category(state) == COMPLETED
    own_column, own_done = board_fields(world.collection.default_team(project))
    return {names.BOARD_COLUMN: state, names.BOARD_DONE: done, own_column: state, own_done: done}
