"""Sends the requests of a library that is built on `requests` through an `HttpClient`.

So the timeouts, retries and rate limits of the client apply to them too, and so does shadow mode, in which nothing is
written.
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

_BODY_HEADERS = ("content-encoding", "content-length", "transfer-encoding")
"""Headers of a response that no longer apply, because the client has decoded the body."""
_CLIENT_HEADERS = ("authorization", "accept-encoding")
"""Headers of a request that the client sets itself."""


class HttpClientAdapter(BaseAdapter):
    """A transport of `requests` that sends every request through an `HttpClient`.

    The timeouts and certificates that the library sets are ignored. The library does not catch the errors of the
    client.

    Args:
        follow_redirects: Whether the library may follow a redirect. Otherwise a redirect raises `Misconfigured`.
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
        converted.headers = CaseInsensitiveDict(
            {name: value for name, value in response.headers.items() if name not in _BODY_HEADERS}
        )
        converted.raw = io.BytesIO(response.content)
        converted.encoding = "utf-8"
        converted.request = request
        return converted

    def close(self) -> None:
        """Do nothing. Libraries close every adapter that they use, but other requests still need the client."""


def _check_json(response: Response) -> None:
    """Raise an error if the body is not valid JSON, so that the client retries before the library gets the response."""
    if response.content and response.status < 300:
        response.decode(Raw)
