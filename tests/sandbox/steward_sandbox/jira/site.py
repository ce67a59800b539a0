"""What a Jira site is made of besides its issues: accounts, names, projects, boards, sprints and fields."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from steward_sandbox import ids
from steward_sandbox.backlog import AccountType, SeedSprint, SprintState
from steward_sandbox.data_files import load_json
from steward_sandbox.jira import fields
from steward_sandbox.jira.model import Account, Board, Category, IssueType, LinkType, Named, Project, Sprint, Status

T = TypeVar("T")

DEFAULT_TYPE = "Story"
DEFAULT_PRIORITY = "Medium"
DEFAULT_RESOLUTION = "Done"
LISTS: dict[str, str] = load_json("jira", "site")["lists"]
"""The lists of the catalogue by what each holds, which is also the name of its reply template."""


class Names(dict[str, T]):
    """Things by name; asking for an unknown one finds it whatever its case, or adds it under the next number.

    A thing is made of its id, its name and the details that its name gives it.
    """

    def __init__(
        self, make: Callable[..., T], rows: Iterable[Any] = (), details: Callable[[str], tuple[Any, ...]] = lambda _: ()
    ) -> None:
        super().__init__({row[1]: make(*row) for row in rows})
        self._make, self._details = make, details

    def __missing__(self, name: str) -> T:
        folded = name.casefold()
        known = next((thing for other, thing in self.items() if other.casefold() == folded), None)
        return known or self.add(name, *self._details(name))

    def add(self, name: str, *details: Any) -> T:
        self[name] = self._make(str(10100 + len(self)), name, *details)
        return self[name]


class Catalogue:
    def __init__(self) -> None:
        data = load_json("jira", "site")
        self.categories = {row[1]: Category(*row) for row in data["categories"]}
        levels = data["type_levels"]
        self.statuses = Names(Status, data["statuses"], lambda name: (_category(name) or "indeterminate",))
        self.types = Names(IssueType, data["types"], lambda name: (levels.get(name.casefold(), 0),))
        self.link_types = Names(LinkType, data["link_types"], lambda name: (name, name))
        self.priorities = Names(Named, data["priorities"])
        self.resolutions = Names(Named, data["resolutions"])
        self.security_levels = Names(Named)
        self.options = Names(Named, data["options"])
        self.components: dict[tuple[str, str], Named] = {}

    def final_status(self, name: str) -> Status:
        """The status of this name; a new one ends work unless its name says otherwise."""
        known = name.casefold() in map(str.casefold, self.statuses) or _category(name)
        return self.statuses[name] if known else self.statuses.add(name, "done")

    def is_done(self, status: str) -> bool:
        return self.statuses[status].category == "done"

    def component(self, project: str, name: str) -> Named:
        return self.components.setdefault((project, name), Named(str(10000 + len(self.components)), name))

    def link(self, phrase: str) -> tuple[LinkType, bool]:
        """The link type of a phrase such as "is blocked by", and whether it is read outwards."""
        wanted = phrase.casefold().strip()
        inward = next((kind for kind in self.link_types.values() if wanted == kind.inward.casefold()), None)
        outward = next((kind for kind in self.link_types.values() if wanted == kind.outward.casefold()), None)
        return (inward, False) if inward and not outward else (outward or self.link_types[phrase], True)


def _category(status: str) -> str | None:
    known = load_json("jira", "site")["category_of"].items()
    return next((key for key, names in known if status.casefold() in names), None)


class Accounts:
    """All accounts, by id and by e-mail address; a new caller is in `caller_zone`."""

    def __init__(self, *, caller_zone: str) -> None:
        self.by_id: dict[str, Account] = {}
        self._by_email: dict[str, Account] = {}
        self._caller_zone = caller_zone

    def named(self, name: str, kind: AccountType = "atlassian", *, email: str | None = "") -> Account:
        """The account of this name, made if there is none; an e-mail of None is hidden from others."""
        slug = re.sub(r"[^a-z0-9]+", ".", name.casefold()).strip(".") or ids.account_id(name)
        address = email or f"{slug}@example.com"
        made = Account(ids.account_id(address), name, address, kind, email_visible=email is not None)
        return self._by_email.get(address) or self._add(made)

    def caller(self, email: str) -> Account:
        """The account behind the address in a credential."""
        address = email.casefold()
        known = self._by_email.get(address)
        if known is not None:
            return known
        words = re.split(r"[._+-]+", email.partition("@")[0])
        number, name = ids.account_id(address), " ".join(word.capitalize() for word in words if word) or email
        return self._add(Account(number, name, address, time_zone=self._caller_zone, through_api=True))

    def _add(self, account: Account) -> Account:
        self.by_id[account.id] = account
        self._by_email[account.email] = account
        return account


class Site:
    """One Jira site.

    Args:
        caller_zone: In the profiles of callers; Jira reads the times in their queries so.
        service_desk, kanban: Keys of projects of this kind.
        absent_fields: Names of fields that the site does not have.
    """

    def __init__(
        self,
        *,
        caller_zone: str = "America/Los_Angeles",
        service_desk: Iterable[str] = (),
        kanban: Iterable[str] = (),
        absent_fields: Iterable[str] = (),
    ) -> None:
        self.zone = ZoneInfo("Europe/Berlin")
        self.cloud_id = ids.stable_uuid("cloud")
        self.service_desk = frozenset(service_desk)
        self.kanban = frozenset(kanban)
        self.fields = fields.Fields(absent=absent_fields)
        self.accounts = Accounts(caller_zone=caller_zone)
        self.catalogue = Catalogue()
        self.projects: dict[str, Project] = {}
        self.boards: dict[int, Board] = {}
        self.sprints: dict[int, Sprint] = {}

    def project(self, key: str) -> Project:
        """The project of this key, made if there is none; all but service desks have a board."""
        known = self.projects.get(key)
        if known is None:
            desk = key in self.service_desk
            kind = "kanban" if key in self.kanban else "scrum"
            known = self.projects[key] = Project(
                id=str(10000 + len(self.projects)),
                key=key,
                name=f"Project {key}",
                kind="service_desk" if desk else "software",
                board=None if desk else self.add_board(key, f"{key} board", kind).id,
            )
        return known

    def find_project(self, ref: str | None) -> Project | None:
        return next((project for project in self.projects.values() if ref in (project.key, project.id)), None)

    def add_board(self, project: str, name: str, kind: str) -> Board:
        board = Board(len(self.boards) + 1, project, name, kind)
        self.boards[board.id] = board
        return board

    def sprint(self, board: int, seed: SeedSprint, state: SprintState) -> Sprint:
        """The sprint of this name on a board, made if there is none."""
        known = self.sprint_named(board, seed.name)
        if known is None:
            completed = seed.end if state is SprintState.CLOSED else None
            number = len(self.sprints) + 1
            known = Sprint(number, board, seed.name, state, seed.start, seed.end, completed, seed.goal)
            self.sprints[known.id] = known
        return known

    def sprint_named(self, board: int, name: str) -> Sprint | None:
        return next((s for s in self.sprints.values() if s.board == board and s.name == name), None)

    def set_sprint(self, sprint: int, state: SprintState, *, at: datetime) -> Sprint:
        changes: dict[str, Any] = {"state": state}
        if state is SprintState.ACTIVE and self.sprints[sprint].start is None:
            changes["start"] = at
        changes["completed"] = at if state is SprintState.CLOSED else None
        self.sprints[sprint] = msgspec.structs.replace(self.sprints[sprint], **changes)
        return self.sprints[sprint]
