"""Signing in to a site: which Jira it is, which address answers, and who we are there."""

import base64
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.errors import ConnectorError, Gone, Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.jira.client import LANGUAGE, READING_POSTS, JiraClient, explain
from connectors.jira.cloud import CloudClient
from connectors.jira.config import JiraConfig
from connectors.jira.data_center import DataCenterClient
from connectors.jira.history import utc
from connectors.jira.library import JiraLibrary
from connectors.jira.payloads import TenantInfo
from connectors.rate_limit import RateLimiter
from connectors.redaction import remember_secret
from connectors.tracker import Account

T = TypeVar("T")


class SignedIn(NamedTuple):
    """The way in that was found.

    Attributes:
        name: Our user name on Data Center.
        ahead: By how much the site's clock is ahead of ours.
        zone: The one that Jira reads our queries in; None where it does not say.
    """

    http: HttpClient
    client: JiraClient
    library: JiraLibrary
    account: Account
    name: str
    ahead: timedelta
    zone: tzinfo | None


def open_http_client(
    config: JiraConfig, base_url: str, stop: threading.Event, stats: TrafficStats, rate_limiter: RateLimiter
) -> HttpClient:
    """A door to a site or a gateway; a token without an address is shown as its bearer's."""
    remember_secret(config.token, user=config.email)
    pair = base64.b64encode(f"{config.email}:{config.token}".encode()).decode()
    proof = f"Basic {pair}" if config.email else f"Bearer {config.token}"
    return HttpClient(
        config.name,
        base_url,
        sign=lambda: {"Authorization": proof},
        reads=READING_POSTS,
        writing=config.writing,
        before_write=config.before_write,
        rate_limiter=rate_limiter,
        stop=stop,
        explain=explain,
        ca_bundle=config.ca_bundle,
        stats=stats,
    )


def sign_in(config: JiraConfig, opening: Callable[[str], HttpClient]) -> SignedIn:
    """Finds out which Jira this is, and who we are there.

    Raises:
        Misconfigured: The address or the credentials are wrong; the message says which.
        ConnectorError: The site could not be asked.
    """
    site = opening(config.url)
    info = _server_info(config, site)
    ahead = _server_time(info) - datetime.now(UTC)
    enter = _enter_cloud if info.get("deploymentType") == "Cloud" else _enter_data_center
    client, library, http, myself = enter(config, site, info, opening)
    ident = str(myself.get("accountId") or myself.get("key") or myself.get("name") or "")
    if not ident:
        raise _wrong_credentials(config)
    account = Account(ident, str(myself.get("displayName") or ""))
    zone = _zone(myself.get("timeZone"), info.get("serverTimeZone"))
    return SignedIn(http, client, library, account, str(myself.get("name") or ""), ahead, zone)


_Entered = tuple[JiraClient, JiraLibrary, HttpClient, dict[str, Any]]


def _enter_cloud(
    config: JiraConfig, site: HttpClient, info: Mapping[str, Any], opening: Callable[[str], HttpClient]
) -> _Entered:
    """A classic token signs in at the site; a scoped one only at Atlassian's gateway, under the site's cloud id."""
    if not config.email:
        raise _wrong_credentials(config)
    library = JiraLibrary(site, info, "3")
    try:
        return CloudClient(site), library, site, library.myself()
    except Misconfigured as refused:
        if refused.status != 401:
            raise
        http = opening(f"{config.gateway.rstrip('/')}/ex/jira/{_cloud_id(site, refused)}")
        library = JiraLibrary(http, info, "3")
        try:
            myself = library.myself()
        except (Misconfigured, Refused, Gone):
            raise _wrong_credentials(config) from refused
        site.close()
        return CloudClient(http), library, http, myself


def _enter_data_center(
    config: JiraConfig, site: HttpClient, info: Mapping[str, Any], opening: Callable[[str], HttpClient]
) -> _Entered:
    """A personal access token, or a name with a password."""
    del opening
    library = JiraLibrary(site, info, "2")
    try:
        return DataCenterClient(site), library, site, library.myself()
    except Misconfigured as refused:
        if refused.status != 401:
            raise
        raise _wrong_token(config, info) from refused


def _server_info(config: JiraConfig, site: HttpClient) -> dict[str, Any]:
    """Which Jira this is and what its clock shows; anybody may ask, and a scoped token is refused here."""
    try:
        info = _as_anybody(site, "/rest/api/2/serverInfo", dict[str, Any])
    except (Gone, Refused) as error:
        raise _no_jira(config, error.status) from error
    if not (info.get("deploymentType") or info.get("version")):
        raise _no_jira(config, None)
    return info


def _no_jira(config: JiraConfig, status: int | None) -> Misconfigured:
    return Misconfigured(
        f"{config.name}: no Jira answers at {config.url}.",
        hint="Check the address; it is the one that people open, such as https://example.atlassian.net or, with the "
        "path if it has one, https://example.com/jira.",
        status=status,
    )


def _wrong_credentials(config: JiraConfig) -> Misconfigured:
    return Misconfigured(
        f"{config.name}: {config.url} refused the credentials of {config.email or 'an account without an address'}.",
        hint="Check the e-mail address and the API token; tokens expire within a year. A scoped token needs "
        "read:jira-user, read:jira-work and, to write, write:jira-work.",
        status=401,
    )


def _wrong_token(config: JiraConfig, info: Mapping[str, Any]) -> Misconfigured:
    version = info.get("version") or "of an unknown version"
    who = f"the password of {config.email}" if config.email else "the personal access token"
    return Misconfigured(
        f"{config.name}: {config.url}, which is Jira Data Center {version}, refused {who}.",
        hint="Give a personal access token of the service's account under `token` and leave `email` out; tokens exist "
        "since version 8.14 and expire.",
        status=401,
    )


def _cloud_id(site: HttpClient, refused: Misconfigured) -> str:
    """The id under which Atlassian's gateway knows the site; asked of the site itself, as anybody may."""
    try:
        return _as_anybody(site, "/_edge/tenant_info", TenantInfo).cloud_id
    except (Gone, Refused, Misconfigured):
        raise refused from None


def _as_anybody(site: HttpClient, path: str, kind: type[T]) -> T:
    try:
        return site.ask("GET", path, kind, headers=LANGUAGE, anonymous=True)
    except msgspec.ValidationError as error:
        raise ConnectorError(f"{site.name}: GET {path} was answered in an unexpected shape: {error}.") from error


def _zone(*names: object) -> tzinfo | None:
    """The first of these that is a time zone."""
    for name in names:
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def _server_time(info: Mapping[str, Any]) -> datetime:
    try:
        moment = msgspec.convert(info.get("serverTime"), datetime)
    except msgspec.ValidationError:
        return datetime.now(UTC)
    return utc(moment)
