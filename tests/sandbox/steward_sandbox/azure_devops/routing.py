"""The routes of the API: each handler names its method, its path and the resource whose versions count."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from steward_sandbox import routing
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.responses import RESOURCES, AzureError, Resource

Handler = Callable[[Call], Awaitable[Any]]

_ROUTES: list[Route] = []


def route(method: str, path: str, resource: str) -> Callable[[Handler], Handler]:
    """Answer requests with a handler, which returns a response, JSON, or None; its path begins after `_apis`."""

    def register(handler: Handler) -> Handler:
        _ROUTES.append(Route(f"/{path}", handler, methods=[method], name=resource))
        return handler

    return register


def find_route(request: Request, path: str) -> tuple[Resource, Handler]:
    found = routing.find_route(_ROUTES, request, f"/{path.strip('/').casefold()}")
    if found is None:
        raise AzureError("no_route", path=request.url.path)
    return RESOURCES[found.name], found.endpoint
