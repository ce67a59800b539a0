"""Signing in through Microsoft Entra: service principal, managed identity or workload identity, by `azure-identity`.

The library's own calls leave through a door, too. A token holds for about an hour and is asked for anew before it ends.
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
"""Azure DevOps itself, as Entra knows it."""
_AHEAD = 300.0
"""Seconds before its end that a token is replaced."""

WAYS = {
    "service principal": EnvironmentCredential,
    "managed identity": ManagedIdentityCredential,
    "workload identity": WorkloadIdentityCredential,
    "default": DefaultAzureCredential,
}


class EntraSigner:
    """Gives the header that proves who we are; safe to ask from any thread.

    Raises:
        Misconfigured: The way is not known, or Entra refuses us.
    """

    def __init__(self, name: str, way: str, stop: threading.Event) -> None:
        self._name = name
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, _HttpClientPerHost(name, stop))
        transport = RequestsTransport(session=session, session_owner=False)
        self._credential: Any = WAYS[way](transport=transport)
        self._token: AccessToken | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Mapping[str, str]:
        """The header for one request."""
        with self._lock:
            if self._token is None or time.time() > self._token.expires_on - _AHEAD:
                self._token = self._asked()
            return {"Authorization": f"Bearer {self._token.token}"}

    def _asked(self) -> AccessToken:
        try:
            token: AccessToken = self._credential.get_token(_SCOPE)
        except ClientAuthenticationError as refused:
            raise Misconfigured(
                f"{self._name}: Microsoft Entra refused us: {refused.message.splitlines()[0]}",
                hint="Check the identity's settings in the environment, and that it was added to the organisation.",
            ) from None
        except AzureError as error:
            raise Retriable(f"{self._name}: Microsoft Entra cannot be asked: {error.message.splitlines()[0]}") from None
        remember_secret(token.token)
        return token


class _HttpClientPerHost(requests.adapters.BaseAdapter):
    """A door for each of the few addresses at which identities are asked for tokens."""

    def __init__(self, name: str, stop: threading.Event) -> None:
        super().__init__()
        self._name = name
        self._stop = stop
        self._adapters: dict[str, HttpClientAdapter] = {}

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override]
        """Sends through the door of the request's own address."""
        parts = urlsplit(request.url or "")
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._adapters:
            # Asking for a token changes nothing at the other side.
            http = HttpClient(f"{self._name} (Entra)", origin, reads=(".*",), stop=self._stop)
            self._adapters[origin] = HttpClientAdapter(http)
        return self._adapters[origin].send(request, **how)

    def close(self) -> None:
        """Does nothing; the doors live as long as the credential."""
