"""Sign-in to a Jira site: Cloud or Data Center, which address to call, and as which account."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.errors import Gone, Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.jira.client import LANGUAGE, READING_POSTS, JiraClient, explain
from connectors.jira.cloud import CloudClient
from connectors.jira.data_center import DataCenterClient
from connectors.jira.history import utc
from connectors.jira.library import JiraLibrary
from connectors.jira.payloads import TenantInfo
from connectors.jira.settings import JiraSettings
from connectors.plugin import TrackerContext
from connectors.rate_limit import RateLimiter
from connectors.redaction import remember_secret
from connectors.tracker import Account


class SignedIn(NamedTuple):
    """A successful sign-in.

    Attributes:
        user_name: Our user name on Data Center; empty on Cloud.
        clock_offset: How far the site's clock is ahead of ours.
        zone: The time zone in which Jira reads our queries; None if unknown.
    """

    http: HttpClient
    client: JiraClient
    library: JiraLibrary
    account: Account
    user_name: str
    clock_offset: timedelta
    zone: tzinfo | None


def open_http_client(
    settings: JiraSettings, context: TrackerContext, base_url: str, stats: TrafficStats, rate_limiter: RateLimiter
) -> HttpClient:
    """An HTTP client for the site or the gateway. With an e-mail address it uses basic auth, else a bearer token."""
    token = settings.token.get_secret_value()
    remember_secret(token, user=settings.email)
    pair = base64.b64encode(f"{settings.email}:{token}".encode()).decode()
    authorization = f"Basic {pair}" if settings.email else f"Bearer {token}"
    return HttpClient(
        context.name,
        base_url,
        auth_headers=lambda: {"Authorization": authorization},
        reads=READING_POSTS,
        writing=context.writing,
        before_write=context.before_write,
        rate_limiter=rate_limiter,
        stop=context.stop,
        parse_error=explain,
        ca_bundle=settings.ca_bundle,
        stats=stats,
    )


def sign_in(settings: JiraSettings, name: str, open_client: Callable[[str], HttpClient]) -> SignedIn:
    """Detect which Jira this is, and sign in.

    Raises:
        Misconfigured: The address or the credentials are wrong.
        ConnectorError: The site could not be reached.
    """
    site = open_client(settings.url)
    info = _server_info(settings, site)
    clock_offset = _server_time(info) - datetime.now(UTC)
    if info.get("deploymentType") == "Cloud":
        client, library, http, myself = _sign_in_to_cloud(settings, site, open_client)
    else:
        client, library, http, myself = _sign_in_to_data_center(settings, site, info)
    account_id = str(myself.get("accountId") or myself.get("key") or myself.get("name") or "")
    if not account_id:
        raise _wrong_credentials(settings, name)
    account = Account(account_id, str(myself.get("displayName") or ""))
    zone = _zone(myself.get("timeZone"), info.get("serverTimeZone"))
    return SignedIn(http, client, library, account, str(myself.get("name") or ""), clock_offset, zone)


_Clients = tuple[JiraClient, JiraLibrary, HttpClient, dict[str, Any]]


def _sign_in_to_cloud(settings: JiraSettings, site: HttpClient, open_client: Callable[[str], HttpClient]) -> _Clients:
    """Classic tokens work at the site; scoped tokens only at Atlassian's gateway, under the site's cloud id."""
    if not settings.email:
        raise _wrong_credentials(settings, site.name)
    library = JiraLibrary(site, "3")
    try:
        return CloudClient(site), library, site, library.myself()
    except Misconfigured as error:
        if error.status != 401:
            raise
        gateway = open_client(f"{settings.gateway}/ex/jira/{_cloud_id(site, error)}")
        library = JiraLibrary(gateway, "3")
        try:
            myself = library.myself()
        except (Misconfigured, Refused, Gone):
            raise _wrong_credentials(settings, site.name) from error
        site.close()
        return CloudClient(gateway), library, gateway, myself


def _sign_in_to_data_center(settings: JiraSettings, site: HttpClient, info: Mapping[str, Any]) -> _Clients:
    library = JiraLibrary(site, "2")
    try:
        return DataCenterClient(site), library, site, library.myself()
    except Misconfigured as error:
        if error.status != 401:
            raise
        raise _wrong_token(settings, site.name, info) from error


def _server_info(settings: JiraSettings, site: HttpClient) -> dict[str, Any]:
    """Deployment type, version and clock. Sent without credentials: a scoped token is rejected at this address."""
    try:
        info = site.request_json("GET", "/rest/api/2/serverInfo", dict[str, Any], headers=LANGUAGE, anonymous=True)
    except (Gone, Refused) as error:
        raise _not_jira(settings, site.name, error.status) from error
    if not (info.get("deploymentType") or info.get("version")):
        raise _not_jira(settings, site.name, None)
    return info


def _not_jira(settings: JiraSettings, name: str, status: int | None) -> Misconfigured:
    return Misconfigured(
        f"{name}: no Jira answers at {settings.url}.",
        hint="Check the address. Use the one that people open, such as https://example.atlassian.net or, including "
        "its path, https://example.com/jira.",
        status=status,
    )


def _wrong_credentials(settings: JiraSettings, name: str) -> Misconfigured:
    return Misconfigured(
        f"{name}: {settings.url} rejected the credentials of {settings.email or 'an account without e-mail address'}.",
        hint="Check the e-mail address and the API token; tokens expire within a year. A scoped token needs "
        "read:jira-user, read:jira-work and, to write, write:jira-work.",
        status=401,
    )


def _wrong_token(settings: JiraSettings, name: str, info: Mapping[str, Any]) -> Misconfigured:
    version = info.get("version") or "of an unknown version"
    rejected = f"the password of {settings.email}" if settings.email else "the personal access token"
    return Misconfigured(
        f"{name}: {settings.url}, which is Jira Data Center {version}, rejected {rejected}.",
        hint="Set `token` to a personal access token of the service account and leave `email` out. Jira has such "
        "tokens since version 8.14; they expire.",
        status=401,
    )


def _cloud_id(site: HttpClient, rejection: Misconfigured) -> str:
    """The site's id at Atlassian's gateway. The site tells it to anybody."""
    try:
        return site.request_json("GET", "/_edge/tenant_info", TenantInfo, headers=LANGUAGE, anonymous=True).cloud_id
    except (Gone, Refused, Misconfigured):
        raise rejection from None


def _zone(*names: object) -> tzinfo | None:
    """The first of the names that is a time zone."""
    for name in names:
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def _server_time(info: Mapping[str, Any]) -> datetime:
    try:
        return utc(msgspec.convert(info.get("serverTime"), datetime))
    except msgspec.ValidationError:
        return datetime.now(UTC)
