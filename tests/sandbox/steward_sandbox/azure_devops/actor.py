"""Acts as people and other programs in an organisation: what tests and demos do behind the service's back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from steward_sandbox.azure_devops import backlog_order, names, seed_values, texts
from steward_sandbox.azure_devops.links import PARENT, rel_of
from steward_sandbox.azure_devops.model import AccountKind, Comment, Format, Node, Relation, Team, Value, WorkItem
from steward_sandbox.azure_devops.world import Ref, World


class Actor:
    """Somebody who works by hand; items are named by id, or by the key of the backlog file."""

    def __init__(self, world: World, name: str, *, kind: AccountKind = "person") -> None:
        self.world = world
        self.account = world.collection.accounts.named(name, kind)

    def create(self, project: str, title: str, *, type: str | None = None, **values: Any) -> WorkItem:  # noqa: A002 - Azure's word
        """Add an item that was never ranked, as everything made outside the backlog is; `values` as for `edit`."""
        with self.world.lock:
            home = self.world.collection.project(project)
            kind = seed_values.type_of(type, home.process, under_story=type in ("Task", "task"))
            given = seed_values.field_values(self.world.collection, home, kind, {"title": title, **values})
            fields = {ref: value for ref, value in given.items() if value is not None}
            return self.world.create(home, kind, self.account, fields, formats=self._formats(fields))

    def edit(self, ref: Ref, **values: Any) -> WorkItem:
        """Change fields: title, description, acceptance_criteria, points, business_value, time_criticality,
        risk_reduction, wsjf, moscow, priority, blocked, state (or a word for its category), tags, assignee (a name),
        area and iteration (paths below the project). None empties a field.
        """
        with self.world.lock:
            item = self.world.item(ref)
            kind, project = self.world.type_of(item), self.world.project_of(item)
            fields = seed_values.field_values(self.world.collection, project, kind, values, item.now.formats)
            return self.world.save(item.id, self.account, fields, formats={**self._formats(fields), **item.now.formats})

    def tag(self, ref: Ref, *add: str, remove: Iterable[str] = ()) -> WorkItem:
        gone = {tag.casefold() for tag in remove}
        kept = [tag for tag in self.world.item(ref).tags if tag.casefold() not in gone]
        return self.edit(ref, tags=[*kept, *(tag for tag in add if tag not in kept)])

    def retype(self, ref: Ref, kind: str) -> WorkItem:
        return self.world.save(ref, self.account, {names.TYPE: kind})

    def move(self, ref: Ref, project: str) -> WorkItem:
        """Move an item to another project; it keeps its id. A type that is not known there becomes a story."""
        with self.world.lock:
            home = self.world.collection.project(project)
            kind = home.process.type(self.world.item(ref).type) or home.process.story
            place = {names.AREA_ID: home.areas, names.ITERATION_ID: home.iterations}
            return self.world.save(ref, self.account, {**place, names.TYPE: kind.name})

    def reparent(self, ref: Ref, parent: Ref | None) -> WorkItem:
        """Put an item below another one, or below none. Neither end gets a revision."""
        with self.world.lock:
            item = self.world.item(ref)
            above = self.world.links.parent(item.id)
            if above is not None:
                item = self.world.link(item.id, self.account, Relation(PARENT, above), active=False)
            if parent is None:
                return item
            return self.world.link(item.id, self.account, Relation(PARENT, self.world.item(parent).id))

    def link(self, ref: Ref, phrase: str, other: Ref) -> WorkItem:
        """Link two items: `link("A-1", "blocks", "A-2")`."""
        return self.world.link(ref, self.account, Relation(rel_of(phrase), self.world.item(other).id))

    def drag(self, ref: Ref, *, before: Ref | None = None) -> None:
        backlog_order.drag(self.world, ref, self.account, before=before)

    def comment(self, ref: Ref, text: str, *, format: Format | None = None) -> Comment:  # noqa: A002 - Azure's word
        form = format or self.world.collection.format
        return self.world.add_comment(ref, self.account, texts.typed(text, form), form)

    def edit_comment(self, ref: Ref, comment: int, text: str) -> Comment:
        """Replace the text of a comment, whoever wrote it; the item gets a revision."""
        form = self.world.comment(ref, comment).format
        return self.world.edit_comment(ref, comment, self.account, texts.typed(text, form))

    def delete_comment(self, ref: Ref, comment: int) -> None:
        """Delete a comment, whoever wrote it; the item gets a revision."""
        self.world.edit_comment(ref, comment, self.account, "", deleted=True)

    def delete(self, ref: Ref) -> WorkItem:
        return self.world.delete(ref, self.account)

    def restore(self, ref: Ref) -> WorkItem:
        return self.world.delete(ref, self.account, deleted=False)

    def destroy(self, ref: Ref) -> None:
        self.world.destroy(ref)

    def hide(self, ref: Ref, *, hidden: bool = True) -> WorkItem:
        """Take the right to see an item away from callers, or give it back; nothing tells them so."""
        return self.world.hide(ref, hidden=hidden)

    def plan_iteration(
        self, project: str, name: str, start: datetime | None = None, finish: datetime | None = None
    ) -> Node:
        """Make an iteration that the project's own team selects, or give one other dates."""
        with self.world.lock:
            collection = self.world.collection
            home = collection.project(project)
            node = collection.trees.ensure(home.iterations, seed_values.parts_of(name))
            collection.select_iteration(collection.default_team(home), node.id)
            return collection.trees.set_dates(node.id, start, finish)

    def change_team(self, project: str, **values: Any) -> Team:
        collection = self.world.collection
        team = collection.default_team(collection.project(project))
        return collection.set_team(replace(team, **values))

    def _formats(self, fields: Mapping[str, Value | None]) -> dict[str, Format]:
        collection = self.world.collection
        if collection.format == "html":
            return {}
        return {ref: collection.format for ref in fields if collection.fields[ref].type == "html"}
