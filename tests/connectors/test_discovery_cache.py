"""What a tracker learns while it connects is asked again after a while, or when the configuration changes."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from connectors.discovery_cache import DiscoveryCache
from connectors.errors import Gone
from connectors.http import HttpClient

SITE = "https://tracker.example.com"
NOW = datetime(2024, 5, 6, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ask(cache, path="/fields", *, connecting=True):
    client = HttpClient("site", SITE, cache=cache)
    try:
        if not connecting:
            return client.request_json("GET", path, dict)
        with cache.used_while_connecting():
            return client.request_json("GET", path, dict)
    finally:
        client.close()


@pytest.fixture
def stored():
    """The responses that a connection kept, as the store has them."""
    cache = DiscoveryCache("", "settings", HOUR, lambda: NOW)
    with respx.mock(base_url=SITE) as router:
        router.get("/fields").respond(json={"fields": ["Points"], "lead": {"emailAddress": "ana@example.com"}})
        router.get("/boards").respond(404)
        ask(cache)
        with pytest.raises(Gone):
            ask(cache, "/boards")
    return cache.encode()


def test_the_next_process_asks_nothing(stored):
    cache = DiscoveryCache(stored, "settings", HOUR, lambda: NOW + timedelta(minutes=50))
    with respx.mock(base_url=SITE):
        assert ask(cache) == {"fields": ["Points"], "lead": {}}
        with pytest.raises(Gone):
            ask(cache, "/boards")
    assert cache.at == NOW
    assert cache.encode() == stored


@pytest.mark.parametrize(
    ("text", "configuration", "minutes"),
    [("kept", "settings", 60), ("kept", "other settings", 1), ("", "settings", 1), ('"?"', "settings", 1)],
)
def test_it_asks_again_after_an_hour_for_another_configuration_and_without_a_store(
    stored, text, configuration, minutes
):
    now = NOW + timedelta(minutes=minutes)
    cache = DiscoveryCache(stored if text == "kept" else text, configuration, HOUR, lambda: now)
    with respx.mock(base_url=SITE) as router:
        router.get("/fields").respond(json={"fields": ["Effort"]})
        assert ask(cache) == {"fields": ["Effort"]}
    assert cache.at == now


def test_only_what_is_read_while_connecting_is_kept_and_no_failure_of_the_server(stored):
    cache = DiscoveryCache(stored, "settings", HOUR, lambda: NOW)
    with respx.mock(base_url=SITE) as router:
        fields = router.get("/fields").respond(json={"fields": ["Effort"]})
        assert ask(cache, connecting=False) == {"fields": ["Effort"]}
        assert fields.call_count == 1
        account = router.get("/account")
        account.side_effect = [httpx.Response(200, text='{"id": '), httpx.Response(200, json={"id": "7"})]
        assert ask(cache, "/account") == {"id": "7"}
    assert ask(cache, "/account") == {"id": "7"}
