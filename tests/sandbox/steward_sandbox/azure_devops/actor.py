"""Acts as people and other programs in an organisation: what tests and demos do behind the service's back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from steward_sandbox.azure_devops import backlog_order, names, seed_values, texts
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.links import PARENT, rel_of
from steward_sandbox.azure_devops.model import (
    Account,
    AccountKind,
    Comment,
    Format,
    Node,
    NodeKind,
    Relation,
    Team,
    Value,
    WorkItem,
)
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.world import Ref, World

_FIELDS = {
    "title": names.TITLE,
    "state": names.STATE,
    "priority": names.PRIORITY,
    "business_value": names.BUSINESS_VALUE,
    "time_criticality": names.TIME_CRITICALITY,
    "risk_reduction": names.RISK_REDUCTION,
    "wsjf": names.WSJF,
    "moscow": names.MOSCOW,
    "blocked": names.BLOCKED,
}


class Actor:
    """Somebody who works by hand; everything they do looks as Azure DevOps makes it look.

    Items are named by id, or by the key of the backlog file.

    Args:
        world: The organisation's items.
        name: Who it is; the same name is the same account.
        kind: Whether it is a `person` or another `service`.
    """

    def __init__(self, world: World, name: str, *, kind: AccountKind = "person") -> None:
        self.world = world
        self.account: Account = world.collection.accounts.named(name, kind)

    def create(self, project: str, title: str, *, type: str | None = None, **values: Any) -> WorkItem:  # noqa: A002 - Azure's word
        """Add an item that was never ranked, as everything made outside the backlog is; `values` as for `edit`."""
        with self.world.lock:
            home = self.world.collection.project(project)
            kind = seed_values.type_of(type, home.process, under_story=type in ("Task", "task"))
            fields, formats = self._values(kind, home, {"title": title, **values}, {})
            given = {ref: value for ref, value in fields.items() if value is not None}
            return self.world.create(home, kind, self.account, given, formats=formats)

    def edit(self, ref: Ref, **values: Any) -> WorkItem:
        """Change fields: title, description, acceptance_criteria, points, business_value, time_criticality,
        risk_reduction, wsjf, moscow, priority, blocked, state, tags, assignee (a name), area and iteration (paths
        below the project), or `fields={reference name: value}`. None empties a field.
        """
        with self.world.lock:
            item = self.world.item(ref)
            kind, project = self.world.type_of(item), self.world.project_of(item)
            fields, formats = self._values(kind, project, values, item.now.formats)
            return self.world.save(item.id, self.account, fields, formats=formats)

    def tag(self, ref: Ref, *add: str, remove: Iterable[str] = ()) -> WorkItem:
        """Add and remove tags."""
        gone = {tag.casefold() for tag in remove}
        kept = [tag for tag in self.world.item(ref).tags if tag.casefold() not in gone]
        return self.edit(ref, tags=[*kept, *(tag for tag in add if tag not in kept)])

    def move_state(self, ref: Ref, state: str) -> WorkItem:
        """Move an item to a state of that name, or to the first one of the category that the word means."""
        return self.edit(ref, state=seed_values.state_of(state, self.world.type_of(self.world.item(ref))))

    def retype(self, ref: Ref, kind: str) -> WorkItem:
        """Change an item's type."""
        process = self.world.project_of(self.world.item(ref)).process
        found = process.type(kind)
        if found is None:
            raise KeyError(f"no type {kind!r} in {process.name}")
        return self.world.save(ref, self.account, {names.TYPE: found.name})

    def move(self, ref: Ref, project: str) -> WorkItem:
        """Move an item to another project; it keeps its id. A type that is not known there becomes a story."""
        with self.world.lock:
            home = self.world.collection.project(project)
            kind = home.process.type(self.world.item(ref).type) or home.process.story
            place: dict[str, Value] = {
                names.AREA_ID: home.areas,
                names.ITERATION_ID: home.iterations,
                names.TYPE: kind.name,
            }
            return self.world.save(ref, self.account, place)

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
        """Move an item on the backlog, before another one or to the top."""
        backlog_order.drag(self.world, ref, self.account, before=before)

    def comment(self, ref: Ref, text: str, *, format: Format | None = None) -> Comment:  # noqa: A002 - Azure's word
        """Write a comment; the item gets a revision."""
        form = format or self._format
        return self.world.add_comment(ref, self.account, texts.typed(text, form), form)

    def edit_comment(self, ref: Ref, comment: int, text: str) -> Comment:
        """Replace the text of a comment, whoever wrote it; the item gets a revision."""
        form = self.world.comment(ref, comment).format
        return self.world.edit_comment(ref, comment, self.account, texts.typed(text, form))

    def delete_comment(self, ref: Ref, comment: int) -> None:
        """Delete a comment, whoever wrote it; the item gets a revision."""
        self.world.edit_comment(ref, comment, self.account, "", deleted=True)

    def delete(self, ref: Ref) -> WorkItem:
        """Put an item into the recycle bin."""
        return self.world.delete(ref, self.account)

    def restore(self, ref: Ref) -> WorkItem:
        """Take an item out of the recycle bin."""
        return self.world.delete(ref, self.account, deleted=False)

    def destroy(self, ref: Ref) -> None:
        """Remove an item for good."""
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

    def change_team(self, project: str, name: str, **values: Any) -> Team:
        """Change a team's settings, as `Team` holds them."""
        collection = self.world.collection
        team = collection.find_team(collection.project(project), name)
        if team is None:
            raise KeyError(f"no team {name!r} in {project}")
        return collection.set_team(replace(team, **values))

    @property
    def _format(self) -> Format:
        return "markdown" if self.world.collection.markdown else "html"

    def _values(
        self, kind: Type, project: Project, given: Mapping[str, Any], formats: Mapping[str, Format]
    ) -> tuple[dict[str, Value | None], dict[str, Format]]:
        """The values as an item holds them, and the formats of its long texts."""
        values: dict[str, Value | None] = {}
        forms: dict[str, Format] = {}
        for name, value in given.items():
            match name:
                case "description" | "acceptance_criteria":
                    ref = names.CRITERIA if name == "acceptance_criteria" else kind.text_field
                    forms[ref] = formats.get(ref, self._format)
                    values[ref] = texts.typed(value, forms[ref]) if value else None
                case "assignee":
                    values[names.ASSIGNED] = self.world.collection.accounts.named(value).id if value else None
                case "tags":
                    values[names.TAGS] = tuple(self.world.collection.tag(project, tag) for tag in value or ())
                case "area":
                    values[names.AREA_ID] = self._node("area", project, value)
                case "iteration":
                    values[names.ITERATION_ID] = self._node("iteration", project, value)
                case "fields":
                    values |= value
                case _:
                    values[self._field(name, kind, project)] = value
        return {ref: self._number(ref, value) for ref, value in values.items()}, forms

    def _field(self, name: str, kind: Type, project: Project) -> str:
        """The reference name of a field.

        Raises:
            KeyError: There is no such field on the type.
        """
        ref = project.process.effort_of(kind.name) if name == "points" else _FIELDS.get(name)
        if ref is None or ref not in kind.fields:
            raise KeyError(f"no field {name!r} on {kind.name}")
        return ref

    def _number(self, ref: str, value: Any) -> Any:
        field = self.world.collection.fields.get(ref)
        return float(value) if isinstance(value, int) and field is not None and field.type == "double" else value

    def _node(self, kind: NodeKind, project: Project, path: str | None) -> int:
        """A node by its path, made where it is missing; the root without one."""
        root = project.areas if kind == "area" else project.iterations
        if not path:
            return root
        trees = self.world.collection.trees
        found = trees.named(kind, project.id, path)
        return found.id if found is not None else trees.ensure(root, seed_values.parts_of(path)).id
