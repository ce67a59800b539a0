"""The routes of a server: which handler answers which method and path."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as PathRoute

from steward_sandbox.app import ApiError, no_content

T = TypeVar("T")


class Routes(Generic[T]):
    """The routes of one server, each with what the server knows about it."""

    def __init__(self) -> None:
        self._known: list[tuple[PathRoute, T]] = []

    def add(self, method: str, path: str, target: T) -> None:
        """Add a route."""
        self._known.append((PathRoute(path, _unused, methods=[method]), target))

    def find(self, request: Request, path: str, refusal: Callable[[bool], ApiError]) -> T:
        """What the first route for a request leads to; the path parameters of the request are set.

        Args:
            request: The request.
            path: The path to look for.
            refusal: The error if there is no route; it is told whether there is one for another method.
        """
        other_method = False
        for path_route, target in self._known:
            match, scope = path_route.matches({**request.scope, "path": path})
            if match is Match.FULL:
                request.scope["path_params"] = scope["path_params"]
                return target
            other_method = other_method or match is Match.PARTIAL
        raise refusal(other_method)


def as_response(result: Any, reply: Callable[[Any], Response]) -> Response:
    """What a handler returned, as a response: nothing is an empty reply, and data is JSON."""
    if result is None:
        return no_content()
    return result if isinstance(result, Response) else reply(result)


async def _unused(_request: Request) -> Response:
    raise HTTPException(404)
