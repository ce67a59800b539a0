"""Signing in through Microsoft Entra: its tokens are asked for through a door, kept, and replaced before they end."""

import re

import httpx
import pytest
import respx

from connectors.azure_devops import auth
from connectors.errors import Misconfigured, Retriable

TENANT = "11111111-2222-3333-4444-555555555555"
LOGIN = "https://login.microsoftonline.com"
TOKEN = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"


@pytest.fixture
def identity(monkeypatch):
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", "66666666-7777-8888-9999-000000000000")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "very-secret")
    with respx.mock(assert_all_called=False) as router:
        router.route(host="127.0.0.1").pass_through()
        about = {
            "token_endpoint": TOKEN,
            "authorization_endpoint": f"{LOGIN}/{TENANT}/oauth2/v2.0/authorize",
            "issuer": f"{LOGIN}/{TENANT}/v2.0",
            "tenant_discovery_endpoint": f"{LOGIN}/{TENANT}/v2.0/.well-known/openid-configuration",
        }
        router.get(url__startswith=f"{LOGIN}/common/discovery").respond(json=about)
        router.get(url__regex=rf"{re.escape(LOGIN)}/{TENANT}/v2\.0/\.well-known.*").respond(json=about)
        yield router


def granted(token, seconds=3600):
    return httpx.Response(200, json={"token_type": "Bearer", "expires_in": seconds, "access_token": token})


def test_a_service_principal_reads_the_backlog(here, identity):
    route = identity.post(TOKEN).mock(return_value=granted(here.app.issue_token("Steward")))
    tracker = here.tracker(token=None, entra="service principal")
    assert tracker.connect().account.name == "Steward"
    assert len(tracker.list_ids().ids) == 5
    assert route.call_count == 1
    assert b"499b84ac-1321-427f-aa17-267ca6975798" in route.calls.last.request.content
    assert {asked.headers["authorization"].split()[0] for asked in here.switch.asked} == {"Bearer"}


def test_a_token_is_replaced_before_it_ends(here, identity, monkeypatch):
    tokens = [here.app.issue_token("Steward") for _ in range(2)]
    route = identity.post(TOKEN).mock(side_effect=[granted(tokens[0], 3600), granted(tokens[1], 3600)])
    tracker = here.tracker(token=None, entra="service principal")
    tracker.connect()
    now = auth.time.time()
    monkeypatch.setattr(auth.time, "time", lambda: now + 3600)
    tracker.list_ids()
    assert route.call_count == 2


def test_an_identity_that_is_refused_is_told_without_its_secret(here, identity):
    said = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}
    identity.post(TOKEN).respond(401, json=said)
    with pytest.raises(Misconfigured, match="AADSTS7000215") as told:
        here.tracker(token=None, entra="service principal").connect()
    assert "very-secret" not in str(told.value)


def test_an_environment_without_an_identity_is_told(here, identity, monkeypatch):
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    with pytest.raises((Misconfigured, Retriable), match="Entra"):
        here.tracker(token=None, entra="service principal").connect()
