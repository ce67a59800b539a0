"""What a Jira site is made of besides its issues: projects, boards, sprints, fields, names and people."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from steward_sandbox import ids
from steward_sandbox.backlog import AccountType, SeedSprint, SprintState
from steward_sandbox.jira import fields
from steward_sandbox.jira.catalogue import Catalogue
from steward_sandbox.jira.model import Account, Board, Project, Sprint


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
        known = self._by_email.get(address)
        return known or self._add(
            Account(ids.account_id(address), name, address, kind, email_visible=email is not None)
        )

    def caller(self, email: str) -> Account:
        """The account behind the address in a credential."""
        address = email.casefold()
        known = self._by_email.get(address)
        if known is not None:
            return known
        name = " ".join(word.capitalize() for word in re.split(r"[._+-]+", email.partition("@")[0]) if word)
        account = Account(
            ids.account_id(address), name or email, address, time_zone=self._caller_zone, through_api=True
        )
        return self._add(account)

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
        """Start, close or reopen a sprint."""
        changes: dict[str, Any] = {"state": state}
        if state is SprintState.ACTIVE and self.sprints[sprint].start is None:
            changes["start"] = at
        changes["completed"] = at if state is SprintState.CLOSED else None
        self.sprints[sprint] = msgspec.structs.replace(self.sprints[sprint], **changes)
        return self.sprints[sprint]
