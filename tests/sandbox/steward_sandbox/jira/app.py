"""The pretended Jiras as ASGI apps."""

from collections.abc import Awaitable, Callable, Iterator

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from steward_sandbox.faults import Faults, with_faults
from steward_sandbox.jira import (
    page,
    routes_agile,
    routes_comments,
    routes_data_center,
    routes_history,
    routes_issues,
    routes_properties,
    routes_search,
    routes_server,
    routes_words,
    wire,
)
from steward_sandbox.jira.behaviour import Behaviour
from steward_sandbox.jira.call import Call, Jira, Seen
from steward_sandbox.jira.data_center import DataCenter
from steward_sandbox.jira.flavour import Cloud, Flavour
from steward_sandbox.jira.wire import Refusal
from steward_sandbox.jira.world import World

Handler = Callable[[Call], Awaitable[Response]]

Routes = tuple[tuple[str, str, Handler], ...]

_ROUTES: Routes = (
    *routes_server.ROUTES,
    *routes_words.ROUTES,
    *routes_issues.ROUTES,
    *routes_comments.ROUTES,
    *routes_properties.ROUTES,
    *routes_agile.ROUTES,
    *page.ROUTES,
)
_CLOUD: Routes = (
    *routes_server.CLOUD_ROUTES,
    *routes_words.CLOUD_ROUTES,
    *routes_search.CLOUD_ROUTES,
    *routes_issues.CLOUD_ROUTES,
    *routes_history.CLOUD_ROUTES,
    *routes_comments.CLOUD_ROUTES,
    *routes_agile.CLOUD_ROUTES,
)
_DATA_CENTER: Routes = (*routes_data_center.ROUTES, *routes_agile.DATA_CENTER_ROUTES)


class JiraSite:
    """A pretended Jira, ready to be served.

    Attributes:
        world: What it holds; tests and demos play people on it.
        behaviour: Its limits and its lateness; may be changed while it is served.
        faults: What goes wrong; may be changed while it is served.
    """

    flavour: Flavour
    own_routes: Routes

    def __init__(self, world: World, *, behaviour: Behaviour | None = None, faults: Faults | None = None) -> None:
        self.world = world
        self.behaviour = behaviour or Behaviour()
        self.faults = faults or Faults()
        self._jira = Jira(world, self.behaviour, self.flavour)
        router = Router(list(self._routes()))
        answering = ExceptionMiddleware(router, handlers={HTTPException: _no_such_place})
        headers = self.flavour.throttled
        self._app = with_faults(answering, self.faults, error_body=wire.error_body, throttle_headers=headers)

    @property
    def calls(self) -> list[Seen]:
        """What was asked and how it was answered, oldest first; requests that a fault swallowed are not among them."""
        return list(self._jira.calls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        path, gateway = self.flavour.inner_path(scope["path"], self.world.site)
        await self._app({**scope, "path": path, "gateway": gateway, "app": self}, receive, send)

    def _routes(self) -> Iterator[Route]:
        for method, path, handler in (*self.own_routes, *_ROUTES):
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
        account = None
        try:
            call = Call(self._jira, request)
            account = call.account
            response = await handler(call)
        except Refusal as refusal:
            response = refusal.response()
        for name, value in self.flavour.headers(account).items():
            response.headers.setdefault(name, value)
        return response


class JiraCloud(JiraSite):
    """A pretended Jira Cloud site."""

    flavour = Cloud()
    own_routes = _CLOUD


class JiraDataCenter(JiraSite):
    """A pretended Jira Data Center."""

    flavour = DataCenter()
    own_routes = _DATA_CENTER


async def _no_such_place(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Refusal(status, "The sandbox does not answer here.").response()
