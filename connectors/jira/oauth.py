"""Authentication of service accounts with OAuth 2.0 client credentials (RFC 6749, section 4.4).

The client id and the client secret are exchanged for an access token: on Cloud at Atlassian, on Data Center at the
site.
"""

import threading
import time
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from connectors.errors import Gone, Misconfigured, Refused
from connectors.http import HttpClient
from connectors.jira.client import parse_error
from connectors.jira.settings import JiraSettings
from connectors.plugin import TrackerContext
from connectors.redaction import remember_secret

_CLOUD_TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
_DATA_CENTER_TOKEN_PATH = "/rest/oauth2/latest/token"  # noqa: S105 - an address
_OLD_DATA_CENTER_HINT = "Service accounts need Jira Data Center 10 or later; for older versions, set `token`."
_FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"
_RENEW_SECONDS_BEFORE_EXPIRY = 300.0
"""An access token is renewed this long before its expiry, so that it cannot expire during a request; or after half of
its validity, if that is later."""


class AccessToken(Struct):
    """An access token for the API, and the seconds for which it is valid."""

    access_token: str
    expires_in: float = 3600.0


class ClientCredentials:
    """Returns the authorization header for each request, with a valid access token. Thread-safe."""

    def __init__(self, settings: JiraSettings, context: TrackerContext, *, is_cloud: bool) -> None:
        assert settings.client_secret is not None
        self._name = context.name
        self._client_id = settings.client_id
        self._client_secret = settings.client_secret.get_secret_value()
        remember_secret(self._client_secret)
        self._is_cloud = is_cloud
        self._open_client = partial(
            HttpClient,
            f"{context.name} (sign-in)",
            settings.sign_in if is_cloud else settings.url,
            read_only_posts=(".*",),  # a request for a token changes nothing
            stop=context.stop,
            parse_error=parse_error,
            ca_bundle=settings.ca_bundle,
        )
        self._token = ""
        self._renew_at = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> Mapping[str, str]:
        """Return the header for one request.

        Raises:
            Misconfigured: The credentials were rejected.
        """
        with self._lock:
            if not self._token or time.monotonic() > self._renew_at:
                self._renew()
            return {"Authorization": f"Bearer {self._token}"}

    def _renew(self) -> None:
        credentials = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        form: dict[str, Any] = {"content": urlencode(credentials), "headers": {"Content-Type": _FORM_CONTENT_TYPE}}
        path, arguments = (
            (_CLOUD_TOKEN_PATH, {"json": credentials}) if self._is_cloud else (_DATA_CENTER_TOKEN_PATH, form)
        )
        try:
            with closing(self._open_client()) as http:
                token = http.request_json("POST", path, AccessToken, **arguments)
        except (Gone, Misconfigured, Refused) as error:
            if error.status not in (400, 401, 403, 404):
                raise
            raise Misconfigured(
                f"{self._name}: the client credentials of the service account were refused. "
                f"{error.message_without(self._name)}",
                hint="Check `client_id` and `client_secret`, and that the service account has access to this site. "
                + ("" if self._is_cloud else _OLD_DATA_CENTER_HINT),
                status=401,
            ) from error
        remember_secret(token.access_token)
        self._token = token.access_token
        self._renew_at = time.monotonic() + max(token.expires_in - _RENEW_SECONDS_BEFORE_EXPIRY, token.expires_in / 2)
