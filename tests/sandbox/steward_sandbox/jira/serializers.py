"""Builds the JSON of replies from their templates, and chooses the parts of issues that a reply holds.

What does not change is encoded once: people and names for good, issues and comments for each of their states.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from jinja2 import Undefined
from msgspec import Raw, Struct

from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Comment, Doc, Issue, Named, Value
from steward_sandbox.jira.site import LISTS
from steward_sandbox.jira.world import World
from steward_sandbox.reply_templates import ReplyTemplates

_IMPEDIMENT = Named(fields.IMPEDIMENT, "Impediment")
_encode = msgspec.json.encode

T = TypeVar("T")


class Serializer:
    """Builds replies for one address and one version of the API: 3 has Atlassian documents, 2 has wiki text."""

    def __init__(self, world: World, base: str, version: int, *, cloud: bool) -> None:
        self.world, self.site = world, world.site
        self.version, self.cloud = version, cloud
        self.rest = f"{base}/rest/api/{version}"
        deployment, shared = "cloud" if cloud else "server", {"base": base, "rest": self.rest, "site": self.site}
        self._templates = ReplyTemplates("jira", deployment, show=self, **shared)
        catalogue = self.site.catalogue
        lists = {kind: getattr(catalogue, name).__getitem__ for kind, name in LISTS.items()}
        people = self.site.accounts.by_id.__getitem__
        self._lookups: dict[str, Callable[[str], Any]] = {**lists, "project": self.site.project, "person": people}
        self._built: dict[tuple[str, Any], Raw] = {}
        self._states: dict[tuple[str, int], tuple[Any, Any]] = {}

    def fill(self, template: str, thing: Any = None, **values: Any) -> Any:
        """A reply from a template, which sees the attributes of a thing, the thing as `it`, and more values."""
        attributes = msgspec.structs.asdict(thing) if isinstance(thing, Struct) else {}
        return self._templates.fill(template, **{**attributes, "it": thing, **values})

    def each(self, template: str, things: Iterable[Any], **values: Any) -> list[Any]:
        return [self.fill(template, thing, **values) for thing in things]

    def build(self, template: str, thing: Any) -> Raw:
        """What a template makes of a thing that never changes, encoded once."""
        key = (template, thing)
        if key not in self._built:
            self._built[key] = Raw(_encode(self.fill(template, thing)))
        return self._built[key]

    def build_each(self, template: str, things: Iterable[Any]) -> list[Raw]:
        return [self.build(template, thing) for thing in things]

    def named(self, kind: str, name: str | None) -> Raw | None:
        return None if name is None else self.build(kind, self._lookups[kind](name))

    def people(self, accounts: Iterable[str]) -> list[Raw | None]:
        """People by their account ids, with the details that everybody may see."""
        return [self.named("person", account) for account in sorted(accounts)]

    def time(self, moment: datetime | None) -> str | None:
        """A time as Jira writes it: in the site's zone, milliseconds, an offset without a colon."""
        if moment is None:
            return None
        local = moment.astimezone(self.site.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def utc(self, moment: datetime | None) -> str | Undefined:
        """A time as the board's resources write it."""
        if moment is None:
            return Undefined()
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def text(self, doc: Doc | None) -> Any:
        return doc if doc is None or self.version == 3 else adf_text.to_wiki(doc)

    def components(self, issue: Issue) -> list[Raw]:
        find = self.site.catalogue.component
        return [self.build("component", find(issue.project, name)) for name in issue.components]

    def linked(self, number: int) -> Any:
        return self.fill("linked_issue", self.world.issues[number])

    def comment(self, issue: Issue, comment: Comment) -> Raw:
        return self._of_state("comment", comment, lambda: Raw(_encode(self.fill("comment", comment, issue=issue.id))))

    def comments(self, issue: Issue, most: int | None) -> list[Raw]:
        return [self.comment(issue, comment) for comment in issue.comments[:most]]

    def fields_of(self, issue: Issue) -> dict[str, Raw]:
        """The fields of an issue that depend on nothing else, encoded; empty ones are null or an empty list."""
        return self._of_state("fields", issue, lambda: self._plain_fields(issue))

    def related_fields(
        self, issue: Issue, wanted: Iterable[str], children: Mapping[int, list[Issue]]
    ) -> dict[str, Any]:
        parent = self.world.issues.get(issue.parent or 0)
        is_epic = parent is not None and self._level(parent) == 1
        sprint = "sprint" if self.cloud else "sprint_string"
        build: dict[str, Callable[[], Any]] = {
            "subtasks": lambda: [self.linked(c.id) for c in children.get(issue.id, ()) if self._level(c) < 0],
            # A link to what the caller may not see is left out.
            "issuelinks": lambda: self.each("link", (k for k in issue.links if not self.world.issues[k.other].hidden)),
            fields.SPRINT: lambda: [self.build(sprint, self.site.sprints[n]) for n in issue.sprints] or None,
            fields.EPIC_LINK: lambda: parent.key if parent is not None and is_epic else None,
        }
        # On Data Center an issue names its epic by the epic link alone.
        if parent is not None and (self.cloud or self._level(issue) < 0):
            build["parent"] = lambda: self.linked(parent.id)
        return {name: build[name]() for name in wanted if name in build}

    def _of_state(self, kind: str, thing: Any, build: Callable[[], T]) -> T:
        """What is built of one state of a thing that changes."""
        kept = self._states.get((kind, thing.id))
        if kept is None or kept[0] is not thing:
            kept = self._states[kind, thing.id] = (thing, build())
        known: T = kept[1]
        return known

    def _plain_fields(self, issue: Issue) -> dict[str, Raw]:
        spent, known = sum(worklog.seconds for worklog in issue.worklogs), self.site.fields.by_id
        shown = self.fill("issue_fields", issue, spent=spent, impediment=_IMPEDIMENT)
        shown |= {name: self._value(known[name], value) for name, value in issue.custom.items()}
        return {
            field.id: Raw(_encode(shown.get(field.id, [] if field.type == "array" and not field.custom else None)))
            for field in self.site.fields.of_project(issue.project)
            if field.id not in ("parent", "comment")
        }

    def _value(self, field: Field, value: Value) -> Any:
        if isinstance(value, dict):
            return self.text(value)
        return self.named("option", value) if field.type == "option" and isinstance(value, str) else value

    def _level(self, issue: Issue) -> int:
        return self.site.catalogue.types[issue.type].level


@dataclass
class Selection:
    """The parts of issues in a reply; `wanted` has field ids, `*all`, `*navigable`, and `-id` for what to leave out."""

    serialize: Serializer
    wanted: Sequence[str]
    changelog: bool
    changelog_shown: int | None
    comments_shown: int | None

    def __post_init__(self) -> None:
        self.bare = set(self.wanted) <= {"id", "key"} and not self.changelog
        self._names = _names(self.wanted, self.serialize.site.fields)

    def build(self, issues: Sequence[Issue]) -> list[dict[str, Any]]:
        if self.bare and "key" not in self.wanted and self.serialize.cloud:
            return [{"id": str(issue.id)} for issue in issues]
        below = self.serialize.world.children([i.id for i in issues]) if "subtasks" in self._names else {}
        return [self._issue(issue, below) for issue in issues]

    def _issue(self, issue: Issue, below: Mapping[int, list[Issue]]) -> Any:
        parts: dict[str, Any] = {} if self.bare else {"fields": self._fields(issue, below)}
        if self.changelog:
            parts["changelog"] = self.serialize.fill("changelog", issue, most=self.changelog_shown)
        return self.serialize.fill("issue", issue=issue, **parts)

    def _fields(self, issue: Issue, below: Mapping[int, list[Issue]]) -> dict[str, Any]:
        plain = self.serialize.fields_of(issue)
        related = self.serialize.related_fields(issue, self._names, below)
        shown = {name: plain[name] for name in self._names if name in plain}
        shown |= {name: value for name, value in related.items() if name in plain or name == "parent"}
        if "comment" in self._names:
            shown["comment"] = self.serialize.fill("comment_page", issue, most=self.comments_shown)
        return shown


def _names(wanted: Sequence[str], known: fields.Fields) -> list[str]:
    navigable = [field.id for field in known if "not-navigable" not in field.flags]
    groups = {"*all": list(known.by_id), "*navigable": navigable}
    chosen: dict[str, None] = {}
    for word in wanted:
        if word.startswith("-"):
            chosen.pop(word[1:], None)
        else:
            chosen |= dict.fromkeys(groups.get(word) or [word] * (word in known.by_id))
    return list(chosen)
