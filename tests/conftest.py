"""What every test may need: where the repository is, and the reference data beside it."""

import gc
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import redaction

pytest.register_assert_rewrite("contract", "support")

REPOSITORY = Path(__file__).parents[1]


gc.disable()  # until all tests are collected: what is loaded meanwhile stays


def pytest_collection_finish() -> None:
    """Takes the thousands of tests and the modules out of what each garbage collection looks through."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> None:
    if "sync.store" in sys.modules:
        from support.stores import compile_statements_once  # noqa: PLC0415 - the rules' tests need no store

        compile_statements_once()


@pytest.fixture(scope="session", autouse=True)
def _unicode_tables() -> None:
    """Builds the tables of Hypothesis once, in a fresh clone: no test's own time is spent on that."""

    @settings(max_examples=1, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text())
    def draw(_text: str) -> None:
        pass

    draw()


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test registers as a secret is not masked in the output of another."""
    monkeypatch.setattr(redaction, "_secrets", set(redaction._secrets))
    monkeypatch.setattr(redaction, "_pattern", redaction._pattern)


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Where official descriptions, recorded answers and real backlogs stand, if they are there at all."""
    return REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def shared(reference_data) -> Path:
    """Reference data that is kept beside the repository and not in it."""
    if not reference_data.is_dir():
        pytest.skip("../shared is not here")
    return reference_data


@pytest.fixture(scope="session")
def springxd(reference_data) -> Path:
    """The backlog of a real project."""
    file = reference_data / "data" / "springxd_backlog.jsonl"
    if not file.exists():
        pytest.skip("../shared/data is not here")
    return file
