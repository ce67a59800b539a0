"""What tests of connectors share: a strict router, clients that close themselves, time that passes without waiting, and
a server for sandboxes.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx
from respx.models import AllMockedAssertionError

from connectors.http import HttpClient
from connectors.rate_limit import RateLimiter

BASE = "https://tracker.example"


class StrictRouter(respx.MockRouter):
    """Fails the test for a call that nobody expected, also when the code under test swallows the error."""

    def __init__(self) -> None:
        super().__init__(base_url=BASE, assert_all_called=True, assert_all_mocked=True)
        self.strays: list[httpx.Request] = []

    @contextmanager
    def resolver(self, request: httpx.Request):
        try:
            with super().resolver(request) as resolved:
                yield resolved
        except AllMockedAssertionError:
            self.strays.append(request)
            raise


@contextmanager
def strict_router() -> Iterator[StrictRouter]:
    with StrictRouter() as router:
        yield router
    assert router.strays == []


class Passing(threading.Event):
    """A stop event on which waiting takes no time, and a clock that shows how much was waited all the same.

    Attributes:
        waits: How long each wait would have been.
        meanwhile: Called once in the middle of the next wait.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        self.seconds = 0.0
        self.meanwhile: Callable[[], object] | None = None

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set() and timeout:
            self.waits.append(timeout)
            self.seconds += timeout
            if self.meanwhile is not None:
                event, self.meanwhile = self.meanwhile, None
                event()
        return self.is_set()

    def now(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return datetime(2026, 5, 4, 9, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    @property
    def waited(self) -> float:
        return sum(self.waits)


@pytest.fixture
def passing() -> Passing:
    return Passing()


@pytest.fixture
def tracker() -> Iterator[StrictRouter]:
    """The other system: every call must be expected, and every expected call must come."""
    with strict_router() as router:
        yield router


@pytest.fixture
def open_http_client(passing: Passing) -> Iterator[Callable[..., HttpClient]]:
    """Makes clients whose waits take no time, and closes them."""
    opened: list[HttpClient] = []

    def make(name: str = "PAY", base_url: str = BASE, **how) -> HttpClient:
        how.setdefault("stop", passing)
        if "rate_limiter" not in how:
            paced = {key: how.pop(key) for key in ("rate", "item_windows") if key in how}
            how["rate_limiter"] = RateLimiter(now=passing.now, clock=passing.clock, **paced)
        how.setdefault("read_only_posts", (r"/search/jql$",))
        opened.append(HttpClient(name, base_url, **how))
        return opened[-1]

    yield make
    for http in opened:
        http.close()
