"""Replies and errors as Jira words them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from steward_sandbox import app

INVALID_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."
NOT_FOUND = "Issue does not exist or you do not have permission to see it."


class JiraError(app.ApiError):
    """A refused request; the reply has Jira's error shape, or a body of its own."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, messages)
        self.status, self.headers = status, headers
        self.body = body or {"errorMessages": messages, "errors": dict(errors or {})}

    def response(self) -> Response:
        return reply(self.body, self.status, headers=self.headers)


def reply(data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    return app.json_response(data, status, headers=headers, media_type="application/json;charset=UTF-8")


def error_body(status: int) -> bytes:
    """What the site sends with a failure that has nothing to do with the request."""
    messages = {429: "Rate limit exceeded.", 503: "Service temporarily unavailable."}
    return msgspec.json.encode({"errorMessages": [messages.get(status, "Internal server error")], "errors": {}})
