"""What tests keep away from the code that they run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from support.no_back_off import no_back_off

_OF_WHOEVER_RUNS_THE_TESTS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "STEWARD_CONFIG")


def without_logs() -> None:
    """Logs nothing from now on."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@contextmanager
def undisturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy on the way to loopback, no configuration of whoever runs the tests, and no pauses between repeats."""
    for name in _OF_WHOEVER_RUNS_THE_TESTS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with no_back_off():
        yield
