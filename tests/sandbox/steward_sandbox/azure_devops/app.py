"""The pretended Azure DevOps as an ASGI app: Services, or a server, as its collection says."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from steward_sandbox.azure_devops import (
    page,
    routes_comments,
    routes_history,
    routes_items,
    routes_projects,
    routes_recycle,
    routes_reporting,
    routes_server,
    routes_teams,
    routes_wiql,
    routes_words,
    routes_work,
)
from steward_sandbox.azure_devops.access import SIGN_IN_PATH, refuse_narrow, sign_in_page, stopped
from steward_sandbox.azure_devops.behaviour import Behaviour
from steward_sandbox.azure_devops.call import Azure, Call, Seen
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import Team
from steward_sandbox.azure_devops.routing import Place, Router, taken_apart
from steward_sandbox.azure_devops.versions import negotiated
from steward_sandbox.azure_devops.wire import Refusal, error_body
from steward_sandbox.azure_devops.world import World
from steward_sandbox.faults import Faults, with_faults

_ROUTES = (
    *routes_server.ROUTES,
    *routes_projects.ROUTES,
    *routes_words.ROUTES,
    *routes_wiql.ROUTES,
    *routes_items.ROUTES,
    *routes_history.ROUTES,
    *routes_comments.ROUTES,
    *routes_recycle.ROUTES,
    *routes_reporting.ROUTES,
    *routes_work.ROUTES,
    *routes_teams.ROUTES,
)
_THROTTLED = {
    "X-RateLimit-Resource": "core/TSTU",
    "X-RateLimit-Delay": "1",
    "X-RateLimit-Limit": "200",
    "X-RateLimit-Remaining": "0",
}


class AzureDevOps:
    """A pretended Azure DevOps organisation, or a server's collection, ready to be served.

    Attributes:
        world: What it holds; tests and demos play people on it.
        behaviour: Its limits, its lateness and its moods; may be changed while it is served.
        faults: What goes wrong; may be changed while it is served.
    """

    def __init__(self, world: World, *, behaviour: Behaviour | None = None, faults: Faults | None = None) -> None:
        self.world = world
        self.behaviour = behaviour or Behaviour()
        self.faults = faults or Faults()
        self._azure = Azure(world, self.behaviour)
        self._router = Router(_ROUTES)
        self._app = with_faults(self._serve, self.faults, error_body=error_body, throttle_headers=_THROTTLED)

    @property
    def base_path(self) -> str:
        """What comes after the host in the address that clients are given: `/fabrikam`, `/tfs/DefaultCollection`."""
        return self.world.collection.base_path

    @property
    def calls(self) -> list[Seen]:
        """What was asked and how it was answered, oldest first; requests that a fault swallowed are not among them."""
        return list(self._azure.calls)

    def issue_token(self, name: str = "Steward", *, lifetime: timedelta = timedelta(hours=1)) -> str:
        """An Entra token for a service; it works as a Bearer token until its time by the world's clock is over."""
        return self._azure.door.issue(name, lifetime)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await self._app({**scope, "app": self}, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        # The body is here before the lock is taken, so that no request waits for bytes while it holds it.
        await request.body()
        with self.world.lock:
            response = await self._answer(request)
        self._azure.calls.append(Seen(request.method, request.url.path, response.status_code))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        raw = bytes(request.scope.get("raw_path") or request.url.path.encode()).decode("ascii", "replace")
        try:
            place = taken_apart(raw, self.base_path)
            if place is not None:
                return await self._api(request, place)
            if request.url.path == SIGN_IN_PATH:
                return sign_in_page()
            return page.answer(self._azure, request)
        except Refusal as refusal:
            return refusal.response()

    async def _api(self, request: Request, place: Place) -> Response:
        if self.behaviour.stopped:
            return stopped(self.world.collection.name)
        caller = self._azure.door.enter(request)
        limits = self._azure.rate.headers(self.behaviour.rate)
        found = self._router.find(request.method, place, request.url.path)
        version = negotiated(request, found.route.resource, self.world.collection.highest_version)
        refuse_narrow(self.behaviour, caller.token, found.route.scopes)
        project, team = self._named(place)
        call = Call(
            self._azure,
            request,
            params=found.params,
            version=version,
            caller=caller,
            project=project,
            team=team,
        )
        response = await found.route.handler(call)
        response.headers.update(limits)
        response.headers["X-VSS-UserData"] = f"{caller.account.id}:{caller.account.unique_name}"
        kind = response.headers.get("content-type")
        if kind is not None and kind.startswith("application/json"):
            response.headers["content-type"] = f"{kind}; api-version={version}"
        return response

    def _named(self, place: Place) -> tuple[Project | None, Team | None]:
        """The project and the team that a path names.

        Raises:
            Refusal: There is none of that name, or it is not for callers.
        """
        if not place.before:
            return None, None
        collection = self.world.collection
        project = collection.find_project(place.before[0])
        if project is None or not self.behaviour.allows("READ", project.name):
            message = (
                f"TF200016: The following project does not exist: {place.before[0]}. Verify that the name of the "
                "project is correct and that the project exists on the specified Azure DevOps Server."
            )
            raise Refusal(404, "ProjectDoesNotExistWithNameException", message)
        if len(place.before) == 1:
            return project, None
        team = collection.find_team(project, place.before[1])
        if team is None:
            raise Refusal(404, "TeamNotFoundException", f"The team with id '{place.before[1]}' does not exist.")
        return project, team
