"""Builds the JSON of replies from the templates in `data/replies.json`.

The fields of a revision are built once, until a name or a path changes.
"""

from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from steward_sandbox.azure_devops import names, texts
from steward_sandbox.azure_devops.backlog_order import team_filter
from steward_sandbox.azure_devops.collection import Project, board_prefix
from steward_sandbox.azure_devops.links import PARENT, name_of
from steward_sandbox.azure_devops.model import Comment, Relation, Revision, Update, Value, WorkItem
from steward_sandbox.azure_devops.processes import COMPLETED
from steward_sandbox.azure_devops.responses import FOREVER, timestamp
from steward_sandbox.azure_devops.world import World
from steward_sandbox.ids import stable_uuid
from steward_sandbox.reply_templates import ReplyTemplates

EXPANSIONS = ("none", "relations", "fields", "links", "all")


class Serializer:
    """Builds replies for callers at one address of the organisation."""

    def __init__(self, world: World, base: str) -> None:
        self.world = world
        self.base = base
        self._people: dict[str, dict[str, Any]] = {}
        self._fields: dict[int, dict[str, Any]] = {}
        self._version = -1
        self.fill = ReplyTemplates(
            "steward_sandbox.azure_devops",
            "server" if world.collection.server else "services",
            base=base,
            collection=world.collection,
            person=self.person,
            quote=quote,
            stable_uuid=stable_uuid,
            timestamp=timestamp,
        ).fill

    def person(self, number: str) -> dict[str, Any]:
        """The identity of an account."""
        self._drop_outdated()
        if number not in self._people:
            account = self.world.collection.accounts.by_id[number]
            self._people[number] = self.fill("person", account=account, descriptor=self.descriptor(number))
        return self._people[number]

    def descriptor(self, number: str) -> str:
        """The descriptor of an account, which begins with its kind."""
        program = self.world.collection.accounts.by_id[number].kind == "service"
        kind = "win" if self.world.collection.server else "aadsp" if program else "aad"
        return f"{kind}.{stable_uuid('descriptor', number).replace('-', '')}"

    def field_ref(self, ref: str) -> Any:
        """A field where another thing refers to it."""
        return self.fill("field_ref", field=self.world.collection.fields[ref])

    def types(self, project: Project, types: Iterable[str]) -> list[Any]:
        """Types where another thing refers to them."""
        return [self.fill("type_ref", project=project, name=name) for name in types]

    def item_url(self, item: int, project: Project | None = None) -> str:
        """The address of an item, through a project if one is given."""
        scope = f"/{project.id}" if project else ""
        return f"{self.base}{scope}/_apis/wit/workItems/{item}"

    def item(
        self,
        item: WorkItem,
        *,
        fields: Names[str] = (),
        expand: str = "none",
        at: datetime | None = None,
        saved: bool = False,
    ) -> dict[str, Any]:
        """An item.

        Args:
            item: The item.
            fields: Reference names of the fields to show; none is all usual ones.
            expand: What to show besides, one of `EXPANSIONS`.
            at: As of when; None is now.
            saved: Whether it was just saved, which shows links without being asked for.
        """
        revision = (item.as_of(at) if at else None) or item.now
        project, linked = self.world.project_of(revision), self.relations(item, at)
        values = dict(self.fields(item, revision))
        above = next((relation.other for relation in linked if relation.rel == PARENT), None)
        if above is not None:
            values[names.PARENT] = above
        if fields or expand in ("fields", "all"):
            values = self.system_fields(item, revision) | values
        if fields:
            values = {ref: values[ref] for ref in fields if ref in values}
        more: dict[str, Any] = {}
        if linked and (saved or expand in ("relations", "all")):
            more["relations"] = [self._relation(relation, name=name_of(relation.rel)) for relation in linked]
        if saved or expand in ("links", "all"):
            url, kind = self.item_url(item.id, project), revision.fields[names.TYPE]
            more["links"] = self.fill("item_links", item=item, project=project, url=url, type=kind)
        shown: dict[str, Any] = self.fill(
            "item",
            item=item,
            revision=revision,
            fields=values,
            formats=self._formats(revision, values),
            url=self.item_url(item.id),
            **more,
        )
        return shown

    def feed_entry(
        self, item: WorkItem, revision: Revision, *, fields: Names[str], long_texts: bool, identities: bool
    ) -> dict[str, Any]:
        """A revision as the feed shows it: without long texts unless asked, and people as strings unless asked."""
        known = self.world.collection.fields
        values = {**self.system_fields(item, revision), **self.fields(item, revision)}
        if fields:
            values = {ref: values[ref] for ref in fields if ref in values}
        shown = {ref: value for ref, value in values.items() if long_texts or not known[ref].long}
        if not identities:
            shown = {ref: _combined(value) if isinstance(value, dict) else value for ref, value in shown.items()}
        return {"id": item.id, "rev": revision.rev, "fields": shown}

    def update(self, item: WorkItem, step: Update) -> dict[str, Any]:
        """One save of an item."""
        name = self.world.collection.accounts.by_id[step.by].combined
        links = {"added": step.added, "removed": step.removed}
        changed = {key: [self._relation(r, name=None) for r in found] for key, found in links.items() if found}
        more: dict[str, Any] = {"relations": changed} if changed else {}
        if step.revised:
            more["fields"] = self._changes(item, step.rev)
        shown: dict[str, Any] = self.fill(
            "update",
            item=item,
            step=step,
            by={**self.person(step.by), "name": name},
            revised=self._revised(item, item.revisions[step.rev - 1]) if step.revised else timestamp(step.at),
            url=self.item_url(item.id, self.world.project_of(item)),
            **more,
        )
        return shown

    def comment(self, item: WorkItem, comment: Comment, *, has_formats: bool, old_ids: bool) -> dict[str, Any]:
        """A comment."""
        markdown = comment.format == "markdown"
        more = {"rendered": texts.rendered(comment.now.text, comment.format)} if has_formats and markdown else {}
        shown: dict[str, Any] = self.fill(
            "comment",
            item=item,
            comment=comment,
            has_formats=has_formats,
            old_ids=old_ids,
            url=self.comments_url(item),
            **more,
        )
        return shown

    def comments_url(self, item: WorkItem) -> str:
        """The address of an item's comments."""
        return f"{self.item_url(item.id, self.world.project_of(item))}/comments"

    def relations(self, item: WorkItem, at: datetime | None = None) -> list[Relation]:
        """The links of an item, now or at another moment; those to what nobody can see are left out."""
        links = self.world.links.of(item.id)
        if at is not None:
            links = []
            for step in item.updates:
                if step.at <= at:
                    links = [*(link for link in links if link not in step.removed), *step.added]
        visible = {link.other: self.world.items.get(link.other) for link in links}
        return [r for r in links if (other := visible[r.other]) and not (other.deleted or other.hidden)]

    def fields(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        """The fields that every reply has, without the parent; not to be changed."""
        self._drop_outdated()
        kept = self._fields.get(revision.watermark)
        if kept is None:
            kept = self._fields[revision.watermark] = self._usual_fields(item, revision)
        return kept

    def system_fields(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        """The fields that are shown only when they are asked for."""
        area, iteration = revision.node(names.AREA_ID), revision.node(names.ITERATION_ID)
        return {
            names.ID: item.id,
            names.REV: revision.rev,
            names.WATERMARK: revision.watermark,
            names.REVISED: self._revised(item, revision),
            names.DELETED: revision.deleted,
            names.AREA_ID: area,
            names.ITERATION_ID: iteration,
            "System.NodeName": self.world.collection.trees.by_id[area].name,
            "System.AuthorizedDate": timestamp(revision.at),
            "System.AuthorizedAs": self.person(revision.by),
            "System.PersonId": int(revision.by[:7], 16),
        }

    def _drop_outdated(self) -> None:
        if self._version != self.world.collection.version:
            self._version = self.world.collection.version
            self._fields.clear()
            self._people.clear()

    def _usual_fields(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        trees, first = self.world.collection.trees, item.revisions[0]
        shown = {
            names.AREA: trees.path(revision.node(names.AREA_ID)),
            names.PROJECT: self.world.project_of(revision).name,
            names.ITERATION: trees.path(revision.node(names.ITERATION_ID)),
            names.CREATED: timestamp(first.at),
            names.CREATED_BY: self.person(first.by),
            names.CHANGED: timestamp(revision.at),
            names.CHANGED_BY: self.person(revision.by),
            **self._board_fields(item, revision),
        }
        for ref, value in sorted(revision.fields.items()):
            if ref not in (names.AREA_ID, names.ITERATION_ID):
                shown[ref] = self._value(ref, value)
        if revision.history is not None:
            shown[names.HISTORY] = revision.history
        return shown

    def _board_fields(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        """What boards add to an item: its column, and fields of their own."""
        project, kind = self.world.project_of(revision), str(revision.fields[names.TYPE])
        level = project.process.level_of(kind, project.process.bugs)
        if level is None or level.kind == "task":
            return {}
        state = str(revision.fields[names.STATE])
        done = project.process.types[kind].category(state) == COMPLETED
        shown: dict[str, Any] = {names.BOARD_COLUMN: state, names.BOARD_DONE: done}
        for team in self.world.collection.teams_of(project):
            if team_filter(self.world, team)(item):
                prefix = board_prefix(team)
                shown |= {f"{prefix}_Kanban.Column": state, f"{prefix}_Kanban.Column.Done": done}
        return shown

    def _value(self, ref: str, value: Value) -> Any:
        field = self.world.collection.fields.get(ref)
        if isinstance(value, tuple):
            return "; ".join(sorted(value, key=str.casefold))
        if isinstance(value, datetime):
            return timestamp(value)
        return self.person(str(value)) if field is not None and field.identity else value

    def _formats(self, revision: Revision, shown: Iterable[str]) -> dict[str, str]:
        """The format of every long text that is shown."""
        known = self.world.collection.fields
        return {ref: revision.formats.get(ref, "html") for ref in shown if ref in known and known[ref].type == "html"}

    def _revised(self, item: WorkItem, revision: Revision) -> str | None:
        """Until when a revision was the current one."""
        later = item.revisions[revision.rev : revision.rev + 1]
        return timestamp(later[0].at) if later else FOREVER

    def _changes(self, item: WorkItem, rev: int) -> dict[str, Any]:
        """The fields whose values a revision changed."""
        new, old = self._all_fields(item, rev), self._all_fields(item, rev - 1) if rev > 1 else {}
        old.pop(names.HISTORY, None)
        changes: dict[str, Any] = {}
        for ref in {**new, **old}:
            if new.get(ref) != old.get(ref):
                before = {"oldValue": old[ref]} if ref in old else {}
                changes[ref] = before | ({"newValue": new[ref]} if ref in new else {})
        return changes

    def _all_fields(self, item: WorkItem, rev: int) -> dict[str, Any]:
        revision = item.revisions[rev - 1]
        return self.system_fields(item, revision) | self.fields(item, revision)

    def _relation(self, relation: Relation, *, name: str | None) -> Any:
        values = {} if name is None else {"name": name}
        return self.fill("relation", relation=relation, url=self.item_url(relation.other), **values)


def _combined(person: Mapping[str, Any]) -> str:
    unique = person["uniqueName"]
    return f"{person['displayName']} <{unique}>" if unique else str(person["displayName"])
