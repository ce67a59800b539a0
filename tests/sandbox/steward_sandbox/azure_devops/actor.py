"""Plays people and other bots in a pretended organisation: what tests and demos do behind the service's back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from steward_sandbox.azure_devops import backlog_view, seeding_words, texts
from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.links import PARENT, by_words
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

_PLAIN = {
    "title": names.TITLE,
    "state": names.STATE,
    "reason": names.REASON,
    "priority": names.PRIORITY,
    "business_value": names.BUSINESS_VALUE,
    "time_criticality": names.TIME_CRITICALITY,
    "risk_reduction": "Custom.RROE",
    "wsjf": "Custom.WSJF",
    "moscow": "Custom.MoSCoW",
    "blocked": names.BLOCKED,
}
_NUMBERS = ("double",)


class Actor:
    """Somebody who works with their own hands; everything they do looks as Azure DevOps makes it look.

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
        """Adds an item that was never ranked, as everything made outside the backlog is; `values` as for `edit`."""
        with self.world.lock:
            home = self.world.collection.project(project)
            kind = seeding_words.type_of(type, home.process, under_story=type in ("Task", "task"))
            parent = values.pop("parent", None)
            fields, formats = self._values(kind, home.id, {"title": title, **values})
            given = {ref: value for ref, value in fields.items() if value is not None}
            made = self.world.create(home, kind, self.account, given, formats=formats)
            return self.reparent(made.id, parent) if parent is not None else made

    def edit(self, ref: Ref, **values: Any) -> WorkItem:
        """Changes fields: title, description, acceptance_criteria, points, business_value, time_criticality,
        risk_reduction, wsjf, moscow, priority, blocked, state, reason, tags, assignee (a name), area and iteration
        (paths below the project), order, or `fields={reference name: value}`. None empties a field.
        """
        with self.world.lock:
            item = self.world.item(ref)
            project = self.world.project_of(item)
            fields, formats = self._values(self.world.type_of(item), project.id, values, item.now.formats)
            return self.world.save(item.id, self.account, fields, formats=formats)

    def tag(self, ref: Ref, *add: str, remove: Iterable[str] = ()) -> WorkItem:
        """Adds and removes tags."""
        gone = {tag.casefold() for tag in remove}
        kept = [tag for tag in self.world.item(ref).tags if tag.casefold() not in gone]
        return self.edit(ref, tags=[*kept, *(tag for tag in add if tag not in kept)])

    def move_state(self, ref: Ref, state: str) -> WorkItem:
        """Moves an item to a state of that name, or to the first one of the category that the word means."""
        kind = self.world.type_of(self.world.item(ref))
        return self.edit(ref, state=seeding_words.state_of(state, kind, resolved=False).name)

    def retype(self, ref: Ref, kind: str) -> WorkItem:
        """Changes an item's type."""
        project = self.world.project_of(self.world.item(ref))
        found = project.process.type(kind)
        if found is None:
            raise KeyError(f"no type {kind!r} in {project.process.name}")
        return self.world.save(ref, self.account, {names.TYPE: found.name})

    def move(self, ref: Ref, project: str, *, area: str = "") -> WorkItem:
        """Moves an item to another project; it keeps its id. A type that is not known there becomes a story."""
        with self.world.lock:
            home = self.world.collection.project(project)
            kind = (
                home.process.type(self.world.item(ref).type) or home.process.types[home.process.requirements.types[0]]
            )
            node = self.world.collection.trees.path_made(home.areas, _parts(area))
            where: dict[str, Value | None] = {
                names.AREA_ID: node.id,
                names.ITERATION_ID: home.iterations,
                names.TYPE: kind.name,
            }
            return self.world.save(ref, self.account, where)

    def reparent(self, ref: Ref, parent: Ref | None) -> WorkItem:
        """Puts an item below another one, or below none. Neither end gets a revision."""
        with self.world.lock:
            item = self.world.item(ref)
            above = self.world.links.parent(item.id)
            if above is not None:
                self.world.unlink(item.id, self.account, Relation(PARENT, above))
            if parent is None:
                return self.world.item(item.id)
            return self.world.link(item.id, self.account, Relation(PARENT, self.world.item(parent).id))

    def link(self, ref: Ref, words: str, other: Ref, *, comment: str = "") -> WorkItem:
        """Links two items: `link("A-1", "blocks", "A-2")`, or a name such as `System.LinkTypes.Related`."""
        return self.world.link(ref, self.account, self._relation(words, other, comment))

    def unlink(self, ref: Ref, words: str, other: Ref) -> WorkItem:
        """Removes a link."""
        return self.world.unlink(ref, self.account, self._relation(words, other))

    def drag(self, *refs: Ref, before: Ref | None = None, after: Ref | None = None) -> list[tuple[int, float]]:
        """Moves items on the backlog, before or after another one, or to the top; says which positions changed."""
        team = self.world.collection.default_team(self.world.project_of(self.world.item(refs[0])))
        return backlog_view.drag(self.world, team, refs, self.account, before=before, after=after)

    def comment(self, ref: Ref, text: str, *, format: Format | None = None) -> Comment:  # noqa: A002 - Azure's word
        """Writes a comment; the item gets a revision."""
        form = format or self._format
        return self.world.add_comment(ref, self.account, texts.written(text, form), form)

    def edit_comment(self, ref: Ref, comment: int, text: str) -> Comment:
        """Rewrites a comment, whoever wrote it; the item gets a revision."""
        form = self.world.comment(ref, comment).format
        return self.world.edit_comment(ref, comment, self.account, texts.written(text, form))

    def delete_comment(self, ref: Ref, comment: int) -> None:
        """Deletes a comment, whoever wrote it; the item gets a revision."""
        self.world.delete_comment(ref, comment, self.account)

    def delete(self, ref: Ref) -> WorkItem:
        """Puts an item into the recycle bin."""
        return self.world.delete(ref, self.account)

    def restore(self, ref: Ref) -> WorkItem:
        """Takes an item out of the recycle bin."""
        return self.world.restore(ref, self.account)

    def destroy(self, ref: Ref) -> None:
        """Removes an item for good."""
        self.world.destroy(ref)

    def hide(self, ref: Ref, *, hidden: bool = True) -> WorkItem:
        """Takes the right to see an item away from callers, or gives it back; nothing tells them so."""
        return self.world.hide(ref, hidden=hidden)

    def rename_area(self, project: str, path: str, name: str) -> Node:
        """Renames an area; its items show another path and get no revision."""
        return self._rename("area", project, path, name)

    def rename_iteration(self, project: str, path: str, name: str) -> Node:
        """Renames an iteration; its items show another path and get no revision."""
        return self._rename("iteration", project, path, name)

    def plan_iteration(
        self, project: str, name: str, start: datetime | None = None, finish: datetime | None = None
    ) -> Node:
        """Makes an iteration that the project's own team selects, or gives one other dates."""
        with self.world.lock:
            collection = self.world.collection
            home = collection.project(project)
            node = collection.trees.path_made(home.iterations, _parts(name))
            collection.select_iteration(collection.default_team(home), node.id)
            return collection.trees.set_dates(node.id, start, finish)

    def change_team(self, project: str, name: str, **values: Any) -> Team:
        """Changes a team's settings: bugs, areas, iterations, backlog_iteration, default_iteration, hidden_levels,
        members, capacities, as `Team` holds them.
        """
        collection = self.world.collection
        team = collection.team(collection.project(project), name)
        return collection.set_team(msgspec.structs.replace(team, **values))

    @property
    def _format(self) -> Format:
        return "markdown" if self.world.collection.markdown else "html"

    def _rename(self, kind: NodeKind, project: str, path: str, name: str) -> Node:
        with self.world.lock:
            collection = self.world.collection
            node = collection.trees.named(kind, collection.project(project).id, path)
            if node is None:
                raise KeyError(f"no {kind} {path!r} in {project}")
            return collection.trees.rename(node.id, name)

    def _relation(self, words: str, other: Ref, comment: str = "") -> Relation:
        kind, forward = by_words(words)
        return Relation(kind.rel(forward=forward), self.world.item(other).id, comment)

    def _values(
        self, kind: Type, project: str, given: Mapping[str, Any], formats: Mapping[str, Format] | None = None
    ) -> tuple[dict[str, Value | None], dict[str, Format]]:
        """The values as an item holds them, and the formats of its long texts."""
        values: dict[str, Value | None] = {}
        forms: dict[str, Format] = {}
        home = self.world.collection.projects[project]
        for name, value in given.items():
            match name:
                case "description" | "acceptance_criteria":
                    ref = names.CRITERIA if name == "acceptance_criteria" else seeding_words.text_field(kind)
                    forms[ref] = (formats or {}).get(ref, self._format)
                    values[ref] = texts.written(value, forms[ref]) if value else None
                case "assignee":
                    values[names.ASSIGNED] = self.world.collection.accounts.named(value).id if value else None
                case "tags":
                    values[names.TAGS] = tuple(self.world.collection.tag(project, tag) for tag in value or ())
                case "area":
                    values[names.AREA_ID] = self._node("area", project, home.areas, value)
                case "iteration":
                    values[names.ITERATION_ID] = self._node("iteration", project, home.iterations, value)
                case "fields":
                    values |= {ref: self._number(ref, found) for ref, found in value.items()}
                case _:
                    ref = self._field(name, kind, project)
                    values[ref] = self._number(ref, value)
        return values, forms

    def _field(self, name: str, kind: Type, project: str) -> str:
        """The reference name of a field by its plain name.

        Raises:
            KeyError: There is no such field on the type.
        """
        process = self.world.collection.projects[project].process
        ref = {"points": process.effort_of(kind.name), "order": process.order}.get(name, _PLAIN.get(name))
        if ref is None or ref not in kind.fields:
            raise KeyError(f"no field {name!r} on {kind.name}")
        return ref

    def _number(self, ref: str, value: Any) -> Any:
        field = self.world.collection.fields.get(ref)
        return float(value) if isinstance(value, int) and field is not None and field.type in _NUMBERS else value

    def _node(self, kind: NodeKind, project: str, root: int, path: str | None) -> int:
        if not path:
            return root
        found = self.world.collection.trees.named(kind, project, path)
        return found.id if found is not None else self.world.collection.trees.path_made(root, _parts(path)).id


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.replace("/", "\\").split("\\") if part)
