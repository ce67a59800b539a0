"""Finds the proxy and the certificate authorities to use, and explains why a connection cannot be opened.

Both are configured by the environment variables that most programs use, such as HTTPS_PROXY and SSL_CERT_FILE. The
setting `ca_bundle` of a tracker adds certificate authorities.
"""

import ipaddress
import os
import ssl
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies_environment

from connectors.errors import ConnectorError, Misconfigured, Retriable
from connectors.redaction import redact

_DEFAULT_PORTS = {"https": 443, "http": 80}
_PROXY_SCHEMES = ("http", "https", "socks4", "socks5", "socks5h")
_CA_BUNDLE_HINT = (
    "Set `ca_bundle` of this tracker, or for Slack the environment variable SSL_CERT_FILE, to a PEM file with the "
    "certificate authorities of your company."
)


class Proxy(NamedTuple):
    """A proxy: its address, possibly with a user name and password, and the environment variable with the address."""

    address: str
    variable: str

    def __str__(self) -> str:
        return f"the proxy {urlsplit(self.address).netloc.rpartition('@')[2]} ({self.variable})"


def find_proxy(name: str, url: str) -> Proxy | None:
    """Find the proxy for an address in `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; None if there is none.

    Raises:
        Misconfigured: The proxy cannot be used.
    """
    target = urlsplit(url)
    proxies = getproxies_environment()
    proxy_key = next((key for key in (target.scheme, "all") if proxies.get(key)), None)
    if proxy_key is None or _bypasses_proxy(target, proxies.get("no", "")):
        return None
    spellings = (f"{proxy_key}_proxy", f"{proxy_key}_proxy".upper())
    variable = next(filter(os.environ.get, spellings), spellings[1])
    value = proxies[proxy_key].strip()
    address = value if "://" in value else f"http://{value}"
    try:
        parsed = urlsplit(address)
        is_usable = parsed.scheme in _PROXY_SCHEMES and bool(parsed.hostname) and parsed.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise Misconfigured(
            f"{name}: the environment variable {variable} does not contain the address of a usable proxy.",
            hint="Set it to an address such as http://proxy.example.com:3128.",
        )
    if parsed.scheme.startswith("socks"):
        _check_socks(name, variable, parsed.scheme)
    return Proxy(address, variable)


def _check_socks(name: str, variable: str, scheme: str) -> None:
    if scheme == "socks4":
        raise Misconfigured(
            f"{name}: the environment variable {variable} contains a SOCKS 4 proxy, which is not supported.",
            hint="Set it to the address of a SOCKS 5 proxy (socks5://) or an HTTP proxy.",
        )
    if find_spec("socksio") is None:
        raise Misconfigured(
            f"{name}: the environment variable {variable} contains a SOCKS proxy, for which a package is missing.",
            hint='Install it with `pip install "httpx[socks]"`, set the variable to an HTTP proxy, or name the host in '
            "NO_PROXY.",
        )


def _bypasses_proxy(target: SplitResult, no_proxy: str) -> bool:
    """Whether the value of NO_PROXY contains an address: as a host, domain, host and port, IP address or network."""
    host = (target.hostname or "").rstrip(".")
    port = target.port or _DEFAULT_PORTS.get(target.scheme)
    return any(_matches_no_proxy_entry(entry, host, port) for entry in no_proxy.lower().replace(",", " ").split())


