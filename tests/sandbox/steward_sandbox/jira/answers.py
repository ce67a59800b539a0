"""Shapes issues, comments and change logs as Jira answers them, and keeps what it has shaped.

A field is encoded once for each state of an issue. What depends on other issues is shaped anew each time.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from rules.model import SprintState
from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Account, ChangeItem, Comment, Doc, History, Issue, IssueLink, Sprint, Value
from steward_sandbox.jira.nouns import Nouns
from steward_sandbox.jira.world import World

PUBLIC = "sd.public.comment"
_NULL = Raw(b"null")
_EMPTY = Raw(b"[]")
_encode = msgspec.json.encode


class Answers:
    """Answers about the issues of one world, for one version of the API and one address.

    Args:
        world: What is told about.
        nouns: How people, sprints and texts look there; version 3 gives texts as Atlassian documents, 2 as wiki text.
    """

    def __init__(self, world: World, nouns: Nouns) -> None:
        self.world = world
        self.nouns = nouns
        self._fields: dict[int, tuple[Issue, dict[str, Raw]]] = {}
        self._comments: dict[int, tuple[Comment, Raw]] = {}
        self._histories: dict[int, Raw] = {}
        self._people: dict[Account, Raw] = {}
        self._sprints: dict[Sprint, Raw] = {}
        self._empty: dict[str, dict[str, Raw]] = {}

    def fields_of(self, issue: Issue) -> dict[str, Raw]:
        """The fields of an issue that depend on nothing else, encoded; empty ones are null or an empty list."""
        kept = self._fields.get(issue.id)
        if kept is not None and kept[0] is issue:
            return kept[1]
        shown = {name: Raw(_encode(value)) for name, value in self._plain(issue).items()}
        found = self._empty_fields(issue.project) | shown
        self._fields[issue.id] = (issue, found)
        return found

    def related_fields(
        self, issue: Issue, wanted: Iterable[str], children: Mapping[int, list[Issue]]
    ) -> dict[str, Any]:
        """The fields of an issue that tell about other issues and sprints."""
        shown: dict[str, Any] = {}
        for name in wanted:
            match name:
                case "parent":
                    above = self.world.issues.get(issue.parent) if issue.parent else None
                    if above is not None and (self.nouns.epics_are_parents or self._subtask(issue)):
                        shown[name] = self._linked(above)
                case "subtasks":
                    shown[name] = [self._linked(child) for child in children.get(issue.id, ()) if self._subtask(child)]
                case "issuelinks":
                    # A link to what the caller may not see is left out.
                    shown[name] = [self._link(link) for link in issue.links if self._is_seen(link.other)]
                case fields.SPRINT:
                    shown[name] = [self._sprint(number) for number in issue.sprints] or None
                case fields.EPIC_LINK:
                    above = self.world.issues.get(issue.parent) if issue.parent else None
                    epic = above is not None and self.world.site.catalogue.type(above.type).level == 1
                    shown[name] = above.key if above is not None and epic else None
        return shown

    def agile_fields(self, issue: Issue) -> dict[str, Any]:
        """What the board's own resources add to the fields of an issue."""
        sprints = [self.world.site.sprints[number] for number in issue.sprints]
        current = [sprint for sprint in sprints if sprint.state is not SprintState.CLOSED]
        shown: dict[str, Any] = {
            "flagged": issue.flagged,
            "sprint": self.nouns.agile_sprint(current[-1]) if current else None,
        }
        closed = [self.nouns.agile_sprint(sprint) for sprint in sprints if sprint.state is SprintState.CLOSED]
        return shown | ({"closedSprints": closed} if closed else {})

    def comment_page(self, issue: Issue, shown: int) -> dict[str, Any]:
        """The comments of an issue as a field, cut after some."""
        first = issue.comments[:shown]
        return {
            "comments": [self.comment(issue, comment) for comment in first],
            "self": f"{self.nouns.rest}/issue/{issue.id}/comment",
            "maxResults": len(first),
            "total": len(issue.comments),
            "startAt": 0,
        }

    def comment(self, issue: Issue, comment: Comment) -> Raw:
        """One comment."""
        kept = self._comments.get(comment.id)
        if kept is None or kept[0] is not comment:
            kept = self._comments[comment.id] = (comment, Raw(_encode(self._comment(issue, comment))))
        return kept[1]

    def comment_with(self, issue: Issue, comment: Comment, *, properties: bool, rendered: bool) -> dict[str, Any]:
        """One comment with what was asked for besides."""
        shown = self._comment(issue, comment)
        if rendered:
            shown["renderedBody"] = str(adf_text.to_html(comment.body))
        if properties:
            shown["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shown

    def changelog(self, issue: Issue, shown: int) -> dict[str, Any]:
        """The change log as issues hold it: newest first, cut after some."""
        newest = issue.history[: -shown - 1 : -1]
        return {
            "startAt": 0,
            "maxResults": len(newest),
            "total": len(issue.history),
            "histories": [self.history(entry) for entry in newest],
        }

    def history(self, entry: History) -> Raw:
        """One entry of a change log."""
        kept = self._histories.get(entry.id)
        if kept is None:
            kept = self._histories[entry.id] = Raw(_encode(self.history_at(entry, self.nouns.stamp(entry.at))))
        return kept

    def history_at(self, entry: History, created: str | int) -> dict[str, Any]:
        """One entry of a change log, with its time in another form."""
        return {
            "id": str(entry.id),
            "author": self._person(entry.author),
            "created": created,
            "items": [_change(item) for item in entry.items],
        }

    def text(self, doc: Doc | None) -> Any:
        """A text in the form of this version of the API."""
        if doc is None:
            return None
        return doc if self.nouns.version == 3 else adf_text.to_wiki(doc)

    def _is_seen(self, issue: int) -> bool:
        found = self.world.issues.get(issue)
        return found is not None and not found.hidden

    def _plain(self, issue: Issue) -> dict[str, Any]:
        nouns, words = self.nouns, self.world.site.catalogue
        link = f"{nouns.rest}/issue/{issue.key}"
        status = words.status(issue.status)
        shown: dict[str, Any] = {
            "summary": issue.summary,
            "description": self.text(issue.description),
            "issuetype": nouns.issue_type(words.type(issue.type)),
            "project": nouns.project(self.world.site.project(issue.project)),
            "status": nouns.status(status),
            "statusCategory": nouns.category(status.category),
            "statuscategorychangedate": nouns.stamp(issue.status_changed),
            "resolution": nouns.resolution(issue.resolution) if issue.resolution else None,
            "resolutiondate": nouns.stamp(issue.resolved) if issue.resolved else None,
            "priority": nouns.priority(words.priority(issue.priority)),
            "labels": issue.labels,
            "components": [nouns.component(issue.project, name) for name in issue.components],
            "assignee": self._person(issue.assignee),
            "reporter": self._person(issue.reporter),
            "creator": self._person(issue.creator),
            "created": nouns.stamp(issue.created),
            "updated": nouns.stamp(issue.updated),
            "security": nouns.security(issue.security) if issue.security else None,
            "votes": {"self": f"{link}/votes", "votes": issue.votes, "hasVoted": False},
            "watches": {"self": f"{link}/watchers", "watchCount": 1, "isWatching": False},
            "workratio": -1,
            "progress": {"progress": 0, "total": 0},
            "issuerestriction": {"issuerestrictions": {}, "shouldDisplay": False},
            "worklog": {"startAt": 0, "maxResults": 20, "total": 0, "worklogs": []},
            "timetracking": {},
            fields.DEVELOPMENT: "{}",
            fields.RANK: issue.rank,
            fields.FLAGGED: [self._option(fields.IMPEDIMENT, "Impediment")] if issue.flagged else None,
        }
        for name, value in issue.custom.items():
            shown[name] = self._value(self.world.site.fields.by_id[name], value)
        known = self._empty_fields(issue.project)
        return {name: value for name, value in shown.items() if name in known}

    def _empty_fields(self, project: str) -> dict[str, Raw]:
        kept = self._empty.get(project)
        if kept is None:
            team_managed = self.world.site.project(project).team_managed
            mine = self.world.site.fields.of_project(project, team_managed=team_managed)
            empty = {field.id: _EMPTY if field.type == "array" and not field.custom else _NULL for field in mine}
            for name in ("parent", "comment"):
                empty.pop(name, None)
            kept = self._empty[project] = empty
        return kept

    def _value(self, field: Field, value: Value) -> Any:
        if isinstance(value, dict):
            return self.text(value)
        if field.type == "option" and isinstance(value, str):
            return self._option(fields.MOSCOW_OPTIONS.get(value, "0"), value)
        return value

    def _option(self, number: str, value: str) -> dict[str, str]:
        return {"self": f"{self.nouns.rest}/customFieldOption/{number}", "value": value, "id": number}

    def _comment(self, issue: Issue, comment: Comment) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "self": f"{self.nouns.rest}/issue/{issue.id}/comment/{comment.id}",
            "id": str(comment.id),
            "author": self._person(comment.author),
            "body": self.text(comment.body),
            "updateAuthor": self._person(comment.editor),
            "created": self.nouns.stamp(comment.created),
            "updated": self.nouns.stamp(comment.updated),
        }
        shown |= self.nouns.seen_by_customers(public=is_public(comment))
        return shown | ({"visibility": comment.visibility} if comment.visibility else {})

    def _person(self, account: str | None) -> Raw:
        if account is None:
            return _NULL
        person = self.world.site.accounts.by_id[account]
        kept = self._people.get(person)
        if kept is None:
            kept = self._people[person] = Raw(_encode(self.nouns.person(person)))
        return kept

    def _sprint(self, number: int) -> Raw:
        sprint = self.world.site.sprints[number]
        kept = self._sprints.get(sprint)
        if kept is None:
            kept = self._sprints[sprint] = Raw(_encode(self.nouns.sprint(sprint)))
        return kept

    def _subtask(self, issue: Issue) -> bool:
        return self.world.site.catalogue.type(issue.type).level < 0

    def _link(self, link: IssueLink) -> dict[str, Any]:
        kind = self.world.site.catalogue.link_types[link.type]
        return {
            "id": str(link.id),
            "self": f"{self.nouns.rest}/issueLink/{link.id}",
            "type": {
                "id": kind.id,
                "name": kind.name,
                "inward": kind.inward,
                "outward": kind.outward,
                "self": f"{self.nouns.rest}/issueLinkType/{kind.id}",
            },
            "outwardIssue" if link.outward else "inwardIssue": self._linked(self.world.issues[link.other]),
        }

    def _linked(self, issue: Issue) -> dict[str, Any]:
        words = self.world.site.catalogue
        return {
            "id": str(issue.id),
            "key": issue.key,
            "self": f"{self.nouns.rest}/issue/{issue.id}",
            "fields": {
                "summary": issue.summary,
                "status": self.nouns.status(words.status(issue.status)),
                "priority": self.nouns.priority(words.priority(issue.priority)),
                "issuetype": self.nouns.issue_type(words.type(issue.type)),
            },
        }


def is_public(comment: Comment) -> bool:
    """Whether a customer of a service desk could read it: always, unless it was sent as internal."""
    sent = comment.properties.get(PUBLIC)
    return not (isinstance(sent, Mapping) and sent.get("internal") is True)


def _change(item: ChangeItem) -> dict[str, str | None]:
    shown: dict[str, str | None] = {"field": item.field, "fieldtype": "custom" if item.custom else "jira"}
    if item.field_id is not None:
        shown["fieldId"] = item.field_id
    return shown | {
        "from": item.before,
        "fromString": item.before_text,
        "to": item.after,
        "toString": item.after_text,
    }
