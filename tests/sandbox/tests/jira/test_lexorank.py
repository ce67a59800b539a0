import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from steward_sandbox.jira import Actor, lexorank


def test_ranks_look_like_jiras():
    assert re.fullmatch(r"0\|[0-9a-z]{40}:", next(lexorank.spread(1)))


@settings(deadline=None)
@given(st.integers(0, 20), st.lists(st.floats(0, 1, exclude_max=True), max_size=120))
def test_there_is_always_room_between_two_neighbours(count, places):
    ranks = list(lexorank.spread(count))
    for share in places:
        place = int(share * (len(ranks) + 1))
        low = ranks[place - 1] if place else None
        high = ranks[place] if place < len(ranks) else None
        ranks.insert(place, lexorank.between(low, high))
    assert all(one.encode() < two.encode() for one, two in pairwise(ranks))


def test_the_same_place_can_be_taken_again_and_again():
    low, high = lexorank.spread(2)
    for _ in range(150):
        high = lexorank.between(low, high)
    assert low < high


def test_both_ends_of_the_list_stay_open():
    top = bottom = next(lexorank.spread(1))
    for _ in range(300):
        higher, lower = lexorank.between(None, top), lexorank.between(bottom, None)
        assert higher < top
        assert bottom < lower
        top, bottom = higher, lower


def test_a_rebalance_changes_every_rank_and_nothing_else(world):
    before = {issue.key: issue for issue in world.issues.values()}
    order = [issue.key for issue in world.ordered()]
    Actor(world, "Kim Berg").rank("PAY-3", before="PAY-1")
    moved = [issue.key for issue in world.ordered()]
    assert moved != order
    for bucket in ("1", "2", "0"):
        world.rebalance()
        assert [issue.key for issue in world.ordered()] == moved
        assert {issue.rank[0] for issue in world.issues.values()} == {bucket}
    for issue in world.issues.values():
        assert issue.updated == before[issue.key].updated
        assert len(issue.history) == len(before[issue.key].history) + (issue.key == "PAY-3")
