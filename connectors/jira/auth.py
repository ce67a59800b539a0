"""Signs in to a Jira site: finds out whether it is Cloud or Data Center, where requests are sent, and the account.

The requests of Jira Cloud are sent to the site itself, https://example.atlassian.net, with a classic API token. Scoped
tokens and OAuth client credentials work only at Atlassian's gateway, https://api.atlassian.com/ex/jira/ID.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.connection import Account
from connectors.errors import ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable
from connectors.http import HttpClient, TrafficStats
from connectors.jira.client import CAPTCHA, READ_ONLY_POSTS, REQUEST_HEADERS, JiraClient, parse_error
from connectors.jira.cloud import CloudClient
from connectors.jira.data_center import DataCenterClient
from connectors.jira.history import to_utc
from connectors.jira.library import JiraLibrary
from connectors.jira.oauth import ClientCredentials
from connectors.jira.payloads import TenantInfo
from connectors.jira.settings import JiraSettings
from connectors.plugin import TrackerContext
from connectors.rate_limit import RateLimiter
from connectors.redaction import remember_secret

T = TypeVar("T")

_NOT_JIRA_STATUSES = (400, 404, 410)
"""Statuses of the request for information about the site that show that there is no Jira at the address."""


class SignInResult(NamedTuple):
    """A successful sign-in.

    Attributes:
        http: The client through which all requests are sent.
        client: Sends the requests for issues and their comments.
        library: Sends the requests for the account, fields and permissions.
        user_name: The user name of the account on Data Center; empty on Cloud.
        clock_offset: How far the clock of the site is ahead of the clock of this computer.
        query_time_zone: The time zone of times in queries; None if unknown.
    """

    http: HttpClient
    client: JiraClient
    library: JiraLibrary
    account: Account
    user_name: str
    clock_offset: timedelta
    query_time_zone: tzinfo | None


_AuthHeaders = Callable[[], Mapping[str, str]]
"""Function that returns the authorization header of a request."""
OpenClient = Callable[[str, _AuthHeaders], HttpClient]
"""Function that opens an HTTP client for an address, with the function that returns the authorization header."""


def open_http_client(
    settings: JiraSettings,
    context: TrackerContext,
    base_url: str,
    auth_headers: _AuthHeaders,
    *,
    stats: TrafficStats,
    rate_limiter: RateLimiter,
) -> HttpClient:
    """Open an HTTP client for the site or the gateway. `stats` and `rate_limiter` are shared by all clients."""
    return HttpClient(
        context.name,
        base_url,
        # Without the second header, some sites and gateways refuse writes as cross-site request forgery.
        auth_headers=lambda: {**auth_headers(), "X-Atlassian-Token": "no-check"},
        read_only_posts=READ_ONLY_POSTS,
        allow_writes=context.allow_writes,
        before_write=context.before_write,
        rate_limiter=rate_limiter,
        stop=context.stop,
        parse_error=parse_error,
        ca_bundle=settings.ca_bundle,
        stats=stats,
        cache=context.cache,
        time_zone=context.time_zone,
    )


def sign_in(settings: JiraSettings, context: TrackerContext, open_client: OpenClient) -> SignInResult:
    """Detect whether a site is Cloud or Data Center, and sign in.

    Raises:
        Misconfigured: The address or the credentials are wrong.
    """
    site = open_client(settings.url, _make_token_headers(settings))
    server_info = fetch_server_info(settings, site)
    # The response may come from the cache. So it is compared with the time of the request, and not with the present.
    requested_at = context.cache.at
    clock_offset = _server_time(server_info, requested_at) - requested_at
    try:
        if server_info.get("deploymentType") == "Cloud":
            client, library, http, account_data = _sign_in_to_cloud(settings, context, site, open_client)
        else:
            client, library, http, account_data = _sign_in_to_data_center(
                settings, context, site, server_info, open_client
            )
    except (Misconfigured, Refused) as error:
        if error.code != CAPTCHA:
            raise
        raise _captcha_error(settings, error) from error
    account_id = str(account_data.get("accountId") or account_data.get("key") or account_data.get("name") or "")
    if not account_id:
        raise _credentials_error(settings, context.name)
    account = Account(account_id, str(account_data.get("displayName") or ""))
    query_time_zone = _first_time_zone(account_data.get("timeZone"), server_info.get("serverTimeZone"))
    return SignInResult(
        http, client, library, account, str(account_data.get("name") or ""), clock_offset, query_time_zone
    )


def _make_token_headers(settings: JiraSettings) -> _AuthHeaders:
    """Return a function that returns the authorization header with the token.

    If an e-mail address is configured, it is basic authentication; otherwise the token is a bearer token. If no token
    is configured, because client credentials are used, there is no header.
    """
    if settings.token is None:
        return dict
    token = settings.token.get_secret_value()
    remember_secret(token, user=settings.email)
    credentials = base64.b64encode(f"{settings.email}:{token}".encode()).decode()
    authorization = f"Basic {credentials}" if settings.email else f"Bearer {token}"
    return lambda: {"Authorization": authorization}


_SignedInClients = tuple[JiraClient, JiraLibrary, HttpClient, dict[str, Any]]
"""The clients through which requests are sent after the sign-in, as in `SignInResult`, and the data of the account."""


def _sign_in_to_cloud(
    settings: JiraSettings, context: TrackerContext, site: HttpClient, open_client: OpenClient
) -> _SignedInClients:
    """Sign in at the site, or else at Atlassian's gateway."""
    credentials_error = _credentials_error(settings, site.name)
    if settings.client_id:
        headers: _AuthHeaders = ClientCredentials(settings, context, is_cloud=True)
    elif settings.email:
        headers = _make_token_headers(settings)
        library = JiraLibrary(site, "3")
        try:
            return CloudClient(site), library, site, library.myself()
        except Misconfigured as error:
            if error.status != 401 or error.code == CAPTCHA:
                raise
            credentials_error.__cause__ = error
    else:
        raise _missing_email_error(settings, site.name)
    gateway = open_client(f"{settings.gateway}/ex/jira/{_fetch_cloud_id(site, credentials_error)}", headers)
    library = JiraLibrary(gateway, "3")
    try:
        myself = library.myself()
    except (Misconfigured, Refused, Gone) as error:
        if settings.client_id:
            raise
        raise credentials_error from error
    except Retriable as error:
        if settings.client_id or error.status is not None or isinstance(error, Garbled):
            raise
        # The site has rejected the token, so it is invalid, or it is a scoped token and only the gateway accepts it.
        credentials_error.hint += (
            f" Scoped tokens work only at {settings.gateway}, which cannot be reached. {error.message}"
        )
        raise credentials_error from error
    site.close()
    return CloudClient(gateway), library, gateway, myself


