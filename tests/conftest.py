"""What every test may need: where the repository is, and the reference data beside it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.register_assert_rewrite("contract")

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def _unicode_tables() -> None:
    """Builds the tables of Hypothesis once, in a fresh clone: no test's own time is spent on that."""

    @settings(max_examples=1, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text())
    def draw(_text: str) -> None:
        pass

    draw()


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference data that is kept beside the repository and not in it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is not here")
    return folder
