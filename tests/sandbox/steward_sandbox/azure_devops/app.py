"""Azure DevOps as an ASGI app: Services, or a server, as its collection says."""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from steward_sandbox import access
from steward_sandbox.app import SandboxApp
from steward_sandbox.azure_devops import page, routes_comments, routes_feeds, routes_items, routes_metadata  # noqa: F401 - for their routes
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.model import Account
from steward_sandbox.azure_devops.options import Options
from steward_sandbox.azure_devops.responses import THROTTLE_HEADERS, AzureError, error_body, negotiate, reply, stopped
from steward_sandbox.azure_devops.routing import find_route
from steward_sandbox.azure_devops.world import World
from steward_sandbox.faults import Faults
from steward_sandbox.ids import stable_uuid
from steward_sandbox.routing import as_response

_SERVICE = "Steward"
"""Whose tokens are that come without a user."""


class AzureDevOps(SandboxApp):
    """An organisation, or a server's collection, ready to be served."""

    def __init__(self, world: World, *, options: Options | None = None, faults: Faults | None = None) -> None:
        self.world = world
        self.options = options or Options()
        self._tokens: dict[str, tuple[str, datetime]] = {}
        super().__init__(world.lock, faults, error_body=error_body, throttle_headers=THROTTLE_HEADERS)

    @property
    def base_path(self) -> str:
        """What comes after the host in the address that clients are given: `/fabrikam`, `/tfs/DefaultCollection`."""
        return self.world.collection.base_path

    def issue_token(self, name: str = "Steward", *, lifetime: timedelta = timedelta(hours=1)) -> str:
        """An Entra token for a service; it works until its time by the world's clock is over."""
        token = "eyJ0." + stable_uuid("token", name, str(len(self._tokens)))
        self._tokens[token] = (name, self.world.clock() + lifetime)
        return token

    async def respond(self, request: Request) -> Response:
        before, api, after = request.url.path.partition("/_apis")
        if not api:
            return page.respond(self.world, request)
        if self.options.stopped:
            return stopped(self.world.collection.name)
        base = self.base_path.casefold()
        if not before.casefold().startswith(base):
            raise AzureError("no_page")
        account = self._caller(request)
        resource, handler = find_route(request, after)
        version = negotiate(request, resource, self.world.collection.api_version)
        response = as_response(await handler(Call(self.world, self.options, request, account, version)), reply)
        response.headers.update(self._rate_headers())
        if "content-type" in response.headers:
            response.headers["content-type"] += f"; api-version={version}"
        return response

    def _caller(self, request: Request) -> Account:
        """The account behind a personal access token, or behind an Entra token that was issued and is still good."""
        scheme, credential = access.credentials(request)
        if scheme == "basic":
            name, token = access.user_and_secret(credential)
            good = not access.is_wrong(token)
        else:
            name, until = self._tokens.get(credential, ("", self.world.clock()))
            good = until > self.world.clock() and self.world.collection.server is None
        if not good:
            raise AzureError("unauthorized")
        return self.world.collection.accounts.caller(name or _SERVICE)

    def _rate_headers(self) -> dict[str, str]:
        first, wait = self.options.throttled_from, f"{self.options.throttled_wait:g}"
        if first is None or len(self.calls) + 1 < first:
            return {}
        return {**THROTTLE_HEADERS, "Retry-After": wait, "X-RateLimit-Delay": wait}
