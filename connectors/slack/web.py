"""Slack's official client, with every byte going through the door instead of its own connection."""

import logging
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit
from urllib.request import Request

import msgspec
from slack_sdk import WebClient

from connectors.errors import Garbled, Uncertain
from connectors.http import HttpClient, Response

READS: Final = (r"/(?:auth\.test|chat\.getPermalink|conversations\.(?:history|info|list|replies))$",)
"""Calls that change nothing, though the client sends all of them as POST."""

# The client logs whole bodies, which hold item text, and reports as errors what we handle; the door has its own log.
_quiet = logging.getLogger("connectors.slack.sdk")
_quiet.setLevel(logging.CRITICAL + 1)


class SlackWebClient(WebClient):
    """A `WebClient` that holds no token and opens no connection: the door signs, sends, waits and repeats."""

    def __init__(self, http: HttpClient) -> None:
        super().__init__(base_url=http.base_url, retry_handlers=[], logger=_quiet)
        self._http = http

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        answer = self._http.request(
            req.get_method(),
            url,
            content=req.data,
            headers=dict(req.header_items()),
            item=_channel(url, req.data),
        )
        _must_be_an_object(answer, read=self._http.is_read(req.get_method(), url))
        return {"status": answer.status, "headers": answer.headers, "body": answer.text}

    def _upload_file(self, **_: Any) -> NoReturn:
        raise NotImplementedError("uploads would leave beside the door")


def method_of(url: str) -> str:
    """The name of the called method, as Slack documents it."""
    return urlsplit(url).path.rpartition("/")[2]


def explain(answer: Response) -> tuple[str, str]:
    """Slack's words in an answer with an error status: its name of the error, twice."""
    try:
        code = str(msgspec.json.decode(answer.content, type=dict[str, Any]).get("error") or "")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""
    return code, code


def _channel(url: str, body: Any) -> str:
    """The channel that a new message goes to: Slack counts messages by channel."""
    if method_of(url) != "chat.postMessage":
        return ""
    return str(msgspec.json.decode(body, type=dict[str, Any]).get("channel") or "")


def _must_be_an_object(answer: Response, *, read: bool) -> None:
    try:
        answer.decode(dict[str, Any])
    except (Garbled, msgspec.ValidationError) as error:
        called = f"Slack: {method_of(answer.url)} was answered {answer.status}, but the answer cannot be read"
        if read:
            raise Garbled(f"{called}.", status=answer.status) from error
        raise Uncertain(f"{called}; it may or may not have happened.", status=answer.status) from error
