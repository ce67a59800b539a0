"""One request to an organisation: who calls, from where, and what they may see and do."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from steward_sandbox.app import BaseCall
from steward_sandbox.azure_devops.auth import Authentication
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import Account, Team, WorkItem
from steward_sandbox.azure_devops.options import Options
from steward_sandbox.azure_devops.responses import AzureError, invalid
from steward_sandbox.azure_devops.serializers import Serializer
from steward_sandbox.azure_devops.versions import Version
from steward_sandbox.azure_devops.world import World


class Backend:
    """What stands behind the routes of one organisation."""

    def __init__(self, world: World, options: Options) -> None:
        self.world = world
        self.options = options
        self.authentication = Authentication(world.collection, world.clock)
        self._serializers: dict[str, Serializer] = {}

    def serializer(self, base: str) -> Serializer:
        """The serializer for callers at this address, kept between calls."""
        if base not in self._serializers:
            self._serializers[base] = Serializer(self.world, base)
        return self._serializers[base]


class Call(BaseCall):
    """One request.

    Attributes:
        account: Who calls.
        version: Of the resource that is asked for.
        scope: The project in the path, if there is one.
    """

    def __init__(
        self, backend: Backend, request: Request, account: Account, version: Version, place: tuple[str, ...]
    ) -> None:
        super().__init__(request)
        self.world = backend.world
        self.collection = backend.world.collection
        self.options = backend.options
        self.account = account
        self.version = version
        self.base = f"{request.url.scheme}://{request.url.netloc}{self.collection.base_path}"
        self.serialize = backend.serializer(self.base)
        self.fill = self.serialize.fill
        self.scope = self.find_project(place[0]) if place else None
        self._team = self._find_team(place[1]) if len(place) > 1 else None

    def invalid(self, message: str) -> AzureError:
        """The error for a parameter or a body that cannot be read."""
        return invalid(message)

    @property
    def project(self) -> Project:
        """The project in the path."""
        if self.scope is None:
            raise AzureError("no_route", path=self.request.url.path)
        return self.scope

    @property
    def team(self) -> Team:
        """The team in the path, or the project's own."""
        return self._team or self.collection.default_team(self.project)

    @property
    def work_url(self) -> str:
        """The address of the team's planning."""
        return f"{self.base}/{self.project.id}/{self.team.id}/_apis/work"

    def param(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    async def body(self, kind: str = "application/json") -> Any:
        """The JSON in the body, which must come as this content type."""
        given = self.request.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if given != kind:
            raise AzureError("content_type", given=given, method=self.request.method, wanted=kind)
        return await self.json()

    async def json_object(self) -> dict[str, Any]:
        """The JSON object in the body."""
        body = await self.body()
        if not isinstance(body, dict):
            raise invalid("Value cannot be null.\r\nParameter name: body")
        return body

    def may(self, permission: str, project: Project) -> bool:
        """Whether the caller has a permission in a project."""
        return self.options.allows(permission, project.name)

    def need(self, permission: str, project: Project, description: str) -> None:
        """Refuse a caller who does not have a permission."""
        if not self.may(permission, project):
            raise AzureError("permission", account=self.account.name, permission=description)

    def sees(self, item: WorkItem | None) -> bool:
        """Whether the caller may see an item."""
        if item is None or item.hidden or item.deleted:
            return False
        return self.may("READ", self.world.project_of(item))

    def find_project(self, name: str) -> Project:
        """The project of this name that the caller may see."""
        project = self.collection.find_project(name)
        if project is None or not self.may("READ", project):
            raise AzureError("no_project", name=name)
        return project

    def item(self) -> WorkItem:
        """The item in the path; nobody can tell whether it is gone, hidden or in another project."""
        item = self.world.find(self.param("id"))
        if item is None or not self.sees(item) or self.scope not in (None, self.world.project_of(item)):
            raise AzureError("no_item", item=self.param("id"))
        return item

    def fields(self, wanted: Iterable[Any]) -> list[str]:
        """Reference names of the fields that a caller asks for, ignoring case."""
        known = {ref.casefold(): ref for ref in self.collection.fields}
        given = [str(name).strip() for name in wanted]
        unknown = next((name for name in given if name.casefold() not in known), None)
        if unknown is not None:
            raise AzureError("no_field", name=unknown)
        return [known[name.casefold()] for name in given]

    def _find_team(self, name: str) -> Team:
        team = self.collection.find_team(self.project, name)
        if team is None:
            raise AzureError("no_team", name=name)
        return team
