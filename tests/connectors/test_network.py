"""Proxies and certificate authorities of a company: what is used, and what is said when it does not work."""

import socket
import ssl

import certifi
import httpx
import pytest

from connectors.errors import Misconfigured, Retriable
from connectors.http import HttpClient
from connectors.network import find_proxy

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("variable", "url", "used"),
    [
        ("HTTPS_PROXY", "https://tracker.example", True),
        ("https_proxy", "https://tracker.example", True),
        ("HTTPS_PROXY", "http://tracker.example", False),
        ("HTTP_PROXY", "http://tracker.example", True),
        ("ALL_PROXY", "https://tracker.example", True),
    ],
)
def test_the_proxy_of_the_scheme_is_used_and_its_variable_is_known(monkeypatch, variable, url, used):
    monkeypatch.setenv(variable, PROXY)
    found = find_proxy("PAY", url)
    assert (found.address, found.variable) == (PROXY, variable) if used else found is None


@pytest.mark.parametrize(
    ("excluded", "url", "direct"),
    [
        ("10.0.0.0/8", "https://10.1.2.3/tfs", True),
        ("10.0.0.0/8", "https://11.1.2.3/tfs", False),
        ("10.0.0.0/8", "https://tracker.example", False),
        ("fd00::/8", "https://[fd12::1]:8443/jira", True),
        ("fd00::/8, 192.168.0.0/16", "https://192.168.3.4", True),
        ("192.168.3.4", "https://192.168.3.4:8080", True),
        ("example", "https://tracker.example", True),
        (".example", "https://tracker.example", True),
        ("*.example", "https://tracker.example", True),
        ("racker.example", "https://tracker.example", False),
        ("TRACKER.example:443", "https://tracker.example", True),
        ("tracker.example:8443", "https://tracker.example", False),
        ("localhost other.example", "https://other.example", True),
        ("https://tracker.example", "https://tracker.example", True),
        ("*", "https://tracker.example", True),
        ("", "https://tracker.example", False),
    ],
)
def test_no_proxy_takes_names_domains_ports_and_networks(monkeypatch, excluded, url, direct):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", excluded)
    assert (find_proxy("PAY", url) is None) == direct
    HttpClient("PAY", url).close()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("socks5://proxy.example:1080", "a SOCKS proxy.*pip install"),
        ("socks5h://me:secret@proxy.example:1080", "a SOCKS proxy.*pip install"),
        ("socks4://proxy.example:1080", "SOCKS 4 proxy"),
        ("ftp://proxy.example", "does not contain the address of a usable proxy"),
        ("http://", "does not contain the address of a usable proxy"),
        ("http://proxy.example:port", "does not contain the address of a usable proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(monkeypatch, value, words):
    monkeypatch.setattr("connectors.network.find_spec", lambda _name: None)
    monkeypatch.setenv("ALL_PROXY", value)
    with pytest.raises(Misconfigured, match=rf"PAY: the environment variable ALL_PROXY .*{words}") as told:
        HttpClient("PAY", "https://tracker.example")
    assert "secret" not in str(told.value)


def test_a_dead_proxy_is_named_and_not_the_tracker(monkeypatch, open_http_client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"me:secret@127.0.0.1:{port}")
    words = rf"cannot be reached through the proxy 127\.0\.0\.1:{port} \(HTTPS_PROXY\).*NO_PROXY"
    with pytest.raises(Retriable, match=words) as told:
        open_http_client(attempts=1).request("GET", "/item")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("reason", "kind", "words"),
    [
        ("407 Proxy Authentication Required", Misconfigured, "requires a user name and password.*HTTPS_PROXY"),
        ("403 Forbidden", Misconfigured, r"proxy\.example:3128 \(HTTPS_PROXY\) does not connect.*Allow this host"),
        ("502 Bad Gateway", Retriable, "does not connect to it"),
    ],
)
def test_a_proxy_that_refuses_is_named_with_the_remedy(monkeypatch, open_http_client, tracker, reason, kind, words):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    tracker.get("/item").mock(side_effect=httpx.ProxyError(reason))
    with pytest.raises(kind, match=words):
        open_http_client().request("GET", "/item")


_AUTHORITIES_HINT = "`ca_bundle` of this tracker, or for Slack the environment variable SSL_CERT_FILE"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in chain",
            _AUTHORITIES_HINT,
        ),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate (_ssl.c:1006)", _AUTHORITIES_HINT),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired (_ssl.c:1006)", "Renew the certificate"),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] Hostname mismatch, certificate is not valid for 'x'",
            "that the certificate",
        ),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "http://"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told_at_once_with_the_remedy(open_http_client, tracker, reason, words):
    route = tracker.get("/item").mock(side_effect=httpx.ConnectError(reason))
    with pytest.raises(Misconfigured, match=words):
        open_http_client().request("GET", "/item")
    assert route.call_count == 1


@pytest.mark.parametrize(("variable", "place"), [("SSL_CERT_FILE", "missing.pem"), ("SSL_CERT_FILE", "empty.pem")])
def test_authorities_of_the_environment_that_cannot_be_read_name_the_variable(monkeypatch, tmp_path, variable, place):
    (tmp_path / "empty.pem").write_text("")
    monkeypatch.setenv(variable, str(tmp_path / place))
    with pytest.raises(Misconfigured, match=rf"PAY: the certificate authorities in .*{place}.*variable {variable}"):
        HttpClient("PAY", "https://tracker.example")


def test_authorities_of_our_own_are_trusted_beside_the_usual_ones(tmp_path, monkeypatch):
    with open(certifi.where(), encoding="ascii") as file:  # noqa: PTH123
        one = file.read().partition("-----END CERTIFICATE-----")[0].partition("-----BEGIN")
    (tmp_path / "ours.pem").write_text(f"-----BEGIN{one[2]}-----END CERTIFICATE-----\n")
    contexts = []
    really = httpx.Client.__init__
    monkeypatch.setattr(
        httpx.Client, "__init__", lambda *a, **how: (contexts.append(how["verify"]), really(*a, **how))[1]
    )
    HttpClient("PAY", "https://tracker.example", ca_bundle=str(tmp_path / "ours.pem")).close()
    assert isinstance(contexts[0], ssl.SSLContext)
    assert len(contexts[0].get_ca_certs()) > 10
