"""Lets a library that is built on `requests` leave through a door."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import requests
from msgspec import Raw
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from connectors.response import Response

if TYPE_CHECKING:
    from connectors.http import HttpClient

# The body is decoded already when it arrives here.
_SPENT = ("content-encoding", "content-length", "transfer-encoding")
# The door signs, and knows itself what it can decode.
_NOT_THEIRS = ("authorization", "accept-encoding")


class HttpClientAdapter(BaseAdapter):
    """A `requests` transport that hands every request to a door.

    The door's own timeouts, retries, limits and shadow mode hold; what the library asks for in these respects is
    ignored. The door's errors pass through the library unchanged.
    """

    def __init__(self, http: "HttpClient") -> None:
        super().__init__()
        self._http = http

    def send(  # noqa: PLR0917 - the signature that `requests` calls
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Sends through the door and dresses the answer as `requests` expects it."""
        del stream, timeout, verify, cert, proxies
        answer = self._http.request(
            request.method or "GET",
            request.url or "",
            headers={name: value for name, value in request.headers.items() if name.lower() not in _NOT_THEIRS},
            content=request.body,
            receive=_must_be_whole,
            redirects=True,
        )
        response = requests.Response()
        response.status_code = answer.status
        response.reason = answer.reason
        response.url = answer.url
        response.headers = CaseInsensitiveDict({k: v for k, v in answer.headers.items() if k not in _SPENT})
        response.raw = io.BytesIO(answer.content)
        response.encoding = "utf-8"
        response.request = request
        return response

    def close(self) -> None:
        """Does nothing: the door is shared, and libraries close every adapter they hold."""


def _must_be_whole(answer: Response) -> None:
    """Libraries decode JSON themselves, too late for the door to ask again, and raise errors of their own."""
    if answer.content and answer.status < 300:
        answer.decode(Raw)
