"""The sandbox Jira, Cloud or Data Center, as a place for the contract."""

import html
import re
from typing import Any, ClassVar

from connectors.plugin import FieldNames
from contract.place import Shown
from contract.sandbox_person import SandboxPerson
from contract.seed import BACKLOG, HOME, NOW
from steward_sandbox import Faults, StoppedClock, parse_backlog
from steward_sandbox.jira import (
    CLOUD_FIELDS,
    Actor,
    JiraCloud,
    JiraDataCenter,
    Lag,
    Options,
    Site,
    adf_text,
    build_world,
    snapshot,
)
from support.opening import open_plugin

_READING = re.compile(r"/(search/jql|search|issue/bulkfetch|changelog/bulkfetch|comment/list|jql/\w+)$")


class JiraPlace:
    lacks = frozenset({"restore", "destroy", "lock"})
    nobody = "99999999"
    otherwise: ClassVar = {"fields": FieldNames(points="Business Value")}
    commenting = "POST */comment"
    editing = "PUT */issue/*"
    changing = tuple(f"{verb} /rest/api/*/issue/*" for verb in ("PUT", "POST", "DELETE"))
    kinds = ("Story", "Task")
    priorities = ("High", "Low")
    score = "WSJF"

    def __init__(self, serve: Any, *, cloud: bool, backlog: str = BACKLOG, now: Any = NOW, **options: Any) -> None:
        self.clock = StoppedClock(now)
        self.faults = Faults()
        self.cloud = cloud
        site = Site() if cloud else Site(absent_fields=CLOUD_FIELDS)
        self.world = build_world(parse_backlog(backlog), site=site, clock=self.clock)
        kind = JiraCloud if cloud else JiraDataCenter
        self.app = kind(self.world, options=Options(**{"write_limits": False, **options}), faults=self.faults)
        self.host = serve(self.app)

    def open(self, **changes: Any) -> Any:
        given = {
            "name": "tracker",
            "url": self.host,
            "email": "steward@example.com" if self.cloud else "",
            "token": "good-token",
            "scope": f"project = {HOME}",
            "rate": 5000,
            "gateway": self.host,
            "installation": "inst-1",
            "write_fields": {"wsjf": self.score},
        }
        return open_plugin("jira", **(given | changes))

    def section(self) -> dict[str, Any]:
        who = {"email": "steward@example.com"} if self.cloud else {}
        return {"url": self.host, "token": "good-token", "scope": f"project = {HOME}", "rate": 5000, **who}

    def id(self, key: str) -> str:
        return str(self.world.issue(key).id)

    def person(self, name: str = "Ana Silva") -> "JiraPerson":
        return JiraPerson(Actor(self.world, name))

    def program(self) -> "JiraPerson":
        return JiraPerson(Actor(self.world, "Build robot", type="app"))

    def at(self, host: str) -> str:
        return host

    def small_pages(self) -> None:
        options = self.app.options
        options.ids_a_page = options.issues_a_page = options.search_page = 2
        options.comments_shown = options.changelog_shown = 1

    def forbid(self) -> None:
        """Takes the right to write away from callers."""
        self.app.options.denied = {"*": frozenset({"EDIT_ISSUES", "ADD_COMMENTS"})}

    def allow(self) -> None:
        self.app.options.denied = {}

    def lag(self, changes: int) -> None:
        self.app.options.search_lag = Lag(changes=changes)

    def exists(self, item: str) -> bool:
        return self.world.find(item) is not None

    def project_of(self, item: str) -> str:
        return self.world.issue(item).project

    def labels(self, item: str) -> frozenset[str]:
        return frozenset(self.world.issue(item).labels)

    def held(self, item: str, name: str) -> Any:
        field = {"score": "WSJF", "value": "Business Value"}[name]
        return self.world.issue(item).custom.get(self.world.site.fields.named(field).id)

    def programs(self) -> frozenset[str]:
        """Of the accounts of other programs, those that only an admin can name."""
        return frozenset() if self.cloud else frozenset({self.program().actor.account.key})

    def retitle(self, item: str, title: str) -> None:
        self.person().retitle(item, title)

    def remove(self, item: str) -> None:
        self.person().delete(item)

    def seen(self) -> Any:
        return snapshot(self.world)

    def shown(self) -> dict[str, Shown]:
        return {str(one.id): self._shown(one) for one in self.world.issues.values() if self._in_scope(one)}

    def order(self) -> list[str]:
        kinds, words = self.world.site.catalogue.types, self.world.site.catalogue
        return [
            str(one.id)
            for one in self.world.ordered()
            if self._in_scope(one) and kinds[one.type].level == 0 and words.statuses[one.status].category != "done"
        ]

    def linked(self, one: str, other: str) -> bool:
        """Whether two items are linked already."""
        return any(str(link.other) == other for link in self.world.issue(one).links)

    def comments(self, item: str) -> list[tuple[str, str]]:
        people = self.world.site.accounts.by_id
        return [
            (people[one.author].name, re.sub(r"\{anchor:[^}]*\}", "", adf_text.to_wiki(one.body)).strip())
            for one in self.world.issue(item).comments
        ]

    def comment_ids(self, item: str) -> list[str]:
        return [str(one.id) for one in self.world.issue(item).comments]

    def writes(self) -> int:
        return sum(one.method not in ("GET", "HEAD") and not _READING.search(one.path) for one in self.app.calls)

    def _in_scope(self, issue: Any) -> bool:
        return issue.project == HOME and not issue.hidden

    def _shown(self, issue: Any) -> Shown:
        site, issues = self.world.site, self.world.issues
        points = issue.custom.get(site.fields.named("Story Points").id)
        sprints = [site.sprints[number] for number in issue.sprints]
        return Shown(
            key=issue.key,
            title=issue.summary,
            type=issue.type,
            status=issue.status,
            words=tuple(
                re.findall(r"\w+", html.unescape(re.sub(r"<[^>]*>", " ", adf_text.to_html(issue.description))))
            ),
            priority=issue.priority,
            points=points,
            labels=frozenset(issue.labels),
            sprints=tuple((one.name, one.state.value) for one in sprints),
            parent=issues[issue.parent].key if issue.parent else None,
            links=frozenset(issues[link.other].key for link in issue.links if not issues[link.other].hidden),
            assigned=issue.assignee is not None,
            restricted=issue.security is not None,
            project=issue.project,
        )


class JiraPerson(SandboxPerson):
    def label(self, item: str, *add: str, remove: tuple[str, ...] = ()) -> None:
        self.actor.label(item, *add, remove=remove)

    def plan(self, item: str, sprint: str | None) -> None:
        self.actor.edit(item, sprint=sprint)

    def put_under(self, item: str, parent: str | None) -> None:
        self.actor.edit(item, parent=parent)

    def retype(self, item: str, kind: str) -> None:
        self.actor.edit(item, type=kind)

    def take_up(self, item: str, status: str) -> None:
        self.actor.transition(item, status)

    def prioritise(self, item: str, priority: str) -> None:
        self.actor.edit(item, priority=priority)

    def drag(self, item: str, before: str) -> None:
        self.actor.rank(item, before=before)

    def unhide(self, item: str) -> None:
        self.actor.unhide(item)

    def start_sprint(self, name: str) -> None:
        self.actor.start_sprint(name)

    def close_sprint(self, name: str) -> None:
        self.actor.close_sprint(name)

    def edit_comment(self, item: str, comment: str, text: str) -> None:
        self.actor.edit_comment(int(comment), text)

    def delete_comment(self, item: str, comment: str) -> None:
        self.actor.delete_comment(int(comment))
