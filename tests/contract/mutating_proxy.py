"""A proxy in front of a tracker that changes what the tracker answers, one kind of request at a time."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Reply = tuple[int, str, bytes]
"""Status, content type and body."""

_JSON = "application/json;charset=UTF-8"
_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"
_WORDS = re.compile(r"/(?:[A-Z]+-)?\d+(?=/|$)|/[0-9a-f]{8}-[0-9a-f-]{27}")


def _status(
    code: int, body: bytes = b'{"errorMessages": ["Changed on the way."], "message": "Changed on the way."}'
) -> Any:
    return lambda _reply: (code, _JSON, body)


def _of_json(change: Callable[[Any], Any]) -> Callable[[Reply], Reply]:
    """A change of the decoded body; replies without JSON stay as they are."""

    def changed(reply: Reply) -> Reply:
        try:
            value = json.loads(reply[2])
        except ValueError:
            return reply
        return reply[0], reply[1], json.dumps(change(value)).encode()

    return changed


def _lists(change: Callable[[list[Any]], list[Any]]) -> Callable[[Any], Any]:
    """A change of the outermost lists of a body."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return change(value)
        if isinstance(value, dict):
            return {key: walk(part) if isinstance(part, (list, dict)) else part for key, part in value.items()}
        return value

    return walk


def _first_object(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    """A change of the first object in each outermost list, or of the body itself."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [change(value[0]), *value[1:]] if value and isinstance(value[0], dict) else value
        if isinstance(value, dict) and any(isinstance(part, list) for part in value.values()):
            return {key: walk(part) if isinstance(part, list) else part for key, part in value.items()}
        return change(value) if isinstance(value, dict) else value

    return walk


MUTATIONS: dict[str, Callable[[Reply], Reply]] = {
    "400": _status(400),
    "403": _status(403),
    "404": _status(404),
    "410": _status(410),
    "500": _status(500),
    "502 page": lambda _reply: (502, "text/html", _PAGE),
    "200 page": lambda _reply: (200, "text/html", _PAGE),
    "302": lambda _reply: (302, "text/html", b""),
    "204 empty": lambda _reply: (204, _JSON, b""),
    "200 empty": lambda _reply: (200, _JSON, b""),
    "null": lambda reply: (reply[0], _JSON, b"null"),
    "a list": lambda reply: (reply[0], _JSON, b"[]"),
    "an empty object": lambda reply: (reply[0], _JSON, b"{}"),
    "a text": lambda reply: (reply[0], _JSON, b'"ok"'),
    "cut off": lambda reply: (reply[0], reply[1], reply[2][: len(reply[2]) // 2]),
    "lists empty": _of_json(_lists(lambda _some: [])),
    "lists doubled": _of_json(_lists(lambda some: some + some)),
    "lists reversed": _of_json(_lists(lambda some: some[::-1])),
    "first entry missing": _of_json(_lists(lambda some: some[1:])),
    "first entry null": _of_json(_lists(lambda some: [None, *some[1:]] if some else some)),
    "first entry a text": _of_json(_lists(lambda some: ["odd", *some[1:]] if some else some)),
    "first object empty": _of_json(_first_object(lambda _one: {})),
    "values null": _of_json(_first_object(dict.fromkeys)),
    "values lists": _of_json(_first_object(lambda one: {key: [7] for key in one})),
    "fields missing": _of_json(_first_object(lambda one: one | {"fields": {}} if "fields" in one else one)),
    "more than asked": _of_json(lambda value: value | {"unknown": {"a": [1]}} if isinstance(value, dict) else value),
}
"""Changes of replies, by name. The request took effect."""

SWALLOWED = ("swallowed, said done", "swallowed, 504")
"""Changes of writes: the request never reaches the tracker."""


@dataclass
class Change:
    """One change: the kind of request, what happens to it, and whether only the first one is hit."""

    kind: str
    mutation: str
    once: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.mutation}{' once' if self.once else ''}"


class MutatingProxy:
    """Hands requests on, and changes the replies to one kind of them.

    Attributes:
        change: What is changed at present; None for nothing.
        seen: How often each kind of request was made.
        struck: How often the change was made.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.change: Change | None = None
        self.seen: Counter[str] = Counter()
        self.struck = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kind = f"{scope['method']} {_WORDS.sub('/*', scope['path'])}"
        self.seen[kind] += 1
        change = self.change
        if change is None or change.kind != kind or (change.once and self.struck):
            await self.app(scope, receive, send)
            return
        self.struck += 1
        if change.mutation in SWALLOWED:
            reply = _swallowed(change.mutation, scope["method"], await _body(receive))
        else:
            reply = MUTATIONS[change.mutation](await self._reply(scope, receive))
        await _send(reply, send)

    async def _reply(self, scope: Any, receive: Any) -> Reply:
        parts: list[Any] = []

        async def keep(message: Any) -> None:
            parts.append(message)

        await self.app(scope, receive, keep)
        headers = dict(parts[0]["headers"])
        body = b"".join(part.get("body", b"") for part in parts[1:])
        return parts[0]["status"], headers.get(b"content-type", _JSON.encode()).decode(), body


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    return body


def _swallowed(mutation: str, method: str, body: bytes) -> Reply:
    if mutation.endswith("504"):
        return 504, "text/html", _PAGE
    if method == "POST":
        sent = json.loads(body) if body.startswith(b"{") else {}
        made = {
            "id": 987654,
            "commentId": 987654,
            "created": "2024-05-06T08:00:00.000+0000",
            "updated": "2024-05-06T08:00:00.000+0000",
        }
        return 201, _JSON, json.dumps(sent | made).encode()
    return 204, _JSON, b""


async def _send(reply: Reply, send: Any) -> None:
    status, kind, body = reply
    headers = [(b"content-type", kind.encode())]
    if status == 302:
        headers.append((b"location", b"/login.jsp"))
    if status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
