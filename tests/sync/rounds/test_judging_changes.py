"""Rounds judge only what has changed."""

import json
from collections import Counter

import pytest
from sqlalchemy import text

from rules.rule import Rule
from sync.rounds.context import WriteAuthority
from sync.store import findings, verdicts

NAME = "team"


@pytest.fixture
def judged(monkeypatch) -> Counter[str]:
    """How often each rule has judged an item."""
    counts: Counter[str] = Counter()
    judge = Rule.judge

    def count(rule, item):
        counts[rule.id] += 1
        return judge(rule, item)

    monkeypatch.setattr(Rule, "judge", count)
    return counts


def present(desk):
    with desk.database.reading() as transaction:
        return sorted((one.id, one.evidence_hash, state) for one, state, _ in findings.present(transaction, NAME))


def forget(desk):
    with desk.database.writing() as transaction:
        transaction.execute(text("DELETE FROM verdict"))
        transaction.execute(text("DELETE FROM fact WHERE name LIKE 'judged rules of %'"))


def test_a_round_without_changes_judges_nothing_and_writes_no_finding(desk, judged):
    desk.round(WriteAuthority.NOBODY)
    desk.round(WriteAuthority.NOBODY)
    judged.clear()
    with desk.database.reading() as transaction:
        before = transaction.execute(text("SELECT max(last_seen) FROM finding")).scalar()
    desk.clock.advance(minutes=10)
    desk.round(WriteAuthority.NOBODY)
    assert not judged
    with desk.database.reading() as transaction:
        assert transaction.execute(text("SELECT max(last_seen) FROM finding")).scalar() == before


def test_after_an_edit_only_that_item_is_judged_again(desk, judged):
    desk.round(WriteAuthority.NOBODY)
    judged.clear()
    desk.person().edit("PAY-4", title="A dark mode")
    desk.round(WriteAuthority.NOBODY)
    assert judged["missing-acceptance-criteria"] == judged["unranked-item"] == 1


def test_after_a_move_all_items_are_judged_again_by_rules_that_look_at_the_order(desk, judged):
    desk.round(WriteAuthority.NOBODY)
    judged.clear()
    desk.person().rank("PAY-4", before="PAY-1")
    desk.round(WriteAuthority.NOBODY)
    assert judged["unranked-item"] > 1
    assert judged["missing-acceptance-criteria"] <= 1


def test_a_store_without_verdicts_is_judged_as_a_whole_and_nothing_is_new(desk, judged):
    desk.round()
    desk.round()
    before = present(desk), desk.seen()
    forget(desk)
    judged.clear()
    result = desk.round()
    assert judged["missing-acceptance-criteria"] > 1
    assert result.writes == 0
    assert (present(desk), desk.seen()) == before


def test_an_item_that_is_closed_is_forgotten(desk):
    desk.round(WriteAuthority.NOBODY)
    desk.person().transition("PAY-4", "Done")
    desk.round(WriteAuthority.NOBODY)
    with desk.database.reading() as transaction:
        assert desk.id("PAY-4") not in verdicts.load(transaction, NAME).items


def test_a_type_that_no_rule_judges_is_one_line_in_every_round(desk_of):
    lines = [{"key": f"PAY-{n}", "title": f"Item {n}", "type": "Récit", "created": "2024-03-01"} for n in range(1, 9)]
    desk = desk_of("\n".join(map(json.dumps, lines)))
    for _ in range(2):
        (told,) = [note for note in desk.round().notes if "Récit" in note]
        assert told.startswith(
            "8 open items are of type Récit, which is not judged by missing-acceptance-criteria. To have them judged"
        )
