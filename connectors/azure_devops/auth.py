"""Authentication with Microsoft Entra and `azure-identity`: service principal, managed identity or workload identity.

The requests of the library are sent through an `HttpClient` as well.
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
"""The Entra scope of Azure DevOps."""
_RENEW_SECONDS_BEFORE_EXPIRY = 300.0
"""When to renew a token, which is valid for about an hour."""

CREDENTIALS = {
    "service principal": EnvironmentCredential,
    "managed identity": ManagedIdentityCredential,
    "workload identity": WorkloadIdentityCredential,
    "default": DefaultAzureCredential,
}


class EntraAuth:
    """Provides the authorization header. Thread-safe.

    Raises:
        Misconfigured: Entra rejects the identity.
    """

    def __init__(self, name: str, credential_kind: str, stop: threading.Event) -> None:
        self._name = name
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, _HttpClientPerHost(name, stop))
        transport = RequestsTransport(session=session, session_owner=False)
        self._credential: Any = CREDENTIALS[credential_kind](transport=transport)
        self._token: AccessToken | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Mapping[str, str]:
        """The header for one request."""
        with self._lock:
            if self._token is None or time.time() > self._token.expires_on - _RENEW_SECONDS_BEFORE_EXPIRY:
                self._token = self._request_token()
            return {"Authorization": f"Bearer {self._token.token}"}

    def _request_token(self) -> AccessToken:
        try:
            token: AccessToken = self._credential.get_token(_ENTRA_SCOPE)
        except ClientAuthenticationError as error:
            raise Misconfigured(
                f"{self._name}: Microsoft Entra rejected the identity: {error.message.splitlines()[0]}",
                hint="Check its settings in the environment, and that it is a member of the organisation.",
            ) from None
        except AzureError as error:
            raise Retriable(
                f"{self._name}: Microsoft Entra cannot be reached: {error.message.splitlines()[0]}"
            ) from None
        remember_secret(token.token)
        return token


class _HttpClientPerHost(requests.adapters.BaseAdapter):
    """Sends requests through one `HttpClient` per address that issues tokens."""

    def __init__(self, name: str, stop: threading.Event) -> None:
        super().__init__()
        self._name = name
        self._stop = stop
        self._adapters: dict[str, HttpClientAdapter] = {}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request through the client for its address."""
        parts = urlsplit(request.url or "")
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._adapters:
            # A request for a token changes nothing.
            http = HttpClient(f"{self._name} (Entra)", origin, read_only_posts=(".*",), stop=self._stop)
            self._adapters[origin] = HttpClientAdapter(http)
        return self._adapters[origin].send(request, **kwargs)

    def close(self) -> None:
        """Do nothing: the clients are used as long as the credential."""
