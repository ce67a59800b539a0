"""Items that could not be read completely are read again later."""

from connectors.tracker import FetchedItem
from rules.model import WorkItem
from sync.mirror.incomplete_items import IncompleteItems
from sync.store import open_store


def test_items_that_have_left_the_mirror_take_no_turn_of_others(tmp_path):
    database = open_store(f"sqlite:///{tmp_path / 'steward.db'}", create=True)
    ids = [*map(str, range(600)), "kept"]
    incomplete = IncompleteItems(database, "team", ids)
    for _ in range(4):
        incomplete.record(
            [FetchedItem(item=WorkItem(tracker="team", id=one, key=one, unknown=("points",))) for one in ids]
        )
    incomplete.save()
    assert IncompleteItems(database, "team", {"kept"}).ids_to_fetch(is_first_today=True) == ["kept"]
    database.close()
