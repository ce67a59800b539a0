"""An organisation of Azure DevOps Services, or a collection of a server: accounts, trees, projects and teams."""

import re
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from steward_sandbox.azure_devops.model import Account, AccountKind, Format, Node, NodeKind, Team
from steward_sandbox.azure_devops.processes import BUILT_IN, Field, Process, process_named
from steward_sandbox.azure_devops.responses import SERVER_VERSIONS, SERVICES_VERSION
from steward_sandbox.ids import stable_uuid

_FIRST_ID = 1501


class Trees:
    def __init__(self) -> None:
        self.by_id: dict[int, Node] = {}

    def add(self, kind: NodeKind, project: str, name: str, parent: int | None = None) -> Node:
        """A new node; without a parent it is the root of a project's tree."""
        number = _FIRST_ID + len(self.by_id)
        guid = stable_uuid("node", kind, project, name, str(parent))
        return self._put(Node(id=number, guid=guid, name=name, kind=kind, project=project, parent=parent))

    def ensure(self, root: int, path: Iterable[str]) -> Node:
        node = self.by_id[root]
        for name in path:
            children = [child for child in self.by_id.values() if child.parent == node.id]
            known = next((child for child in children if child.name.casefold() == name.casefold()), None)
            node = known or self.add(node.kind, node.project, name, node.id)
        return node

    def set_dates(self, node: int, start: datetime | None, finish: datetime | None) -> Node:
        """Dates an iteration; the finish is its last day."""
        return self._put(replace(self.by_id[node], start=start, finish=finish))

    def path(self, node: int) -> str:
        r"""The path as items show it: `Project\A\B`."""
        return "\\".join(found.name for found in reversed(self.up_from(node)))

    def up_from(self, node: int) -> list[Node]:
        """A node and all above it, up to the root."""
        found = self.by_id[node]
        return [found] if found.parent is None else [found, *self.up_from(found.parent)]

    def find(self, kind: NodeKind, path: str) -> Node | None:
        wanted = path.strip("\\").casefold()
        return next((n for n in self.by_id.values() if n.kind == kind and self.path(n.id).casefold() == wanted), None)

    def _put(self, node: Node) -> Node:
        self.by_id[node.id] = node
        return node


class Accounts:
    """All accounts, by id and by name; with a Windows domain, unique names are no e-mail addresses."""

    def __init__(self, *, domain: str = "") -> None:
        self.by_id: dict[str, Account] = {}
        self._by_name: dict[str, Account] = {}
        self._domain = domain

    def named(self, name: str, kind: AccountKind = "person", *, email: str | None = "") -> Account:
        """The account of this name, made if there is none; an e-mail of None is hidden."""
        known = self._by_name.get(name.casefold())
        if known is not None:
            return known
        slug = re.sub(r"[^a-z0-9]+", ".", name.casefold()).strip(".") or stable_uuid("account", name)[:8]
        unique = f"{self._domain}\\{slug}" if self._domain else email or f"{slug}@example.com"
        number = stable_uuid("account", name.casefold())
        return self._add(Account(number, name, "" if email is None else unique, kind))

    def caller(self, name: str) -> Account:
        """The account behind the name or the address beside a token."""
        known = self.find(name)
        if known is not None:
            return known
        words = re.split(r"[._+-]+", name.rpartition("\\")[2].partition("@")[0])
        made = self.named(" ".join(word.capitalize() for word in words if word), "service")
        return self._add(replace(made, through_api=True))

    def find(self, name: str) -> Account | None:
        wanted = name.casefold()
        known = (found for found in self.by_id.values() if found.unique_name.casefold() == wanted)
        return self._by_name.get(wanted) or next(known, None)

    def _add(self, account: Account) -> Account:
        self.by_id[account.id] = account
        self._by_name[account.name.casefold()] = account
        return account


class Project(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    process: Process
    areas: int
    iterations: int


class Collection:
    """Projects, teams, trees, accounts and fields.

    Args:
        server: None is Azure DevOps Services; otherwise the year of a server, one of `SERVER_VERSIONS`.
        markdown: Whether the long texts of a backlog file become Markdown, which only Services have.
    """

    def __init__(
        self, name: str = "fabrikam", *, process: str = "Scrum", server: str | None = None, markdown: bool = False
    ) -> None:
        self.name, self.server = name, server
        self.format: Format = "markdown" if markdown else "html"
        self.accounts = Accounts(domain="FABRIKAM" if server else "")
        self.trees = Trees()
        self.projects: dict[str, Project] = {}
        self.teams: dict[str, Team] = {}
        self.tags: dict[tuple[str, str], str] = {}
        self.queries: dict[str, dict[str, str]] = {}
        self._process = process_named(process)
        self.fields: dict[str, Field] = BUILT_IN | {field.ref: field for field in self._process.custom}

    @property
    def id(self) -> str:
        return stable_uuid("collection", self.name)

    @property
    def base_path(self) -> str:
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
        areas, iterations = self.trees.add("area", number, name).id, self.trees.add("iteration", number, name).id
        made = Project(id=number, name=name, process=self._process, areas=areas, iterations=iterations)
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

    def tag(self, project: Project, name: str) -> str:
        """The name under which a project knows a tag: as it was first written, whatever the letter case."""
        return self.tags.setdefault((project.id, name.casefold()), name)


def board_fields(team: Team) -> tuple[str, str]:
    """The fields of its own that a team's board adds to items: the column, and whether that one is split and done."""
    column = f"WEF_{team.id.replace('-', '').upper()}_Kanban.Column"
    return column, f"{column}.Done"
