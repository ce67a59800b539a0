"""Slack's official client, `slack_sdk`, which sends its requests through an `HttpClient`."""

import logging
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit
from urllib.request import Request

import msgspec
from slack_sdk import WebClient

from connectors.errors import Garbled, Uncertain
from connectors.http import HttpClient, Response
from connectors.redaction import remember_secret

_READ_ONLY_METHODS: Final = (
    r"/(?:auth\.test|apps\.connections\.open|blocks\.validate|conversations\.(?:history|info|list|replies))$",
)
"""Matches the paths of methods that only read. The official client sends all requests as POST."""

# The official client logs whole request bodies, which contain item text, and also errors that this service handles.
silent_logger = logging.getLogger("connectors.slack.sdk")
silent_logger.setLevel(logging.CRITICAL + 1)
"""A logger for the official client that drops all messages."""


class SlackWebClient(WebClient):
    """A `WebClient` without a token and connections of its own, because the `HttpClient` authenticates and sends."""

    def __init__(self, http: HttpClient) -> None:
        super().__init__(base_url=http.base_url, retry_handlers=[], logger=silent_logger)
        self._http = http

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        """Send a request through the `HttpClient`. The official client calls this method for every request."""
        response = self._http.request(
            req.get_method(),
            url,
            content=req.data,
            headers=dict(req.header_items()),
            item_id=_limited_channel(url, req.data),
        )
        _check_object(response, is_read=self._http.is_read(req.get_method(), url))
        return {"status": response.status, "headers": response.headers, "body": response.text}

    def _upload_file(self, **_: Any) -> NoReturn:
        # The service uploads no files.
        raise NotImplementedError("uploads would bypass the HTTP client")


def open_http_client(token: str, base_url: str, **options: Any) -> HttpClient:
    """Open an `HttpClient` with these options that sends a token. The token is masked in logs from then on."""
    remember_secret(token)
    return HttpClient(
        "Slack",
        base_url,
        auth_headers=lambda: {"Authorization": f"Bearer {token}"},
        read_only_posts=_READ_ONLY_METHODS,
        parse_error=parse_error,
        **options,
    )


def method_name(url: str) -> str:
    """The name of the method of the Web API in an address, such as "chat.postMessage"."""
    return urlsplit(url).path.rpartition("/")[2]


def parse_error(response: Response) -> tuple[str, str]:
    """Return the error code of a response with an error status, both as the message and as the code."""
    try:
        code = str(msgspec.json.decode(response.content, type=dict[str, Any]).get("error") or "")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""
    return code, code


def _limited_channel(url: str, body: Any) -> str:
    """Return the channel of a new message, because Slack limits messages per channel; empty for other requests."""
    if method_name(url) != "chat.postMessage":
        return ""
    return str(msgspec.json.decode(body, type=dict[str, Any]).get("channel") or "")


def _check_object(response: Response, *, is_read: bool) -> None:
    """Check that a response is a JSON object, as all responses of the Web API are.

    Raises:
        Garbled: The response is not a JSON object, and the request changes nothing (`is_read`).
        Uncertain: The response is not a JSON object, and the request may have changed something.
    """
    try:
        response.decode(dict[str, Any])
    except (Garbled, msgspec.ValidationError) as error:
        message = f"Slack: {method_name(response.url)} returned {response.status} with a response that cannot be read."
        if is_read:
            raise Garbled(message, status=response.status) from error
        raise Uncertain(f"{message} The message may or may not have been sent.", status=response.status) from error
