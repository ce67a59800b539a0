"""The sandbox Azure DevOps, Services or Server, whatever the process, as a place for the contract."""

import re
from datetime import timedelta
from typing import Any, ClassVar

from connectors.azure_devops.client import READ_ONLY_POSTS
from connectors.plugin import FieldNames
from contract.place import Shown
from contract.sandbox_person import SandboxPerson
from contract.seed import BACKLOG, HOME, NOW
from steward_sandbox import Faults, StoppedClock, parse_backlog
from steward_sandbox.azure_devops import (
    Actor,
    AzureDevOps,
    Collection,
    Lag,
    Options,
    build_world,
    names,
    snapshot,
    texts,
)
from steward_sandbox.azure_devops.backlog_order import in_order
from support.opening import open_plugin

_FINISHED = ("Completed", "Removed")


class AzurePlace:
    nobody = "99999999"
    otherwise: ClassVar = {"fields": FieldNames(points="Microsoft.VSTS.Common.BusinessValue")}
    commenting = "POST */comments"
    editing = "PATCH */workitems/*"
    changing = tuple(f"{verb} */work[Ii]tems/*" for verb in ("PATCH", "POST", "DELETE"))
    priorities = ("1", "3")

    def __init__(
        self,
        serve: Any,
        *,
        process: str,
        server: str | None = None,
        backlog: str = BACKLOG,
        now: Any = NOW,
        **options: Any,
    ) -> None:
        self.clock = StoppedClock(now)
        self.faults = Faults()
        # The official package remembers the routes of an address for as long as the process lives.
        name = f"of{server}" if server else "fabrikam"
        collection = Collection(name=name, process=process, server=server)
        self.world = build_world(parse_backlog(backlog), collection=collection, clock=self.clock)
        self.app = AzureDevOps(self.world, options=Options(**options), faults=self.faults)
        self.host = f"{serve(self.app)}{self.app.base_path}"
        home = collection.project(HOME).process
        stories = home.requirements.types[0]
        self.score = "WSJF" if process.startswith("Inherited") else ""
        self.kinds = (stories, home.bug_types[0] if home.bug_types else home.portfolio[0].types[0])
        self.lacks = frozenset(
            ({"criteria"} if names.CRITERIA not in home.types[stories].fields else set())
            | (set() if self.score else {"score"})
        )

    def open(self, **changes: Any) -> Any:
        given = {
            "name": "tracker",
            "url": self.host,
            "project": HOME,
            "token": "good-token",
            "rate": 5000,
            "installation": "inst-1",
            "write_fields": {"wsjf": "WSJF"},
            "labels": ("refine-criteria",),
        }
        return open_plugin("azure-devops", **(given | changes))

    def section(self) -> dict[str, Any]:
        return {
            "kind": "azure-devops",
            "url": self.host,
            "token": "good-token",
            "project": HOME,
            "rate": 5000,
            "fields": {"risk_reduction": "RROE"},
        }

    def id(self, key: str) -> str:
        return str(self.world.item(key).id)

    def person(self, name: str = "Ana Silva") -> "AzurePerson":
        return AzurePerson(Actor(self.world, name))

    def program(self) -> "AzurePerson":
        return AzurePerson(Actor(self.world, "Build robot", kind="service"))

    def at(self, host: str) -> str:
        return f"{host}{self.app.base_path}"

    def small_pages(self) -> None:
        options = self.app.options
        options.revisions_a_page = options.links_a_page = options.comments_a_page = 2

    def forbid(self) -> None:
        """Takes the right to write away from callers."""
        self.app.options.denied = {"*": frozenset({"WRITE", "SAVE_COMMENT"})}

    def allow(self) -> None:
        self.app.options.denied = {}

    def lag(self, changes: int) -> None:
        self.app.options.revisions_lag = self.app.options.links_lag = Lag(changes=changes)

    def exists(self, item: str) -> bool:
        found = self.world.find(item)
        return found is not None and not found.deleted

    def project_of(self, item: str) -> str:
        return self.world.project_of(self.world.item(item)).name

    def labels(self, item: str) -> frozenset[str]:
        return frozenset(self.world.item(item).tags)

    def held(self, item: str, name: str) -> Any:
        field = {"score": "Custom.WSJF", "value": names.BUSINESS_VALUE}[name]
        return self.world.item(item).fields.get(field)

    def programs(self) -> frozenset[str]:
        return frozenset({self.program().actor.account.id})

    def retitle(self, item: str, title: str) -> None:
        self.person().retitle(item, title)

    def remove(self, item: str) -> None:
        self.person().destroy(item)

    def seen(self) -> Any:
        return snapshot(self.world)

    def shown(self) -> dict[str, Shown]:
        return {str(one.id): self._shown(one) for one in self.world.visible() if self._in_scope(one)}

    def order(self) -> list[str]:
        team = self.world.collection.default_team(self.world.collection.project(HOME))
        process = self.world.collection.project(HOME).process
        stories = {*process.requirements.types, *(process.bug_types if team.bugs == "asRequirements" else ())}
        found = [
            one
            for one in self.world.visible()
            if self._in_scope(one)
            and one.type in stories
            and self.world.type_of(one).category(one.state) not in _FINISHED
        ]
        return [str(one.id) for one in in_order(self.world, found)]

    def linked(self, one: str, other: str) -> bool:
        """Whether two items are linked already, or would be in a circle."""
        return any(str(link.other) == other for link in self.world.links.of(int(one)))

    def comments(self, item: str) -> list[tuple[str, str]]:
        people = self.world.collection.accounts.by_id
        return [
            (people[one.versions[0].by].name, texts.plain(one.now.text, one.format))
            for one in self.world.item(item).comments
            if not one.now.deleted
        ]

    def comment_ids(self, item: str) -> list[str]:
        return [str(one.id) for one in self.world.item(item).comments if not one.now.deleted]

    def writes(self) -> int:
        return sum(
            one.method not in ("GET", "HEAD", "OPTIONS") and not any(re.search(r, one.path) for r in READ_ONLY_POSTS)
            for one in self.app.calls
        )

    def _in_scope(self, item: Any) -> bool:
        project = self.world.project_of(item)
        if project.name != HOME:
            return False
        team = self.world.collection.default_team(project)
        level = project.process.level_of(item.type, team.bugs)
        planned = level is not None and level.kind != "task"
        above = self.world.collection.trees.up_from(item.now.node(names.AREA_ID))
        return planned and any(node.id in team.areas for node in above)

    def _shown(self, item: Any) -> Shown:
        fields, trees = item.fields, self.world.collection.trees
        others = (names.DESCRIPTION, names.REPRO)
        long = "\n".join(
            texts.plain(str(fields[ref]), item.now.formats.get(ref, "html")) for ref in others if fields.get(ref)
        )
        effort = self.world.collection.project(HOME).process.effort_of(item.type)
        node = trees.by_id[int(str(fields[names.ITERATION_ID]))]
        planned = node.parent is not None
        above = self.world.links.parent(item.id)
        there = {one.id for one in self.world.visible()}
        return Shown(
            key=str(item.id),
            title=item.title,
            type=item.type,
            status=item.state,
            words=tuple(re.findall(r"\w+", long)),
            priority=None if fields.get(names.PRIORITY) is None else str(fields[names.PRIORITY]),
            points=fields.get(effort) if effort else None,
            labels=frozenset(item.tags),
            sprints=((node.name, self._state(node)),) if planned else (),
            parent=str(above) if above in there else None,
            links=frozenset(
                str(one.other)
                for one in self.world.links.of(item.id)
                if "Hierarchy" not in one.rel and one.other in there
            ),
            assigned=names.ASSIGNED in fields,
            project=HOME,
        )

    def _state(self, node: Any) -> str:
        if node.start is None or node.finish is None:
            return "future"
        today = self.clock().date()
        if node.finish.date() < today:
            return "closed"
        return "active" if node.start.date() <= today else "future"


