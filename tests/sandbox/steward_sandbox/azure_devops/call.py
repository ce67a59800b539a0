"""One request to an organisation: who calls, from where, and what they may see and do."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from steward_sandbox.app import BaseCall
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import Account, Team, WorkItem
from steward_sandbox.azure_devops.options import Options
from steward_sandbox.azure_devops.responses import AzureError, Version, invalid
from steward_sandbox.azure_devops.serializers import serializer_for
from steward_sandbox.azure_devops.world import World


class Call(BaseCall):
    """One request; `scope` is the project in the path, if there is one."""

    def __init__(self, world: World, options: Options, request: Request, account: Account, version: Version) -> None:
        super().__init__(request)
        self.world, self.collection = world, world.collection
        self.options, self.account, self.version = options, account, version
        self.base = f"{request.url.scheme}://{request.url.netloc}{self.collection.base_path}"
        self.serialize = serializer_for(world, self.base)
        self.fill = self.serialize.fill
        place = request.url.path[len(self.collection.base_path) :].partition("/_apis")[0].strip("/").split("/")
        self.scope = self.find_project(place[0]) if place[0] else None
        team = self.collection.find_team(self.project, place[1]) if len(place) > 1 else None
        if len(place) > 1 and team is None:
            raise AzureError("no_team", name=place[1])
        self._team = team

    def invalid(self, message: str) -> AzureError:
        return invalid(message)

    @property
    def project(self) -> Project:
        if self.scope is None:
            raise AzureError("no_route", path=self.request.url.path)
        return self.scope

    @property
    def team(self) -> Team:
        return self._team or self.collection.default_team(self.project)

    @property
    def work_url(self) -> str:
        return f"{self.base}/{self.project.id}/{self.team.id}/_apis/work"

    async def body(self, kind: str = "application/json") -> Any:
        """The JSON in the body, which must come as this content type."""
        given = self.request.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if given != kind:
            raise AzureError("content_type", given=given, method=self.request.method, wanted=kind)
        return await self.json()

    def may(self, permission: str, project: Project) -> bool:
        return self.options.allows(permission, project.name)

    def need(self, permission: str, project: Project, description: str) -> None:
        if not self.may(permission, project):
            raise AzureError("permission", account=self.account.name, permission=description)

    def sees(self, item: WorkItem | None) -> bool:
        if item is None or item.hidden or item.deleted:
            return False
        return self.may("READ", self.world.project_of(item))

    def find_project(self, name: str) -> Project:
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

    def fields(self, wanted: Iterable[str]) -> list[str]:
        """Reference names of the fields that a caller asks for, ignoring case."""
        known = {ref.casefold(): ref for ref in self.collection.fields}
        return [known[name.casefold()] for name in wanted]
