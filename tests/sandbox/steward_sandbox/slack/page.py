"""The workspace as a page that reads like a chat: channels, messages with their blocks, threads. No scripts at all.

While an app is connected, its buttons can be clicked, its dialogs filled in, and commands typed.
"""

from datetime import datetime, tzinfo
from functools import cache
from typing import Any, Final

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from steward_sandbox.page import HEADERS, templates
from steward_sandbox.slack.mrkdwn import emoji, to_html, web_address
from steward_sandbox.slack.world import Channel, World

_POLICY: Final = f"{HEADERS['Content-Security-Policy']}; frame-ancestors 'none'"


def show(request: Request) -> Response:
    """Shows one channel: the one that is asked for, or the first in which something was said."""
    world: World = request.app.state.world
    with world.lock:
        asked = request.query_params.get("channel")
        channel = world.channel(asked) if asked else _liveliest(world)
        page = render(world, channel, asked)
        policy = _POLICY.replace("form-action 'none'", "form-action 'self'") if world.socket.connections else _POLICY
    headers = {**HEADERS, "Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(page, 404 if channel is None and asked else 200, headers)


def render(world: World, channel: Channel | None, asked: str | None = None) -> str:
    """The page of a channel, with what only the person at the page sees."""
    template = _templates().get_template("page.html")
    whispers = [w for w in world.whispers if channel and (w.channel, w.user) == (channel.id, world.person)]
    dialog = next((dialog for dialog in reversed(world.dialogs) if dialog.is_open), None)
    return template.render(world=world, channel=channel, asked=asked, whispers=whispers, dialog=dialog)


def permalink(request: Request) -> Response:
    """Leads from a message's address to its place on the page."""
    channel, stamp = request.path_params["channel"], request.path_params["stamp"].removeprefix("p")
    return RedirectResponse(f"/?channel={channel}#m{stamp}", 302)


def _liveliest(world: World) -> Channel | None:
    said = [channel for channel in world.channels if channel.messages]
    return next(iter(said or world.channels), None)


@cache
def _templates() -> Environment:
    made = templates("steward_sandbox.slack")
    made.filters |= {"mrkdwn": _text_object, "emoji": emoji, "url": web_address, "day": _day}
    made.filters["clock"] = lambda moment, zone: f"{moment.astimezone(zone):%H:%M}"
    return made


def _text_object(value: Any) -> str:
    return to_html(str(value.get("text") or ""), verbatim=bool(value.get("verbatim")))


def _day(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%B}"
