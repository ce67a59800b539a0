"""The routes of a Jira: each handler names its method and its path."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from starlette.requests import Request
from starlette.routing import Route

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.routing import find_route

Handler = Callable[[Call], Awaitable[Any]]
Deployment = Literal["cloud", "server"]

_API = "/rest/api/{version}/"
_ROUTES: dict[Deployment, list[Route]] = {"cloud": [], "server": []}


def route(method: str, *paths: str, only: Deployment | None = None) -> Callable[[Handler], Handler]:
    """Answer requests with a handler, whose paths are below the REST API, or with a slash below the site."""

    def register(handler: Handler) -> Handler:
        for path in paths:
            for deployment in [only] if only else _ROUTES:
                whole = path if path.startswith("/") else _API + path
                _ROUTES[deployment].append(Route(whole, handler, methods=[method]))
        return handler

    return register


def find_handler(request: Request, deployment: Deployment) -> Handler:
    """The handler for a request, whose path parameters are set."""
    found = find_route(_ROUTES[deployment], request, request.scope["path"])
    if found is None:
        raise JiraError(404, "The sandbox does not answer here.")
    handler: Handler = found.endpoint
    return handler
