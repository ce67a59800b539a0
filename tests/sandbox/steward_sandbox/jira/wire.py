"""How answers and refusals travel: JSON bodies, Jira's error shapes, and reading what a caller sent."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json;charset=UTF-8"
NOT_READ = "Invalid request payload. Refer to the REST API documentation and try again."
NOT_FOUND = "Issue does not exist or you do not have permission to see it."


class Refusal(Exception):
    """The site says no; becomes an answer with Jira's error shape, or with a body of its own."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, messages)
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})
        self.body = body

    def response(self) -> Response:
        """The answer."""
        usual = {"errorMessages": self.messages, "errors": self.errors}
        return answer(self.body or usual, self.status, headers=self.headers)


def answer(data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(data), status, headers, media_type=JSON)


def nothing(status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status_code=status)


def error_body(status: int) -> bytes:
    """What the site sends with a failure that has nothing to do with the request."""
    words = {410: GONE, 429: "Rate limit exceeded.", 503: "Service temporarily unavailable."}
    return msgspec.json.encode({"errorMessages": [words.get(status, "Internal server error")], "errors": {}})


GONE = "The requested API has been removed. Please use /rest/api/3/search/jql instead."


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object that a caller sent.

    Raises:
        Refusal: It is no JSON, or no object, or not announced as JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":
        detail = f"Content-Type '{kind or 'null'}' is not supported."
        raise Refusal(415, body={"title": "Unsupported Media Type", "detail": detail, "instance": request.url.path})
    body = await read_any(request)
    if not isinstance(body, dict):
        raise Refusal(400, NOT_READ)
    return body


async def read_any(request: Request) -> Any:
    """Any JSON value that a caller sent."""
    try:
        return msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Refusal(400, NOT_READ) from error


def expect(body: Mapping[str, Any], **shapes: Any) -> None:
    """Refuses a body with keys besides these, or with values of another shape; null passes for every key."""
    for key, value in body.items():
        if key not in shapes:
            raise Refusal(400, NOT_READ)
        if value is None:
            continue
        try:
            msgspec.convert(value, shapes[key])
        except msgspec.ValidationError as error:
            raise Refusal(400, NOT_READ) from error


def words(request: Request, name: str) -> list[str]:
    """The values of a query parameter that may be given several times or with commas."""
    return [word.strip() for text in request.query_params.getlist(name) for word in text.split(",") if word.strip()]


def whole(request: Request, name: str, default: int) -> int:
    """A whole number among the query parameters."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    try:
        return int(text)
    except ValueError as error:
        raise Refusal(400, f"The value '{text}' of parameter {name} is not a number.") from error


def flag(request: Request, name: str, *, default: bool) -> bool | None:
    """A switch among the query parameters: only `true` and `false` are understood, None is anything else."""
    text = request.query_params.get(name)
    if text is None:
        return default
    return {"true": True, "false": False}.get(text)


def page(rows: list[Any], start: int, size: int, *, address: str) -> dict[str, Any]:
    """One page of a list that is paged by position."""
    start, size = max(start, 0), max(size, 0)
    shown = rows[start : start + size]
    last = start + size >= len(rows)
    found = {"self": address, "maxResults": size, "startAt": start, "total": len(rows), "isLast": last, "values": shown}
    if not last:
        found["nextPage"] = f"{address}?startAt={start + size}&maxResults={size}"
    return found
