"""What oversized-story makes of a backlog, beyond the examples on its page."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rules.checks import OversizedOptions, OversizedStory
from rules.model import Backlog, FinishedItem, HierarchyLevel, ItemKind, StatusCategory, WorkItem

NOW = datetime(2026, 5, 20, 14, 30, tzinfo=UTC)


def item(points: float | None, **given: Any) -> WorkItem:
    given = {"kind": ItemKind.STORY, "category": StatusCategory.TO_DO, **given}
    return WorkItem(tracker="t", id=str(points), key="T-1", title="Export", points=points, **given)


def done(count: int, points: float | None, days: float, *, ago: float = 40, **given: Any) -> list[FinishedItem]:
    end = NOW - timedelta(days=ago)
    begun = end - timedelta(days=days)
    given = {"kind": ItemKind.STORY, "type": "Story", **given}
    return [FinishedItem(id="1", key="T-1", resolved=end, created=begun, points=points, **given)] * count


HISTORY = (*done(90, 3, 5), *done(12, 13, 30))


def judged(
    items: list[WorkItem], finished: tuple[FinishedItem, ...] = HISTORY, now: datetime = NOW, **options: Any
) -> tuple[list[str], tuple[str, ...]]:
    """The evidence about each item, and what could not be known."""
    rule = OversizedStory(OversizedOptions(**options))
    notes = rule.prepare(Backlog(tracker="t", items=items, finished=finished), now)
    hits = [hit for one in items if rule.judges(one) for hit in rule.judge(one)]
    return [rule.message(hit).evidence for hit in hits], tuple(map(str, (*notes, *rule.conclude())))


def test_the_evidence_holds_every_figure_with_its_window() -> None:
    assert judged([item(13.0)])[0] == [
        (
            "13 points. Of the 12 finished items of 13 points or more, 12 took longer than 5 days; 85% "
            "of all 102 were done within that time (lead time, created to done, 365 days up to 2026-05-01)."
        )
    ]


def test_the_evidence_stays_the_same_within_a_month() -> None:
    later = tuple(done(20, 1, 200, ago=-5))
    assert judged([item(13)])[0] == judged([item(13)], HISTORY + later, NOW + timedelta(days=10))[0]
    assert judged([item(13)])[0] != judged([item(13)], now=NOW + timedelta(days=20))[0]


@pytest.mark.parametrize("points", [None, 0, 3, 12.9, float("nan"), -13.0, "13"])
def test_smaller_and_unknown_sizes_are_left_alone(points: Any) -> None:
    assert judged([item(points)])[0] == []


def test_unknown_sizes_are_counted_and_zero_is_none_of_them() -> None:
    assert judged([item(None), item(0), item(3), item(float("nan"))])[1] == (
        "2 of 4 open items have no estimate, so their size is unknown.",
    )


def test_what_was_finished_outside_the_window_teaches_nothing() -> None:
    old = tuple(done(90, 3, 5, ago=400)) + tuple(done(12, 13, 30, ago=400))
    assert judged([item(13)], old)[0] == []
    assert judged([item(13)], old, window="60 weeks")[0] != []


def test_other_kinds_teach_nothing() -> None:
    epics = tuple(done(90, 3, 5, kind=ItemKind.EPIC)) + tuple(done(12, 13, 30, kind=ItemKind.EPIC))
    assert judged([item(13)], epics)[0] == []
    bugs = tuple(done(90, 3, 5, kind=ItemKind.BUG, type="Bug")) + tuple(done(12, 13, 30, kind=ItemKind.BUG, type="Bug"))
    assert judged([item(13)], bugs)[0] != []
    assert judged([item(13)], bugs, types=("story",))[0] == []


def test_too_little_history_is_said_with_its_number() -> None:
    assert judged([item(13)], tuple(done(7, 3, 5))) == (
        [],
        (
            (
                "Not enough data (n=7): sizes are learned from at least 30 finished items with known dates "
                "(365 days up to 2026-05-01)."
            ),
        ),
    )


def test_too_few_sizes_are_said_with_their_number() -> None:
    assert judged([item(13)], tuple(done(90, None, 5)) + tuple(done(12, 13, 30)))[1] == (
        "Not enough data (n=12): of 102 finished items, 12 have a size, and 30 are needed (365 days up to 2026-05-01).",
    )


def test_sizes_that_say_nothing_suggest_a_limit_of_ones_own() -> None:
    notes = judged([item(13)], tuple(done(50, 3, 5)) + tuple(done(50, 13, 5)))[1]
    assert notes == (
        (
            "Size does not predict here which items take long (n=100, lead time, created to done, 365 days up to "
            "2026-05-01): above no size did more than 50% of the items take longer than 5 days. A fixed limit can be set "
            "instead, such as above: 8."
        ),
    )


def test_a_number_needs_no_history() -> None:
    assert judged([item(8), item(8.5), item(None)], (), above=8) == (
        ["8.5 points; this team reviews everything above 8 points."],
        ("1 of 3 open items has no estimate, so its size is unknown.",),
    )


def test_zero_is_a_limit_and_one_point_is_one_point() -> None:
    assert judged([item(1), item(0)], (), above=0)[0] == ["1 point; this team reviews everything above 0 points."]


def test_epics_are_not_measured_against_stories() -> None:
    epic = item(40, kind=ItemKind.EPIC, level=HierarchyLevel.PORTFOLIO)
    assert judged([epic])[0] == []
    assert judged([epic], types=("epic", "story"))[0] == []
    assert judged([epic], types=("epic",), above=20)[0] != []


def test_cycle_time_is_called_so_only_where_starts_are_known() -> None:
    start = NOW - timedelta(days=45)
    finished = tuple(done(90, 3, 200, started=start)) + tuple(done(12, 13, 200, started=start - timedelta(days=30)))
    assert "(cycle time, started to done, " in judged([item(13)], finished)[0][0]


@pytest.mark.parametrize(
    "options",
    [{"above": "lots"}, {"above": -1}, {"above": True}, {"window": "1 year"}, {"window": "0 days"}, {"share": 0.1}],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OversizedOptions(**options)


def test_a_real_backlog_gives_the_sentence_worked_out_by_hand(springxd: Path) -> None:
    now = datetime(2014, 1, 1, tzinfo=UTC)
    items, finished = [], []
    for line in springxd.read_text(encoding="utf-8").split("\n"):
        row = json.loads(line) if line else {}
        if not row.get("created") or not row.get("resolved"):
            continue
        created, resolved = (datetime.fromisoformat(row[name]) for name in ("created", "resolved"))
        epic = row.get("type") == "Epic"
        given = {"kind": ItemKind.EPIC, "level": HierarchyLevel.PORTFOLIO} if epic else {"kind": ItemKind.STORY}
        if created <= now < resolved:
            items.append(item(row.get("points"), **given))
        finished.append(
            FinishedItem(row["key"], row["key"], resolved, points=row.get("points"), created=created, **given)
        )
    evidence, notes = judged(items, tuple(finished), now)
    assert len(items) == 150
    assert notes == ()
    assert min(evidence).endswith(
        "Of the 12 finished items of 12 points or more, 7 took longer than 21 days; 85% of all 731 were done within that time "
        "(lead time, created to done, 365 days up to 2014-01-01)."
    )
