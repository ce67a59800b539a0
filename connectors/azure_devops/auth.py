"""Authentication with Microsoft Entra ID: service principal, managed identity or workload identity.

The package `azure-identity` obtains the access tokens. Its requests are sent through an `HttpClient`, like all requests
of a connector.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import (
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from connectors.errors import Misconfigured, Retriable
from connectors.http import HttpClient
from connectors.redaction import remember_secret
from connectors.requests_adapter import HttpClientAdapter

_ENTRA_SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"
"""The OAuth scope for all permissions in Azure DevOps, whose application id is the same for all organisations."""
_RENEW_SECONDS_BEFORE_EXPIRY = 300.0
"""An access token is renewed this long before its expiry, so that it cannot expire during a request."""

_CREDENTIAL_CLASSES = {
    "service principal": EnvironmentCredential,
    "managed identity": ManagedIdentityCredential,
    "workload identity": WorkloadIdentityCredential,
    "default": DefaultAzureCredential,
}
"""The class of `azure-identity` for each value of the setting `entra`."""


class EntraAuth:
    """Returns the authorization header for each request, with a valid access token. Thread-safe.

    `tracker` is the name of the tracker in messages. `credential_kind` is a value of the setting `entra`. When `stop`
    is set, waiting for rate limits and retries ends.
    """

    def __init__(self, tracker: str, credential_kind: str, stop: threading.Event) -> None:
        self._tracker = tracker
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, _HttpClientPerHost(tracker, stop))
        transport = RequestsTransport(session=session, session_owner=False)
        self._credential: Any = _CREDENTIAL_CLASSES[credential_kind](transport=transport)
        self._token: AccessToken | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Mapping[str, str]:
        """Return the header for one request.

        Raises:
            Misconfigured: Entra rejects the identity.
            Retriable: Entra cannot be reached.
        """
        with self._lock:
            if self._token is None or time.time() > self._token.expires_on - _RENEW_SECONDS_BEFORE_EXPIRY:
                self._token = self._request_token()
            return {"Authorization": f"Bearer {self._token.token}"}

    def _request_token(self) -> AccessToken:
        try:
            token: AccessToken = self._credential.get_token(_ENTRA_SCOPE)
        except ClientAuthenticationError as error:
            raise Misconfigured(
                f"{self._tracker}: Microsoft Entra rejected the identity: {error.message.splitlines()[0]}",
                hint="Check its environment variables, such as AZURE_CLIENT_ID, and that it is a member of the "
                "organisation.",
            ) from None
        except AzureError as error:
            raise Retriable(
                f"{self._tracker}: Microsoft Entra cannot be reached: {error.message.splitlines()[0]}"
            ) from None
        remember_secret(token.token)
        return token


class _HttpClientPerHost(requests.adapters.BaseAdapter):
    """Sends requests of `azure-identity`, through one `HttpClient` for each host that issues access tokens."""

    def __init__(self, tracker: str, stop: threading.Event) -> None:
        super().__init__()
        self._tracker = tracker
        self._stop = stop
        self._adapters: dict[str, HttpClientAdapter] = {}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request through the client for its host."""
        parts = urlsplit(request.url or "")
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._adapters:
            # A POST request for an access token changes nothing.
            http = HttpClient(f"{self._tracker} (Entra)", origin, read_only_posts=(".*",), stop=self._stop)
            self._adapters[origin] = HttpClientAdapter(http)
        return self._adapters[origin].send(request, **kwargs)

    def close(self) -> None:
        """Do nothing, because later requests for access tokens need the clients."""
