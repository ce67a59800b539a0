"""Slack's official client, sending through our `HttpClient`."""

import logging
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit
from urllib.request import Request

import msgspec
from slack_sdk import WebClient

from connectors.errors import Garbled, Uncertain
from connectors.http import HttpClient, Response

READ_ONLY_METHODS: Final = (
    r"/(?:auth\.test|apps\.connections\.open|blocks\.validate|conversations\.(?:history|info|list|replies))$",
)
"""Calls that change nothing. The official client sends all calls as POST."""

# The official client logs whole bodies, which contain item text, and logs errors that we handle.
silent_logger = logging.getLogger("connectors.slack.sdk")
silent_logger.setLevel(logging.CRITICAL + 1)
"""Receives what the official client logs, and drops it."""


class SlackWebClient(WebClient):
    """A `WebClient` without token and connections: `HttpClient` authenticates, sends and retries."""

    def __init__(self, http: HttpClient) -> None:
        super().__init__(base_url=http.base_url, retry_handlers=[], logger=silent_logger)
        self._http = http

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        response = self._http.request(
            req.get_method(),
            url,
            content=req.data,
            headers=dict(req.header_items()),
            item=_limited_channel(url, req.data),
        )
        _check_object(response, is_read=self._http.is_read(req.get_method(), url))
        return {"status": response.status, "headers": response.headers, "body": response.text}

    def _upload_file(self, **_: Any) -> NoReturn:
        raise NotImplementedError("uploads would bypass the HTTP client")


def method_name(url: str) -> str:
    """The name of the method, such as "chat.postMessage"."""
    return urlsplit(url).path.rpartition("/")[2]


def parse_error(response: Response) -> tuple[str, str]:
    """The error code of a response with an error status, as message and as code."""
    try:
        code = str(msgspec.json.decode(response.content, type=dict[str, Any]).get("error") or "")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""
    return code, code


def _limited_channel(url: str, body: Any) -> str:
    """The channel of a new message, because Slack limits messages per channel."""
    if method_name(url) != "chat.postMessage":
        return ""
    return str(msgspec.json.decode(body, type=dict[str, Any]).get("channel") or "")


def _check_object(response: Response, *, is_read: bool) -> None:
    try:
        response.decode(dict[str, Any])
    except (Garbled, msgspec.ValidationError) as error:
        message = f"Slack: {method_name(response.url)} returned {response.status} with a response that cannot be read."
        if is_read:
            raise Garbled(message, status=response.status) from error
        raise Uncertain(f"{message} The message may or may not have been sent.", status=response.status) from error
