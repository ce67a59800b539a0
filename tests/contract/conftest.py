"""One server for all tests of the contract, and an installation that works in a place."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import stamina
import structlog

from connectors.sandbox import serving
from contract.house import House
from contract.places import PLACES
from contract.reading_contract import Kept
from sync.store import Database, migrate


class Switch:
    """One server for all tests: whichever app is put in answers. Starting a server takes longer than most tests."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(autouse=True, scope="session")
def _silence() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    with serving(switch) as url:
        yield switch, url


@pytest.fixture(scope="session")
def _empty_store(tmp_path_factory) -> Path:
    """A store without content, made once and copied for every test."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
    return path


@pytest.fixture(autouse=True)
def _at_home(monkeypatch) -> Iterator[None]:
    """No proxy on the way to loopback, and no pauses between repeats."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "STEWARD_CONFIG"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with stamina.set_testing(True, attempts=4):
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
def kept() -> Iterator[Kept]:
    """Places that tests share as long as none of them changes anything there."""
    made = Kept()
    yield made
    made.close()


@pytest.fixture(params=PLACES)
def place_of(request, serve) -> Callable[..., Any]:
    """Makes a place, once for every place there is; arguments are those of the place."""
    make = PLACES[request.param]
    return lambda **how: make(serve, **how)


@pytest.fixture
def house_in(tmp_path, _empty_store) -> Iterator[Callable[..., House]]:
    """Makes an installation that looks after a place."""
    made: list[House] = []

    def build(place: Any, **write: Any) -> House:
        folder = tmp_path / f"house{len(made)}"
        folder.mkdir()
        shutil.copy(_empty_store, folder / "steward.db")
        made.append(House(place, folder, write))
        return made[-1]

    yield build
    for house in made:
        house.close()
