"""Builds the JSON of replies: people, statuses, projects, sprints, issues, comments and changelogs.

A field of an issue is encoded once for each state of the issue; what depends on other issues is built every time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Raw

from steward_sandbox.backlog import SprintState
from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.catalogue import site_data
from steward_sandbox.jira.deployment import user_key, username
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import (
    Account,
    ChangeItem,
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
from steward_sandbox.jira.site import Site
from steward_sandbox.jira.world import World

PUBLIC = "sd.public.comment"
"""The property by which a comment is internal to a service desk."""
EXPANDS = "operations,versionedRepresentations,editmeta,changelog,renderedFields"
_RELATED = ("parent", "subtasks", "issuelinks", fields.SPRINT, fields.EPIC_LINK)
_SIZES = {"16x16": "xsmall", "24x24": "small", "32x32": "medium", "48x48": "large"}
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
        self.base = base
        self.version = version
        self.cloud = cloud
        self.rest = f"{base}/rest/api/{version}"

    def timestamp(self, moment: datetime) -> str:
        """A time as Jira writes it: in the site's zone, milliseconds, an offset without a colon."""
        local = moment.astimezone(self.site.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def text(self, doc: Doc | None) -> Any:
        """A text in the form of this version of the API."""
        return doc if doc is None or self.version == 3 else adf_text.to_wiki(doc)

    def person(self, account: Account) -> dict[str, Any]:
        """A person with the details that everybody may see."""
        shared = {"displayName": account.name, "active": account.active, "timeZone": account.time_zone}
        if self.cloud:
            return shared | {
                "self": f"{self.rest}/user?accountId={account.id}",
                "accountId": account.id,
                "accountType": account.type,
                "avatarUrls": self._avatars(f"avatar/{account.id}"),
            }
        name = username(account)
        identity = {"self": f"{self.rest}/user?username={name}", "name": name, "key": user_key(account)}
        address = {"emailAddress": account.email} if account.email_visible else {}
        return shared | identity | address | {"avatarUrls": self._avatars(f"useravatar/{name}")}

    def status(self, status: Status) -> dict[str, Any]:
        """A status with its category."""
        return {
            **self._named("status", status.id, status.name),
            "description": "",
            "iconUrl": f"{self.base}/",
            "statusCategory": self.category(status.category),
        }

    def category(self, key: str) -> dict[str, Any]:
        """A status category."""
        number, color, name = _CATEGORIES[key]
        link = f"{self.rest}/statuscategory/{number}"
        return {"self": link, "id": number, "key": key, "colorName": color, "name": name}

    def issue_type(self, kind: IssueType) -> dict[str, Any]:
        """An issue type; Data Center tells sub-tasks from the rest and knows no other level."""
        avatar = _AVATARS.get(min(kind.level, 1), 10315)
        return {
            **self._named("issuetype", kind.id, kind.name),
            "description": "",
            "iconUrl": f"{self.rest}/universal_avatar/view/type/issuetype/avatar/{avatar}?size=medium",
            "subtask": kind.level < 0,
            "avatarId": avatar,
            **({"hierarchyLevel": kind.level} if self.cloud else {}),
        }

    def priority(self, name: str) -> dict[str, Any]:
        """A priority."""
        icon = f"{self.base}/images/icons/priorities/{quote(name.lower())}.svg"
        return {**self._named("priority", self.site.catalogue.priorities[name], name), "iconUrl": icon}

    def resolution(self, name: str) -> dict[str, Any]:
        """A resolution."""
        return {**self._named("resolution", self.site.catalogue.resolution(name), name), "description": ""}

    def component(self, project: str, name: str) -> dict[str, Any]:
        """A component of a project."""
        return self._named("component", self.site.catalogue.component(project, name), name)

    def security(self, name: str) -> dict[str, Any]:
        """A security level."""
        return {**self._named("securitylevel", self.site.catalogue.security_level(name), name), "description": ""}

    def link_type(self, kind: LinkType) -> dict[str, Any]:
        """A link type."""
        return {**self._named("issueLinkType", kind.id, kind.name), "inward": kind.inward, "outward": kind.outward}

    def project(self, project: Project) -> dict[str, Any]:
        """A project as issues name it."""
        return {
            **self._named("project", project.id, project.name),
            "key": project.key,
            "projectTypeKey": project.kind,
            "avatarUrls": self._avatars(f"project/{project.id}"),
            **({"simplified": project.team_managed} if self.cloud else {}),
        }

    def option(self, number: str, value: str) -> dict[str, str]:
        """An option of a custom field."""
        return {"self": f"{self.rest}/customFieldOption/{number}", "value": value, "id": number}

    def sprint(self, sprint: Sprint) -> Any:
        """A sprint as the custom field holds it; on Data Center the string that the Java object prints."""
        times = _sprint_times(sprint)
        if self.cloud:
            shown = {"id": sprint.id, "name": sprint.name, "state": sprint.state.value, "boardId": sprint.board}
            return shown | {"goal": sprint.goal} | times
        known: dict[str, Any] = {
            **times,
            "activatedDate": times.get("startDate", "<null>"),
            "autoStartStop": "false",
            "goal": sprint.goal or "<null>",
            "id": sprint.id,
            "name": sprint.name,
            "rapidViewId": sprint.board,
            "sequence": sprint.id,
            "state": sprint.state.value.upper(),
            "synced": "false",
        }
        printed = ",".join(f"{name}={known.get(name, '<null>')}" for name in site_data()["sprint_string"])
        return f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id + 0x5791:x}[{printed}]"

    def agile_sprint(self, sprint: Sprint) -> dict[str, Any]:
        """A sprint as the board's own resources give it."""
        shown: dict[str, Any] = {
            "id": sprint.id,
            "self": f"{self.base}/rest/agile/1.0/sprint/{sprint.id}",
            "state": sprint.state.value,
            "name": sprint.name,
            "originBoardId": sprint.board,
            "goal": sprint.goal,
        }
        return shown | _sprint_times(sprint)

    def _named(self, resource: str, number: str, name: str) -> dict[str, Any]:
        return {"self": f"{self.rest}/{resource}/{number}", "id": number, "name": name}

    def _avatars(self, owner: str) -> dict[str, str]:
        return {size: f"{self.base}/secure/{owner}?size={word}" for size, word in _SIZES.items()}


