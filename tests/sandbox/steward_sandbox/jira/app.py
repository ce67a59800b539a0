"""Jira Cloud and Jira Data Center as ASGI apps."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from steward_sandbox.app import SandboxApp
from steward_sandbox.faults import Faults
from steward_sandbox.jira import (
    page,
    routes_agile,
    routes_comments,
    routes_history,
    routes_issues,
    routes_metadata,
    routes_people,
    routes_properties,
    routes_search,
)
from steward_sandbox.jira.call import Backend, Call
from steward_sandbox.jira.deployment import Cloud, DataCenter
from steward_sandbox.jira.options import Options
from steward_sandbox.jira.responses import JiraError, error_body
from steward_sandbox.jira.world import World

Handler = Callable[[Call], Awaitable[Response]]

_MODULES: tuple[Any, ...] = (
    routes_metadata,
    routes_search,
    routes_issues,
    routes_history,
    routes_comments,
    routes_properties,
    routes_people,
    routes_agile,
    page,
)


class JiraSite(SandboxApp):
    """A Jira, ready to be served.

    Attributes:
        world: What it holds; tests and demos act as people on it.
        options: Its limits and its lag; may be changed while it is served.
    """

    deployment: Cloud
    own_routes: str

    def __init__(self, world: World, *, options: Options | None = None, faults: Faults | None = None) -> None:
        self.world = world
        self.options = options or Options()
        self._backend = Backend(world, self.options, self.deployment)
        routes = [*(row for module in _MODULES for row in getattr(module, self.own_routes, ()))]
        routes += [row for module in _MODULES for row in module.ROUTES]
        self._routes = [(Route(path, _unused, methods=[method]), handler) for method, path, handler in routes]
        headers = self.deployment.throttle_headers
        super().__init__(world, faults, error_body=error_body, throttle_headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request at the path below the site's address."""
        path, gateway = self.deployment.inner_path(scope["path"], self.world.site)
        await super().__call__({**scope, "path": path, "gateway": gateway}, receive, send)

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        account = None
        try:
            handler = self._route(request)
            call = Call(self._backend, request)
            account = call.account
            response = await handler(call)
        except JiraError as error:
            response = error.response()
        for name, value in self.deployment.headers(account).items():
            response.headers.setdefault(name, value)
        return response

    def _route(self, request: Request) -> Handler:
        other_method = False
        for route, handler in self._routes:
            match, scope = route.matches(request.scope)
            if match is Match.FULL:
                request.scope.update(scope)
                return handler  # type: ignore[no-any-return]
            other_method = other_method or match is Match.PARTIAL
        raise JiraError(405 if other_method else 404, "The sandbox does not answer here.")


class JiraCloud(JiraSite):
    """A Jira Cloud site."""

    deployment = Cloud()
    own_routes = "CLOUD_ROUTES"


class JiraDataCenter(JiraSite):
    """A Jira Data Center."""

    deployment = DataCenter()
    own_routes = "DATA_CENTER_ROUTES"


async def _unused(_request: Request) -> Response:
    raise HTTPException(404)
