"""A store is lost: in every place there is, a new one writes nothing over what it does not know, and goes on with it."""

import shutil
from contextlib import closing

import pytest

from sync.rounds.adopt_comments import run_adoption


def forget_store(house):
    house.close()
    for file in house.folder.glob("house.db*"):
        file.unlink()


@pytest.fixture
def lost(place_of, house_in):
    """A place with comments of an installation whose store is gone, and a new house there."""
    place = place_of()
    house = house_in(place)
    house.round()
    forget_store(house)
    place.clock.advance(minutes=10)
    return place, house_in(place)


def ours(place):
    return {
        item: [ident for ident, (author, _) in zip(place.comment_ids(item), place.comments(item), strict=True)
               if author == "Steward"]
        for item in place.shown()
    }  # fmt: skip


def test_nothing_is_written_until_they_are_taken_over_and_nothing_twice_afterwards(lost):
    place, house = lost
    before, comments = place.seen(), ours(place)
    assert any(comments.values())
    held = house.round()
    assert held.awaits_approval
    assert "steward adopt" in held.blocked_reason
    assert place.seen() == before
    with closing(house.open(allow_writes=False)) as tracker:
        adopted = run_adoption(tracker, house.context())
    assert len(adopted.adopted_keys) == sum(map(len, comments.values()))
    assert place.seen() == before
    for _ in range(2):
        place.clock.advance(minutes=10)
        house.round()
        assert ours(place) == comments
    assert house.round().writes == 0
    house.undo()
    assert not any(ours(place).values())


def test_nothing_is_written_with_a_backup_that_is_older_than_our_comments(place_of, house_in):
    place = place_of()
    house = house_in(place, budget={"per_round": 1})
    house.round()
    backup = house.folder / "backup.db"
    house.close()
    shutil.copy(house.folder / "house.db", backup)
    house.reopen()
    place.clock.advance(minutes=10)
    assert house.round().writes
    forget_store(house)
    shutil.copy(backup, house.folder / "house.db")
    house.reopen()
    before = place.seen()
    place.clock.advance(minutes=10)
    held = house.round()
    assert held.awaits_approval
    assert "steward adopt" in held.blocked_reason
    assert place.seen() == before
