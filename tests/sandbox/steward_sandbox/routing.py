"""The routes of a server: which handler answers which method and path."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as PathRoute

from steward_sandbox.app import no_content

T = TypeVar("T")


class Routes(Generic[T]):
    """The routes of one server, each with what the server knows about it."""

    def __init__(self) -> None:
        self._known: list[tuple[PathRoute, T]] = []

    def add(self, method: str, path: str, target: T) -> None:
        self._known.append((PathRoute(path, lambda _: no_content(), methods=[method]), target))

    def find(self, request: Request, path: str) -> T | None:
        """What the first route for a request with this path leads to; the path parameters of the request are set."""
        for path_route, target in self._known:
            match, scope = path_route.matches({**request.scope, "path": path})
            if match is Match.FULL:
                request.scope["path_params"] = scope["path_params"]
                return target
        return None


def as_response(result: Any, reply: Callable[[Any], Response]) -> Response:
    """What a handler returned, as a response: nothing is an empty reply, and data is JSON."""
    if result is None:
        return no_content()
    return result if isinstance(result, Response) else reply(result)
