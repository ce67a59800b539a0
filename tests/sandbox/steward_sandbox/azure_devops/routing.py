"""The routes of the API: each handler names its method, its path and the resource whose versions count."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as PathRoute

from steward_sandbox.app import no_content
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.responses import AzureError, reply
from steward_sandbox.azure_devops.versions import RESOURCES, Resource

Handler = Callable[[Call], Awaitable[Any]]


class Route(NamedTuple):
    """A route; its path begins after `_apis`."""

    path: PathRoute
    resource: Resource
    handler: Handler


_ROUTES: list[Route] = []


def route(method: str, path: str, resource: str) -> Callable[[Handler], Handler]:
    """Answer requests with a handler, which returns a response, JSON, or None for an empty reply."""

    def register(handler: Handler) -> Handler:
        _ROUTES.append(Route(PathRoute(f"/{path}", _unused, methods=[method]), RESOURCES[resource], handler))
        return handler

    return register


def find_route(request: Request, path: str) -> Route:
    """The route for the part of a path after `_apis`, ignoring case; the path parameters of the request are set."""
    other_method = False
    for found in _ROUTES:
        match, scope = found.path.matches({**request.scope, "path": f"/{path.strip('/').casefold()}"})
        if match is Match.FULL:
            request.scope["path_params"] = scope["path_params"]
            return found
        other_method = other_method or match is Match.PARTIAL
    if other_method:
        raise AzureError("no_method", method=request.method)
    raise AzureError("no_route", path=request.url.path)


def as_response(result: Any) -> Response:
    """What a handler returned, as a response."""
    if result is None:
        return no_content()
    return result if isinstance(result, Response) else reply(result)


async def _unused(_request: Request) -> Response:
    raise HTTPException(404)
