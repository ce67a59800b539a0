"""Builds the JSON of replies from the templates in `data/replies.json`, which see the serializer as `show`."""

from collections.abc import Collection as Names
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Raw

from steward_sandbox.azure_devops import names, texts
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.links import PARENT, name_of, relation_from
from steward_sandbox.azure_devops.model import Comment, LinkEvent, Relation, Revision, WorkItem
from steward_sandbox.azure_devops.responses import timestamp
from steward_sandbox.azure_devops.values import values_of
from steward_sandbox.azure_devops.world import World
from steward_sandbox.ids import stable_uuid
from steward_sandbox.reply_templates import ReplyTemplates


@lru_cache(maxsize=4)
def serializer_for(world: World, base: str) -> "Serializer":
    return Serializer(world, base)


class Serializer:
    def __init__(self, world: World, base: str) -> None:
        self.world, self.base = world, base
        deployment = "server" if world.collection.server else "services"
        functions = {"show": self, "quote": quote, "stable_uuid": stable_uuid, "timestamp": timestamp}
        templates = ReplyTemplates("azure_devops", deployment, base=base, world=world, **functions)
        self.fill = templates.fill
        self._built: dict[tuple[Any, ...], Raw] = {}

    def build(self, template: str, **things: Any) -> Raw:
        """What a template makes of things that never change, encoded once."""
        key = (template, *things.values())
        if key not in self._built:
            self._built[key] = Raw(msgspec.json.encode(self.fill(template, **things)))
        return self._built[key]

    def person(self, number: str) -> Any:
        return self.fill("person", account=self.world.collection.accounts.by_id[number])

    def descriptor(self, number: str) -> str:
        """The descriptor of an account, which begins with its kind."""
        program = self.world.collection.accounts.by_id[number].kind == "service"
        kind = "win" if self.world.collection.server else "aadsp" if program else "aad"
        return f"{kind}.{stable_uuid('descriptor', number).replace('-', '')}"

    def field_ref(self, ref: str) -> Any:
        return self.fill("field_ref", field=self.world.collection.fields[ref])

    def types(self, project: Project, types: Iterable[str]) -> list[Any]:
        return [self.fill("type_ref", project=project, name=name) for name in types]

    def item_url(self, item: int, project: Project | None = None) -> str:
        scope = f"/{project.id}" if project else ""
        return f"{self.base}{scope}/_apis/wit/workItems/{item}"

    def comments_url(self, item: WorkItem) -> str:
        return f"{self.item_url(item.id, self.world.project_of(item))}/comments"

    def item(self, item: WorkItem, *, fields: Names[str] = (), system: bool = False, relations: bool = False) -> Any:
        """An item with the fields of these names, or all usual ones; `system` adds those that are shown on request."""
        linked = self.relations(item)
        values = self.fields(item, item.now, system=bool(fields) or system)
        values.update((names.PARENT, relation.other) for relation in linked if relation.rel == PARENT)
        if fields:
            values = {ref: values[ref] for ref in fields if ref in values}
        known = self.world.collection.fields
        html = [ref for ref in values if known[ref].type == "html"]
        more = {"relations": [self.fill("relation", relation=link, name=name_of(link.rel)) for link in linked]}
        more = more if relations and linked else {}
        formats = {ref: item.now.formats.get(ref, "html") for ref in html}
        return self.fill("item", item=item, fields=values, formats=formats, **more)

    def feed_entry(
        self, item: WorkItem, revision: Revision, *, fields: Names[str], long_texts: bool, identities: bool
    ) -> dict[str, Any]:
        """A revision as the feed shows it: without long texts unless asked, and people as strings unless asked."""
        known = self.world.collection.fields
        values = self.fields(item, revision, system=True)
        kept = {ref: values[ref] for ref in fields or values if ref in values and (long_texts or not known[ref].long)}
        if not identities:
            people = self.world.collection.accounts.by_id
            kept = {ref: people[v["id"]].combined if isinstance(v, dict) else v for ref, v in kept.items()}
        return {"id": item.id, "rev": revision.rev, "fields": kept}

    def updates(self, item: WorkItem) -> list[Any]:
        """Every save of an item; a change of links alone is one without a revision of its own."""
        events = [event for event in self.world.links.feed if item.id in (event.source, event.target)]
        steps: list[Revision | LinkEvent] = sorted([*item.revisions, *events], key=lambda step: step.watermark)
        shown, rev = [], 0
        for number, step in enumerate(steps, start=1):
            if isinstance(step, Revision):
                rev = step.rev
                fields = self._changes(item, rev)
                revised = fields[names.REVISED]["newValue"]
                changes = {"fields": fields, "revised": revised}
            else:
                link = relation_from(item.id, (step.type, step.source, step.target))
                kind = "added" if step.active else "removed"
                relations = {kind: [self.fill("relation", relation=link)]}
                changes = {"relations": relations, "revised": timestamp(step.at)}
            project, account = self.world.project_of(item), self.world.collection.accounts.by_id[step.by]
            values = {"item": item, "id": number, "rev": rev, "project": project, "account": account}
            shown.append(self.fill("update", **values, **changes))
        return shown

    def comment(self, item: WorkItem, comment: Comment, *, has_formats: bool, old_ids: bool) -> Any:
        markdown = has_formats and comment.format == "markdown"
        more = {"rendered": texts.rendered(comment.now.text, comment.format)} if markdown else {}
        return self.fill("comment", item=item, comment=comment, has_formats=has_formats, old_ids=old_ids, **more)

    def relations(self, item: WorkItem) -> list[Relation]:
        """The links of an item; those to what nobody can see are left out."""
        others = self.world.items
        links = self.world.links.of(item.id)
        return [link for link in links if (other := others.get(link.other)) and not (other.deleted or other.hidden)]

    def fields(self, item: WorkItem, revision: Revision, *, system: bool) -> dict[str, Any]:
        """The fields of a revision without the parent; some of the system's are shown only when they are asked for."""
        values = sorted(values_of(self.world, item, revision).items())
        return {ref: self._value(ref, value) for ref, value in values if system or ref not in names.ONLY_ASKED}

    def _value(self, ref: str, value: Any) -> Any:
        field = self.world.collection.fields[ref]
        if field.type == "dateTime":
            return timestamp(value)
        if ref == names.TAGS:
            return "; ".join(sorted(value, key=str.casefold))
        return self.person(value) if field.identity else value

    def _changes(self, item: WorkItem, rev: int) -> dict[str, Any]:
        new, old = self._fields_at(item, rev), self._fields_at(item, rev - 1) if rev > 1 else {}
        old.pop(names.HISTORY, None)
        changes: dict[str, Any] = {}
        for ref in {**new, **old}:
            if new.get(ref) != old.get(ref):
                before = {"oldValue": old[ref]} if ref in old else {}
                changes[ref] = before | ({"newValue": new[ref]} if ref in new else {})
        return changes

    def _fields_at(self, item: WorkItem, rev: int) -> dict[str, Any]:
        return self.fields(item, item.revisions[rev - 1], system=True)
