"""Jira Cloud and Jira Data Center as ASGI apps."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from steward_sandbox.app import SandboxApp
from steward_sandbox.faults import Faults
from steward_sandbox.jira import (  # noqa: F401 - for their routes
    page,
    routes_agile,
    routes_comments,
    routes_issues,
    routes_metadata,
    routes_people,
    routes_search,
)
from steward_sandbox.jira.call import Backend, Call
from steward_sandbox.jira.deployment import Cloud, DataCenter
from steward_sandbox.jira.options import Options
from steward_sandbox.jira.responses import JiraError, error_body, reply
from steward_sandbox.jira.routing import find_handler
from steward_sandbox.jira.world import World
from steward_sandbox.routing import as_response


class JiraSite(SandboxApp):
    """A Jira, ready to be served."""

    deployment: Cloud

    def __init__(self, world: World, *, options: Options | None = None, faults: Faults | None = None) -> None:
        self.world = world
        self.options = options or Options()
        self._backend = Backend(world, self.options, self.deployment)
        headers = self.deployment.throttle_headers
        super().__init__(world.lock, faults, error_body=error_body, throttle_headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request at the path below the site's address."""
        path, gateway = self.deployment.inner_path(scope["path"], self.world.site)
        await super().__call__({**scope, "path": path, "gateway": gateway}, receive, send)

    async def respond(self, request: Request) -> Response:
        account = None
        try:
            handler = find_handler(request, "cloud" if self.deployment.is_cloud else "server")
            call = Call(self._backend, request)
            account = call.account
            response = as_response(await handler(call), reply)
        except JiraError as error:
            response = error.response()
        for name, value in self.deployment.headers(account).items():
            response.headers.setdefault(name, value)
        return response


class JiraCloud(JiraSite):
    deployment = Cloud()


class JiraDataCenter(JiraSite):
    deployment = DataCenter()
