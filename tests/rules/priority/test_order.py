"""The suggested order: worked examples, and what has to hold for every backlog."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.flow.dependencies import find_dependencies
from rules.model import (
    Backlog,
    Feedback,
    HierarchyLevel,
    ItemKind,
    Link,
    OutlinedItems,
    Release,
    Sprint,
    SprintState,
    StatusCategory,
    WorkItem,
)
from rules.priority.order import suggest_order

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)

ACTIVE = Sprint(id="19", name="Sprint 19", state=SprintState.ACTIVE, start=NOW)
NEXT = Sprint(id="20", name="Sprint 20", state=SprintState.FUTURE, start=NOW + timedelta(days=14))


def blocked_by(*numbers):
    return tuple(Link("is blocked by", f"PAY-{number}") for number in numbers)


@pytest.fixture
def suggest(item, now):
    """Suggests an order for items given by number and values; each is named by its number."""

    def run(*given, **more):
        items = [item(number, **values) for number, values in given]
        return suggest_order([Backlog("team", items, **more)], now)

    return run


def order(suggested):
    return [item.id for items in suggested.items.values() for item in items]


def moves(suggested):
    return {
        move.item.id: (move.before, move.after, [(reason.kind.value, reason.later_item.id) for reason in move.reasons])
        for move in suggested.moves
    }


def test_active_sprints_are_one_also_if_the_start_of_one_is_unknown(suggest):
    without_start = Sprint(id="18", name="Sprint 18", state=SprintState.ACTIVE)
    suggested = suggest((1, {"sprints": (ACTIVE,)}), (2, {"sprints": (without_start,)}), (3, {"sprints": (ACTIVE,)}))
    ((_, items),) = suggested.items.items()
    assert [item.id for item in items] == ["1", "2", "3"]


def test_a_blocker_is_lifted_to_just_above_what_it_blocks(suggest):
    suggested = suggest((1, {}), (2, {"links": blocked_by(4)}), (3, {}), (4, {}))
    assert order(suggested) == ["1", "4", "2", "3"]
    assert moves(suggested) == {"4": (4, 2, [("blocks", "2")])}


def test_a_chain_of_blockers_stands_in_its_own_order(suggest):
    suggested = suggest((1, {"links": blocked_by(2)}), (2, {"links": blocked_by(3)}), (3, {}))
    assert order(suggested) == ["3", "2", "1"]
    (first, _) = suggested.moves
    reasons = {move.item.id: move.reasons[0] for move in suggested.moves}
    assert (first.item.id, reasons["3"].later_item.id, reasons["3"].highest_item.id) == ("2", "2", "1")


def test_a_blocker_is_lifted_over_the_highest_of_what_it_blocks_and_never_pushed_down(suggest):
    suggested = suggest((1, {}), (2, {"links": blocked_by(5)}), (3, {"links": blocked_by(1)}), (4, {"links": blocked_by(5)}), (5, {}))  # fmt: skip
    assert order(suggested) == ["1", "5", "2", "3", "4"]


def test_a_blocker_of_an_earlier_sprint_belongs_in_it_whatever_its_rank(suggest):
    suggested = suggest((1, {}), (2, {"sprints": (NEXT,)}), (3, {"sprints": (ACTIVE,), "links": blocked_by(1)}))
    assert order(suggested) == ["1", "3", "2"]
    (move,) = suggested.moves
    assert (move.item.id, move.reasons[0].sprint) == ("1", ACTIVE)


def test_sprints_come_in_their_order_before_the_rest(suggest):
    suggested = suggest((1, {}), (2, {"sprints": (NEXT,)}), (3, {"sprints": (ACTIVE,)}))
    assert (order(suggested), suggested.moves) == (["3", "2", "1"], ())


def test_a_dependency_between_trackers_counts_by_sprint(item, now):
    ours = [item(number) for number in (1, 2)]
    other = item(9, tracker="platform", key="9", sprints=(NEXT,), links=(Link("is blocked by", "PAY-2", "team"),))
    suggested = suggest_order([Backlog("team", ours), Backlog("platform", [other])], now)
    assert order(suggested) == ["2", "1", "9"]
    (move,) = suggested.moves
    assert (move.item.id, move.reasons[0].later_item.tracker, move.reasons[0].sprint) == ("2", "platform", NEXT)


def test_a_dependency_between_trackers_without_sprints_moves_nothing(item, now):
    other = item(9, tracker="platform", key="9", links=(Link("is blocked by", "PAY-2", "team"),))
    suggested = suggest_order([Backlog("team", [item(1), item(2)]), Backlog("platform", [other])], now)
    assert (order(suggested), suggested.moves) == (["1", "2", "9"], ())


def test_items_that_block_each_other_keep_their_order_and_are_reported(suggest):
    suggested = suggest((1, {"links": blocked_by(2)}), (2, {"links": blocked_by(3)}), (3, {"links": blocked_by(1)}), (4, {}))  # fmt: skip
    assert order(suggested) == ["1", "2", "3", "4"]
    assert [[item.id for item in cycle] for cycle in suggested.cycles] == [["1", "2", "3"]]


def test_items_that_are_finished_together_do_not_block_each_other(suggest):
    link = "has to be finished together with"  # what Jira's Gantt apps call both ends of such a link
    suggested = suggest((1, {"links": (Link(link, "PAY-2"),)}), (2, {"links": (Link(link, "PAY-1"),)}))
    assert (order(suggested), suggested.moves, suggested.cycles) == (["1", "2"], (), ())


def test_what_blocks_a_part_of_a_cycle_still_comes_first(suggest):
    suggested = suggest((1, {"links": blocked_by(2)}), (2, {"links": blocked_by(1, 3)}), (3, {}))
    assert order(suggested) == ["1", "3", "2"]


def test_the_parts_of_a_blocking_feature_come_before_the_parts_of_the_blocked_one(suggest):
    feature = {"kind": ItemKind.FEATURE, "level": HierarchyLevel.PORTFOLIO}
    suggested = suggest(
        (1, feature), (2, feature | {"links": blocked_by(1)}), (3, {"parent": "PAY-2"}), (4, {}), (5, {"parent": "PAY-1"})
    )  # fmt: skip
    assert order(suggested) == ["1", "2", "5", "3", "4"]
    assert moves(suggested) == {"5": (3, 1, [("parent-blocks", "3")])}


FEATURE = {"kind": ItemKind.FEATURE, "level": HierarchyLevel.PORTFOLIO, "urgency": 1.0, "risk": 1.0, "effort": 2.0}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # The first scores (3+1+1)/2 = 2.5, at most (5+1+1)/2 = 3.5 or 5/1 = 5. The second has to stay above 5:
        # (20+1+1)/2 = 11, at least (13+1+1)/2 = 7.5 or 22/3 = 7.33.
        (20.0, ["2", "1"]),
        (5.0, ["1", "2"]),  # (5+1+1)/2 = 3.5: within the range of the first
    ],
)
def test_a_score_speaks_only_if_one_step_on_any_input_cannot_change_it(suggest, value, expected):
    suggested = suggest((1, FEATURE | {"value": 3.0}), (2, FEATURE | {"value": value}))
    assert order(suggested) == expected


def test_a_dependency_outweighs_a_score(suggest):
    suggested = suggest((1, FEATURE | {"value": 1.0}), (2, FEATURE | {"value": 20.0, "links": blocked_by(1)}))
    assert (order(suggested), suggested.moves) == (["1", "2"], ())


def test_a_score_with_a_blank_input_says_nothing(suggest):
    assert not suggest((1, FEATURE | {"value": 1.0}), (2, FEATURE | {"value": 20.0, "risk": None})).moves


def test_a_high_priority_that_nobody_works_on_is_worth_a_look(suggest, now):
    rest = [(number, {"priority": "Medium"}) for number in range(2, 10)]
    old = {"priority": "High", "changed_by_person": now - timedelta(days=61)}
    assert moves(suggest((1, {"priority": "Low"}), *rest, (10, old))) == {"10": (10, 1, [("untouched", "1")])}
    assert not suggest((1, {"priority": "Low"}), *rest, (10, old | {"changed_by_person": now})).moves
    assert not suggest((1, {"priority": "Low"}), *rest, (10, old | {"priority": "Wichtig"})).moves


def test_where_everything_is_urgent_nothing_is(suggest, now):
    high = {"priority": "High", "changed_by_person": now - timedelta(days=100)}
    assert not suggest((1, {"priority": "Low"}), *((number, high) for number in range(2, 6))).moves


@pytest.mark.parametrize(
    ("votes", "others", "moved"),
    [(5, 0, True), (4, 0, False), (9, 1, False), (10, 1, True), (20, None, False)],
)
def test_votes_speak_if_they_are_many_and_more_than_noise(suggest, votes, others, moved):
    suggested = suggest((1, {"votes": others}), (2, {"votes": votes}))
    assert (moves(suggested) == {"2": (2, 1, [("requested", "1")])}) is moved


@pytest.mark.parametrize(("customers", "others", "moved"), [(5, 0, True), (4, 0, False), (9, 1, False), (10, 1, True)])
def test_customers_count_if_they_are_several_and_more_than_noise(suggest, customers, others, moved):
    suggested = suggest((1, {"feedback": Feedback(customers=others)}), (2, {"feedback": Feedback(customers=customers)}))
    assert (moves(suggested) == {"2": (2, 1, [("customers", "1")])}) is moved


@pytest.mark.parametrize(("large", "small", "moved"), [(8, 3, True), (8, 4, False), (10, 5, False)])
def test_a_small_item_comes_before_a_large_one_of_the_same_value(suggest, large, small, moved):
    suggested = suggest((1, {"points": float(large), "value": 5.0}), (2, {"points": float(small), "value": 5.0}))
    assert bool(suggested.moves) is moved
    assert not suggest((1, {"points": 8.0}), (2, {"points": 1.0})).moves


@pytest.mark.parametrize(
    ("first", "second", "moved"),
    [
        ({"due": date(2026, 9, 1)}, {"due": date(2026, 7, 1)}, True),
        ({"due": date(2026, 7, 15)}, {"due": date(2026, 7, 1)}, False),  # within a sprint of each other
        ({"due": date(2026, 9, 1)}, {"due": date(2026, 5, 31)}, False),  # yesterday's deadline: nobody has updated it
        ({}, {"due": date(2026, 7, 1)}, False),  # no deadline may mean that nobody has entered one
        ({"due": date(2026, 9, 1)}, {"releases": (Release("2.4", date(2026, 7, 1)),)}, True),
        ({"due": date(2026, 9, 1)}, {"releases": (Release("2.4", date(2026, 7, 1), released=True),)}, False),
        ({"due": date(2026, 9, 1)}, {"releases": (Release("2.4"),)}, False),
        ({"due": date(2026, 9, 1), "team": "other"}, {"due": date(2026, 7, 1)}, False),
    ],
)
def test_the_earlier_deadline_comes_first_if_it_is_earlier_by_more_than_a_sprint(suggest, first, second, moved):
    suggested = suggest((1, first), (2, second))
    assert (moves(suggested) == {"2": (2, 1, [("due", "1")])}) is moved


def test_what_people_planned_is_not_outvoted(suggest):
    assert not suggest((1, {"votes": 0, "sprints": (NEXT,)}), (2, {"votes": 50})).moves


class ItemsReadInParts(OutlinedItems):
    """Packed items that count how often all of them are read, and of which none may be unpacked."""

    passes = 0

    def read_parts(self, part_type):
        self.passes += 1
        return super().read_parts(part_type)

    def _unpack(self, number):
        raise AssertionError(f"chunk {number} was unpacked")


def test_the_items_are_read_once_and_never_whole(item, now):
    items = ItemsReadInParts((item(number, links=blocked_by(number + 9)), b"") for number in range(60))
    assert len(suggest_order([Backlog("team", items)], now).moves) > 1
    assert items.passes == 1


KINDS = ("blocks", "is blocked by", "relates to", "Depends on")
SPRINTS = ((), (), (ACTIVE,), (NEXT,))


def any_backlog(seed):
    """A backlog with links in all directions, sprints, priorities, votes, values and scored features."""
    choose = random.Random(seed).choice
    size = choose(range(1, 15))
    for number in range(size):
        portfolio = choose([True, False])
        links = [(choose(KINDS), choose(range(size + 1))) for _ in range(choose([0, 0, 1, 1, 2, 3]))]
        yield WorkItem(
            tracker="team",
            id=str(number),
            key=f"PAY-{number}",
            kind=ItemKind.FEATURE if portfolio else ItemKind.STORY,
            level=HierarchyLevel.PORTFOLIO if portfolio else HierarchyLevel.REQUIREMENT,
            category=choose([StatusCategory.TO_DO, StatusCategory.IN_PROGRESS]),
            links=tuple(Link(kind, f"PAY-{other}") for kind, other in links),
            sprints=choose(SPRINTS),
            parent=choose([None, "PAY-0", "PAY-1"]),
            priority=choose([None, "High", "Medium", "Low"]),
            votes=choose([None, 0, 3, 30]),
            value=choose([None, 1.0, 20.0]),
            urgency=choose([1.0, 13.0]),
            risk=1.0,
            points=choose([None, 1.0, 8.0]),
            feedback=choose([None, Feedback(customers=1), Feedback(customers=20)]),
            due=choose([None, None, date(2026, 7, 1), date(2026, 9, 1)]),
            updated=NOW - timedelta(days=choose([1, 100])),
        )


def reordered(items, suggested):
    """The items as they would stand if the suggestion were followed."""
    places = {item.id: place for place, item in enumerate(item for group in suggested.items.values() for item in group)}
    return sorted(items, key=lambda item: places[item.id])


def without_evidence(items):
    return [
        WorkItem(tracker="team", id=item.id, key=item.key, level=item.level, sprints=item.sprints) for item in items
    ]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_for_every_backlog(seed):
    items = list(any_backlog(seed))
    suggested = suggest_order([Backlog("team", items)], NOW)
    groups = suggested.items
    assert sorted(order(suggested)) == sorted(item.id for item in items), "nothing is lost or doubled"
    circled = {item.id for cycle in suggested.cycles for item in cycle}
    places = {item.id: place for those in groups.values() for place, item in enumerate(those)}
    for before, after in find_dependencies(items):
        first, later = items[before], items[after]
        if first.level is later.level and not {first.id, later.id} <= circled:
            assert places[first.id] < places[later.id], "a blocker stands above what it blocks"
    again = suggest_order([Backlog("team", reordered(items, suggested))], NOW)
    assert order(again) == order(suggested), "a suggestion that was followed is not changed again"
    bare = suggest_order([Backlog("team", without_evidence(items))], NOW)
    assert not bare.moves, "without evidence, nothing moves"
    unplanned = [item.id for item in items if not item.sprints and item.level is HierarchyLevel.REQUIREMENT]
    assert [ident for ident in order(bare) if ident in unplanned] == unplanned
    moved = {move.item.id for move in suggested.moves}
    assert all(move.reasons for move in suggested.moves), "no move without evidence"
    kept = [[ident for ident in order(one) if ident not in moved] for one in (suggested, bare)]
    assert kept[0] == kept[1], "what did not move keeps its order"
