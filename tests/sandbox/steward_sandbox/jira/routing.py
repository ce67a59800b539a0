"""The routes of a Jira: each handler names its method and its path."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as PathRoute

from steward_sandbox.app import no_content
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.responses import JiraError, reply

Handler = Callable[[Call], Awaitable[Any]]
Deployment = Literal["cloud", "server"]

_API = "/rest/api/{version}/"
_ROUTES: list[tuple[PathRoute, Handler, Deployment | None]] = []


def route(method: str, *paths: str, only: Deployment | None = None) -> Callable[[Handler], Handler]:
    """Answer requests with a handler, which gives a response, JSON, or None for an empty reply.

    Args:
        method: Of the request.
        paths: Below the REST API, or with a slash below the site.
        only: The one deployment that has it.
    """

    def register(handler: Handler) -> Handler:
        for path in paths:
            whole = path if path.startswith("/") else _API + path
            _ROUTES.append((PathRoute(whole, _unused, methods=[method]), handler, only))
        return handler

    return register


def find_handler(request: Request, deployment: Deployment) -> Handler:
    """The handler for a request, whose path parameters are set; routes of one deployment come first."""
    other_method = False
    for path_route, handler, _ in _routes_of(deployment):
        match, scope = path_route.matches(request.scope)
        if match is Match.FULL:
            request.scope.update(scope)
            return handler
        other_method = other_method or match is Match.PARTIAL
    raise JiraError(405 if other_method else 404, "The sandbox does not answer here.")


@cache
def _routes_of(deployment: Deployment) -> list[tuple[PathRoute, Handler, Deployment | None]]:
    known = [row for row in _ROUTES if row[2] in (None, deployment)]
    return sorted(known, key=lambda row: row[2] is None)


def as_response(result: Any) -> Response:
    """What a handler gave, as a response."""
    if result is None:
        return no_content()
    return result if isinstance(result, Response) else reply(result)


async def _unused(_request: Request) -> Response:
    raise HTTPException(404)
