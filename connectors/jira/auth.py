"""Signs in to a Jira site: detects Cloud or Data Center, the address for requests, and the account."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.errors import ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable
from connectors.http import HttpClient, TrafficStats
from connectors.jira.client import CAPTCHA, LANGUAGE, READ_ONLY_POSTS, JiraClient, parse_error
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
from connectors.tracker import Account

T = TypeVar("T")

_NOT_FOUND_STATUSES = (400, 404, 410)


class SignInResult(NamedTuple):
    """A successful sign-in.

    Attributes:
        user_name: Our user name on Data Center; empty on Cloud.
        clock_offset: How far the site's clock is ahead of our clock.
        query_time_zone: The time zone of times in queries; None if unknown.
    """

    http: HttpClient
    client: JiraClient
    library: JiraLibrary
    account: Account
    user_name: str
    clock_offset: timedelta
    query_time_zone: tzinfo | None


_Headers = Callable[[], Mapping[str, str]]
OpenClient = Callable[[str, _Headers], HttpClient]
"""Function that opens an HTTP client for an address, with a function that returns the authorization header."""


def open_http_client(
    settings: JiraSettings,
    context: TrackerContext,
    base_url: str,
    auth_headers: _Headers,
    *,
    stats: TrafficStats,
    rate_limiter: RateLimiter,
) -> HttpClient:
    """Open an HTTP client for the site or the gateway."""
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
    )


def sign_in(settings: JiraSettings, context: TrackerContext, open_client: OpenClient) -> SignInResult:
    """Detect whether a site is Cloud or Data Center, and sign in.

    Raises:
        Misconfigured: The address or the credentials are wrong.
        ConnectorError: The site could not be reached.
    """
    site = open_client(settings.url, _make_token_headers(settings))
    info = _fetch_server_info(settings, site)
    clock_offset = _server_time(info) - context.cache.at
    try:
        if info.get("deploymentType") == "Cloud":
            client, library, http, myself = _sign_in_to_cloud(settings, context, site, open_client)
        else:
            client, library, http, myself = _sign_in_to_data_center(settings, context, site, info, open_client)
    except (Misconfigured, Refused) as error:
        if error.code != CAPTCHA:
            raise
        raise _captcha_error(settings, error) from error
    account_id = str(myself.get("accountId") or myself.get("key") or myself.get("name") or "")
    if not account_id:
        raise _credentials_error(settings, context.name)
    account = Account(account_id, str(myself.get("displayName") or ""))
    query_time_zone = _first_time_zone(myself.get("timeZone"), info.get("serverTimeZone"))
    return SignInResult(http, client, library, account, str(myself.get("name") or ""), clock_offset, query_time_zone)


def _make_token_headers(settings: JiraSettings) -> _Headers:
    """Basic authentication with an e-mail address, otherwise a bearer token; no headers for a service account."""
    if settings.token is None:
        return dict
    token = settings.token.get_secret_value()
    remember_secret(token, user=settings.email)
    credentials = base64.b64encode(f"{settings.email}:{token}".encode()).decode()
    authorization = f"Basic {credentials}" if settings.email else f"Bearer {token}"
    return lambda: {"Authorization": authorization}


_SignedInClients = tuple[JiraClient, JiraLibrary, HttpClient, dict[str, Any]]


def _sign_in_to_cloud(
    settings: JiraSettings, context: TrackerContext, site: HttpClient, open_client: OpenClient
) -> _SignedInClients:
    """Sign in at the site, or at Atlassian's gateway, because only classic tokens are accepted at the site."""
    credentials_error = _credentials_error(settings, site.name)
    if settings.client_id:
        headers: _Headers = ClientCredentials(settings, context, is_cloud=True)
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
        raise credentials_error
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
        # The site has refused the token. Whether the gateway can be reached matters only for scoped tokens.
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
    info: Mapping[str, Any],
    open_client: OpenClient,
) -> _SignedInClients:
    if settings.client_id:
        anonymous, site = site, open_client(settings.url, ClientCredentials(settings, context, is_cloud=False))
        anonymous.close()
    library = JiraLibrary(site, "2")
    try:
        return DataCenterClient(site), library, site, library.myself()
    except Misconfigured as error:
        if error.status != 401 or error.code == CAPTCHA or settings.client_id:
            raise
        raise _token_error(settings, site.name, info) from error


def _fetch_server_info(settings: JiraSettings, site: HttpClient) -> dict[str, Any]:
    """Fetch the deployment type, the version and the time of the site."""
    try:
        info = _request_anonymously(site, "/rest/api/2/serverInfo", dict[str, Any])
    except (Gone, Refused) as error:
        if error.status not in _NOT_FOUND_STATUSES:
            raise
        raise _not_jira_error(settings, site.name, error) from error
    if not (info.get("deploymentType") or info.get("version")):
        raise _not_jira_error(settings, site.name)
    return info


def _request_anonymously(site: HttpClient, path: str, response_type: type[T]) -> T:
    """Request without credentials, because a site rejects scoped tokens, and with credentials if that fails."""
    try:
        return site.request_json("GET", path, response_type, headers=LANGUAGE, anonymous=True)
    except (Gone, Misconfigured, Refused):
        return site.request_json("GET", path, response_type, headers=LANGUAGE)


def _not_jira_error(settings: JiraSettings, name: str, error: ConnectorError | None = None) -> Misconfigured:
    return Misconfigured(
        f"{name}: no Jira site responds at {settings.url}." + (f" {error.message}" if error else ""),
        hint="Check the address. Use the one that people open, such as https://example.atlassian.net or, including "
        "its path, https://example.com/jira.",
        status=error.status if error else None,
    )


def _credentials_error(settings: JiraSettings, name: str) -> Misconfigured:
    return Misconfigured(
        f"{name}: the token was refused: {settings.url} rejected the credentials of "
        f"{settings.email or 'an account without e-mail address'}.",
        hint="Check the e-mail address and the API token; tokens expire within a year. A scoped token needs "
        "read:jira-user, read:jira-work and, to write, write:jira-work.",
        status=401,
    )


def _token_error(settings: JiraSettings, name: str, info: Mapping[str, Any]) -> Misconfigured:
    version = info.get("version") or "of an unknown version"
    rejected_credentials = f"the password of {settings.email}" if settings.email else "the personal access token"
    return Misconfigured(
        f"{name}: the token was refused: {settings.url}, which is Jira Data Center {version}, "
        f"rejected {rejected_credentials}.",
        hint="Set `token` to a personal access token of the service account and leave `email` out. Jira has such "
        "tokens since version 8.14; they expire.",
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
    """Fetch the site's id at Atlassian's gateway. It is public."""
    try:
        return _request_anonymously(site, "/_edge/tenant_info", TenantInfo).cloud_id
    except (Gone, Refused, Misconfigured):
        raise credentials_error from None


def _first_time_zone(*names: object) -> tzinfo | None:
    """The first name that is a time zone."""
    for name in names:
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def _server_time(info: Mapping[str, Any]) -> datetime:
    try:
        return to_utc(msgspec.convert(info.get("serverTime"), datetime))
    except msgspec.ValidationError:
        return datetime.now(UTC)
