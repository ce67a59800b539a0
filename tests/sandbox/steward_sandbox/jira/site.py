"""What a pretended site is made of besides its issues: projects, boards, sprints, fields, words and people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from rules.model import SprintState
from steward_sandbox import ids
from steward_sandbox.backlog import SeedSprint
from steward_sandbox.jira import fields
from steward_sandbox.jira.accounts import Accounts
from steward_sandbox.jira.catalogue import Catalogue
from steward_sandbox.jira.model import Project, Sprint


class Site:
    """One Jira site.

    Args:
        time_zone: In which answers show times.
        caller_zone: In the profiles of callers; Jira reads the times in their queries so.
        team_managed, service_desk, kanban: Keys of projects that are of this kind.
        absent_fields: Names of fields that the site has not got.
    """

    def __init__(
        self,
        *,
        time_zone: str = "Europe/Berlin",
        caller_zone: str = "America/Los_Angeles",
        team_managed: Iterable[str] = (),
        service_desk: Iterable[str] = (),
        kanban: Iterable[str] = (),
        absent_fields: Iterable[str] = (),
    ) -> None:
        self.zone = ZoneInfo(time_zone)
        self.cloud_id = ids.stable_uuid("cloud")
        self.team_managed = frozenset(team_managed)
        self.service_desk = frozenset(service_desk)
        self.kanban = frozenset(kanban)
        self.fields = fields.Fields(absent=absent_fields, team_managed=sorted(self.team_managed))
        self.accounts = Accounts(caller_zone=caller_zone)
        self.catalogue = Catalogue()
        self.projects: dict[str, Project] = {}
        self.sprints: dict[int, Sprint] = {}

    def project(self, key: str) -> Project:
        """The project of this key, made when there is none; all but service desks have a board."""
        known = self.projects.get(key)
        if known is None:
            number = len(self.projects)
            desk = key in self.service_desk
            known = self.projects[key] = Project(
                id=str(10000 + number),
                key=key,
                name=f"Project {key}",
                kind="service_desk" if desk else "software",
                team_managed=key in self.team_managed,
                board=None if desk else number + 1,
                kanban=key in self.kanban,
            )
        return known

    def points_field(self, project: str) -> str:
        """Id of the field in which a project keeps its estimates."""
        return fields.points_field(team_managed=self.project(project).team_managed)

    def sprint(self, board: int, seed: SeedSprint, state: SprintState) -> Sprint:
        """The sprint of this name on a board, made when there is none."""
        known = self.sprint_named(board, seed.name)
        if known is None:
            completed = seed.end if state is SprintState.CLOSED else None
            number = len(self.sprints) + 1
            known = Sprint(number, board, seed.name, state, seed.start, seed.end, completed, seed.goal)
            self.sprints[known.id] = known
        return known

    def sprint_named(self, board: int, name: str) -> Sprint | None:
        """The sprint of this name on a board, if there is one."""
        return next((s for s in self.sprints.values() if s.board == board and s.name == name), None)

    def set_sprint(self, sprint: int, state: SprintState, *, at: datetime) -> Sprint:
        """Starts, closes or reopens a sprint."""
        changes: dict[str, Any] = {"state": state}
        if state is SprintState.ACTIVE and self.sprints[sprint].start is None:
            changes["start"] = at
        changes["completed"] = at if state is SprintState.CLOSED else None
        self.sprints[sprint] = msgspec.structs.replace(self.sprints[sprint], **changes)
        return self.sprints[sprint]

    def board_project(self, board: int) -> Project | None:
        """The project of a board."""
        return next((project for project in self.projects.values() if project.board == board), None)