def _sign_in_to_data_center(
    settings: JiraSettings,
    context: TrackerContext,
    site: HttpClient,
    server_info: Mapping[str, Any],
    open_client: OpenClient,
) -> _SignedInClients:
    """Sign in with client credentials, a personal access token, or a password."""
    if settings.client_id:
        site.close()
        site = open_client(settings.url, ClientCredentials(settings, context, is_cloud=False))
    library = JiraLibrary(site, "2")
    try:
        return DataCenterClient(site), library, site, library.myself()
    except Misconfigured as error:
        if error.status != 401 or error.code == CAPTCHA or settings.client_id:
            raise
        raise _token_error(settings, site.name, server_info) from error


def fetch_server_info(settings: JiraSettings, site: HttpClient) -> dict[str, Any]:
    """Fetch the deployment type, the version and the time of the site.

    Raises:
        Misconfigured: No Jira site responds at the address.
    """
    try:
        server_info = _request_anonymously(site, "/rest/api/2/serverInfo", dict[str, Any])
    except (Gone, Refused) as error:
        if error.status not in _NOT_JIRA_STATUSES:
            raise
        raise _not_jira_error(settings, site.name, error) from error
    if not (server_info.get("deploymentType") or server_info.get("version")):
        raise _not_jira_error(settings, site.name)
    return server_info


def _request_anonymously(site: HttpClient, path: str, response_type: type[T]) -> T:
    """Send a request without credentials, because a site rejects scoped tokens. If that fails, send it with them."""
    try:
        return site.request_json("GET", path, response_type, headers=REQUEST_HEADERS, anonymous=True)
    except (Gone, Misconfigured, Refused):
        return site.request_json("GET", path, response_type, headers=REQUEST_HEADERS)


def _not_jira_error(settings: JiraSettings, name: str, error: ConnectorError | None = None) -> Misconfigured:
    return Misconfigured(
        f"{name}: no Jira site responds at {settings.url}." + (f" {error.message_without(name)}" if error else ""),
        hint="Check the address. Use the one that people open, such as https://example.atlassian.net or, including "
        "its path, https://example.com/jira.",
        status=error.status if error else None,
    )


def _credentials_error(settings: JiraSettings, name: str) -> Misconfigured:
    return Misconfigured(
        f"{name}: the token was refused: {settings.url} rejected the credentials of {settings.email or 'the account'}.",
        hint="Check the e-mail address and the API token; tokens expire within a year. A scoped token needs "
        "read:jira-user, read:jira-work and, to write, write:jira-work.",
        status=401,
    )


def _missing_email_error(settings: JiraSettings, name: str) -> Misconfigured:
    return Misconfigured(
        f"{name}: {settings.url} is Jira Cloud, where a token is valid only with the e-mail address of its account.",
        hint="Set `email` to the e-mail address of the account that created the API token.",
        status=401,
    )


def _token_error(settings: JiraSettings, name: str, server_info: Mapping[str, Any]) -> Misconfigured:
    version = server_info.get("version") or "of an unknown version"
    rejected_credentials = f"the password of {settings.email}" if settings.email else "the personal access token"
    return Misconfigured(
        f"{name}: the token was refused: {settings.url}, which is Jira Data Center {version}, "
        f"rejected {rejected_credentials}.",
        hint="Set `token` to a personal access token of the service account and leave `email` out. Such tokens need "
        "Jira 8.14 or later, and they expire.",
        status=401,
    )


def _captcha_error(settings: JiraSettings, error: ConnectorError) -> Misconfigured:
    return Misconfigured(
        f"{error.message} After too many failed sign-ins, Jira requires a person to solve a CAPTCHA.",
        hint=f"Sign in once as this account in a browser at {settings.url}/login.jsp, then correct `token`. A personal "
        "access token needs no CAPTCHA.",
        status=error.status,
        code=CAPTCHA,
    )


def _fetch_cloud_id(site: HttpClient, credentials_error: Misconfigured) -> str:
    """Fetch the id by which Atlassian's gateway knows the site. Reading it needs no credentials."""
    try:
        return _request_anonymously(site, "/_edge/tenant_info", TenantInfo).cloud_id
    except (Gone, Refused, Misconfigured):
        raise credentials_error from None


def _first_time_zone(*names: object) -> tzinfo | None:
    """The time zone with the first name that is valid; None if there is none."""
    for name in names:
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def _server_time(server_info: Mapping[str, Any], requested_at: datetime) -> datetime:
    """The time by the clock of the site when it responded; `requested_at` if the response does not contain it."""
    try:
        return to_utc(msgspec.convert(server_info.get("serverTime"), datetime))
    except msgspec.ValidationError:
        return requested_at
