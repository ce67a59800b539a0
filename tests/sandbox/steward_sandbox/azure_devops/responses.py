"""Replies and errors as Azure DevOps words them, and the times in them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from steward_sandbox import app
from steward_sandbox.data_files import load_json

THROTTLE_HEADERS = {
    "X-RateLimit-Resource": "core/TSTU",
    "X-RateLimit-Delay": "1",
    "X-RateLimit-Limit": "200",
    "X-RateLimit-Remaining": "0",
}


class AzureError(app.ApiError):
    """A refused request.

    Args:
        error: Its name in `data/errors.json`, which has its status, its `typeKey` and its message.
        status: Of the reply where it is another one.
        extra: Further members of the body.
        values: What the message names.
    """

    def __init__(
        self, error: str, /, *, status: int | None = None, extra: Mapping[str, Any] | None = None, **values: Any
    ) -> None:
        usual_status, self.key, text = load_json("azure_devops", "errors")["errors"][error]
        self.status = status or usual_status
        self.message = text.format(**values)
        self.extra = dict(extra or {})
        super().__init__(self.status, self.message)

    def response(self) -> Response:
        headers = {"X-TFS-ServiceError": quote(self.message, safe="")}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer authorization_uri=https://login.microsoftonline.com/common, Basic"
        if not self.key:
            return Response(self.message, self.status, headers, media_type="text/plain")
        return reply({**self.extra, **_error(self.key, self.message)}, self.status, headers=headers)


def invalid(message: str) -> AzureError:
    """The error for a request that lacks something, or holds something that cannot be read."""
    return AzureError("invalid", message=message)


def reply(data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON reply; a list is wrapped with its length, as nearly every list is."""
    body = {"count": len(data), "value": data} if isinstance(data, list) else data
    return app.json_response(body, status, headers=headers, media_type="application/json; charset=utf-8")


def stopped(name: str) -> Response:
    """What a stopped collection answers to everything: its body starts with a byte order mark."""
    response = AzureError("stopped", name=name).response()
    body = "\N{BYTE ORDER MARK}".encode() + bytes(response.body)
    return Response(body, response.status_code, media_type="application/json")


def error_body(status: int) -> bytes:
    """What the service sends with a failure that has nothing to do with the request."""
    data = load_json("azure_devops", "errors")
    if status == 429:
        return msgspec.json.encode(_error(*data["errors"]["throttled"][1:]))
    message = data["by_status"].get(str(status)) or data["by_status"][""]
    return msgspec.json.encode(_error("VssServiceException", message))


def _error(key: str, message: str) -> dict[str, Any]:
    space = next(
        space for start, space in load_json("azure_devops", "errors")["namespaces"].items() if key.startswith(start)
    )
    return {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"{space}.{key}, {space}",
        "typeKey": key,
        "errorCode": 0,
        "eventId": 3200 if "WorkItemTracking" in space else 3000,
    }


def timestamp(moment: datetime | None) -> str | None:
    """A time with as many digits as it needs."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"
