"""Builds the JSON of replies from their templates: people, statuses, projects, sprints, issues, comments, changelogs.

A field of an issue is encoded once for each state of the issue; what depends on other issues is built every time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Raw

from steward_sandbox.backlog import SprintState
from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.catalogue import DEFAULT_PRIORITY
from steward_sandbox.jira.deployment import user_key, username
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import (
    Account,
    Board,
    Comment,
    Doc,
    History,
    Issue,
    IssueLink,
    IssueType,
    LinkType,
    Project,
    Sprint,
    Status,
    Value,
    Worklog,
)
from steward_sandbox.jira.reply_templates import Templates
from steward_sandbox.jira.site import Site
from steward_sandbox.jira.world import World

PUBLIC = "sd.public.comment"
"""The property by which a comment is internal to a service desk."""
_RELATED = ("parent", "subtasks", "issuelinks", fields.SPRINT, fields.EPIC_LINK)
_CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}
_AVATARS = {1: 10307, 0: 10315, -1: 10316}
_NULL = Raw(b"null")
_EMPTY = Raw(b"[]")
_encode = msgspec.json.encode


class Serializer:
    """Builds everything but issues, for one version of the API and one address.

    Args:
        site: What is described.
        base: The address in every link.
        version: 3 gives texts as Atlassian documents, 2 as wiki text.
        cloud: Whether the shapes are Cloud's or Data Center's.
    """

    def __init__(self, site: Site, base: str, version: int, *, cloud: bool) -> None:
        self.site = site
        self.version = version
        self.cloud = cloud
        self.base = base
        self.rest = f"{base}/rest/api/{version}"
        self.fill = Templates(cloud=cloud, base=base, rest=self.rest).fill

    def timestamp(self, moment: datetime) -> str:
        """A time as Jira writes it: in the site's zone, milliseconds, an offset without a colon."""
        local = moment.astimezone(self.site.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def text(self, doc: Doc | None) -> Any:
        """A text in the form of this version of the API."""
        return doc if doc is None or self.version == 3 else adf_text.to_wiki(doc)

    def person(self, account: Account) -> dict[str, Any]:
        """A person with the details that everybody may see."""
        name = username(account)
        shown = {"username": name, "key": user_key(account), "zone": account.time_zone}
        shown |= {"email": account.email} if account.email_visible else {}
        avatars = self.fill("avatars", owner=f"useravatar/{name if not self.cloud else account.id}")
        person: dict[str, Any] = self.fill(
            "person", id=account.id, type=account.type, name=account.name, avatars=avatars, **shown
        )
        return person

    def category(self, key: str) -> Any:
        """A status category."""
        number, color, name = _CATEGORIES[key]
        return self.fill("category", id=number, key=key, color=color, name=name)

    def status(self, status: Status) -> Any:
        """A status with its category."""
        return self.fill("status", id=status.id, name=status.name, category=self.category(status.category))

    def issue_type(self, kind: IssueType) -> Any:
        """An issue type; Data Center tells sub-tasks from the rest and knows no other level."""
        avatar, level = _AVATARS.get(min(kind.level, 1), 10315), kind.level
        return self.fill("issue_type", id=kind.id, name=kind.name, avatar=avatar, level=level, subtask=level < 0)

    def priority(self, name: str, *, default: bool = False) -> Any:
        """A priority; with `default` it says whether it is the default one."""
        more = {"is_default": name == DEFAULT_PRIORITY} if default else {}
        number = self.site.catalogue.priorities[name]
        return self.fill("priority", id=number, name=name, icon=quote(name.lower()), **more)

    def resolution(self, name: str) -> Any:
        """A resolution."""
        return self.fill("resolution", id=self.site.catalogue.resolution(name), name=name)

    def component(self, project: str, name: str) -> Any:
        """A component of a project."""
        return self.fill("component", id=self.site.catalogue.component(project, name), name=name)

    def link_type(self, kind: LinkType) -> Any:
        """A link type."""
        return self.fill("link_type", **msgspec.structs.asdict(kind))

    def project(self, project: Project) -> dict[str, Any]:
        """A project as issues name it."""
        avatars = self.fill("avatars", owner=f"project/{project.id}")
        shown: dict[str, Any] = self.fill("project", **msgspec.structs.asdict(project), avatars=avatars)
        return shown

    def option(self, number: str, name: str) -> Any:
        """An option of a custom field."""
        return self.fill("option", id=number, name=name)

    def sprint(self, sprint: Sprint) -> Any:
        """A sprint as the custom field holds it; on Data Center the string that the Java object prints."""
        if self.cloud:
            return self.fill("sprint", **_sprint_values(sprint))
        empty = dict.fromkeys(("start", "end", "completed"), "<null>")
        shown = empty | _sprint_values(sprint) | {"goal": sprint.goal or "<null>"}
        upper_state, number = sprint.state.value.upper(), f"{sprint.id + 0x5791:x}"
        return self.fill("sprint_string", **shown, upper_state=upper_state, hash=number)

    def agile_sprint(self, sprint: Sprint) -> Any:
        """A sprint as the board's own resources give it."""
        return self.fill("agile_sprint", **_sprint_values(sprint))

    def board(self, board: Board, template: str = "board", **more: Any) -> Any:
        """A board, or its configuration."""
        project = self.site.project(board.project)
        owner = {"project_key": project.key, "project_id": project.id, "project_number": int(project.id)}
        owner |= {"project_name": project.name, "project_kind": project.kind}
        return self.fill(template, id=board.id, name=board.name, kind=board.kind, **owner, **more)


class IssueSerializer:
    """Builds issues with their comments and changelogs, and keeps what it has encoded."""

    def __init__(self, world: World, serialize: Serializer) -> None:
        self.world = world
        self.serialize = serialize
        self._fields: dict[int, tuple[Issue, dict[str, Raw]]] = {}
        self._comments: dict[int, tuple[Comment, Raw]] = {}
        self._encoded: dict[Any, Raw] = {}
        self._empty: dict[str, dict[str, Raw]] = {}

    def fields_of(self, issue: Issue) -> dict[str, Raw]:
        """The fields of an issue that depend on nothing else, encoded; empty ones are null or an empty list."""
        kept = self._fields.get(issue.id)
        if kept is not None and kept[0] is issue:
            return kept[1]
        empty = self._empty_fields(issue.project)
        shown = {name: Raw(_encode(value)) for name, value in self._plain(issue).items() if name in empty}
        self._fields[issue.id] = (issue, empty | shown)
        return self._fields[issue.id][1]

    def related_fields(
        self, issue: Issue, wanted: Iterable[str], children: Mapping[int, list[Issue]]
    ) -> dict[str, Any]:
        """The fields of an issue that show other issues and sprints."""
        shown: dict[str, Any] = {}
        parent = self.world.issues.get(issue.parent) if issue.parent else None
        for name in wanted:
            match name:
                case "parent":
                    # On Data Center an issue names its epic by the epic link alone.
                    if parent is not None and (self.serialize.cloud or self._level(issue) < 0):
                        shown[name] = self._linked(parent)
                case "subtasks":
                    below = children.get(issue.id, ())
                    shown[name] = [self._linked(child) for child in below if self._level(child) < 0]
                case "issuelinks":
                    # A link to what the caller may not see is left out.
                    seen = (link for link in issue.links if not self.world.issues[link.other].hidden)
                    shown[name] = [self._link(link) for link in seen]
                case fields.SPRINT:
                    sprints = (self.world.site.sprints[number] for number in issue.sprints)
                    shown[name] = [self._once(self.serialize.sprint, sprint) for sprint in sprints] or None
                case fields.EPIC_LINK:
                    shown[name] = parent.key if parent is not None and self._level(parent) == 1 else None
        return shown

    def agile_fields(self, issue: Issue) -> dict[str, Any]:
        """What the board's own resources add to the fields of an issue."""
        sprints = [self.world.site.sprints[number] for number in issue.sprints]
        current = [sprint for sprint in sprints if sprint.state is not SprintState.CLOSED]
        closed = [self.serialize.agile_sprint(s) for s in sprints if s.state is SprintState.CLOSED]
        sprint = self.serialize.agile_sprint(current[-1]) if current else None
        return {"flagged": issue.flagged, "sprint": sprint, **({"closedSprints": closed} if closed else {})}

    def comment_page(self, issue: Issue, most: int | None) -> dict[str, Any]:
        """The comments of an issue as a field, cut after some."""
        shown = [self.comment(issue, comment) for comment in issue.comments[:most]]
        link = f"{self.serialize.rest}/issue/{issue.id}/comment"
        return {"comments": shown, "self": link, **_counts(len(shown), len(issue.comments))}

    def comment(self, issue: Issue, comment: Comment) -> Raw:
        """One comment."""
        kept = self._comments.get(comment.id)
        if kept is None or kept[0] is not comment:
            kept = self._comments[comment.id] = (comment, Raw(_encode(self.comment_with(issue, comment))))
        return kept[1]

    def comment_with(self, issue: Issue, comment: Comment, *, properties: bool = False) -> Any:
        """One comment with what was asked for besides."""
        more: dict[str, Any] = {"visibility": comment.visibility} if comment.visibility else {}
        if properties:
            more["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return self.serialize.fill(
            "comment",
            issue=issue.id,
            id=str(comment.id),
            author=self.person(comment.author),
            editor=self.person(comment.editor),
            body=self.serialize.text(comment.body),
            created=self.serialize.timestamp(comment.created),
            updated=self.serialize.timestamp(comment.updated),
            public=is_public(comment),
            **more,
        )

    def worklog(self, issue: Issue, worklog: Worklog) -> Any:
        """Time that somebody logged on an issue."""
        hours, rest = divmod(worklog.seconds, 3600)
        spent = " ".join(text for n, text in ((hours, f"{hours}h"), (rest, f"{rest // 60}m")) if n)
        return self.serialize.fill(
            "worklog",
            issue=str(issue.id),
            id=str(worklog.id),
            author=self.person(worklog.author),
            created=self.serialize.timestamp(worklog.created),
            started=self.serialize.timestamp(worklog.started),
            spent=spent,
            seconds=worklog.seconds,
            **({"text": self.serialize.text(worklog.comment)} if worklog.comment else {}),
        )

    def changelog(self, issue: Issue, most: int | None) -> dict[str, Any]:
        """The changelog as issues hold it: newest first, cut after some."""
        shown = [self.history(entry) for entry in issue.history[::-1][:most]]
        return {"histories": shown, **_counts(len(shown), len(issue.history))}

    def history(self, entry: History) -> Raw:
        """One entry of a changelog."""
        return self._once(lambda known: self.history_at(known, self.serialize.timestamp(known.at)), entry)

    def history_at(self, entry: History, created: str | int) -> Any:
        """One entry of a changelog, with its time in another form."""
        items = []
        for item in entry.items:
            values = msgspec.structs.asdict(item) | {"type": "custom" if item.custom else "jira"}
            if item.field_id is None:
                del values["field_id"]
            items.append(self.serialize.fill("change", **values))
        author = self.person(entry.author)
        return self.serialize.fill("history", id=str(entry.id), author=author, created=created, items=items)

    def person(self, account: str | None) -> Raw:
        """A person by account id; null for nobody."""
        return self._once(self.serialize.person, self.world.site.accounts.by_id[account]) if account else _NULL

    def issue(self, issue: Issue, **parts: Any) -> Any:
        """An issue with some of its parts."""
        return self.serialize.fill("issue", id=str(issue.id), key=issue.key, **parts)

    def _once(self, build: Callable[[Any], Any], *things: Any) -> Raw:
        """What is built of unchanging things, encoded once."""
        key = (build.__name__, *things)
        if key not in self._encoded:
            self._encoded[key] = Raw(_encode(build(*things)))
        return self._encoded[key]

    def _plain(self, issue: Issue) -> dict[str, Any]:
        serialize, site, catalogue = self.serialize, self.world.site, self.world.site.catalogue
        status, security = catalogue.status(issue.status), issue.security
        spent = sum(worklog.seconds for worklog in issue.worklogs)
        shown: dict[str, Any] = {
            "summary": issue.summary,
            "description": serialize.text(issue.description),
            "issuetype": self._once(serialize.issue_type, catalogue.type(issue.type)),
            "project": self._once(serialize.project, site.project(issue.project)),
            "status": self._once(serialize.status, status),
            "statusCategory": self._once(serialize.category, status.category),
            "statuscategorychangedate": serialize.timestamp(issue.status_changed),
            "resolution": self._once(serialize.resolution, issue.resolution) if issue.resolution else None,
            "resolutiondate": serialize.timestamp(issue.resolved) if issue.resolved else None,
            "priority": self._once(serialize.priority, issue.priority) if issue.priority else None,
            "labels": issue.labels,
            "components": [serialize.component(issue.project, name) for name in issue.components],
            "assignee": self.person(issue.assignee),
            "reporter": self.person(issue.reporter),
            "creator": self.person(issue.creator),
            "created": serialize.timestamp(issue.created),
            "updated": serialize.timestamp(issue.updated),
            "security": security and serialize.fill("security", id=catalogue.security_level(security), name=security),
            "timespent": spent or None,
            fields.RANK: issue.rank,
            fields.FLAGGED: [serialize.option(fields.IMPEDIMENT, "Impediment")] if issue.flagged else None,
        }
        counted = serialize.fill(
            "issue_fields",
            key=issue.key,
            votes=issue.votes + len(issue.voters),
            watchers=len(issue.watchers),
            spent=spent,
            worklog_count=len(issue.worklogs),
            worklogs=[self.worklog(issue, worklog) for worklog in issue.worklogs[:20]],
            tracking={"timeSpentSeconds": spent} if spent else {},
        )
        return {**shown, **counted} | {
            name: self._value(site.fields.by_id[name], v) for name, v in issue.custom.items()
        }

    def _empty_fields(self, project: str) -> dict[str, Raw]:
        if project not in self._empty:
            team_managed = self.world.site.project(project).team_managed
            known = self.world.site.fields.of_project(project, team_managed=team_managed)
            self._empty[project] = {
                field.id: _EMPTY if field.type == "array" and not field.custom else _NULL
                for field in known
                if field.id not in ("parent", "comment")
            }
        return self._empty[project]

    def _value(self, field: Field, value: Value) -> Any:
        if isinstance(value, dict):
            return self.serialize.text(value)
        if field.type == "option" and isinstance(value, str):
            return self.serialize.option(fields.MOSCOW_OPTIONS.get(value, "0"), value)
        return value

    def _level(self, issue: Issue) -> int:
        return self.world.site.catalogue.type(issue.type).level

    def _link(self, link: IssueLink) -> Any:
        kind = self.serialize.link_type(self.world.site.catalogue.link_types[link.type])
        other = self._linked(self.world.issues[link.other])
        return self.serialize.fill(
            "link", id=str(link.id), type=kind, **{"outward" if link.outward else "inward": other}
        )

    def _linked(self, issue: Issue) -> Any:
        catalogue = self.world.site.catalogue
        status = self._once(self.serialize.status, catalogue.status(issue.status))
        kind = self._once(self.serialize.issue_type, catalogue.type(issue.type))
        more = {"priority": self._once(self.serialize.priority, issue.priority)} if issue.priority else {}
        shown = {"id": str(issue.id), "key": issue.key, "summary": issue.summary, "status": status, "type": kind}
        return self.serialize.fill("linked_issue", **shown, **more)


class Selection:
    """The parts of issues that one reply holds.

    Args:
        issues: Builds the parts.
        wanted: Field ids, `*all`, `*navigable`, and `-id` for what is not wanted.
        expand: Of changelog, names and schema.
        properties: Keys of issue properties.
        agile: Whether the board's own fields come with it.
        changelog_shown, comments_shown: How many entries are shown at most; None for all.
    """

    def __init__(
        self,
        issues: IssueSerializer,
        wanted: Sequence[str],
        *,
        expand: Iterable[str] = (),
        properties: Sequence[str] = (),
        agile: bool = False,
        changelog_shown: int | None,
        comments_shown: int | None,
    ) -> None:
        self._issues = issues
        self._expand = frozenset(expand)
        self._properties = properties
        self._agile = agile
        self._changelog_shown = changelog_shown
        self._comments_shown = comments_shown
        self._known = issues.world.site.fields
        self._names = tuple(_names(wanted, self._known))
        self.bare = set(wanted) <= {"id", "key"} and not (self._expand or properties or agile)
        self._only_id = set(wanted) <= {"id"} and self.bare and issues.serialize.cloud

    def build(self, issues: Sequence[Issue]) -> list[dict[str, Any]]:
        """The issues as the reply holds them."""
        if self._only_id:
            return [{"id": str(issue.id)} for issue in issues]
        below = self._issues.world.children([i.id for i in issues]) if "subtasks" in self._names else {}
        return [self._issues.issue(issue, **self._parts(issue, below)) for issue in issues]

    def names_and_schema(self) -> dict[str, Any]:
        """What `expand=names,schema` adds to the reply."""
        known = [self._known.by_id[name] for name in self._names]
        shown = {"names": {f.id: f.name for f in known}, "schema": {f.id: f.schema for f in known}}
        return {name: value for name, value in shown.items() if name in self._expand}

    def _parts(self, issue: Issue, below: Mapping[int, list[Issue]]) -> dict[str, Any]:
        parts: dict[str, Any] = {} if self.bare else {"fields": self._fields(issue, below)}
        if "changelog" in self._expand:
            parts["changelog"] = self._issues.changelog(issue, self._changelog_shown)
        if self._properties:
            properties = issue.properties
            parts["properties"] = {key: properties[key] for key in self._properties if key in properties}
        return parts

    def _fields(self, issue: Issue, below: Mapping[int, list[Issue]]) -> dict[str, Any]:
        plain = self._issues.fields_of(issue)
        shown: dict[str, Any] = {name: plain[name] for name in self._names if name in plain}
        related = self._issues.related_fields(issue, [name for name in _RELATED if name in self._names], below)
        shown |= {name: value for name, value in related.items() if name in plain or name == "parent"}
        if "comment" in self._names:
            shown["comment"] = self._issues.comment_page(issue, self._comments_shown)
        return shown | (self._issues.agile_fields(issue) if self._agile else {})


def is_public(comment: Comment) -> bool:
    """Whether a customer of a service desk could read a comment: always, unless it was sent as internal."""
    sent = comment.properties.get(PUBLIC)
    return not (isinstance(sent, Mapping) and sent.get("internal") is True)


def _names(wanted: Sequence[str], known: fields.Fields) -> list[str]:
    chosen: dict[str, None] = {}
    for word in wanted:
        if word == "*all":
            chosen |= dict.fromkeys(known.by_id)
        elif word == "*navigable":
            chosen |= dict.fromkeys(field.id for field in known if field.navigable)
        elif word.startswith("-"):
            chosen.pop(word[1:], None)
        elif word in known.by_id:
            chosen[word] = None
    return list(chosen)


def _counts(shown: int, total: int) -> dict[str, int]:
    return {"startAt": 0, "maxResults": shown, "total": total}


def _sprint_values(sprint: Sprint) -> dict[str, Any]:
    values = msgspec.structs.asdict(sprint) | {"state": sprint.state.value}
    utc = {name: _utc(value) for name, value in values.items() if isinstance(value, datetime)}
    return {name: value for name, value in (values | utc).items() if value is not None}


def _utc(moment: datetime) -> str:
    local = moment.astimezone(UTC)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}Z"
