"""One request to the pretended organisation: who asks, from where, and what they may see and do."""

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.requests import Request

from steward_sandbox.azure_devops.access import Door, Pass, Rate
from steward_sandbox.azure_devops.answers import Answers
from steward_sandbox.azure_devops.behaviour import Behaviour
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import Account, Team, WorkItem
from steward_sandbox.azure_devops.versions import Version
from steward_sandbox.azure_devops.wire import Refusal
from steward_sandbox.azure_devops.world import World

_REMEMBERED_CALLS = 50_000


class Seen(NamedTuple):
    """A request that the organisation answered."""

    method: str
    path: str
    status: int


class Azure:
    """Everything behind the routes of one pretended organisation.

    Attributes:
        calls: What was asked lately, oldest first.
    """

    def __init__(self, world: World, behaviour: Behaviour) -> None:
        self.world = world
        self.behaviour = behaviour
        self.door = Door(world.collection, behaviour, world.clock)
        self.rate = Rate()
        self.calls: deque[Seen] = deque(maxlen=_REMEMBERED_CALLS)
        self._answers: dict[str, Answers] = {}

    def answers(self, base: str) -> Answers:
        """The answers for callers at this address, kept from call to call."""
        if base not in self._answers:
            self._answers[base] = Answers(self.world, base)
        return self._answers[base]


class Call:
    """One request.

    Attributes:
        params: The parts of its path.
        version: The version of the resource it goes to.
        base: Address of the organisation.
    """

    def __init__(
        self,
        azure: Azure,
        request: Request,
        *,
        params: Mapping[str, str],
        version: Version,
        caller: Pass,
        project: Project | None = None,
        team: Team | None = None,
    ) -> None:
        self.azure = azure
        self.request = request
        self.params = params
        self.version = version
        self.world = azure.world
        self.collection = azure.world.collection
        self.behaviour = azure.behaviour
        self.base = base_of(request, self.collection.base_path)
        self.answers = azure.answers(self.base)
        self.nouns = self.answers.nouns
        self.caller: Account = caller.account
        self._project = project
        self._team = team

    @property
    def scope(self) -> Project | None:
        """The project in the path, if there is one."""
        return self._project

    @property
    def project(self) -> Project:
        """The project in the path; the route makes sure that there is one."""
        if self._project is None:
            raise Refusal(404, "ProjectDoesNotExistException", "A project is needed.")
        return self._project

    @property
    def team(self) -> Team:
        """The team in the path, or the project's own."""
        return self._team or self.collection.default_team(self.project)

    def refresh_team(self) -> None:
        """Looks at the team anew after it has changed."""
        self._team = self.collection.teams[self.team.id]

    def may(self, permission: str, project: Project | None = None) -> bool:
        """Whether the caller has a permission."""
        return self.behaviour.allows(permission, project.name if project else None)

    def sees_project(self, project: Project) -> bool:
        """Whether the caller may see anything of a project."""
        return self.may("READ", project)

    def sees(self, item: WorkItem) -> bool:
        """Whether the caller may see an item; the recycle bin is elsewhere."""
        return not item.hidden and item.deleted is None and self.sees_project(self.world.project_of(item))

    def item(self, name: str = "id") -> WorkItem:
        """The item in the path.

        Raises:
            Refusal: It is gone, or not for this caller, or not in the project of the path; nobody can tell which.
        """
        text = self.params[name]
        found = self.world.items.get(int(text)) if text.isascii() and text.isdecimal() else None
        outside = (
            found is not None and self._project is not None and self.world.project_of(found).id != self._project.id
        )
        if found is None or outside or not self.sees(found):
            raise gone(text)
        return found

    def items(self) -> list[WorkItem]:
        """All items that the caller may see, by id."""
        return [item for _, item in sorted(self.world.items.items()) if self.sees(item)]

    def need(self, permission: str, project: Project, words: str) -> None:
        """Refuses a caller who has not got a permission."""
        if not self.may(permission, project):
            message = (
                f"TF50309: The following account does not have sufficient permissions to complete the operation: "
                f"{self.caller.name}. The following permissions are needed to perform this operation: {words}."
            )
            raise Refusal(403, "AccessCheckException", message)

    def fields(self, wanted: Any) -> list[str]:
        """Reference names of fields that a caller asks for, whatever their letter case.

        Raises:
            Refusal: The organisation has not got one of them.
        """
        known = {ref.casefold(): ref for ref in self.collection.fields}
        for name in wanted:
            if str(name).strip().casefold() not in known:
                raise unknown_field(str(name))
        return [known[str(name).strip().casefold()] for name in wanted]


def gone(item: str | int) -> Refusal:
    """The refusal of an item that is not there, or not for this caller."""
    message = f"TF401232: Work item {item} does not exist, or you do not have permissions to read it."
    return Refusal(404, "WorkItemUnauthorizedAccessException", message)


def unknown_field(name: str) -> Refusal:
    """The refusal of a field that the organisation has not got."""
    return Refusal(400, "WorkItemTrackingFieldDefinitionNotFoundException", f"TF51535: Cannot find field {name}.")


def base_of(request: Request, path: str) -> str:
    """The address of the organisation as this caller sees it."""
    return f"{request.url.scheme}://{request.url.netloc}{quote(path)}"
