"""The tracker in memory as a place for the contract: if it keeps it, tests of `sync` may rely on it."""

import re
from typing import Any

from memory_tracker import MemoryFaults, MemoryPerson, MemoryTracker, MemoryWorld

from connectors.errors import Misconfigured, Retriable
from connectors.plugin import TrackerContext
from contract.place import Shown
from contract.sandbox_person import SandboxPerson
from contract.seed import BACKLOG, HOME, NOW
from rules.model import HierarchyLevel, StatusCategory
from steward_sandbox import StoppedClock, parse_backlog

_FAULTS = {"429-long": "busy", "drop-after": "lost-reply", "drop-before": "unreachable"}


class MemoryPlace:
    lacks = frozenset({"restore", "destroy", "lock"})
    nobody = "99999999"
    otherwise = {"project": "OPS"}  # noqa: RUF012 - as in the other places
    commenting = "add_comment"
    editing = "edit"
    kinds = ("Story", "Task")
    priorities = ("High", "Low")
    score = "WSJF"

    def __init__(self, serve: Any = None, *, backlog: str = BACKLOG, now: Any = NOW) -> None:
        del serve
        self.clock = StoppedClock(now)
        self.world = MemoryWorld(parse_backlog(backlog), self.clock)
        self.faults = _Faults()
        self._trackers: list[MemoryTracker] = []

    def open(self, **changes: Any) -> Any:
        if changes.get("token", "good-token") != "good-token":
            return _Unreachable(Misconfigured("The token was refused."))
        if changes.get("url"):
            return _Unreachable(Retriable("The tracker did not respond."))
        context = TrackerContext(
            name="tracker",
            installation="inst-1",
            allow_writes=changes.get("allow_writes", False),
            write_fields=changes.get("write_fields", {"wsjf": self.score, "suggested_place": "Suggested place"}),
        )
        made = MemoryTracker(
            self.world,
            context,
            project=changes.get("project", HOME),
            faults=self.faults,
            bots=frozenset(changes.get("bots", ())),
        )
        self._trackers.append(made)
        return made

    def id(self, key: str) -> str:
        return self.world.item(key).id

    def person(self, name: str = "Ana Silva") -> "MemoryContractPerson":
        return MemoryContractPerson(MemoryPerson(self.world, name))

    def program(self) -> "MemoryContractPerson":
        return MemoryContractPerson(MemoryPerson(self.world, "Build robot", type="app"))

    def programs(self) -> frozenset[str]:
        return frozenset()

    def at(self, host: str) -> str:
        return host

    def small_pages(self) -> None:
        """Nothing has pages."""

    def forbid(self) -> None:
        self.world.denied.add("*")

    def allow(self) -> None:
        self.world.denied.clear()

    def exists(self, item: str) -> bool:
        return self.world.find(item) is not None

    def project_of(self, item: str) -> str:
        return self.world.item(item).project

    def labels(self, item: str) -> frozenset[str]:
        return frozenset(self.world.item(item).labels)

    def retitle(self, item: str, title: str) -> None:
        self.person().retitle(item, title)

    def remove(self, item: str) -> None:
        self.world.delete(item)

    def seen(self) -> Any:
        return self.world.snapshot()

    def shown(self) -> dict[str, Shown]:
        return {one.id: self._shown(one) for one in self.world.items.values() if one.project == HOME and not one.hidden}

    def order(self) -> list[str]:
        there = self.shown()
        return [
            ident
            for ident in self.world.rank
            if ident in there
            and self.world.items[ident].level is HierarchyLevel.REQUIREMENT
            and self.world.items[ident].category is not StatusCategory.DONE
        ]

    def linked(self, one: str, other: str) -> bool:
        return any(target == other for _, target in self.world.item(one).links)

    def comments(self, item: str) -> list[tuple[str, str]]:
        return [(one.author.name, one.body) for one in self.world.item(item).comments]

    def comment_ids(self, item: str) -> list[str]:
        return [one.id for one in self.world.item(item).comments]

    def writes(self) -> int:
        return sum(tracker.stats.writes for tracker in self._trackers)

    def _shown(self, item: Any) -> Shown:
        there = self.world.items
        sprints = [self.world.sprints[name] for name in item.sprints]
        return Shown(
            key=item.key,
            title=item.title,
            type=item.type,
            status=item.status,
            words=tuple(re.findall(r"\w+", item.description)),
            priority=item.priority,
            points=item.points,
            labels=frozenset(item.labels),
            sprints=tuple((sprint.name, sprint.state) for sprint in sprints),
            parent=there[item.parent].key if item.parent else None,
            links=frozenset(there[other].key for _, other in item.links if not there[other].hidden),
            assigned=item.assignee is not None,
            restricted=item.security is not None,
            project=item.project,
        )


class MemoryContractPerson(SandboxPerson):
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
        self.actor.edit_comment(comment, text)

    def delete_comment(self, item: str, comment: str) -> None:
        self.actor.delete_comment(comment)


class _Faults(MemoryFaults):
    """Understands the contract's faults of HTTP; those that a connector overcomes by itself do not exist in memory."""

    def add(self, *specs: str) -> None:
        for spec in specs:
            kind, _, call = spec.partition("@")
            name, _, count = kind.partition("#")
            if name in _FAULTS and (call or name == "429-long"):
                super().add(_FAULTS[name] + (f"#{count}" if count else "") + (f"@{call}" if call else ""))


class _Unreachable:
    """A tracker that cannot be connected to."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def connect(self) -> Any:
        raise self._error

    def close(self) -> None:
        pass
