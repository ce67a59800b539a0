"""A proxy in front of a tracker that changes what the tracker answers, one kind of request at a time."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """What is answered. `chunk` is the number of bytes that are sent at once, 0 for all."""

    status: int
    kind: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    chunk: int = 0


_JSON = "application/json;charset=UTF-8"
_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"
_WORDS = re.compile(r"/(?:[A-Z]+-)?\d+(?=/|$)|/[0-9a-f]{8}-[0-9a-f-]{27}")


def _status(
    code: int, body: bytes = b'{"errorMessages": ["Changed on the way."], "message": "Changed on the way."}'
) -> Any:
    return lambda _reply: Reply(code, _JSON, body)


def _of_json(change: Callable[[Any], Any]) -> Callable[[Reply], Reply]:
    """A change of the decoded body; replies without JSON stay as they are."""

    def changed(reply: Reply) -> Reply:
        try:
            value = json.loads(reply.body)
        except ValueError:
            return reply
        return reply._replace(body=json.dumps(change(value)).encode())

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


def _each_object(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    """A change of every object of a body."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(part) for part in value]
        return change({key: walk(part) for key, part in value.items()}) if isinstance(value, dict) else value

    return walk


def _each_value(keys: frozenset[str], change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A change of the values under these keys."""
    return _each_object(lambda one: {key: change(part) if key in keys else part for key, part in one.items()})


def _leaves(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A change of every text, number and switch of a body."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(part) for part in value]
        return {key: walk(part) for key, part in value.items()} if isinstance(value, dict) else change(value)

    return walk


_IDS = frozenset(
    {"id", "issueId", "key", "accountId", "commentId", "boardId", "workItemId", "uniqueName", "rev", "version"}
)
_NAMES = frozenset(
    {"name", "displayName", "summary", "System.Title", "type", "System.WorkItemType", "author", "createdBy"}
)
_WORDS_OF_LISTS = frozenset({
    "state", "status", "category", "key", "timeFrame", "deploymentType", "accountType", "bugsBehavior", "System.State",
    "projectTypeKey", "rel", "format",
})  # fmt: skip
_TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|[+-]\d\d:?\d\d)$")


def _to(address: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"location", address),)


def _with_unknown_words(one: dict[str, Any]) -> dict[str, Any]:
    """An object with other words for its type and state; the keys of items and projects stay."""
    kept = {"key"} if one.keys() & {"fields", "projectTypeKey"} else set()
    return {
        key: "Unheard-of" if key in _WORDS_OF_LISTS - kept and isinstance(value, str) else value
        for key, value in one.items()
    }


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _in_zone(value: Any, hours: float) -> Any:
    if not isinstance(value, str) or not _TIME.match(value):
        return value
    zone = timezone(timedelta(hours=hours))
    return datetime.fromisoformat(value).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S.%f%z")


def _in_milliseconds(value: Any) -> Any:
    return (
        int(datetime.fromisoformat(value).timestamp() * 1000)
        if isinstance(value, str) and _TIME.match(value)
        else value
    )


def _paged(value: Any, said: dict[str, Any]) -> Any:
    """A page that says something else of the pages after it."""
    return value | {key: said[key] for key in said.keys() & value.keys()} if isinstance(value, dict) else value


MUTATIONS: dict[str, Callable[[Reply], Reply]] = {
    "400": _status(400),
    "403": _status(403),
    "404": _status(404),
    "410": _status(410),
    "500": _status(500),
    "401": _status(401),
    "409": _status(409),
    "413": _status(413),
    "503": _status(503),
    "502 page": lambda _reply: Reply(502, "text/html", _PAGE),
    "200 page": lambda _reply: Reply(200, "text/html", _PAGE),
    "203 page": lambda _reply: Reply(203, "text/html", _PAGE),
    "page called JSON": lambda _reply: Reply(200, _JSON, _PAGE),
    "302": lambda _reply: Reply(302, "text/html", b"", _to(b"/login.jsp")),
    "302 without an address": lambda _reply: Reply(302, "text/html", b""),
    "307 to another host": lambda _reply: Reply(307, "text/html", b"", _to(b"http://127.0.0.1:9/")),
    "204 empty": lambda _reply: Reply(204, _JSON, b""),
    "200 empty": lambda _reply: Reply(200, _JSON, b""),
    "null": lambda reply: Reply(reply.status, _JSON, b"null"),
    "a list": lambda reply: Reply(reply.status, _JSON, b"[]"),
    "an empty object": lambda reply: Reply(reply.status, _JSON, b"{}"),
    "a text": lambda reply: Reply(reply.status, _JSON, b'"ok"'),
    "cut off": lambda reply: reply._replace(body=reply.body[: len(reply.body) // 2]),
    "nested too deeply": lambda reply: reply._replace(body=b'{"value":' * 20_000 + b"1" + b"}" * 20_000),
    "called a text": lambda reply: reply._replace(kind="text/plain"),
    "without a type": lambda reply: reply._replace(kind=""),
    "with a byte order mark": lambda reply: reply._replace(body=b"\xef\xbb\xbf" + reply.body),
    "in UTF-16": lambda reply: reply._replace(
        body=reply.body.decode().encode("utf-16"), kind="application/json;charset=utf-16"
    ),
    "in drips": lambda reply: reply._replace(chunk=7),
    "in an envelope": _of_json(lambda value: {"data": value}),
    "keys in capitals": _of_json(
        _each_object(lambda one: {key[:1].upper() + key[1:]: part for key, part in one.items()})
    ),
    "every second key missing": _of_json(_each_object(lambda one: dict(list(one.items())[::2]))),
    "keys of names missing": _of_json(_each_object(lambda one: {k: v for k, v in one.items() if k not in _NAMES})),
    "ids of another type": _of_json(
        _each_value(_IDS, lambda value: str(value) if isinstance(value, int) else _number(value))
    ),
    "ids null": _of_json(_each_value(_IDS, lambda _value: None)),
    "numbers as texts": _of_json(_leaves(lambda value: str(value) if isinstance(value, (int, float)) else value)),
    "texts as numbers": _of_json(_leaves(lambda value: 7 if isinstance(value, str) else value)),
    "texts as objects": _of_json(_leaves(lambda value: {"value": value} if isinstance(value, str) else value)),
    "texts empty": _of_json(_leaves(lambda value: "" if isinstance(value, str) else value)),
    "texts with control characters": _of_json(
        _leaves(lambda value: f"{value}\0\x1b\ud800" if isinstance(value, str) else value)
    ),
    "yes and no as texts": _of_json(_leaves(lambda value: str(value) if isinstance(value, bool) else value)),
    "leaves null": _of_json(_leaves(lambda _value: None)),
    "unknown words": _of_json(_each_object(_with_unknown_words)),
    "times in another zone": _of_json(_leaves(lambda value: _in_zone(value, 5.5))),
    "times without a zone": _of_json(
        _leaves(lambda value: _TIME.sub(r"\1", value) if isinstance(value, str) else value)
    ),
    "times in milliseconds": _of_json(_leaves(_in_milliseconds)),
    "never the last page": _of_json(
        lambda value: _paged(
            value,
            {
                "isLast": False,
                "isLastBatch": False,
                "nextPageToken": "again",
                "continuationToken": "again",
                "total": 10_000,
            },
        )
    ),
    "always the last page": _of_json(
        lambda value: _paged(
            value, {"isLast": True, "isLastBatch": True, "total": 0, "nextPageToken": None, "continuationToken": None}
        )
    ),
    "lists with nulls between": _of_json(_lists(lambda some: [part for one in some for part in (one, None)])),
    "lists of lists": _of_json(_lists(lambda some: [some])),
    "lists as objects": _of_json(_lists(lambda some: {str(place): one for place, one in enumerate(some)})),
    "last entry missing": _of_json(_lists(lambda some: some[:-1])),
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

SWALLOWED = ("swallowed, said done", "swallowed, 504", "swallowed, 429", "late, 504", "late, said done")
"""Changes of writes: the request never reaches the tracker, or only after the round."""


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
        self._late: list[tuple[Any, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.change is None:
            await self._deliver_late()
        kind = f"{scope['method']} {_WORDS.sub('/*', scope['path'])}"
        self.seen[kind] += 1
        change = self.change
        if change is None or change.kind != kind or (change.once and self.struck):
            await self.app(scope, receive, send)
            return
        self.struck += 1
        if change.mutation in SWALLOWED:
            body = await _body(receive)
            if change.mutation.startswith("late"):
                self._late.append((scope, body))
            reply = _swallowed(change.mutation, scope["method"], body)
        else:
            reply = MUTATIONS[change.mutation](await self._reply(scope, receive))
        await _send(reply, send)

    async def _deliver_late(self) -> None:
        while self._late:
            scope, body = self._late.pop(0)

            async def received(body: bytes = body) -> Any:
                return {"type": "http.request", "body": body, "more_body": False}

            async def forget(_message: Any) -> None:
                pass

            await self.app(scope, received, forget)

    async def _reply(self, scope: Any, receive: Any) -> Reply:
        parts: list[Any] = []

        async def keep(message: Any) -> None:
            parts.append(message)

        await self.app(scope, receive, keep)
        headers = dict(parts[0]["headers"])
        body = b"".join(part.get("body", b"") for part in parts[1:])
        return Reply(parts[0]["status"], headers.get(b"content-type", _JSON.encode()).decode(), body)


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    return body


def _swallowed(mutation: str, method: str, body: bytes) -> Reply:
    if mutation.endswith("429"):
        return Reply(429, _JSON, b"{}", ((b"retry-after", b"1"),))
    if mutation.endswith("504"):
        return Reply(504, "text/html", _PAGE)
    if method == "POST":
        sent = json.loads(body) if body.startswith(b"{") else {}
        made = {
            "id": 987654,
            "commentId": 987654,
            "created": "2024-05-06T08:00:00.000+0000",
            "updated": "2024-05-06T08:00:00.000+0000",
        }
        return Reply(201, _JSON, json.dumps(sent | made).encode())
    return Reply(204, _JSON, b"")


async def _send(reply: Reply, send: Any) -> None:
    headers = [*reply.headers, *([(b"content-type", reply.kind.encode())] if reply.kind else [])]
    if reply.status != 204 and not reply.chunk:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    size = reply.chunk or len(reply.body) or 1
    for start in range(0, len(reply.body), size):
        await send({"type": "http.response.body", "body": reply.body[start : start + size], "more_body": True})
    await send({"type": "http.response.body", "body": b""})
