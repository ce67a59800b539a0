from collections.abc import Iterator

import pytest
import respx

from connectors.slack import Slack
from support.no_back_off import no_back_off

API = "https://slack.com/api/"
TOKEN = "xoxb-1111-secret-token"


@pytest.fixture(autouse=True)
def _no_waiting_between_tries() -> Iterator[None]:
    with no_back_off():
        yield


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    """Every call must be expected, and every expected call must come."""
    with respx.mock(base_url=API, assert_all_called=True, assert_all_mocked=True) as strict:
        yield strict


@pytest.fixture
def slack() -> Iterator[Slack]:
    made = Slack(TOKEN, installation="inst-1", rate_limits=())
    yield made
    made.close()
