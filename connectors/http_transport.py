"""Sends single requests over the network, and converts the errors of the HTTP library to those of connectors."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from connectors.errors import Misconfigured, Refused, Retriable
from connectors.http_address import host_for_messages
from connectors.http_body import BodyTooLarge, read_body
from connectors.http_deadline import Deadline, DeadlineExceeded
from connectors.network import connection_error, find_proxy, make_ssl_context
from connectors.redaction import redact
from connectors.response import Response
from connectors.retry_policy import AttemptFailed, Call, no_response_error, too_large_error

_CONNECT_TIMEOUT_SECONDS = 10.0
MAX_CONNECTIONS = 16


class HttpTransport:
    """The connections to one system.

    Args:
        name: The name of the system in messages and logs.
        base_url: The address of the system.
        ca_bundle: File of certificate authorities to trust in addition to the usual ones.
        timeout: Maximum number of seconds between two bytes of a response. A whole request may take ten times as long.
        on_no_response: Called with each request that was sent without getting a complete response.

    Raises:
        Misconfigured: The file of certificate authorities, or the address of a proxy, cannot be used.
    """

    def __init__(
        self, name: str, base_url: str, ca_bundle: str | None, timeout: float, *, on_no_response: Callable[[Call], None]
    ) -> None:
        self._name = name
        self._on_no_response = on_no_response
        self._proxy = find_proxy(name, base_url)
        self._response_timeout = 10 * timeout
        self.client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=_CONNECT_TIMEOUT_SECONDS),
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
            verify=make_ssl_context(name, ca_bundle, _load_bundled_authorities),
            proxy=self._proxy.address if self._proxy else None,
            trust_env=False,  # `connectors.network` reads the environment
            headers={"User-Agent": "backlog-steward", "Accept-Encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # never store or send a cookie
        )
        self._deadline = Deadline(self.client)

    def close(self) -> None:
        """Close all connections."""
        self.client.close()

    def build_request(
        self, call: Call, address: httpx.URL, headers: Mapping[str, str], content: dict[str, Any]
    ) -> httpx.Request:
        """Build a request.

        Raises:
            Refused: The headers or the content cannot be encoded.
        """
        try:
            return self.client.build_request(call.method, address, headers=headers, **content)
        except (TypeError, ValueError) as error:
            raise Refused(f"{self._name}: {call.label} cannot be sent ({redact(str(error))}).") from error

    def send(self, call: Call, request: httpx.Request) -> Response:
        """Send a request, and read the response up to its maximum size and duration.

        Raises:
            AttemptFailed: There was no complete response, and the request may be sent again.
            ConnectorError: There was no complete response, and another attempt would fail too or might repeat a write.
        """
        with (
            self._convert_errors(call),
            self._deadline.limit_request(self._response_timeout),
            closing(self.client.send(request, stream=True)) as streamed_response,
        ):
            body = read_body(streamed_response.iter_raw(), streamed_response.headers.get("content-encoding", ""))
        return Response(
            status=streamed_response.status_code,
            headers={name.lower(): value for name, value in streamed_response.headers.items()},
            content=body,
            url=str(streamed_response.url),
            reason=streamed_response.reason_phrase,
            label=f"{self._name}: {call.label}",
        )

    @contextmanager
    def _convert_errors(self, call: Call) -> Iterator[None]:
        """Convert errors of the HTTP library to `ConnectorError`, or to `AttemptFailed` if the call may be retried."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            # The request was never sent, so even a write may be retried.
            is_proxy_error = isinstance(error, httpx.ProxyError)
            connection_failure = connection_error(
                self._name, host_for_messages(call.url), error, self._proxy, is_proxy_error=is_proxy_error
            )
            raise (
                AttemptFailed(connection_failure) if isinstance(connection_failure, Retriable) else connection_failure
            ) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise Misconfigured(
                f"{self._name}: {call.label} cannot be sent ({redact(str(error))}).", hint="Check the address."
            ) from error
        except BodyTooLarge as error:
            self._on_no_response(call)
            raise too_large_error(call, str(error)) from error
        except (httpx.HTTPError, DeadlineExceeded) as error:
            self._on_no_response(call)
            raise no_response_error(call, redact(str(error)) or type(error).__name__) from error
        except RuntimeError as error:
            if not self.client.is_closed:
                raise
            raise Retriable(f"{self._name}: the connection was closed before {call.label}.") from error


def _load_bundled_authorities() -> ssl.SSLContext:
    """Load the certificate authorities that are installed with the HTTP library."""
    return httpx.create_ssl_context(trust_env=False)
