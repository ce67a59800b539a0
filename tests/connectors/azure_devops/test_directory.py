"""Who works here: the members of the team, and the people who save its items."""

from contextlib import closing
from types import SimpleNamespace

import httpx
import respx

from connectors.azure_devops.client import AzureClient
from connectors.azure_devops.directory import AzureDirectory
from connectors.http import HttpClient
from steward_sandbox.azure_devops import Actor

ANA = "ana.silva@example.com"


@respx.mock(base_url="https://azure.example")
def test_members_of_the_team_are_found_by_id_address_and_name(respx_mock):
    member = {"identity": {"id": "1-2-3", "uniqueName": ANA, "displayName": "Ana Silva"}, "isTeamAdmin": True}
    respx_mock.get("/_apis/projects/My%20Project/teams/Team%20A/members").mock(
        return_value=httpx.Response(200, json={"value": [member], "count": 1})
    )
    with closing(HttpClient("platform", "https://azure.example")) as http:
        process = SimpleNamespace(team="Team A")
        session = SimpleNamespace(client=AzureClient(http, "My Project"), site=SimpleNamespace(process=process))
        directory = AzureDirectory(lambda: session)
        for text in ("1-2-3", ANA.upper(), "ana silva"):
            (person,) = directory.find(text)
            assert (person.id, person.names) == ("1-2-3", frozenset({"1-2-3", ANA, "Ana Silva"}))
        assert directory.find("nobody") == ()


def test_writers_are_people_and_neither_we_nor_programs(serve):
    here = serve('{"key": "PAY-1", "title": "One"}\n{"key": "PAY-2", "title": "Two"}')
    one, two = here.ids("PAY-1", "PAY-2")
    Actor(here.world, "Ana Silva").edit(one, title="By hand")
    Actor(here.world, "Ben Kurt").edit(one, title="By hand again")
    Actor(here.world, "Robot", kind="service").edit(two, title="By a program")
    tracker = here.tracker()
    tracker.connect()

    def contributors(id_: str) -> set[str]:
        (people,) = tracker.directory.contributors([id_])
        return {person.name for person in people}

    creator = contributors(two)
    assert len(creator) == 1
    assert contributors(one) == creator | {"Ana Silva", "Ben Kurt"}
    assert "Robot" not in creator
