"""One server for all tests of the contract, and an installation that works in a place."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.house import House
from contract.places import ONE_EACH, PLACES, marks_of
from contract.reading_contract import StoredFinding
from steward_sandbox import serving
from support.stores import empty_store
from support.surroundings import undisturbed, without_logs
from support.switch import Switch


@pytest.fixture(autouse=True, scope="session")
def _silence() -> None:
    without_logs()


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    with serving(switch) as url:
        yield switch, url


@pytest.fixture(scope="session")
def _empty_store(tmp_path_factory) -> Path:
    return empty_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(autouse=True)
def _at_home(monkeypatch) -> Iterator[None]:
    with undisturbed(monkeypatch):
        yield


@pytest.fixture
def serve(_server) -> Callable[[Any], str]:
    """Serves an app from now on, and says where."""
    switch, url = _server

    def put_in(app: Any) -> str:
        switch.app = app
        return url

    return put_in


@pytest.fixture(scope="session")
def kept() -> Iterator[StoredFinding]:
    """Places that tests share as long as none of them changes anything there."""
    made = StoredFinding()
    yield made
    made.close()


@pytest.fixture(params=[pytest.param(name, marks=marks_of(name)) for name in PLACES])
def place_of(request, serve) -> Callable[..., Any]:
    """Makes a place: on one of each kind in the fast lane, on four with every change, on all in `make soak`."""
    make = PLACES[request.param]
    return lambda **how: make(serve, **how)


@pytest.fixture(params=[pytest.param(name, marks=marks_of(name, ["jira-cloud"], ONE_EACH)) for name in PLACES])
def disturbed_place_of(request, serve) -> Callable[..., Any]:
    """Makes a place for long stories of what goes wrong: Jira Cloud in the fast lane, one Azure DevOps in the slow one."""
    make = PLACES[request.param]
    return lambda **how: make(serve, **how)


@pytest.fixture
def house_in(tmp_path, _empty_store) -> Iterator[Callable[..., House]]:
    """Makes an installation that looks after a place."""
    made: list[House] = []

    def build(place: Any, **write: Any) -> House:
        folder = tmp_path / f"house{len(made)}"
        folder.mkdir()
        shutil.copy(_empty_store, folder / "house.db")
        made.append(House(place, folder, write))
        return made[-1]

    yield build
    for house in made:
        house.close()
