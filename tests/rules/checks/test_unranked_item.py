"""What unranked-item makes of a backlog, beyond the examples on its page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules.checks.unranked_item import UnrankedItem
from rules.engine import assess
from rules.model import Backlog, HierarchyLevel, ItemKind, Sprint, SprintState, StatusCategory, WorkItem
from rules.rule import RuleOptions
from rules.ruleset import Ruleset

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def item(name: str, day: int | None, **given: Any) -> WorkItem:
    given = {"kind": ItemKind.STORY, "category": StatusCategory.TO_DO, "rank": name, **given}
    created = None if day is None else DAY + timedelta(days=day)
    return WorkItem(tracker="t", id=name, key=name, created=created, **given)


def moved(name: str, day: int, **given: Any) -> WorkItem:
    return item(name, day, ranked_by_person=DAY, **given)


def flagged(*items: WorkItem, **backlog: Any) -> dict[str, str]:
    """Variant by item."""
    rule = UnrankedItem(RuleOptions())
    rule.prepare(Backlog(tracker="t", items=items, **backlog), DAY)
    return {one.id: hit.variant for one in items if rule.judges(one) for hit in rule.judge(one)}


def limits(*items: WorkItem, **backlog: Any) -> list[str]:
    """What the rule could not judge."""
    return [
        str(reason)
        for reason in assess(Backlog(tracker="t", items=items, **backlog), Ruleset({}), DAY)
        .tallies["unranked-item"]
        .unjudged
    ]


def test_only_the_untouched_end_in_order_of_creation_is_flagged() -> None:
    assert flagged(item("a", 1), moved("b", 2), item("c", 3), item("d", 4)) == {"c": "bottom", "d": "bottom"}


def test_whoever_stands_out_of_order_was_put_there_somehow() -> None:
    assert flagged(item("a", 5), item("b", 1), item("c", 2)) == {"b": "bottom", "c": "bottom"}


def test_items_created_in_the_same_moment_are_in_order() -> None:
    assert set(flagged(item("a", 1), item("b", 1), item("c", 1))) == {"a", "b", "c"}


def test_an_unknown_date_of_creation_ends_the_stretch() -> None:
    assert set(flagged(item("a", 1), item("b", None), item("c", 2))) == {"c"}


def test_items_of_other_levels_neither_end_the_stretch_nor_are_flagged() -> None:
    epic = item("b", 9, kind=ItemKind.EPIC, level=HierarchyLevel.PORTFOLIO)
    step = moved("c", 9, kind=ItemKind.SUBTASK, level=HierarchyLevel.TASK)
    assert set(flagged(item("a", 1), epic, step, item("d", 2))) == {"a", "d"}


def test_started_work_stands_in_the_order_and_is_not_flagged() -> None:
    assert set(flagged(item("a", 1), item("b", 2, category=StatusCategory.IN_PROGRESS), item("c", 3))) == {"a", "c"}


def test_a_rank_alone_is_no_decision_and_a_lost_one_no_smell() -> None:
    assert flagged(item("a", 1, rank=None), item("b", 2, rank=None)) == {"a": "bottom", "b": "bottom"}


def test_without_a_rank_where_others_have_one() -> None:
    assert flagged(moved("a", 1), item("b", 3, rank=None), moved("c", 2), item("d", 1, rank=None)) == {
        "b": "no-rank",
        "d": "no-rank",
    }


def test_one_sign_of_a_decision_is_enough() -> None:
    coming = Sprint(id="7", name="Sprint 7", state=SprintState.FUTURE)
    past = Sprint(id="6", name="Sprint 6", state=SprintState.CLOSED)
    assert set(
        flagged(
            item("a", 1, value=0),
            item("b", 1, urgency=1),
            item("c", 1, risk=2),
            item("d", 1, priority="High", priority_is_default=False),
            item("e", 1, priority="Medium", priority_is_default=None),
            item("f", 1, sprints=(coming,)),
            item("g", 1, sprints=(past,)),
            item("h", 1, priority="Medium", priority_is_default=True, points=8.0),
        )
    ) == {"g", "h"}


def test_off_board_is_said_whatever_else_was_decided() -> None:
    assert flagged(
        moved("a", 1, priority="High", priority_is_default=False), item("b", 2), on_backlog=frozenset({"b"})
    ) == {"a": "off-board", "b": "bottom"}


def test_without_an_order_only_the_boards_are_looked_at() -> None:
    items = (item("a", 1), item("b", 2))
    assert flagged(*items, ordered=False) == {}
    assert flagged(*items, ordered=False, on_backlog=frozenset({"b"})) == {"a": "off-board"}


def test_what_cannot_be_known_is_said() -> None:
    unsure = item("a", 1, priority="2", priority_is_default=None)
    assert limits(unsure, item("b", 2)) == [
        "For 1 of 2 open items it is not known whether somebody chose the priority."
    ]
    assert limits(unsure, ordered=False) == [
        "The backlog has no visible order, so it is not known which items somebody ranked."
    ]


def test_a_second_backlog_is_not_judged_by_the_first() -> None:
    rule = UnrankedItem(RuleOptions())
    story = item("a", 1)
    rule.prepare(Backlog(tracker="t", items=(story,), on_backlog=frozenset()), DAY)
    rule.prepare(Backlog(tracker="t", items=(story,), ordered=False), DAY)
    assert rule.judge(story) == ()


def test_the_evidence_names_no_number_that_changes_by_itself() -> None:
    assert not any(sign.isdigit() for message in UnrankedItem.messages.values() for sign in message.evidence)


ITEMS = st.lists(st.tuples(st.none() | st.integers(0, 9), st.booleans(), st.booleans()), max_size=12)


@given(ITEMS)
def test_nothing_above_a_moved_item_is_at_the_bottom(drawn: list[tuple[int | None, bool, bool]]) -> None:
    items = [
        item(str(place), day, ranked_by_person=DAY if person else None, value=1.0 if score else None)
        for place, (day, person, score) in enumerate(drawn)
    ]
    found = [items.index(one) for one in items if one.id in flagged(*items)]
    for place in found:
        below = items[place:]
        assert all(one.ranked_by_person is None and one.created for one in below)
        assert below == sorted(below, key=lambda one: one.created or DAY)


@given(ITEMS)
def test_moving_an_item_by_hand_never_flags_another(drawn: list[tuple[int | None, bool, bool]]) -> None:
    items = [item(str(place), day, value=1.0 if score else None) for place, (day, _, score) in enumerate(drawn)]
    before = flagged(*items).keys()
    for place in range(len(items)):
        touched = [*items[:place], moved(str(place), 0), *items[place + 1 :]]
        assert flagged(*touched).keys() <= before
