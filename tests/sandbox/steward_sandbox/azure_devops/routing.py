"""Finds the route for a path. Letter case does not matter; a project and a team stand before `_apis` where allowed."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple
from urllib.parse import unquote

from starlette.responses import Response

from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.wire import PlainRefusal, Refusal

Handler = Callable[[Call], Awaitable[Response]]
ORGANISATION, PROJECT, TEAM = "o", "p", "t"


class Route(NamedTuple):
    """A route of the API.

    Attributes:
        template: The path after `_apis/`, with parts in braces; a last part with dots takes the rest.
        where: The letters of what may stand before: nothing (`o`), a project (`p`), a project and a team (`t`).
        resource: The resource whose versions count.
        scopes: What a token must be allowed, any of these.
    """

    method: str
    template: str
    handler: Handler
    where: str
    resource: str
    scopes: tuple[str, ...] = ("vso.work",)


WRITE = ("vso.work_write",)
PROJECTS = ("vso.project", "vso.profile")


class Place(NamedTuple):
    """A path taken apart.

    Attributes:
        before: The project and the team, as far as they are named.
        after: What follows `_apis`.
    """

    before: tuple[str, ...]
    after: str


class Found(NamedTuple):
    """A route with the parts of the path."""

    route: Route
    params: dict[str, str]


class Router:
    """The routes, ready to be searched."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, _pattern(route.template)) for route in routes]

    def find(self, method: str, place: Place, path: str) -> Found:
        """The route for a place.

        Raises:
            Refusal: There is none, not at this level, or not with this method.
        """
        level = (ORGANISATION, PROJECT, TEAM)[len(place.before)]
        matching = [(route, found) for route, pattern in self._routes if (found := pattern.fullmatch(place.after))]
        here = [(route, found) for route, found in matching if level in route.where]
        if not here:
            message = f"The controller for path '{path}' was not found or does not implement IController."
            raise PlainRefusal(404, message)
        for route, found in here:
            if route.method == method:
                return Found(route, {name: unquote(value or "") for name, value in found.groupdict().items()})
        message = f"The requested resource does not support http method '{method}'."
        raise Refusal(405, "VssServiceException", message)


def taken_apart(raw: str, base: str) -> Place | None:
    """The place that a path names below the organisation; None is no path of the API.

    Raises:
        PlainRefusal: It belongs to another organisation.
    """
    parts = [unquote(part) for part in raw.strip("/").split("/")]
    if "_apis" not in [part.casefold() for part in parts]:
        return None
    at = [part.casefold() for part in parts].index("_apis")
    own = [part.casefold() for part in base.strip("/").split("/")]
    # A server answers with and without its virtual directory, and every host tells of its routes by itself.
    for start in (own, own[1:]) if len(own) > 1 else (own,):
        if [part.casefold() for part in parts[: len(start)]] == start and len(start) <= at <= len(start) + 2:
            after = "/".join(raw.strip("/").split("/")[at + 1 :])
            return Place(tuple(parts[len(start) : at]), after)
    if at == 0:
        return Place((), "/".join(parts[1:]))
    raise PlainRefusal(404, f"The resource cannot be found: {'/'.join(parts[:at])}.")


def _pattern(template: str) -> re.Pattern[str]:
    parts = []
    for part in template.split("/"):
        name = part.strip("${}.")
        if part.startswith("{") and part.endswith("...}"):
            parts.append(f"(?P<{name}>.+)")
        elif part.startswith("${"):
            parts.append(rf"(?:\$|%24)(?P<{name}>[^/]+)")
        elif part.startswith("{"):
            parts.append(f"(?P<{name}>[^/$][^/]*)")
        else:
            parts.append(re.escape(part))
    return re.compile("/".join(parts) + "/?", re.IGNORECASE)