class IssueSerializer:
    """Builds issues with their comments and changelogs, and keeps what it has encoded."""

    def __init__(self, world: World, serialize: Serializer) -> None:
        self.world = world
        self.serialize = serialize
        self._fields: dict[int, tuple[Issue, dict[str, Raw]]] = {}
        self._encoded: dict[Any, Raw] = {}
        self._comments: dict[int, tuple[Comment, Raw]] = {}
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
                    if parent is not None and (self.serialize.cloud or self._subtask(issue)):
                        shown[name] = self._linked(parent)
                case "subtasks":
                    shown[name] = [self._linked(child) for child in children.get(issue.id, ()) if self._subtask(child)]
                case "issuelinks":
                    # A link to what the caller may not see is left out.
                    seen = (link for link in issue.links if not self.world.issues[link.other].hidden)
                    shown[name] = [self._link(link) for link in seen]
                case fields.SPRINT:
                    shown[name] = [self._sprint(number) for number in issue.sprints] or None
                case fields.EPIC_LINK:
                    epic = parent is not None and self.world.site.catalogue.type(parent.type).level == 1
                    shown[name] = parent.key if parent is not None and epic else None
        return shown

    def agile_fields(self, issue: Issue) -> dict[str, Any]:
        """What the board's own resources add to the fields of an issue."""
        sprints = [self.world.site.sprints[number] for number in issue.sprints]
        current = [sprint for sprint in sprints if sprint.state is not SprintState.CLOSED]
        closed = [self.serialize.agile_sprint(s) for s in sprints if s.state is SprintState.CLOSED]
        shown: dict[str, Any] = {
            "flagged": issue.flagged,
            "sprint": self.serialize.agile_sprint(current[-1]) if current else None,
        }
        return shown | ({"closedSprints": closed} if closed else {})

    def comment_page(self, issue: Issue, most: int | None) -> dict[str, Any]:
        """The comments of an issue as a field, cut after some."""
        shown = issue.comments[:most]
        return {
            "comments": [self.comment(issue, comment) for comment in shown],
            "self": f"{self.serialize.rest}/issue/{issue.id}/comment",
            "maxResults": len(shown),
            "total": len(issue.comments),
            "startAt": 0,
        }

    def comment(self, issue: Issue, comment: Comment) -> Raw:
        """One comment."""
        kept = self._comments.get(comment.id)
        if kept is None or kept[0] is not comment:
            kept = self._comments[comment.id] = (comment, Raw(_encode(self.comment_with(issue, comment))))
        return kept[1]

    def comment_with(self, issue: Issue, comment: Comment, *, properties: bool = False) -> dict[str, Any]:
        """One comment with what was asked for besides."""
        shown: dict[str, Any] = {
            "self": f"{self.serialize.rest}/issue/{issue.id}/comment/{comment.id}",
            "id": str(comment.id),
            "author": self.person(comment.author),
            "body": self.serialize.text(comment.body),
            "updateAuthor": self.person(comment.editor),
            "created": self.serialize.timestamp(comment.created),
            "updated": self.serialize.timestamp(comment.updated),
        }
        if self.serialize.cloud:
            shown["jsdPublic"] = is_public(comment)
        if comment.visibility:
            shown["visibility"] = comment.visibility
        if properties:
            shown["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shown

    def worklog(self, issue: Issue, worklog: Worklog) -> dict[str, Any]:
        """Time that somebody logged on an issue."""
        hours, rest = divmod(worklog.seconds, 3600)
        author, created = self.person(worklog.author), self.serialize.timestamp(worklog.created)
        shown = {
            "self": f"{self.serialize.rest}/issue/{issue.id}/worklog/{worklog.id}",
            "id": str(worklog.id),
            "issueId": str(issue.id),
            "author": author,
            "updateAuthor": author,
            "created": created,
            "updated": created,
            "started": self.serialize.timestamp(worklog.started),
            "timeSpent": " ".join(text for n, text in ((hours, f"{hours}h"), (rest, f"{rest // 60}m")) if n) or "0m",
            "timeSpentSeconds": worklog.seconds,
        }
        return shown | ({"comment": self.serialize.text(worklog.comment)} if worklog.comment else {})

    def changelog(self, issue: Issue, most: int | None) -> dict[str, Any]:
        """The changelog as issues hold it: newest first, cut after some."""
        newest = issue.history[::-1][:most]
        return {
            "startAt": 0,
            "maxResults": len(newest),
            "total": len(issue.history),
            "histories": [self.history(entry) for entry in newest],
        }

    def history(self, entry: History) -> Raw:
        """One entry of a changelog."""
        return self._once(entry, lambda: self.history_at(entry, self.serialize.timestamp(entry.at)), key=entry.id)

    def history_at(self, entry: History, created: str | int) -> dict[str, Any]:
        """One entry of a changelog, with its time in another form."""
        return {
            "id": str(entry.id),
            "author": self.person(entry.author),
            "created": created,
            "items": [_change(item) for item in entry.items],
        }

    def person(self, account: str | None) -> Raw:
        """A person by account id; null for nobody."""
        if account is None:
            return _NULL
        person = self.world.site.accounts.by_id[account]
        return self._once(person, lambda: self.serialize.person(person))

    def _once(self, thing: Any, build: Any, *, key: Any = None) -> Raw:
        known = (type(thing), thing if key is None else key)
        if known not in self._encoded:
            self._encoded[known] = Raw(_encode(build()))
        return self._encoded[known]

    def _plain(self, issue: Issue) -> dict[str, Any]:
        serialize, catalogue = self.serialize, self.world.site.catalogue
        link = f"{serialize.rest}/issue/{issue.key}"
        status = catalogue.status(issue.status)
        worklogs = [self.worklog(issue, worklog) for worklog in issue.worklogs[:20]]
        spent = sum(worklog.seconds for worklog in issue.worklogs)
        shown: dict[str, Any] = {
            "summary": issue.summary,
            "description": serialize.text(issue.description),
            "issuetype": serialize.issue_type(catalogue.type(issue.type)),
            "project": serialize.project(self.world.site.project(issue.project)),
            "status": serialize.status(status),
            "statusCategory": serialize.category(status.category),
            "statuscategorychangedate": serialize.timestamp(issue.status_changed),
            "resolution": serialize.resolution(issue.resolution) if issue.resolution else None,
            "resolutiondate": serialize.timestamp(issue.resolved) if issue.resolved else None,
            "priority": serialize.priority(issue.priority) if issue.priority else None,
            "labels": issue.labels,
            "components": [serialize.component(issue.project, name) for name in issue.components],
            "assignee": self.person(issue.assignee),
            "reporter": self.person(issue.reporter),
            "creator": self.person(issue.creator),
            "created": serialize.timestamp(issue.created),
            "updated": serialize.timestamp(issue.updated),
            "security": serialize.security(issue.security) if issue.security else None,
            "votes": {"self": f"{link}/votes", "votes": issue.votes + len(issue.voters), "hasVoted": False},
            "watches": {"self": f"{link}/watchers", "watchCount": len(issue.watchers), "isWatching": False},
            "timespent": spent or None,
            "progress": {"progress": spent, "total": spent},
            "worklog": {"startAt": 0, "maxResults": 20, "total": len(issue.worklogs), "worklogs": worklogs},
            "timetracking": {"timeSpentSeconds": spent} if spent else {},
            fields.RANK: issue.rank,
            fields.FLAGGED: [serialize.option(fields.IMPEDIMENT, "Impediment")] if issue.flagged else None,
        }
        custom = self.world.site.fields.by_id
        values = {name: self._value(custom[name], value) for name, value in issue.custom.items()}
        constant: dict[str, Any] = site_data()["constant_fields"]
        return shown | constant | values

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

    def _sprint(self, number: int) -> Raw:
        sprint = self.world.site.sprints[number]
        return self._once(sprint, lambda: self.serialize.sprint(sprint))

    def _subtask(self, issue: Issue) -> bool:
        return self.world.site.catalogue.type(issue.type).level < 0

    def _link(self, link: IssueLink) -> dict[str, Any]:
        return {
            "id": str(link.id),
            "self": f"{self.serialize.rest}/issueLink/{link.id}",
            "type": self.serialize.link_type(self.world.site.catalogue.link_types[link.type]),
            "outwardIssue" if link.outward else "inwardIssue": self._linked(self.world.issues[link.other]),
        }

    def _linked(self, issue: Issue) -> dict[str, Any]:
        catalogue = self.world.site.catalogue
        shown = {
            "summary": issue.summary,
            "status": self.serialize.status(catalogue.status(issue.status)),
            "issuetype": self.serialize.issue_type(catalogue.type(issue.type)),
        }
        if issue.priority:
            shown["priority"] = self.serialize.priority(issue.priority)
        link = f"{self.serialize.rest}/issue/{issue.id}"
        return {"id": str(issue.id), "key": issue.key, "self": link, "fields": shown}


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
        return [self._issue(issue, below) for issue in issues]

    def names_and_schema(self) -> dict[str, Any]:
        """What `expand=names,schema` adds to the reply."""
        known = [self._known.by_id[name] for name in self._names]
        shown = {"names": {f.id: f.name for f in known}, "schema": {f.id: f.schema for f in known}}
        return {name: value for name, value in shown.items() if name in self._expand}

    def _issue(self, issue: Issue, below: Mapping[int, list[Issue]]) -> dict[str, Any]:
        link = f"{self._issues.serialize.rest}/issue/{issue.id}"
        shown: dict[str, Any] = {"expand": EXPANDS, "id": str(issue.id), "self": link, "key": issue.key}
        if not self.bare:
            shown["fields"] = self._fields(issue, below)
        if "changelog" in self._expand:
            shown["changelog"] = self._issues.changelog(issue, self._changelog_shown)
        if self._properties:
            properties = issue.properties
            shown["properties"] = {key: properties[key] for key in self._properties if key in properties}
        return shown

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


def _change(item: ChangeItem) -> dict[str, str | None]:
    shown: dict[str, str | None] = {"field": item.field, "fieldtype": "custom" if item.custom else "jira"}
    if item.field_id is not None:
        shown["fieldId"] = item.field_id
    texts = {"from": item.before, "fromString": item.before_text, "to": item.after, "toString": item.after_text}
    return shown | texts


def _sprint_times(sprint: Sprint) -> dict[str, str]:
    times = (("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.completed))
    return {name: _utc(moment) for name, moment in times if moment is not None}


def _utc(moment: datetime) -> str:
    local = moment.astimezone(UTC)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}Z"
