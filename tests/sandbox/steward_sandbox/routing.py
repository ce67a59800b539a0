"""The routes of a server: which handler answers which method and path."""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from steward_sandbox.app import no_content


def find_route(routes: Iterable[Route], request: Request, path: str) -> Route | None:
    """The first route for a request with this path; the path parameters of the request are set."""
    for route in routes:
        match, scope = route.matches({**request.scope, "path": path})
        if match is Match.FULL:
            request.scope["path_params"] = scope["path_params"]
            return route
    return None


def as_response(result: Any, reply: Callable[[Any], Response]) -> Response:
    """What a handler returned, as a response: nothing is an empty reply, and data is JSON."""
    if result is None:
        return no_content()
    return result if isinstance(result, Response) else reply(result)
