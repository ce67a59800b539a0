from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import stamina
from slack_sdk import WebClient
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.clock import StoppedClock
from connectors.sandbox.server import serving
from connectors.sandbox.slack import World, create_app
from connectors.slack import Slack

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _no_proxy_and_no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(datetime(2026, 10, 5, 6, 30, tzinfo=UTC))


@pytest.fixture
def world(clock: StoppedClock) -> World:
    return World(["payments", "general"], now=clock)


class Stage:
    """One server for all tests, on which each plays its own world: starting and stopping takes longer than a test."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def _stage() -> Iterator[tuple[Stage, str]]:
    stage = Stage()
    with serving(stage) as url:
        yield stage, url


@pytest.fixture
def address(_stage: tuple[Stage, str], world: World) -> str:
    stage, url = _stage
    stage.app = create_app(world)
    return url


@pytest.fixture
def sdk(address: str) -> WebClient:
    """The official client, unchanged."""
    return WebClient("xoxb-any-token-will-do", base_url=f"{address}/api/")


@pytest.fixture
def slack(address: str) -> Iterator[Slack]:
    made = Slack("xoxb-any-token-will-do", installation="inst-1", base_url=f"{address}/api/", pace=())
    yield made
    made.close()
