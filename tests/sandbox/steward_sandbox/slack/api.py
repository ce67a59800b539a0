"""Slack's Web API as far as the service calls it, answered from a pretended workspace.

Answers follow the pages at https://docs.slack.dev/reference/methods: HTTP 200 with `"ok": false` for nearly every
refusal, 429 for too much. Any token is accepted but `wrong`.
"""

import base64
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse

from steward_sandbox.slack.limits import check_message
from steward_sandbox.slack.world import BOT, BOT_USER, Call, Channel, Json, Message, World

Arguments = Mapping[str, Any]
_TEAM_ID: Final = "T0EXAMPLE1"
_APP_ID: Final = "A0STEWARD1"


class SlackError(Exception):
    """An answer that is not ok."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error, **details}


async def answer(request: Request) -> JSONResponse:
    """Answers one call of `/api/{method}`."""
    world: World = request.app.state.world
    method = request.path_params["method"]
    arguments: Arguments = {}
    headers = {"X-OAuth-Scopes": ",".join(sorted(world.scopes))}
    status = 200
    try:
        arguments = _arguments(request, await request.body())
        with world.lock:
            world.address = str(request.base_url)
            body = {"ok": True, **_done(world, method, arguments, request)}
    except SlackError as no:
        body = no.body
        if body["error"] == "ratelimited":
            status, headers["Retry-After"] = 429, "1"
    world.history.append(Call(method, arguments, body.get("error", "")))
    return JSONResponse(body, status, headers)


def error_body(status: int) -> bytes:
    """What Slack sends with an error status."""
    return json.dumps({"ok": False, "error": "ratelimited" if status == 429 else "internal_error"}).encode()


def _done(world: World, method: str, arguments: Arguments, request: Request) -> Json:
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip() or arguments.get("token")
    if not token:
        raise SlackError("not_authed")
    if token == "wrong":
        raise SlackError("invalid_auth")
    if method not in _METHODS:
        raise SlackError("unknown_method", req_method=method)
    prepared = world.refusal(method)
    if prepared:
        raise SlackError(**prepared)
    return _METHODS[method](world, arguments)


def _arguments(request: Request, body: bytes) -> Arguments:
    """Arguments from the query, a form or JSON; in a form, structures are JSON in a field."""
    given: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            sent = json.loads(body or b"{}")
        except ValueError as error:
            raise SlackError("invalid_json") from error
        if not isinstance(sent, dict):
            raise SlackError("json_not_object")
        return given | sent
    given |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    for name in ("blocks", "metadata"):
        if isinstance(given.get(name), str):
            try:
                given[name] = json.loads(given[name])
            except ValueError as error:
                raise SlackError(f"invalid_{name}_format") from error
    return given


def _auth_test(world: World, _arguments: Arguments) -> Json:
    return {
        "url": f"https://{world.team.lower()}.slack.com/",
        "team": world.team,
        "user": world.bot_name,
        "team_id": _TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def _post(world: World, arguments: Arguments) -> Json:
    _need(world, "chat:write")
    channel = _writable(world, arguments)
    text, blocks = _checked(arguments)
    if world.one_a_second and world.too_soon(channel, time.monotonic()):
        raise SlackError("ratelimited")
    parent = _parent(channel, str(arguments.get("thread_ts") or ""))
    made = world.store(
        channel, text, blocks, bot_id=BOT, metadata=_metadata(arguments), thread_ts=parent.ts if parent else ""
    )
    return {"channel": channel.id, "ts": made.ts, "message": _shown(made, payload=True)}


def _update(world: World, arguments: Arguments) -> Json:
    _need(world, "chat:write")
    channel = _writable(world, arguments)
    message = world.message(channel.id, str(arguments.get("ts") or ""))
    if message is None:
        raise SlackError("message_not_found")
    if message.bot_id != BOT:
        raise SlackError("cant_update_message")
    if world.edit_window is not None and world.now() - message.posted > world.edit_window:
        raise SlackError("edit_window_closed")
    text, blocks = _checked(arguments)
    world.edit(message, text, blocks, _metadata(arguments))
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": _shown(message, payload=True)}


def _permalink(world: World, arguments: Arguments) -> Json:
    channel = _readable(world, arguments)
    message = world.message(channel.id, str(arguments.get("message_ts") or ""))
    if message is None:
        raise SlackError("message_not_found")
    address = f"{world.address}archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": address}


def _list(world: World, arguments: Arguments) -> Json:
    kinds = str(arguments.get("types") or "public_channel").split(",")
    if "public_channel" in kinds:
        _need(world, "channels:read")
    if "private_channel" in kinds:
        _need(world, "groups:read")
    seen = [
        channel
        for channel in world.channels
        if ("private_channel" if channel.private else "public_channel") in kinds
        and (channel.member or not channel.private)
        and not (channel.archived and _flag(arguments, "exclude_archived"))
    ]
    return _page(world, arguments, "channels", [_described(channel) for channel in seen])


def _info(world: World, arguments: Arguments) -> Json:
    channel = _readable(world, arguments)
    _need(world, "groups:read" if channel.private else "channels:read")
    return {"channel": _described(channel)}


def _history(world: World, arguments: Arguments) -> Json:
    channel = _readable(world, arguments)
    _need(world, "groups:history" if channel.private else "channels:history")
    if not channel.member:
        raise SlackError("not_in_channel")
    messages = [message for message in reversed(channel.messages) if _within(message, arguments)]
    return _page(
        world,
        arguments,
        "messages",
        [_shown(message, payload=_flag(arguments, "include_all_metadata")) for message in messages],
    )


def _replies(world: World, arguments: Arguments) -> Json:
    channel = _readable(world, arguments)
    _need(world, "groups:history" if channel.private else "channels:history")
    if not channel.member:
        raise SlackError("not_in_channel")
    parent = _parent(channel, str(arguments.get("ts") or "?"))
    assert parent is not None
    return _page(
        world,
        arguments,
        "messages",
        [_shown(message, payload=_flag(arguments, "include_all_metadata")) for message in (parent, *parent.replies)],
    )


_METHODS: Final[Mapping[str, Callable[[World, Arguments], Json]]] = {
    "api.test": lambda _world, arguments: {"args": dict(arguments)},
    "auth.test": _auth_test,
    "chat.getPermalink": _permalink,
    "chat.postMessage": _post,
    "chat.update": _update,
    "conversations.history": _history,
    "conversations.info": _info,
    "conversations.list": _list,
    "conversations.replies": _replies,
}


def _need(world: World, scope: str) -> None:
    if scope not in world.scopes:
        raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(world.scopes)))


def _readable(world: World, arguments: Arguments) -> Channel:
    channel = world.channel(str(arguments.get("channel") or ""))
    if channel is None or (channel.private and not channel.member):
        raise SlackError("channel_not_found")
    return channel


def _writable(world: World, arguments: Arguments) -> Channel:
    channel = _readable(world, arguments)
    if channel.archived:
        raise SlackError("is_archived")
    if not channel.member:
        raise SlackError("not_in_channel")
    return channel


def _checked(arguments: Arguments) -> tuple[str, list[Json]]:
    text, blocks = arguments.get("text") or "", arguments.get("blocks") or []
    error, explanations = check_message(text, blocks)
    if not error:
        return text, list(blocks)
    if not explanations:
        raise SlackError(error)
    messages = [f"[ERROR] {explanation}" for explanation in explanations]
    raise SlackError(error, errors=explanations, response_metadata={"messages": messages})


def _metadata(arguments: Arguments) -> Json | None:
    metadata = arguments.get("metadata")
    if metadata is None:
        return None
    if metadata != {} and not (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    ):
        raise SlackError("invalid_metadata_format")
    return dict(metadata)


def _parent(channel: Channel, ts: str) -> Message | None:
    """The message that starts the thread in which this stamp is."""
    if not ts:
        return None
    for message in channel.messages:
        if ts in (message.ts, *(reply.ts for reply in message.replies)):
            return message
    raise SlackError("thread_not_found")


def _within(message: Message, arguments: Arguments) -> bool:
    """Whether a message lies between `oldest` and `latest`; Slack leaves those two out unless `inclusive`."""
    stamp = float(message.ts)
    try:
        oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    except ValueError as error:
        raise SlackError("invalid_ts_oldest") from error
    return oldest <= stamp <= latest if _flag(arguments, "inclusive") else oldest < stamp < latest


def _flag(arguments: Arguments, name: str) -> bool:
    return str(arguments.get(name, "0")).lower() in ("1", "true")


def _page(world: World, arguments: Arguments, key: str, members: Iterable[Json]) -> Json:
    every = list(members)
    try:
        size = min(int(arguments.get("limit") or 100), world.page_limit)
        cursor = base64.b64decode(str(arguments.get("cursor") or ""), validate=True).decode()
        start = int(cursor.removeprefix("next:") or 0)
    except ValueError as error:
        raise SlackError("invalid_cursor") from error
    rest = start + size
    cursor = base64.b64encode(f"next:{rest}".encode()).decode() if rest < len(every) else ""
    return {key: every[start:rest], "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def _described(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_private": channel.private,
        "is_archived": channel.archived,
        "is_member": channel.member,
        "topic": {"value": channel.topic},
    }


def _shown(message: Message, *, payload: bool) -> Json:
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    if message.bot_id:
        shown |= {"bot_id": message.bot_id, "app_id": _APP_ID}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.thread_ts or message.replies:
        shown["thread_ts"] = message.thread_ts or message.ts
    if message.replies:
        shown["reply_count"] = len(message.replies)
    if len(message.versions) > 1 and not message.blocks:
        # Slack marks an edit only where the words themselves were replaced.
        shown["edited"] = {"user": message.user, "ts": message.ts}
    if message.metadata:
        # Without being asked for all of them Slack tells only what kind they are.
        shown["metadata"] = message.metadata if payload else {"event_type": message.metadata["event_type"]}
    return shown
