"""Shapes work items, their updates and their revisions as Azure DevOps answers them."""

from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import shown_fields
from steward_sandbox.azure_devops.accounts import combined
from steward_sandbox.azure_devops.links import direction
from steward_sandbox.azure_devops.model import Relation, Revision, Update, WorkItem
from steward_sandbox.azure_devops.nouns import Nouns
from steward_sandbox.azure_devops.shown_fields import Shown
from steward_sandbox.azure_devops.wire import stamp
from steward_sandbox.azure_devops.world import World

EXPANSIONS = ("none", "relations", "fields", "links", "all")


class Answers:
    """Answers about the items of one world, for callers at one address.

    Args:
        world: What is told about.
        base: Address of the organisation.
    """

    def __init__(self, world: World, base: str) -> None:
        self.world = world
        self.nouns = Nouns(world.collection, base)
        self._shown = Shown(world, self.nouns)

    def item(
        self,
        item: WorkItem,
        *,
        fields: Names[str] = (),
        expand: str = "none",
        at: datetime | None = None,
        scoped: bool = True,
        identities: bool = True,
        relations: bool = False,
    ) -> dict[str, Any]:
        """An item.

        Args:
            item: The item.
            fields: Reference names of the fields to show; none is all usual ones.
            expand: What to show besides, one of `EXPANSIONS`.
            at: As of when; None is now.
            scoped: Whether addresses go through the project.
            identities: Whether people are objects; versions before 5.0 have strings.
            relations: Whether links are shown without being asked for, as saves do.
        """
        revision = item.as_of(at) if at is not None else item.now
        revision = revision or item.revisions[0]
        linked = self.relations(item, at)
        values = self._values(item, revision, linked, fields, expand)
        if not identities:
            values = as_strings(values)
        project = self.world.project_of(revision)
        url = self.nouns.item_url(item.id, project if scoped else None)
        shown: dict[str, Any] = {"id": item.id, "rev": revision.rev, "fields": values}
        if self.world.collection.server is None:
            shown["multilineFieldsFormat"] = shown_fields.formats(revision, values, self.world.collection.fields)
        if linked and (relations or expand in ("relations", "all")):
            shown["relations"] = [self._relation(relation, item) for relation in linked]
        if expand in ("links", "all") or relations:
            shown["_links"] = self.links(item, revision)
        if revision.comment is not None and relations is False and expand == "all":
            shown["commentVersionRef"] = self.comment_ref(item, revision)
        return shown | {"url": url}

    def revision(self, item: WorkItem, revision: Revision, *, expand: str = "none") -> dict[str, Any]:
        """An item as it was with one revision."""
        url = f"{self.nouns.item_url(item.id, self.world.project_of(item))}/revisions/{revision.rev}"
        linked = self.relations(item, revision.at)
        shown = {"id": item.id, "rev": revision.rev, "fields": self._values(item, revision, linked, (), expand)}
        if linked and expand in ("relations", "all"):
            shown["relations"] = [self._relation(relation, item) for relation in linked]
        if revision.comment is not None:
            shown["commentVersionRef"] = self.comment_ref(item, revision)
        return shown | {"url": url}

    def reported(
        self, item: WorkItem, revision: Revision, *, fields: Names[str], long_texts: bool, identities: bool, tags: bool
    ) -> dict[str, Any]:
        """A revision as the feed tells it: without its parent, without long texts unless asked, people as strings."""
        values = self._shown.usual(item, revision) | self._shown.core(item, revision, slim=True)
        if revision.deleted:
            values["System.IsDeleted"] = True
        if not long_texts:
            known = self.world.collection.fields
            values = {ref: value for ref, value in values.items() if not known[ref].long}
        if fields:
            core = self._shown.core(item, revision)
            values = {ref: value for ref, value in (core | values).items() if ref in fields}
        if tags and names.TAGS in values:
            values[names.TAGS] = self._shown.tag_refs(revision)
        return {"id": item.id, "rev": revision.rev, "fields": values if identities else as_strings(values)}

    def update(self, item: WorkItem, step: Update) -> dict[str, Any]:
        """One step in an item's life."""
        person = self.nouns.person(step.by)
        name = combined(self.world.collection.accounts.by_id[step.by])
        url = f"{self.nouns.item_url(item.id, self.world.project_of(item))}/updates/{step.id}"
        shown: dict[str, Any] = {
            "id": step.id,
            "workItemId": item.id,
            "rev": step.rev,
            "revisedBy": {**person, "name": name},
            "revisedDate": stamp(step.at),
        }
        if step.revised:
            shown["revisedDate"] = self._shown.revised(item, item.revisions[step.rev - 1])
            shown["fields"] = self._changes(item, step.rev)
        lists = {"added": step.added, "removed": step.removed}
        changed = {key: [self._relation(r, item, bare=True) for r in found] for key, found in lists.items() if found}
        if changed:
            shown["relations"] = changed
        return shown | {"url": url}

    def relations(self, item: WorkItem, at: datetime | None = None) -> list[Relation]:
        """The links of an item, now or at another moment; those to what nobody can see are left out."""
        found: Iterable[Relation] = self.world.links.of(item.id)
        if at is not None:
            then: dict[Relation, None] = {}
            for step in item.updates:
                if step.at <= at:
                    then |= dict.fromkeys(step.added)
                    for gone in step.removed:
                        then.pop(gone, None)
            found = then
        return [r for r in found if (other := self.world.items.get(r.other)) and not other.deleted and not other.hidden]

    def links(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        """Where to go from an item."""
        project = self.world.project_of(revision)
        url = self.nouns.item_url(item.id, project)
        kind = self.nouns.type_ref(project, str(revision.fields[names.TYPE]))["url"]
        return {
            "self": {"href": url},
            "workItemUpdates": {"href": f"{url}/updates"},
            "workItemRevisions": {"href": f"{url}/revisions"},
            "workItemComments": {"href": f"{url}/comments"},
            "html": {"href": f"{self.nouns.base}/{project.id}/_workitems/edit/{item.id}"},
            "workItemType": {"href": kind},
            "fields": {"href": f"{self.nouns.wit(project)}/fields"},
        }

    def comment_ref(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        """The comment that a revision was about."""
        number, version = revision.comment or (0, 0)
        comment = next((known for known in item.comments if known.id == number), None)
        said = comment.versions[min(version, len(comment.versions)) - 1] if comment else None
        url = f"{self.nouns.item_url(item.id, self.world.project_of(item))}/comments/{number}/versions/{version}"
        return {
            "commentId": number,
            "createdInRevision": revision.rev,
            "isDeleted": bool(said and said.deleted),
            "text": said.text if said else "",
            "version": version,
            "url": url,
        }

    def _values(
        self, item: WorkItem, revision: Revision, linked: list[Relation], fields: Names[str], expand: str
    ) -> dict[str, Any]:
        values = dict(self._shown.usual(item, revision))
        above = next((relation.other for relation in linked if relation.rel.endswith("Hierarchy-Reverse")), None)
        if above is not None:
            values[names.PARENT] = above
        if fields or expand in ("fields", "all"):
            values = self._shown.core(item, revision) | values
        if fields:
            return {ref: values[ref] for ref in fields if ref in values}
        return values

    def _changes(self, item: WorkItem, rev: int) -> dict[str, Any]:
        new = self._whole(item, item.revisions[rev - 1])
        old = self._whole(item, item.revisions[rev - 2]) if rev > 1 else {}
        changes: dict[str, Any] = {}
        for ref in {**new, **old}:
            if new.get(ref) == old.get(ref) or (ref == names.HISTORY and ref not in new):
                continue
            pair = {"oldValue": old[ref]} if ref in old and ref != names.HISTORY else {}
            changes[ref] = pair | ({"newValue": new[ref]} if ref in new else {})
        return changes

    def _whole(self, item: WorkItem, revision: Revision) -> dict[str, Any]:
        return self._shown.core(item, revision) | self._shown.usual(item, revision)

    def _relation(self, relation: Relation, item: WorkItem, *, bare: bool = False) -> dict[str, Any]:
        kind = direction(relation.rel)
        attributes: dict[str, Any] = {"isLocked": False}
        if kind is not None and not bare:
            attributes["name"] = kind[0].name(forward=kind[1])
        if relation.comment:
            attributes["comment"] = relation.comment
        url = self.nouns.item_url(relation.other, None if bare else self.world.project_of(item))
        return {"rel": relation.rel, "url": url, "attributes": attributes}


def as_strings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with people as strings."""
    return {ref: _string(value) if isinstance(value, dict) else value for ref, value in values.items()}


def _string(person: dict[str, Any]) -> str:
    return f"{person['displayName']} <{person['uniqueName']}>" if person["uniqueName"] else str(person["displayName"])
