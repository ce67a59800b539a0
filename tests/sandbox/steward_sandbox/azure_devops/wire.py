"""How answers and refusals travel: JSON bodies, Azure DevOps' error shape, dates, and reading what a caller sent."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json; charset=utf-8"
FOREVER = "9999-01-01T00:00:00Z"
_SERVER = "Microsoft.TeamFoundation.WorkItemTracking.Server"
_NAMESPACES = {
    "Vss": "Microsoft.VisualStudio.Services.Common",
    "Project": "Microsoft.TeamFoundation.Core.WebApi",
    "Team": "Microsoft.TeamFoundation.Work.WebApi.Exceptions",
    "Invalid": "Microsoft.Azure.Boards.Agile.Common.Exceptions",
    "Test": "Microsoft.VisualStudio.Services.WebApi.Patch",
}


class Refusal(Exception):
    """The service says no.

    Args:
        status: Of the answer.
        key: The `typeKey` by which clients tell errors apart.
        message: What it says; begins with a code where the service has one.
        headers: Sent besides.
        extra: Further members of the body.
    """

    def __init__(
        self,
        status: int,
        key: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.key = key
        self.message = message
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def response(self) -> Response:
        """The answer."""
        body = {**self.extra, **wrapped(self.key, self.message)}
        headers = {"X-TFS-ServiceError": quote(self.message, safe=""), **self.headers}
        return answer(body, self.status, headers=headers)


class PlainRefusal(Refusal):
    """A refusal as a line of text, as whatever is not routed gives."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, "", message)

    def response(self) -> Response:
        """The answer."""
        headers = {"X-TFS-ServiceError": quote(self.message, safe="")}
        return Response(self.message, self.status, headers, media_type="text/plain")


def wrapped(key: str, message: str) -> dict[str, Any]:
    """The body of an error."""
    space = next((space for start, space in _NAMESPACES.items() if key.startswith(start)), _SERVER)
    return {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"{space}.{key}, {space}",
        "typeKey": key,
        "errorCode": 0,
        "eventId": 3200 if space == _SERVER else 3000,
    }


def answer(data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(data), status, headers, media_type=JSON)


def listed(values: Iterable[Any], *, headers: Mapping[str, str] | None = None) -> Response:
    """A list, as nearly everything that is one is answered."""
    rows = list(values)
    return answer({"count": len(rows), "value": rows}, headers=headers)


def nothing() -> Response:
    """An answer without a body."""
    return Response(status_code=204)


THROTTLED = (
    "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource "
    "'TSTU' in namespace 'User'. For more information on why your request was blocked, see the topic "
    '"Rate limits" on the Microsoft Web site (https://go.microsoft.com/fwlink/?LinkId=823950).'
)


def error_body(status: int) -> bytes:
    """What the service sends with a failure that has nothing to do with the request."""
    if status == 429:
        return msgspec.json.encode(wrapped("RequestBlockedException", THROTTLED))
    words = {503: "The service is unavailable.", 409: "TF400898: A conflict occurred."}
    message = words.get(
        status, "TF400898: An Internal Error Occurred. Activity Id: 00000000-0000-0000-0000-000000000000."
    )
    return msgspec.json.encode(wrapped("VssServiceException", message))


async def read_json(request: Request, *kinds: str) -> Any:
    """The JSON that a caller sent.

    Raises:
        Refusal: It is none, or announced as something that this call does not take.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    wanted = kinds or ("application/json",)
    if kind not in wanted:
        message = (
            f'The request indicated a Content-Type of "{kind}" for method type "{request.method}" which is not '
            f"supported. Valid content types for this method are: {', '.join(wanted)}."
        )
        raise Refusal(415, "VssRequestContentTypeNotSupportedException", message)
    try:
        return msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeError) as error:
        raise missing("The request body is not valid JSON.") from error


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object that a caller sent."""
    body = await read_json(request)
    if not isinstance(body, dict):
        raise missing("Value cannot be null.\r\nParameter name: body")
    return body


def missing(message: str) -> Refusal:
    """The refusal of a request that lacks something, or holds something that cannot be read."""
    return Refusal(400, "VssPropertyValidationException", message)


def words(request: Request, name: str) -> list[str]:
    """The parts of a query parameter that holds several with commas between them."""
    return [word.strip() for word in query(request, name, "").split(",") if word.strip()]


def query(request: Request, name: str, default: str = "") -> str:
    """A query parameter, whatever the letter case of its name."""
    wanted = name.casefold()
    return next((value for key, value in request.query_params.items() if key.casefold() == wanted), default)


def whole(request: Request, name: str, default: int) -> int:
    """A whole number among the query parameters.

    Raises:
        Refusal: It is none, or negative.
    """
    text = query(request, name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()):
        raise missing(f"The value '{text}' is not valid for {name}.")
    return int(text)


def flag(request: Request, name: str) -> bool:
    """A switch among the query parameters."""
    return query(request, name).casefold() == "true"


def stamp(moment: datetime) -> str:
    """A moment with as many digits as it needs."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def read_moment(text: str) -> datetime:
    """A moment that a caller sent; without a zone it is UTC.

    Raises:
        Refusal: It is none.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise missing(f"The value '{text}' is not a valid date.") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
