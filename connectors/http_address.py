"""Parses addresses exactly as the HTTP library does, so that no request goes to a host other than the one checked."""

import httpx

from connectors.errors import Misconfigured
from connectors.redaction import redact

_DEFAULT_PORTS = {"https": 443, "http": 80}

Origin = tuple[str, bytes, int | None]
"""The scheme, host and port of an address."""


def parse_base_url(system: str, base_url: str) -> Origin:
    """Check the configured address of a system, and return its origin.

    Args:
        system: The name of the system, for messages.

    Raises:
        Misconfigured: It is not a web address, or it contains credentials, which would appear in logs.
    """
    try:
        address = httpx.URL(base_url)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in ("http", "https") or not address.raw_host:
        raise Misconfigured(f"{system}: the address is not a web address.", hint="It has to start with https://.")
    if address.userinfo:
        raise Misconfigured(
            f"{system}: the address contains a user name or password.",
            hint="Remove it and use the settings for credentials.",
        )
    return origin_of(address)


def parse_request_address(system: str, url: str) -> httpx.URL:
    """Parse the address of a request to a system.

    Raises:
        Misconfigured: It is not a valid address, so the configured address must be wrong.
    """
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Misconfigured(
            f"{system}: the address of a request is invalid ({redact(str(error))}).",
            hint="Check the configured address.",
        ) from error


def origin_of(address: httpx.URL) -> Origin:
    """Return the scheme, the host in lower case, and the port of an address."""
    return address.scheme, address.raw_host.lower(), address.port or _DEFAULT_PORTS.get(address.scheme)


def encoded_path(address: httpx.URL) -> str:
    """Return the path of an address, percent-encoded as it is sent. Two different paths could look equal if decoded."""
    return address.raw_path.partition(b"?")[0].decode("ascii")


def host_for_messages(url: str) -> str:
    """Return the host and port of an address, without user name and password; empty if the address is invalid."""
    try:
        return redact(httpx.URL(url).netloc.decode("ascii", errors="replace"))
    except httpx.InvalidURL:
        return ""
