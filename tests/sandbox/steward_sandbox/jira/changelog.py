"""Writes the changelog: the entries for an issue that goes from one state to another."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.model import ChangeItem, Issue, Value
from steward_sandbox.jira.site import Site

KeyOf = Callable[[int], str]
Side = tuple[str | None, str | None]
"""One side of a change: the value, and how people read it."""


def changes(before: Issue, after: Issue, site: Site, key_of: KeyOf) -> tuple[ChangeItem, ...]:
    """The entries for going from one state to the next; a rank has its own, see `ranked`."""
    return (
        *_moved(before, after, site),
        *_system_fields(before, after, site, key_of),
        *_components(before, after, site),
        *_custom_fields(before.custom, after.custom, site),
    )


def ranked(*, higher: bool) -> ChangeItem:
    """The entry for a new rank: Jira tells the direction only."""
    return ChangeItem("Rank", fields.RANK, True, "", "", "", "Ranked higher" if higher else "Ranked lower")


def _moved(before: Issue, after: Issue, site: Site) -> Iterator[ChangeItem]:
    if before.project != after.project:
        old, new = site.project(before.project), site.project(after.project)
        yield ChangeItem("project", "project", False, old.id, old.name, new.id, new.name)
        yield ChangeItem("Key", None, before_text=before.key, after_text=after.key)


def _system_fields(before: Issue, after: Issue, site: Site, key_of: KeyOf) -> Iterator[ChangeItem]:
    catalogue, accounts, sprints = site.catalogue, site.accounts.by_id, site.sprints
    parent = "Parent" if catalogue.types[after.type].level < 0 else "IssueParentAssociation"

    def named(things: Mapping[str, Any]) -> Callable[[str], Side]:
        return lambda name: (things[name].id, things[name].name)

    shown: dict[str, tuple[str, str | None, Callable[[Any], Side]]] = {
        "summary": ("summary", "summary", lambda text: (None, text)),
        "description": ("description", "description", lambda doc: (None, adf_text.to_wiki(doc) or None)),
        "labels": ("labels", "labels", lambda labels: ("", " ".join(labels))),
        "type": ("issuetype", "issuetype", named(catalogue.types)),
        "status": ("status", "status", named(catalogue.statuses)),
        "resolution": ("resolution", "resolution", named(catalogue.resolutions)),
        "priority": ("priority", "priority", named(catalogue.priorities)),
        "security": ("security", "security", named(catalogue.security_levels)),
        "assignee": ("assignee", "assignee", named(accounts)),
        "reporter": ("reporter", "reporter", named(accounts)),
        "parent": (parent, None, lambda number: (str(number), key_of(number))),
        "sprints": ("Sprint", fields.SPRINT, lambda ids: (_joined(ids), _joined(sprints[n].name for n in ids))),
        "flagged": ("Flagged", fields.FLAGGED, lambda on: (f"[{fields.IMPEDIMENT}]", "Impediment") if on else _NONE),
    }
    for attribute, (name, field, show) in shown.items():
        old, new = getattr(before, attribute), getattr(after, attribute)
        sides = [_NONE if value is None else show(value) for value in (old, new)]
        if old != new and sides[0] != sides[1]:
            custom = field is not None and field.startswith("custom")
            yield ChangeItem(name, field, custom, *sides[0], *sides[1])


_NONE: Side = (None, None)


def _joined(parts: Any) -> str:
    return ", ".join(map(str, parts))


def _components(before: Issue, after: Issue, site: Site) -> Iterator[ChangeItem]:
    find = site.catalogue.component
    for name in dict.fromkeys((*before.components, *after.components)):
        if name not in after.components:
            yield ChangeItem("Component", "components", before=find(before.project, name).id, before_text=name)
        elif name not in before.components:
            yield ChangeItem("Component", "components", after=find(after.project, name).id, after_text=name)


def _custom_fields(before: Mapping[str, Value], after: Mapping[str, Value], site: Site) -> Iterator[ChangeItem]:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old != new:
            field = site.fields.by_id[name]
            options = site.catalogue.options if field.type == "option" else {}
            ids = [options[str(value)].id if str(value) in options else None for value in (old, new)]
            yield ChangeItem(field.name, field.id, True, ids[0], as_text(old), ids[1], as_text(new))


def as_text(value: Value) -> str | None:
    """A custom field's value as people read it."""
    if isinstance(value, dict):
        return adf_text.to_wiki(value)
    return f"{value:g}" if isinstance(value, (int, float)) else value
