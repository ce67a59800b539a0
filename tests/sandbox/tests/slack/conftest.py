from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from slack_sdk import WebClient

from connectors.slack import Slack
from steward_sandbox.clock import StoppedClock
from steward_sandbox.slack import World, create_app
from support.surroundings import undisturbed
from support.switch import Switch


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with undisturbed(monkeypatch):
        yield


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(datetime(2026, 10, 5, 6, 30, tzinfo=UTC))


@pytest.fixture
def world(clock: StoppedClock) -> World:
    return World(["payments", "general"], now=clock)


@pytest.fixture
def address(_switch: tuple[Switch, str], world: World) -> str:
    switch, url = _switch
    switch.app = create_app(world)
    return url


@pytest.fixture
def sdk(address: str) -> WebClient:
    """The official client, unchanged."""
    return WebClient("xoxb-any-token-will-do", base_url=f"{address}/api/")


@pytest.fixture
def slack(address: str) -> Iterator[Slack]:
    made = Slack("xoxb-any-token-will-do", installation="inst-1", base_url=f"{address}/api/", rate_limits=())
    yield made
    made.close()
