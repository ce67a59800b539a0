"""An organisation of Azure DevOps Services, or a collection of a server: everything but the work items."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from steward_sandbox.azure_devops.accounts import Accounts
from steward_sandbox.azure_devops.fields import BUILT_IN, Field
from steward_sandbox.azure_devops.model import Format, Node, Team
from steward_sandbox.azure_devops.processes import Process, process_named
from steward_sandbox.azure_devops.trees import Trees
from steward_sandbox.azure_devops.versions import SERVER_VERSIONS, SERVICES_VERSION
from steward_sandbox.ids import stable_uuid


class Project(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    process: Process
    areas: int
    iterations: int


class Collection:
    """Projects, teams, trees, accounts and fields.

    Args:
        name: Of the organisation, or of the collection.
        process: What projects follow, as `process_named` knows it.
        server: None is Azure DevOps Services; otherwise the year of a server, one of `SERVER_VERSIONS`.
        markdown: Whether the long texts of a backlog file become Markdown, which only Services have.
    """

    def __init__(
        self,
        name: str = "fabrikam",
        *,
        process: str = "Scrum",
        server: str | None = None,
        markdown: bool = False,
    ) -> None:
        self.name = name
        self.server = server
        self.format: Format = "markdown" if markdown else "html"
        self.accounts = Accounts(domain="FABRIKAM" if server else "")
        self.trees = Trees()
        self.projects: dict[str, Project] = {}
        self.teams: dict[str, Team] = {}
        self.tags: dict[tuple[str, str], str] = {}
        self._process = process_named(process)
        self.fields: dict[str, Field] = BUILT_IN | {field.ref: field for field in self._process.custom}

    @property
    def id(self) -> str:
        return stable_uuid("collection", self.name)

    @property
    def base_path(self) -> str:
        """What its addresses start with."""
        return f"/tfs/{self.name}" if self.server else f"/{self.name}"

    @property
    def api_version(self) -> float:
        """The highest version of the API, previews included."""
        return SERVER_VERSIONS[self.server] if self.server else SERVICES_VERSION

    def project(self, name: str) -> Project:
        """The project of this name, made with a team of its own if there is none."""
        known = self.find_project(name)
        if known is not None:
            return known
        number = stable_uuid("project", self.name, name)
        made = Project(
            id=number,
            name=name,
            process=self._process,
            areas=self.trees.add("area", number, name).id,
            iterations=self.trees.add("iteration", number, name).id,
        )
        self.projects[number] = made
        team = self.add_team(made, f"{name} Team")
        for ref, kind in zip(board_fields(team), ("string", "boolean"), strict=True):
            self.fields[ref] = Field(ref, f"{team.name} {ref.partition('_Kanban.')[2]}", kind, computed=True)
        return made

    def find_project(self, ref: str) -> Project | None:
        text = ref.casefold()
        return next((p for p in self.projects.values() if text in (p.id, p.name.casefold())), None)

    def set_team(self, team: Team) -> Team:
        self.teams[team.id] = team
        return team

    def add_team(self, project: Project, name: str, areas: Iterable[str] = ()) -> Team:
        """Make a team with these areas below the project's root; without any it has the whole tree."""
        nodes = tuple(self.trees.ensure(project.areas, path.split("\\")).id for path in areas)
        number, bugs = stable_uuid("team", self.name, project.name, name), project.process.bugs
        return self.set_team(Team(id=number, project=project.id, name=name, bugs=bugs, areas=nodes or (project.areas,)))

    def find_team(self, project: Project, ref: str) -> Team | None:
        text = ref.casefold()
        teams = (team for team in self.teams.values() if team.project == project.id)
        return next((team for team in teams if text in (team.id, team.name.casefold())), None)

    def default_team(self, project: Project) -> Team:
        return next(team for team in self.teams.values() if team.project == project.id)

    def select_iteration(self, team: Team, node: int) -> Team:
        """Add an iteration to those of a team."""
        chosen = dict.fromkeys((*team.iterations, node))
        return self.set_team(replace(team, iterations=tuple(chosen)))

    def timeframes(self, team: Team, now: datetime) -> list[tuple[Node, str]]:
        """The iterations of a team, dated ones by their dates and the others after them, with past, current or future.

        Where no dated iteration is current, the first without dates is.
        """
        nodes = [self.trees.by_id[number] for number in team.iterations]
        frames: list[tuple[Node, str]] = []
        for node in sorted(nodes, key=lambda node: (node.start is None, node.start.timestamp() if node.start else 0.0)):
            free = all(frame != "current" for _, frame in frames)
            frames.append((node, node.frame(now) or ("current" if free else "future")))
        return frames

    def knows_tag(self, project: Project, name: str) -> bool:
        return (project.id, name.casefold()) in self.tags

    def tag(self, project: Project, name: str) -> str:
        """The name under which a project knows a tag: as it was first written, whatever the letter case."""
        return self.tags.setdefault((project.id, name.casefold()), name)


def board_fields(team: Team) -> tuple[str, str]:
    """The fields of its own that a team's board adds to items: the column, and whether that one is split and done."""
    column = f"WEF_{team.id.replace('-', '').upper()}_Kanban.Column"
    return column, f"{column}.Done"
