"""Sends the requests of a library that is built on `requests` through an `HttpClient`.

So the same timeouts, retries and limits apply to all requests, and so does shadow mode, in which nothing is written.
"""

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

# Headers that no longer apply, because the body is already decoded.
_BODY_HEADERS = ("content-encoding", "content-length", "transfer-encoding")
# Headers that `HttpClient` sets itself.
_CLIENT_HEADERS = ("authorization", "accept-encoding")


class HttpClientAdapter(BaseAdapter):
    """A `requests` transport that hands every request to an `HttpClient`.

    The settings that the library makes for timeouts and certificates are ignored. Errors of the client pass through the
    library unchanged.

    Args:
        http: Sends the requests.
        follow_redirects: Whether the library may follow a redirect; otherwise a redirect is `Misconfigured`.
    """

    def __init__(self, http: "HttpClient", *, follow_redirects: bool = True) -> None:
        super().__init__()
        self._http = http
        self._follow_redirects = follow_redirects

    def send(  # noqa: PLR0917 - the signature that `requests` calls
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send the request, and convert the response to one of `requests`."""
        del stream, timeout, verify, cert, proxies
        response = self._http.request(
            request.method or "GET",
            request.url or "",
            headers={name: value for name, value in request.headers.items() if name.lower() not in _CLIENT_HEADERS},
            content=request.body,
            handle_response=_check_json,
            return_redirects=self._follow_redirects,
        )
        converted = requests.Response()
        converted.status_code = response.status
        converted.reason = response.reason
        converted.url = response.url
        converted.headers = CaseInsensitiveDict({k: v for k, v in response.headers.items() if k not in _BODY_HEADERS})
        converted.raw = io.BytesIO(response.content)
        converted.encoding = "utf-8"
        converted.request = request
        return converted

    def close(self) -> None:
        """Do nothing: the client is shared, and libraries close every adapter that they use."""


def _check_json(response: Response) -> None:
    """Check the JSON before the library decodes it, because an error of the library comes too late for a retry."""
    if response.content and response.status < 300:
        response.decode(Raw)
