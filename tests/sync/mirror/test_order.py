"""Who may have been moved up or down, told from two orders."""

import random

import pytest

from sync.mirror.order import find_reranked, insert_unlisted

MANY = [str(number) for number in range(500)]


def moved(order, some, place):
    left = [one for one in order if one not in some]
    return [*left[:place], *some, *left[place:]]


def test_nobody_where_the_order_is_the_same():
    assert find_reranked(MANY, MANY) == []
    assert find_reranked([], MANY) == []


def test_what_came_or_went_moved_nobody():
    assert find_reranked(MANY, ["new", *MANY[:100], *MANY[130:], "newer"]) == []


@pytest.mark.parametrize(("one", "place"), [("400", 3), ("3", 400), ("0", 499), ("499", 0), ("200", 201)])
def test_a_drag_names_who_was_dragged_and_few_besides(one, place):
    found = find_reranked(MANY, moved(MANY, [one], place))
    assert one in found
    assert len(found) <= 26


def test_of_two_that_changed_places_both_are_named():
    assert {"7", "8"} <= set(find_reranked(MANY, moved(MANY, ["8"], 7)))


def test_several_moved_together_are_all_named():
    block = MANY[300:340]
    assert set(block) <= set(find_reranked(MANY, moved(MANY, block, 20)))


@pytest.mark.parametrize("seed", range(20))
def test_however_many_are_dragged_none_is_missed(seed):
    chance, order, hands = random.Random(seed), list(MANY), set()
    for _ in range(chance.randrange(1, 15)):
        one = chance.choice(order)
        before = list(order)
        order = moved(order, [one], chance.randrange(len(order)))
        if order != before:
            hands.add(one)
    # Who came back to where they stood has moved nobody's place.
    assert {one for one in hands if place_differs(one, order)} <= set(find_reranked(MANY, order))


def place_differs(one, order):
    now, before = order.index(one), MANY.index(one)
    return set(order[:now]) != set(MANY[:before])


@pytest.mark.parametrize(
    ("listed", "unlisted", "before", "order"),
    [
        ("abc", "", "abc", "abc"),
        ("ac", "b", "abc", "abc"),
        ("bc", "a", "abc", "abc"),
        ("ab", "c", "abc", "abc"),
        ("ad", "bc", "abcd", "abcd"),
        ("da", "bc", "abcd", "dabc"),
        ("ab", "x", "ab", "abx"),
        ("", "ab", "ab", "ab"),
        ("cab", "d", "abcd", "cdab"),
    ],
)
def test_an_item_that_a_list_left_out_stays_where_it_was(listed, unlisted, before, order):
    assert "".join(insert_unlisted(listed, unlisted, before)) == order
