"""A pretended Slack as an ASGI app: its Web API below `/api/`, Socket Mode, and a page for people at `/`."""

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from steward_sandbox.faults import with_faults
from steward_sandbox.slack.api import answer, error_body
from steward_sandbox.slack.page import permalink, show
from steward_sandbox.slack.people import click, command, send_dialog
from steward_sandbox.slack.world import World

__all__ = ["World", "create_app"]


def create_app(world: World) -> ASGIApp:
    """The app for this workspace; a client's base URL is its address and `/api/`."""
    app = Starlette(
        routes=[
            Route("/", show),
            Route("/api/{method}", answer, methods=["GET", "POST"]),
            Route("/archives/{channel}/{stamp}", permalink),
            Route("/click", click, methods=["POST"]),
            Route("/dialog", send_dialog, methods=["POST"]),
            Route("/command", command, methods=["POST"]),
            WebSocketRoute("/link/", world.socket.serve),
        ]
    )
    app.state.world = world
    return with_faults(app, world.faults, error_body=error_body)