class AzurePerson(SandboxPerson):
    labels = "tags"

    def label(self, item: str, *add: str, remove: tuple[str, ...] = ()) -> None:
        self.actor.tag(item, *add, remove=remove)

    def plan(self, item: str, sprint: str | None) -> None:
        self.actor.edit(item, iteration=sprint)

    def put_under(self, item: str, parent: str | None) -> None:
        self.actor.reparent(item, parent)

    def retype(self, item: str, kind: str) -> None:
        self.actor.retype(item, kind)

    def take_up(self, item: str, status: str) -> None:
        self.actor.edit(item, state=status)

    def prioritise(self, item: str, priority: str) -> None:
        self.actor.edit(item, priority=int(priority))

    def drag(self, item: str, before: str) -> None:
        self.actor.drag(item, before=before)

    def destroy(self, item: str) -> None:
        self.actor.destroy(item)

    def restore(self, item: str) -> None:
        self.actor.restore(item)

    def unhide(self, item: str) -> None:
        self.actor.hide(item, hidden=False)

    def start_sprint(self, name: str) -> None:
        today = self.world.clock()
        self.actor.plan_iteration(HOME, name, today - timedelta(days=1), today + timedelta(days=13))

    def close_sprint(self, name: str) -> None:
        today = self.world.clock()
        self.actor.plan_iteration(HOME, name, today - timedelta(days=15), today - timedelta(days=1))

    def edit_comment(self, item: str, comment: str, text: str) -> None:
        self.actor.edit_comment(item, int(comment), text)

    def delete_comment(self, item: str, comment: str) -> None:
        self.actor.delete_comment(item, int(comment))
