"""What a Jira site is made of besides its issues: projects, boards, sprints, fields, names and people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from steward_sandbox import ids
from steward_sandbox.backlog import SeedSprint, SprintState
from steward_sandbox.jira import fields
from steward_sandbox.jira.accounts import Accounts
from steward_sandbox.jira.catalogue import Catalogue
from steward_sandbox.jira.model import Board, Project, Sprint


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
