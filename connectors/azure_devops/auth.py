"""Sign-in through Microsoft Entra with `azure-identity`: service principal, managed identity or workload identity.

The library's requests go through an `HttpClient`, too. A token is valid for about an hour and renewed in time.
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

_SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"
"""The Entra scope of Azure DevOps."""
_RENEW_BEFORE = 300.0
"""Seconds before its expiry when a token is renewed."""

CREDENTIALS = {
    "service principal": EnvironmentCredential,
    "managed identity": ManagedIdentityCredential,
    "workload identity": WorkloadIdentityCredential,
    "default": DefaultAzureCredential,
}


class EntraSigner:
    """Provides the authorization header; thread-safe.

    Raises:
        Misconfigured: Entra rejects us.
    """

    def __init__(self, name: str, kind: str, stop: threading.Event) -> None:
        self._name = name
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, _HttpClientPerHost(name, stop))
        transport = RequestsTransport(session=session, session_owner=False)
        self._credential: Any = CREDENTIALS[kind](transport=transport)
        self._token: AccessToken | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Mapping[str, str]:
        """The header for one request."""
        with self._lock:
            if self._token is None or time.time() > self._token.expires_on - _RENEW_BEFORE:
                self._token = self._request_token()
            return {"Authorization": f"Bearer {self._token.token}"}

    def _request_token(self) -> AccessToken:
        try:
            token: AccessToken = self._credential.get_token(_SCOPE)
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
    """An `HttpClient` for each of the few addresses that issue tokens."""

    def __init__(self, name: str, stop: threading.Event) -> None:
        super().__init__()
        self._name = name
        self._stop = stop
        self._adapters: dict[str, HttpClientAdapter] = {}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send through the client of the request's address."""
        parts = urlsplit(request.url or "")
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._adapters:
            # A request for a token changes nothing.
            http = HttpClient(f"{self._name} (Entra)", origin, read_only_posts=(".*",), stop=self._stop)
            self._adapters[origin] = HttpClientAdapter(http)
        return self._adapters[origin].send(request, **kwargs)

    def close(self) -> None:
        """Do nothing: the clients live as long as the credential."""
