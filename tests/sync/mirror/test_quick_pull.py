"""Between two lists of all items, the top of the backlog is compared, and everything else is noticed within the hour."""

import pytest

from connectors.tracker import ScopeIds
from sync.rounds.context import WriteAuthority


class FirstOnly:
    """A tracker whose quick list contains only the first items."""

    def __init__(self, tracker, count=3):
        self.tracker, self.count, self.lists = tracker, count, []

    def __getattr__(self, name):
        return getattr(self.tracker, name)

    def list_ids(self, *, quick=False):
        self.lists.append("quick" if quick else "full")
        listed = self.tracker.list_ids()
        return ScopeIds(listed.ids[: self.count], None, has_unread_boards=True, is_complete=False) if quick else listed


@pytest.fixture
def pulled(desk, clock):
    """A desk whose items were listed ten minutes ago."""
    desk.pull()
    clock.advance(minutes=10)
    return desk


def lists_of(desk, authority=WriteAuthority.NOBODY):
    tracker = FirstOnly(desk.open())
    desk.round(authority, tracker=tracker)
    return tracker.lists


def test_an_idle_pull_lists_the_top_only(pulled):
    assert lists_of(pulled) == ["quick"]


def test_a_move_within_the_top_is_seen_at_once(pulled):
    pulled.person().rank("PAY-2", before="PAY-1")
    assert lists_of(pulled) == ["quick"]
    assert pulled.order() == ["PAY-2", "PAY-1", "PAY-3", "PAY-4", "PAY-5"]


def test_what_enters_or_leaves_the_top_is_seen_at_once(pulled):
    pulled.person().delete("PAY-1")
    pulled.person().rank("PAY-5", before="PAY-2")
    assert lists_of(pulled) == ["quick", "full"]
    assert pulled.order() == ["PAY-5", "PAY-2", "PAY-3", "PAY-4"]


def test_a_deletion_and_a_move_below_the_top_are_seen_within_the_hour(pulled, clock):
    pulled.person().delete("PAY-4")
    before = pulled.order()
    assert lists_of(pulled) == ["quick"]
    assert pulled.order() == before
    clock.advance(minutes=50)
    assert lists_of(pulled) == ["full"]
    assert pulled.order() == [key for key in before if key != "PAY-4"]


def test_a_new_item_joins_at_the_end_until_all_are_listed(pulled):
    made = pulled.person().create("PAY", "Something new")
    assert lists_of(pulled) == ["quick"]
    assert pulled.order()[-1] == made.key


@pytest.mark.parametrize("doubt", ["an error", "a person applies", "another scope"])
def test_all_items_are_listed_when_there_is_reason_to_doubt_the_last_list(pulled, doubt):
    authority = WriteAuthority.NOBODY
    if doubt == "an error":
        pulled.faults.add("unreachable")
        assert pulled.round(authority).trouble
        pulled.faults.clear()
    elif doubt == "another scope":
        pulled.configure(tracker={"scope": "project = PAY "})
    else:
        authority = WriteAuthority.BY_PERSON
    assert lists_of(pulled, authority) == ["full"]