def _matches_no_proxy_entry(entry: str, host: str, port: int | None) -> bool:
    entry = entry.rpartition("://")[2]
    if entry == "*":
        return True
    try:
        # An entry such as 10.0.0.0/8.
        network = ipaddress.ip_network(entry.replace("[", "").replace("]", ""), strict=False)
        return ipaddress.ip_address(host) in network
    except ValueError:
        pass
    entry_host, colon, entry_port = entry.rpartition(":")
    if colon and entry_port.isdecimal():
        if int(entry_port) != port:
            return False
        entry = entry_host
    domain = entry.strip("[]").removeprefix("*").strip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def make_ssl_context(name: str, ca_bundle: str | None, load_bundled: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Make the TLS settings: trust the certificate authorities of the environment, and those in a file.

    Args:
        name: The name of the system, for messages.
        ca_bundle: The path of the configured file; empty or None if there is none.
        load_bundled: Loads the authorities that are installed with the HTTP library. They are used if no environment
            variable names others.

    Raises:
        Misconfigured: A file of certificate authorities cannot be used.
    """
    file, folder = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    try:
        if not ca_bundle:
            return _load_default_authorities(file, folder, load_bundled)
        # Not the cached settings, because the authorities of the file are added to them.
        context = _load_default_authorities.__wrapped__(file, folder, load_bundled)
        context.load_verify_locations(cafile=ca_bundle)
    except (OSError, ssl.SSLError) as error:
        location = ca_bundle or file or folder
        source = (
            "`ca_bundle`" if ca_bundle else f"the environment variable {'SSL_CERT_FILE' if file else 'SSL_CERT_DIR'}"
        )
        raise Misconfigured(
            f"{name}: the certificate authorities in {location} cannot be read ({error}).",
            hint=f"Check {source}. Expected the path of a {'file in PEM format' if ca_bundle or file else 'folder'}.",
        ) from error
    return context


@cache
def _load_default_authorities(file: str, folder: str, load_bundled: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Load the authorities in a file or folder, or else the bundled ones. Cached, because this is slow."""
    if file or folder:
        return ssl.create_default_context(cafile=file or None, capath=None if file else folder)
    return load_bundled()


def connection_error(
    name: str, host: str, error: Exception, proxy: Proxy | None, *, is_proxy_error: bool = False
) -> ConnectorError:
    """Make the error for a connection that could not be opened, so that no request was sent.

    It is `Retriable` if the reason may be temporary.

    Args:
        error: The error of the HTTP library.
        proxy: The proxy that was used, if any.
        is_proxy_error: Whether the proxy refused to connect.
    """
    reason = redact(" ".join(str(error).split())) or "timeout"
    if is_proxy_error:
        return _proxy_error(name, host, reason, proxy)
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return _certificate_error(name, host, reason)
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason:
        return Misconfigured(
            f"{name}: {host} does not use HTTPS on this port ({reason}).",
            hint="Check whether the address has to start with http://, or needs another port.",
        )
    if proxy is not None:
        return Retriable(
            f"{name}: {host} cannot be reached through {proxy} ({reason}).",
            hint=f"Check that the proxy is running, correct {proxy.variable}, or name the host in NO_PROXY if it can "
            "be reached directly.",
        )
    return Retriable(
        f"{name}: {host} cannot be reached ({reason}).",
        hint="Check the address and the network. If a proxy is needed, set HTTPS_PROXY.",
    )


def _proxy_error(name: str, host: str, reason: str, proxy: Proxy | None) -> ConnectorError:
    """The error for a proxy that refused to connect. The reason starts with the HTTP status of its response."""
    proxy_name = str(proxy) if proxy is not None else "the proxy"
    variable = proxy.variable if proxy is not None else "HTTPS_PROXY"
    if reason.startswith("407"):
        return Misconfigured(
            f"{name}: {proxy_name} requires a user name and password ({reason}).",
            hint=f"Set {variable} to http://user:password@host:port.",
            status=407,
        )
    error_type = Misconfigured if reason.startswith(("401", "403")) else Retriable
    return error_type(
        f"{name}: {host} cannot be reached: {proxy_name} does not connect to it ({reason}).",
        hint=f"Allow this host on the proxy, correct {variable}, or name the host in NO_PROXY if it can be reached "
        "directly.",
    )


def _certificate_error(name: str, host: str, reason: str) -> Misconfigured:
    if "expired" in reason or "not yet valid" in reason:
        hint = "Renew the certificate of the server, or set the clock of this machine."
    elif "mismatch" in reason or "not valid for" in reason:
        hint = "Use the address that the certificate names."
    else:
        hint = f"{_CA_BUNDLE_HINT} A proxy that inspects traffic uses its own certificate authority."
    return Misconfigured(f"{name}: the certificate of {host} is not trusted ({reason}).", hint=hint)
