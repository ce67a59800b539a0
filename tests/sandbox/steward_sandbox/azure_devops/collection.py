"""An organisation of Azure DevOps Services, or a collection of a server: everything but the work items."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from steward_sandbox.azure_devops.accounts import Accounts
from steward_sandbox.azure_devops.fields import BUILT_IN, Field
from steward_sandbox.azure_devops.model import Team
from steward_sandbox.azure_devops.processes import Process, process_named
from steward_sandbox.azure_devops.trees import Trees
from steward_sandbox.azure_devops.versions import SERVER_VERSIONS, SERVICES_VERSION
from steward_sandbox.ids import stable_uuid


class Project(Struct, frozen=True, kw_only=True):
    """A project, with the roots of its trees."""

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
        teams: Areas of further teams by project and name, such as `{"PAY": {"Ops": ["Ops", "Field"]}}`.
    """

    def __init__(
        self,
        name: str = "fabrikam",
        *,
        process: str = "Scrum",
        server: str | None = None,
        markdown: bool = False,
        teams: Mapping[str, Mapping[str, Iterable[str]]] | None = None,
    ) -> None:
        if server is not None and server not in SERVER_VERSIONS:
            raise ValueError(f"no server {server!r}; known: {', '.join(SERVER_VERSIONS)}")
        self.name = name
        self.server = server
        self.markdown = markdown
        self.accounts = Accounts(domain="FABRIKAM" if server else "")
        self.trees = Trees()
        self.projects: dict[str, Project] = {}
        self.teams: dict[str, Team] = {}
        self.tags: dict[tuple[str, str], str] = {}
        self._process = process_named(process)
        self.fields: dict[str, Field] = BUILT_IN | {field.ref: field for field in self._process.custom}
        self._only_in: dict[str, tuple[str, ...]] = {}
        self._teams = teams or {}
        self._changes = 0

    @property
    def id(self) -> str:
        """The GUID of the organisation."""
        return stable_uuid("collection", self.name)

    @property
    def version(self) -> int:
        """Grows with every change, so that what was built from names and paths can be dropped."""
        return self._changes + self.trees.version + self.accounts.version

    @property
    def base_path(self) -> str:
        """What its addresses start with."""
        return f"/tfs/{self.name}" if self.server else f"/{self.name}"

    @property
    def api_version(self) -> float:
        """The highest version of the API, previews included."""
        return SERVER_VERSIONS[self.server] if self.server else SERVICES_VERSION

    def restrict_fields(self, only_in: Mapping[str, Iterable[str]]) -> None:
        """Let only some projects have a field; by the name of the field."""
        named = {name.casefold(): tuple(projects) for name, projects in only_in.items()}
        self._only_in = {f.ref: named[f.name.casefold()] for f in self.fields.values() if f.name.casefold() in named}

    def project(self, name: str) -> Project:
        """The project of this name, made with a team of its own if there is none."""
        known = self.find_project(name)
        if known is not None:
            return known
        number = stable_uuid("project", self.name, name)
        made = Project(
            id=number,
            name=name,
            process=self._process.without([ref for ref, projects in self._only_in.items() if name not in projects]),
            areas=self.trees.add("area", number, name).id,
            iterations=self.trees.add("iteration", number, name).id,
        )
        self.projects[number] = made
        self._add_team(made, f"{name} Team")
        for team, below in self._teams.get(name, {}).items():
            self._add_team(made, team, below)
        return made

    def find_project(self, ref: str) -> Project | None:
        """The project with this id or name."""
        text = ref.casefold()
        return next((p for p in self.projects.values() if text in (p.id, p.name.casefold())), None)

    def set_team(self, team: Team) -> Team:
        """Store a team as it is now."""
        self._changes += 1
        self.teams[team.id] = team
        return team

    def find_team(self, project: Project, ref: str) -> Team | None:
        """The team of a project with this id or name."""
        text = ref.casefold()
        return next((team for team in self.teams_of(project) if text in (team.id, team.name.casefold())), None)

    def teams_of(self, project: Project) -> list[Team]:
        """The teams of a project; its own comes first."""
        return [team for team in self.teams.values() if team.project == project.id]

    def default_team(self, project: Project) -> Team:
        """The team that a project was made with."""
        return self.teams_of(project)[0]

    def select_iteration(self, team: Team, node: int) -> Team:
        """Add an iteration to those of a team."""
        chosen = dict.fromkeys((*team.iterations, node))
        return self.set_team(replace(team, iterations=tuple(chosen)))

    def knows_tag(self, project: Project, name: str) -> bool:
        """Whether a project has had this tag before."""
        return (project.id, name.casefold()) in self.tags

    def tag(self, project: Project, name: str) -> str:
        """The name under which a project knows a tag: as it was first written, whatever the letter case."""
        return self.tags.setdefault((project.id, name.casefold()), name)

    def _add_team(self, project: Project, name: str, areas: Iterable[str] = ()) -> None:
        """Make a team with these areas below the project's root; without any it has the whole tree."""
        nodes = tuple(self.trees.ensure(project.areas, path.split("\\")).id for path in areas)
        team = self.set_team(
            Team(
                id=stable_uuid("team", self.name, project.name, name),
                project=project.id,
                name=name,
                bugs=project.process.bugs,
                areas=nodes or (project.areas,),
            )
        )
        prefix = board_prefix(team)
        column = Field(f"{prefix}_Kanban.Column", f"{name} Kanban Column", computed=True)
        done = Field(f"{prefix}_Kanban.Column.Done", f"{name} Kanban Column Done", "boolean", computed=True)
        self.fields |= {column.ref: column, done.ref: done}


def board_prefix(team: Team) -> str:
    """What the names of a board's own fields begin with."""
    return f"WEF_{team.id.replace('-', '').upper()}"
