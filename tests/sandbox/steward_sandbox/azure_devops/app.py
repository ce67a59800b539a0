"""Azure DevOps as an ASGI app: Services, or a server, as its collection says."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from steward_sandbox.app import SandboxApp
from steward_sandbox.azure_devops import (  # noqa: F401 - each registers its routes
    page,
    routes_comments,
    routes_feeds,
    routes_items,
    routes_metadata,
    routes_query,
    routes_teams,
)
from steward_sandbox.azure_devops.call import Backend, Call
from steward_sandbox.azure_devops.options import Options
from steward_sandbox.azure_devops.responses import THROTTLE_HEADERS, AzureError, error_body, stopped
from steward_sandbox.azure_devops.routing import as_response, find_route
from steward_sandbox.azure_devops.versions import negotiate
from steward_sandbox.azure_devops.world import World
from steward_sandbox.faults import Faults


class AzureDevOps(SandboxApp):
    """An organisation, or a server's collection, ready to be served.

    Attributes:
        world: What it holds; tests and demos act as people on it.
        options: Its limits and its lag; may be changed while it is served.
    """

    def __init__(self, world: World, *, options: Options | None = None, faults: Faults | None = None) -> None:
        self.world = world
        self.options = options or Options()
        self._backend = Backend(world, self.options)
        super().__init__(world, faults, error_body=error_body, throttle_headers=THROTTLE_HEADERS)

    @property
    def base_path(self) -> str:
        """What comes after the host in the address that clients are given: `/fabrikam`, `/tfs/DefaultCollection`."""
        return self.world.collection.base_path

    def issue_token(self, name: str = "Steward", *, lifetime: timedelta = timedelta(hours=1)) -> str:
        """An Entra token for a service; it works until its time by the world's clock is over."""
        return self._backend.authentication.issue(name, lifetime)

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        before, api, after = request.url.path.partition("/_apis")
        if not api:
            return page.respond(self.world, request)
        if self.options.stopped:
            return stopped(self.world.collection.name)
        base = self.base_path.casefold()
        if not before.casefold().startswith(base):
            raise AzureError("no_page")
        account = self._backend.authentication.caller(request)
        route = find_route(request, after)
        version = negotiate(request, route.resource, self.world.collection.api_version)
        place = tuple(name for name in before[len(base) :].split("/") if name)
        response = as_response(await route.handler(Call(self._backend, request, account, version, place)))
        response.headers.update(self._rate_headers())
        if "content-type" in response.headers:
            response.headers["content-type"] += f"; api-version={version}"
        return response

    def _rate_headers(self) -> dict[str, str]:
        rate = self.options.rate
        if rate is None or len(self.calls) + 1 < rate.near:
            return {}
        return {**THROTTLE_HEADERS, "Retry-After": f"{rate.wait:g}", "X-RateLimit-Delay": f"{rate.wait:g}"}
