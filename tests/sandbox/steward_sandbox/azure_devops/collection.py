"""An organisation of Azure DevOps Services, or a collection of a server: everything but the work items."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from steward_sandbox.azure_devops.accounts import Accounts
from steward_sandbox.azure_devops.field_data import KNOWN, Field
from steward_sandbox.azure_devops.model import Team, TeamArea
from steward_sandbox.azure_devops.process_names import process_named
from steward_sandbox.azure_devops.processes import Process
from steward_sandbox.azure_devops.trees import Trees
from steward_sandbox.ids import stable_uuid

SERVER_YEARS = {"2019": (5, 0), "2020": (6, 0), "2022": (7, 0), "2022.1": (7, 1)}
"""The highest version of the API that each server speaks."""


class Project(Struct, frozen=True, kw_only=True):
    """A project, with the roots of its trees."""

    id: str
    name: str
    process: Process
    areas: int
    iterations: int
    team: str
    description: str = ""


class Collection:
    """Projects, teams, trees, identities and fields.

    Args:
        name: Of the organisation, or of the collection.
        process: What projects follow unless they are named in `processes`: `Agile`, `Scrum`, `CMMI`, `Basic`,
            `Inherited Scrum` and its like, `Agile in German` and its like, or a process of your own.
        processes: The process of single projects, by the name of the project.
        server: None is Azure DevOps Services; `2019`, `2020`, `2022` or `2022.1` a server of that year.
        markdown: Whether the long texts of a backlog file become Markdown; only Services know it.
        caller: Whose tokens are that are not named.
        tokens: Whose each token is, by its text.
        caller_zone: Time zone in the profile of whoever calls.
        teams: Areas of further teams by project and name, such as `{"PAY": {"Ops": ["Ops", "Field"]}}`.
        requires: Fields that were made required after their items, as pairs of type and reference name.
    """

    def __init__(
        self,
        name: str = "fabrikam",
        *,
        process: str | Process = "Scrum",
        processes: Mapping[str, str | Process] | None = None,
        server: str | None = None,
        markdown: bool = False,
        caller: str = "Steward",
        tokens: Mapping[str, str] | None = None,
        caller_zone: str = "Etc/UTC",
        teams: Mapping[str, Mapping[str, Iterable[str]]] | None = None,
        requires: Iterable[tuple[str, str]] = (),
    ) -> None:
        if server is not None and server not in SERVER_YEARS:
            raise ValueError(f"no server {server!r}; known: {', '.join(SERVER_YEARS)}")
        if markdown and server is not None:
            raise ValueError("a server does not know Markdown fields")
        self.name = name
        self.server = server
        self.markdown = markdown
        self.accounts = Accounts(
            caller=caller, tokens=tokens, caller_zone=caller_zone, domain="FABRIKAM" if server else ""
        )
        self.trees = Trees()
        self.projects: dict[str, Project] = {}
        self.teams: dict[str, Team] = {}
        self.fields: dict[str, Field] = dict(KNOWN)
        self.tags: dict[tuple[str, str], tuple[str, str]] = {}
        self.requires = set(requires)
        self._changes = 0
        self._process = process
        self._processes = dict(processes or {})
        self._teams = teams or {}

    @property
    def id(self) -> str:
        """The GUID of the organisation."""
        return stable_uuid("collection", self.name)

    @property
    def version(self) -> int:
        """Grows with every change, so that what was shaped from names and paths can be dropped."""
        return self._changes + self.trees.version + self.accounts.version

    @property
    def base_path(self) -> str:
        """What its addresses start with."""
        return f"/tfs/{self.name}" if self.server else f"/{self.name}"

    @property
    def highest_version(self) -> tuple[int, int]:
        """The highest version of the API it speaks, previews included."""
        return SERVER_YEARS[self.server] if self.server else (7, 2)

    def project(self, name: str) -> Project:
        """The project of this name, made with a team of its own when there is none."""
        known = self.find_project(name)
        if known is not None:
            return known
        wanted = self._processes.get(name, self._process)
        process = wanted if isinstance(wanted, Process) else process_named(wanted)
        number = stable_uuid("project", self.name, name)
        areas, iterations = self.trees.add("area", number, name), self.trees.add("iteration", number, name)
        made = Project(
            id=number,
            name=name,
            process=process,
            areas=areas.id,
            iterations=iterations.id,
            team=stable_uuid("team", self.name, name, f"{name} Team"),
        )
        self.projects[number] = made
        self.fields |= process.known_fields()
        self.team(made, f"{name} Team")
        for team, below in self._teams.get(name, {}).items():
            self.team(made, team, below)
        self.fields |= {field.ref: field for team in self.teams_of(made) for field in board_fields(team)}
        return made

    def find_project(self, ref: str) -> Project | None:
        """The project with this id or name."""
        text = ref.casefold()
        return next((p for p in self.projects.values() if text in (p.id, p.name.casefold())), None)

    def team(self, project: Project, name: str, areas: Iterable[str] = (), **values: Any) -> Team:
        """A team of a project, made with these areas below the project's root; without any it has the whole tree.

        With a process whose teams are not areas, the areas are values of its team field.
        """
        known = self.find_team(project, name)
        if known is not None:
            return known
        by_area = project.process.team_field == "System.AreaPath"
        below = [path for path in areas if path]
        nodes = [self.trees.path_made(project.areas, tuple(path.split("\\"))).id for path in below] if by_area else []
        chosen: list[int | str] = [*nodes] if by_area else [*below]
        made = Team(
            id=stable_uuid("team", self.name, project.name, name),
            project=project.id,
            name=name,
            bugs=project.process.bugs,
            areas=tuple(TeamArea(value, include_children=True) for value in chosen)
            or (TeamArea(project.areas, include_children=True),),
            backlog_iteration=project.iterations,
            hidden_levels=frozenset(level.id for level in project.process.levels if level.hidden),
        )
        return self.set_team(msgspec.structs.replace(made, **values))

    def set_team(self, team: Team) -> Team:
        """Stores a team as it is now."""
        self._changes += 1
        self.teams[team.id] = team
        return team

    def find_team(self, project: Project, ref: str) -> Team | None:
        """The team of a project with this id or name."""
        text = ref.casefold()
        return next((t for t in self.teams_of(project) if text in (t.id, t.name.casefold())), None)

    def teams_of(self, project: Project) -> list[Team]:
        """The teams of a project; its own comes first."""
        return [team for team in self.teams.values() if team.project == project.id]

    def default_team(self, project: Project) -> Team:
        """The team that a project was made with."""
        return self.teams[project.team]

    def tag(self, project: str, name: str) -> str:
        """The name under which a project knows a tag: as it was first written, whatever the letter case."""
        key = (project, name.casefold())
        if key not in self.tags:
            self.tags[key] = (name, stable_uuid("tag", project, name.casefold()))
        return self.tags[key][0]

    def knows_tag(self, project: str, name: str) -> bool:
        """Whether a project has had this tag before."""
        return (project, name.casefold()) in self.tags

    def select_iteration(self, team: Team, node: int) -> Team:
        """Lets a team see an iteration among its own."""
        chosen = dict.fromkeys((*team.iterations, node))
        return self.set_team(msgspec.structs.replace(team, iterations=tuple(chosen)))


def board_fields(team: Team) -> tuple[Field, Field]:
    """The fields that a team's board adds to the whole organisation."""
    prefix = board_prefix(team)
    return (
        Field(f"{prefix}_Kanban.Column", f"{team.name} Kanban Column", "string", computed=True),
        Field(f"{prefix}_Kanban.Column.Done", f"{team.name} Kanban Column Done", "boolean", computed=True),
    )


def board_prefix(team: Team) -> str:
    """What the names of a board's own fields begin with."""
    return f"WEF_{team.id.replace('-', '').upper()}"
