"""The pretended Jira Cloud as an ASGI app."""

from collections.abc import Awaitable, Callable, Iterator

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from connectors.sandbox.faults import Faults, with_faults
from connectors.sandbox.jira import (
    page,
    routes_agile,
    routes_comments,
    routes_history,
    routes_issues,
    routes_properties,
    routes_search,
    routes_server,
    routes_words,
    wire,
)
from connectors.sandbox.jira.behaviour import Behaviour
from connectors.sandbox.jira.call import Call, Jira, Seen
from connectors.sandbox.jira.wire import Refusal
from connectors.sandbox.jira.world import World

Handler = Callable[[Call], Awaitable[Response]]

_ROUTES = (
    *routes_server.ROUTES,
    *routes_words.ROUTES,
    *routes_search.ROUTES,
    *routes_issues.ROUTES,
    *routes_history.ROUTES,
    *routes_comments.ROUTES,
    *routes_properties.ROUTES,
    *routes_agile.ROUTES,
    *page.ROUTES,
)
_GATEWAY = "/ex/jira/"
_THROTTLED = {"RateLimit-Reason": "jira-burst-based", "X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0"}


class JiraCloud:
    """A pretended Jira Cloud site, ready to be served.

    Attributes:
        world: What it holds; tests and demos play people on it.
        behaviour: Its limits and its lateness; may be changed while it is served.
        faults: What goes wrong; may be changed while it is served.
    """

    def __init__(self, world: World, *, behaviour: Behaviour | None = None, faults: Faults | None = None) -> None:
        self.world = world
        self.behaviour = behaviour or Behaviour()
        self.faults = faults or Faults()
        self._jira = Jira(world, self.behaviour)
        router = Router(list(self._routes()))
        answering = ExceptionMiddleware(router, handlers={HTTPException: _no_such_place})
        self._app = with_faults(answering, self.faults, error_body=wire.error_body, throttle_headers=_THROTTLED)

    @property
    def calls(self) -> list[Seen]:
        """What was asked and how it was answered, oldest first; requests that a fault swallowed are not among them."""
        return list(self._jira.calls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; those for the gateway go the way of the others, once their cloud id is right."""
        path: str = scope["path"]
        prefix = f"{_GATEWAY}{self.world.site.cloud_id}"
        if path.startswith(f"{prefix}/"):
            scope = {**scope, "path": path.removeprefix(prefix), "gateway": True}
        await self._app({**scope, "app": self}, receive, send)

    def _routes(self) -> Iterator[Route]:
        for method, path, handler in _ROUTES:
            yield Route(path, self._endpoint(handler), methods=[method])

    def _endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            # The body is here before the lock is taken, so that no request waits for bytes while it holds it.
            await request.body()
            with self.world.lock:
                response = await self._answer(handler, request)
            self._jira.calls.append(Seen(request.method, request.url.path, response.status_code))
            return response

        return endpoint

    async def _answer(self, handler: Handler, request: Request) -> Response:
        try:
            call = Call(self._jira, request)
            response = await handler(call)
        except Refusal as refusal:
            return refusal.response()
        if call.account is not None:
            response.headers["X-AAccountId"] = call.account.id
        return response


async def _no_such_place(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Refusal(status, "The sandbox does not answer here.").response()
