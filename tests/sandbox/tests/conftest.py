"""What tests of the sandboxes share: one server, and clients whose answers can be checked."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from steward_sandbox import serving
from support.switch import Switch


@pytest.fixture(scope="session")
def _switch() -> Iterator[tuple[Switch, str]]:
    """One server for all tests: whichever sandbox is put in answers."""
    switch = Switch()
    with serving(switch) as url:
        yield switch, url


@pytest.fixture
def needs_specs(official) -> None:
    if not official.present:
        pytest.skip("../shared/specs is not here")


@pytest.fixture
def clients_of() -> Iterator[Callable[..., tuple[httpx.Client, httpx.Client]]]:
    """Makes two clients for an address, one whose every answer is checked and one without checks, and closes them."""
    with ExitStack() as opened:

        def make(url: str, auth, check: Callable[[httpx.Response], None] | None = None):
            def checked(response: httpx.Response) -> None:
                response.read()
                check(response)

            # There is no TLS on loopback, and reading the certificates takes longer than most tests.
            how = {"base_url": url, "auth": auth, "timeout": 20, "verify": False}
            hooks = {"response": [checked]} if check else {}
            return (
                opened.enter_context(httpx.Client(**how, event_hooks=hooks)),
                opened.enter_context(httpx.Client(**how)),
            )

        yield make
