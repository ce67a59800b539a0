"""The values of an item's fields as callers see them, those that follow from elsewhere included."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.backlog_view import team_filter
from steward_sandbox.azure_devops.collection import board_prefix
from steward_sandbox.azure_devops.field_data import Field
from steward_sandbox.azure_devops.model import Node, Revision, Value, WorkItem
from steward_sandbox.azure_devops.nouns import Nouns
from steward_sandbox.azure_devops.processes import COMPLETED
from steward_sandbox.azure_devops.wire import FOREVER, stamp
from steward_sandbox.azure_devops.world import World

_LEVELS = 3


class Shown:
    """Shapes the fields of revisions, each once until a name or a path changes."""

    def __init__(self, world: World, nouns: Nouns) -> None:
        self._world = world
        self._nouns = nouns
        self._kept: dict[tuple[int, int], dict[str, Any]] = {}
        self._boards: dict[int, list[str]] = {}
        self._version = -1

    def usual(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        """The fields that every answer has, without the parent; not to be changed."""
        if self._version != self._world.collection.version:
            self._kept.clear()
            self._boards.clear()
            self._version = self._world.collection.version
        key = (item.id, revision.watermark)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._usual(item, revision)
        return kept

    def core(self, item: WorkItem, revision: Revision, *, slim: bool = False) -> dict[str, Any]:
        """The fields that are shown only when they are asked for; the feed shows a slim choice of them."""
        shown: dict[str, Any] = {
            names.ID: item.id,
            names.REV: revision.rev,
            "System.RevisedDate": self.revised(item, revision),
        }
        if slim:
            return shown
        trees = self._world.collection.trees
        areas = trees.line(_node(revision, names.AREA_ID))
        iterations = trees.line(_node(revision, names.ITERATION_ID))
        links = self._world.links.of(item.id)
        shown |= {
            names.AREA_ID: areas[-1].id,
            "System.NodeName": areas[-1].name,
            **_levels("System.AreaLevel", areas),
            names.ITERATION_ID: iterations[-1].id,
            **_levels("System.IterationLevel", iterations),
            "System.AuthorizedDate": stamp(revision.at),
            "System.AuthorizedAs": self._nouns.person(revision.by),
            "System.PersonId": int(revision.by[:7], 16),
            "System.Watermark": revision.watermark,
            "System.IsDeleted": revision.deleted,
            "System.RelatedLinkCount": len(links),
        }
        zero = ("HyperLinkCount", "AttachedFileCount", "ExternalLinkCount", "RemoteLinkCount")
        return shown | {f"System.{name}": 0 for name in zero}

    def revised(self, item: WorkItem, revision: Revision) -> str:
        """Until when a revision was the current one."""
        later = item.revisions[revision.rev : revision.rev + 1]
        return stamp(later[0].at) if later else FOREVER

    def tag_refs(self, revision: Revision) -> list[dict[str, str]]:
        """The tags with their ids."""
        project = self._world.project_of(revision)
        tags = revision.fields.get(names.TAGS, ())
        known = self._world.collection.tags
        found = (
            [known[(project.id, tag.casefold())] for tag in tags if (project.id, tag.casefold()) in known]
            if isinstance(tags, tuple)
            else []
        )
        return [{"id": number, "name": name} for name, number in found]

    def _usual(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        trees = self._world.collection.trees
        first = item.revisions[0]
        stored = {ref: self._value(ref, value) for ref, value in revision.fields.items()}
        for ref in (names.AREA_ID, names.ITERATION_ID):
            stored.pop(ref, None)
        shown: dict[str, Any] = {
            names.AREA: trees.path(_node(revision, names.AREA_ID)),
            names.PROJECT: self._world.project_of(revision).name,
            names.ITERATION: trees.path(_node(revision, names.ITERATION_ID)),
        }
        for ref in (names.TYPE, names.STATE, names.REASON, names.ASSIGNED):
            if ref in stored:
                shown[ref] = stored.pop(ref)
        shown |= {
            names.CREATED: stamp(first.at),
            names.CREATED_BY: self._nouns.person(first.by),
            names.CHANGED: stamp(revision.at),
            names.CHANGED_BY: self._nouns.person(revision.by),
            names.COMMENTS: stored.pop(names.COMMENTS),
            names.TITLE: stored.pop(names.TITLE),
        }
        shown |= self._on_boards(item, revision)
        shown |= dict(sorted(stored.items()))
        if revision.history is not None:
            shown[names.HISTORY] = revision.history
        return shown

    def _on_boards(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        """What boards add to an item: its column, and fields of their own."""
        process = self._world.project_of(revision).process
        kind = str(revision.fields[names.TYPE])
        level = process.level_of(kind, process.bugs)
        if level is None or level.kind == "task":
            return {}
        state = str(revision.fields[names.STATE])
        done = process.types[kind].category(state) == COMPLETED
        shown: dict[str, Any] = {names.BOARD_COLUMN: state, names.BOARD_DONE: done}
        for prefix in self._prefixes(item, revision):
            shown |= {f"{prefix}_Kanban.Column": state, f"{prefix}_Kanban.Column.Done": done}
        return shown

    def _prefixes(self, item: WorkItem, revision: Revision) -> list[str]:
        area = _node(revision, names.AREA_ID)
        if area not in self._boards:
            project = self._world.project_of(revision)
            teams = self._world.collection.teams_of(project)
            self._boards[area] = [board_prefix(team) for team in teams if team_filter(self._world, team)(item)]
        return self._boards[area]

    def _value(self, ref: str, value: Value) -> Any:
        field = self._world.collection.fields.get(ref)
        if isinstance(value, tuple):
            return "; ".join(sorted(value, key=str.casefold))
        if isinstance(value, datetime):
            return stamp(value)
        if field is not None and field.identity and isinstance(value, str):
            return self._nouns.person(value)
        return value


def formats(revision: Revision, shown: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, str]:
    """The format of every long text that is shown."""
    return {ref: revision.formats.get(ref, "html") for ref in shown if ref in fields and fields[ref].type == "html"}


def _node(revision: Revision, ref: str) -> int:
    return int(str(revision.fields[ref]))


def _levels(prefix: str, line: list[Node]) -> dict[str, str]:
    return {f"{prefix}{number}": node.name for number, node in enumerate(line[:_LEVELS], start=1)}
