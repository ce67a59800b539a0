"""What the person at the page does: click a button, send or close a dialog, type a slash command.

Each reaches the app over Socket Mode. Payloads: https://docs.slack.dev/reference/interaction-payloads
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steward_sandbox.reply_templates import ReplyTemplates
from steward_sandbox.slack.world import Channel, Dialog, Json, World

_EFFECT_SECONDS: Final = 5.0
"""The longest that the page waits for what follows from a click."""
_SETTLED_SECONDS: Final = 1.0
"""It shows the effect when nothing else has happened for so long."""
_triggers: Final = itertools.count(1)
_fill: Final[Callable[..., Json]] = ReplyTemplates("slack", "").fill


def click_payload(world: World, channel: str, value: str, *, user: str = "", action: str = "") -> Json:
    """A click on a button, with the id of a trigger that opens one dialog."""
    user = user or world.person
    trigger = f"trigger-{next(_triggers)}"
    world.triggers[trigger] = (user, channel)
    return _fill("click", user=user, channel=channel, trigger=trigger, action=action, value=value)


def submission_payload(dialog: Dialog, inputs: dict[str, str], *, user: str = "") -> Json:
    """A dialog that was sent off with these inputs."""
    kinds = {block["block_id"]: block["element"]["type"] for block in dialog.view["blocks"] if block["type"] == "input"}
    values = {name: {name: _fill(kinds[name], text=text)} for name, text in inputs.items()}
    view = {**dialog.view, "id": dialog.id, "state": {"values": values}}
    return _fill("submission", user=user or dialog.user, view=view)


async def click(request: Request) -> Response:
    """Takes a click on a button of a message."""
    world, form = await _read(request)
    channel, before = _channel(world, form), world.changes
    payload = click_payload(world, channel.id, form.get("value", ""), action=form.get("action", ""))
    await world.socket.deliver("interactive", payload)
    await _settle(world, before)
    return RedirectResponse(f"/?channel={channel.id}#latest", 303)


async def send_dialog(request: Request) -> Response:
    """Takes the inputs of a dialog, or its end without any."""
    world, form = await _read(request)
    dialog = next(known for known in world.dialogs if known.id == form["dialog"])
    back = f"/?channel={dialog.channel}"
    if "close" in form:
        dialog.is_open = False
        return RedirectResponse(back, 303)
    dialog.entered = {name.removeprefix("input-"): text for name, text in form.items() if name.startswith("input-")}
    before = world.changes
    answer = await world.socket.deliver("interactive", submission_payload(dialog, dialog.entered))
    dialog.errors = dict((answer or {}).get("errors") or {})
    dialog.is_open = bool(dialog.errors)
    if not dialog.errors:
        await _settle(world, before)
    return RedirectResponse(f"{back}#latest", 303)


async def command(request: Request) -> Response:
    """Takes a slash command; what the app answers is shown to the person alone."""
    world, form = await _read(request)
    channel = _channel(world, form)
    name, _, text = form.get("text", "").strip().partition(" ")
    payload = {"command": name, "text": text, "user_id": world.person, "channel_id": channel.id}
    answer = await world.socket.deliver("slash_commands", payload)
    if answer:
        world.whisper(channel, world.person, str(answer.get("text") or ""), answer.get("blocks") or [])
    return RedirectResponse(f"/?channel={channel.id}#latest", 303)


async def _settle(world: World, before: int) -> None:
    """Wait until something has happened since, and then until nothing more does."""
    end, quiet_since, seen = time.monotonic() + _EFFECT_SECONDS, time.monotonic(), before
    while time.monotonic() < end:
        if world.changes != seen:
            seen, quiet_since = world.changes, time.monotonic()
        elif seen != before and time.monotonic() - quiet_since > _SETTLED_SECONDS:
            return
        await asyncio.sleep(0.02)


async def _read(request: Request) -> tuple[World, dict[str, str]]:
    body = (await request.body()).decode("utf-8", "replace")
    return request.app.state.world, dict(parse_qsl(body, keep_blank_values=True))


def _channel(world: World, form: dict[str, Any]) -> Channel:
    channel = world.channel(str(form.get("channel")))
    assert channel is not None
    return channel
