"""Reports on a large backlog keep its items as bytes, and unpack few of them at the same time."""

import pytest

from support import large_backlogs
from sync.report.digest import make_digest
from sync.report.full_digest import complete_digest
from sync.report.page_content import load_page_content


@pytest.fixture
def desk(desk_of):
    desk = desk_of(large_backlogs.lines())
    desk.configure(rules={"extends": ["scrum"]}, schedule={"pi_planning": "2024-06-03"})
    desk.round()
    return desk


@pytest.fixture
def unpacked(monkeypatch):
    return large_backlogs.unpack_counted(monkeypatch)


def test_the_page_unpacks_few_items_at_the_same_time(desk, unpacked):
    content = load_page_content(desk.database, desk.configuration, desk.clock())
    assert content.goals.item_count == large_backlogs.OPEN_COUNT - 1
    assert 0 < unpacked.peak < large_backlogs.MOST_UNPACKED


def test_a_message_unpacks_few_items_at_the_same_time(desk, unpacked):
    digest = make_digest(desk.database, desk.configuration, ["team"], desk.clock())
    assert complete_digest(digest, desk.database, desk.configuration, desk.clock()).moves
    assert 0 < unpacked.peak < large_backlogs.MOST_UNPACKED
