"""What every test may need: where the repository is, and the reference data beside it."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite("contract")

REPOSITORY = Path(__file__).parents[1]


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
