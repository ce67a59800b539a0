"""Items that could not be read completely are read again later."""

import pytest

from connectors.tracker import FetchedItem
from rules.model import WorkItem
from sync.mirror.incomplete_items import IncompleteItems
from sync.store import open_store


@pytest.fixture
def database(tmp_path):
    database = open_store(f"sqlite:///{tmp_path / 'steward.db'}", create=True)
    yield database
    database.close()


def save_incomplete(database, ids):
    """Store items of which four pulls could not read everything."""
    incomplete = IncompleteItems(database, "team", ids)
    for _ in range(4):
        incomplete.record(
            [FetchedItem(item=WorkItem(tracker="team", id=one, key=one, unknown=("points",))) for one in ids]
        )
    incomplete.save()


def test_items_that_have_left_the_mirror_take_no_turn_of_others(database):
    save_incomplete(database, [*map(str, range(600)), "kept"])
    assert IncompleteItems(database, "team", {"kept"}).ids_to_fetch(is_first_today=True) == ["kept"]


def test_an_item_that_has_left_the_mirror_and_returns_has_no_earlier_attempts(database):
    save_incomplete(database, ["1"])
    IncompleteItems(database, "team", ()).save()
    assert IncompleteItems(database, "team", {"1"}).ids_to_fetch(is_first_today=True) == []
