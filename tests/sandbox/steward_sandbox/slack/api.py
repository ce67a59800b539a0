"""Slack's Web API as far as the service calls it, answered from a pretended workspace.

Replies follow the pages at https://docs.slack.dev/reference/methods: HTTP 200 with `"ok": false` for nearly every
refusal, 429 for too much. Any token is accepted but `wrong`. Blocks and dialogs have to follow Slack's own types.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from steward_sandbox.access import credentials, is_wrong
from steward_sandbox.app import json_response
from steward_sandbox.reply_templates import ReplyTemplates
from steward_sandbox.slack.schemas import layout_errors
from steward_sandbox.slack.socket_mode import TICKET
from steward_sandbox.slack.world import BOT, BOT_USER, Channel, Json, Message, World

Arguments = Mapping[str, Any]
_fill: Final = ReplyTemplates("slack", "").fill


class SlackError(Exception):
    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error, **details}


async def answer(request: Request) -> Response:
    world: World = request.app.state.world
    method = request.path_params["method"]
    headers = {"X-OAuth-Scopes": ",".join(sorted(world.scopes))}
    sent = await request.body()
    with world.lock:
        world.calls[method] += 1
        world.address = str(request.base_url)
        try:
            arguments = _arguments(request, sent)
            token = credentials(request)[1] or str(arguments.get("token") or "")
            body = {"ok": True, **_method(world, method, token)(world, arguments)}
        except SlackError as error:
            body = error.body
    throttled = body.get("error") == "ratelimited"
    headers |= {"Retry-After": "1"} if throttled else {}
    return json_response(body, 429 if throttled else 200, headers=headers, media_type="application/json")


def error_body(status: int) -> bytes:
    return msgspec.json.encode({"ok": False, "error": "ratelimited" if status == 429 else "internal_error"})


def _method(world: World, name: str, token: str) -> Callable[[World, Arguments], Json]:
    if is_wrong(token):
        raise SlackError("invalid_auth" if token else "not_authed")
    if name not in _METHODS:
        raise SlackError("unknown_method", req_method=name)
    if refusal := world.refusal(name):
        raise SlackError(**refusal)
    return _METHODS[name]


def _arguments(request: Request, body: bytes) -> Arguments:
    """Arguments from the query, a form or JSON; in a form, structures are JSON in a field."""
    given: Json = dict(request.query_params)
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            return given | msgspec.json.decode(body or b"{}", type=Json)
        given |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        structures = given.keys() & {"blocks", "metadata", "view"}
        return given | {name: msgspec.json.decode(given[name]) for name in structures}
    except msgspec.MsgspecError as error:
        raise SlackError("invalid_json") from error


def _post(world: World, arguments: Arguments) -> Json:
    channel = _writable(world, arguments)
    thread = str(arguments.get("thread_ts") or "")
    parent, metadata = _parent(channel, thread).ts if thread else "", arguments.get("metadata")
    text, blocks = arguments.get("text") or "", _blocks(arguments)
    made = world.store(channel, text, blocks, bot_id=BOT, metadata=metadata, thread_ts=parent)
    return {"channel": channel.id, "ts": made.ts, "message": _fill("message", message=made, payload=True)}


def _update(world: World, arguments: Arguments) -> Json:
    channel = _writable(world, arguments)
    message = _message(channel, arguments.get("ts"))
    if message.bot_id != BOT:
        raise SlackError("cant_update_message")
    if world.edit_window is not None and world.now() - message.posted > world.edit_window:
        raise SlackError("edit_window_closed")
    text = arguments.get("text") or ""
    world.edit(message, text, _blocks(arguments), arguments.get("metadata"))
    shown = _fill("message", message=message, payload=True)
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": shown}


def _permalink(world: World, arguments: Arguments) -> Json:
    channel = _readable(world, arguments)
    stamp = _message(channel, arguments.get("message_ts")).ts.replace(".", "")
    return {"channel": channel.id, "permalink": f"{world.address}archives/{channel.id}/p{stamp}"}


def _list(world: World, arguments: Arguments) -> Json:
    kinds = str(arguments.get("types") or "public_channel").split(",")
    seen = [channel for channel in world.channels if channel.kind in kinds and (channel.member or not channel.private)]
    return _page(world, arguments, "channels", [_fill("channel", channel=channel) for channel in seen])


def _history(world: World, arguments: Arguments) -> Json:
    channel, oldest = _joined(_readable(world, arguments)), float(arguments.get("oldest") or 0)
    return _messages(world, arguments, (m for m in reversed(channel.messages) if float(m.ts) > oldest))


def _replies(world: World, arguments: Arguments) -> Json:
    parent = _parent(_joined(_readable(world, arguments)), str(arguments.get("ts")))
    return _messages(world, arguments, (parent, *parent.replies))


def _whisper(world: World, arguments: Arguments) -> Json:
    channel = _writable(world, arguments)
    shown = world.whisper(channel, str(arguments.get("user")), arguments.get("text") or "", _blocks(arguments))
    return {"message_ts": f"{shown.at.timestamp():.6f}"}


def _open_view(world: World, arguments: Arguments) -> Json:
    """A trigger names who clicked and where; one is worth a single dialog."""
    trigger = world.triggers.pop(str(arguments.get("trigger_id")), None)
    if trigger is None:
        raise SlackError("expired_trigger_id")
    view = arguments.get("view") or {}
    if errors := layout_errors(view, "Dialog"):
        raise SlackError("invalid_arguments", response_metadata={"messages": [error["message"] for error in errors]})
    opened = world.open_dialog(*trigger, view)
    return {"view": {**view, "id": opened.id}}


def _open_connection(world: World, _arguments: Arguments) -> Json:
    return {"url": f"{world.address.replace('http', 'ws', 1)}link/?ticket={TICKET}"}


def _validate(world: World, arguments: Arguments) -> Json:
    world.checked.append(_blocks(arguments))
    return {}


def _blocks(arguments: Arguments) -> list[Json]:
    given = arguments.get("blocks") or []
    blocks: list[Json] = msgspec.json.decode(given) if isinstance(given, str) else given
    if errors := layout_errors(blocks, "Blocks"):
        raise SlackError("invalid_blocks", errors=errors)
    return blocks


_METHODS: Final[Mapping[str, Callable[[World, Arguments], Json]]] = {
    "apps.connections.open": _open_connection,
    "auth.test": lambda _world, _arguments: _fill("auth", user=BOT_USER, bot=BOT),
    "blocks.validate": _validate,
    "chat.getPermalink": _permalink,
    "chat.postEphemeral": _whisper,
    "chat.postMessage": _post,
    "chat.update": _update,
    "conversations.history": _history,
    "conversations.info": lambda world, arguments: {"channel": _fill("channel", channel=_readable(world, arguments))},
    "conversations.list": _list,
    "conversations.replies": _replies,
    "views.open": _open_view,
}


def _readable(world: World, arguments: Arguments) -> Channel:
    channel = world.channel(str(arguments.get("channel") or ""))
    if channel is None or (channel.private and not channel.member):
        raise SlackError("channel_not_found")
    return channel


def _joined(channel: Channel) -> Channel:
    if not channel.member:
        raise SlackError("not_in_channel")
    return channel


def _writable(world: World, arguments: Arguments) -> Channel:
    if "chat:write" not in world.scopes:
        raise SlackError("missing_scope", needed="chat:write", provided=",".join(sorted(world.scopes)))
    channel = _readable(world, arguments)
    if channel.archived:
        raise SlackError("is_archived")
    return _joined(channel)


def _message(channel: Channel, ts: Any) -> Message:
    every = (found for top in channel.messages for found in (top, *top.replies))
    message = next((message for message in every if message.ts == str(ts)), None)
    if message is None:
        raise SlackError("message_not_found")
    return message


def _parent(channel: Channel, ts: str) -> Message:
    for message in channel.messages:
        if ts in (message.ts, *(reply.ts for reply in message.replies)):
            return message
    raise SlackError("thread_not_found")


def _messages(world: World, arguments: Arguments, messages: Iterable[Message]) -> Json:
    """Messages; without being asked for all of their metadata Slack tells only what kind they are."""
    payload = str(arguments.get("include_all_metadata", "0")).lower() in ("1", "true")
    return _page(world, arguments, "messages", [_fill("message", message=m, payload=payload) for m in messages])


def _page(world: World, arguments: Arguments, key: str, rows: list[Json]) -> Json:
    size = min(int(arguments.get("limit") or 100), world.page_limit)
    cursor = base64.b64decode(str(arguments.get("cursor") or "")).decode()
    start = int(cursor.removeprefix("next:") or 0)
    rest = start + size
    cursor = base64.b64encode(f"next:{rest}".encode()).decode() if rest < len(rows) else ""
    return {key: rows[start:rest], "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}
