"""What a removed or changed annotation dismisses."""

from datetime import UTC, datetime, timedelta

import pytest

from rules.lifecycle import FindingState, FindingStatus
from rules.model import DecisionKind, Finding, Severity, decision_id
from sync.decisions.removed_by_people import make_dismissals
from sync.store import findings
from sync.store.records import Annotation, AnnotationChange

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def change(what, *rules, kind="label", written=NOW, item="1"):
    annotation = Annotation(
        tracker="team", item=item, key="PAY-1", kind=kind, name="x", value=None, rules=rules, written=written
    )
    return AnnotationChange(annotation, what)


def find(transaction, *rules, tracker="team", item="1"):
    """Store findings, as if a round had found them."""
    statuses = [
        FindingStatus(
            finding=Finding(
                id=f"{tracker} {item} {rule}", tracker=tracker, item=item, key="", rule=rule, severity=Severity.INFO
            ),
            state=FindingState.NEW,
            reason="",
        )
        for rule in rules
    ]
    findings.record(transaction, tracker, statuses, {}, NOW, baseline=False)


@pytest.fixture
def dismissed(transaction):
    """The rules that a change dismisses, where the rules "size" and "criteria" flag the item."""
    find(transaction, "criteria", "size")
    find(transaction, "order", tracker="another")
    find(transaction, "order", item="2")

    def make(made):
        return [decision.rule for decision in make_dismissals(transaction, [made], NOW)]

    return make


@pytest.mark.parametrize(
    ("made", "rules"),
    [
        (change("label removed", "size"), ["size", "criteria"]),
        (change("label removed"), ["criteria", "size"]),
        (change("label removed", "ready:sprint"), ["ready:sprint"]),
        (change("comment removed", "size", kind="comment"), ["size"]),
        (change("field changed", "wsjf", kind="field"), ["wsjf"]),
        (change("comment removed", kind="comment"), []),
    ],
)
def test_a_removed_label_dismisses_all_findings_of_its_item_and_any_other_change_only_its_own(dismissed, made, rules):
    assert dismissed(made) == rules


def test_a_dismissal_holds_for_90_days_and_says_what_was_done(transaction):
    (decision,) = make_dismissals(transaction, [change("comment removed", "size", kind="comment")], NOW)
    assert (decision.tracker, decision.item, decision.key) == ("team", "1", "PAY-1")
    assert (decision.kind, decision.rule, decision.source) == (DecisionKind.DISMISSED, "size", "comment removed")
    assert (decision.at, decision.review) == (NOW, NOW + timedelta(days=90))
    assert decision.id == decision_id("team", "1", "comment removed", str(NOW), "size"), "it is stored under this id"


def test_each_change_of_each_writing_is_a_decision_of_its_own_and_the_same_one_when_it_is_read_again(transaction):
    def ids(*made):
        return [decision.id for decision in make_dismissals(transaction, made, NOW + timedelta(hours=len(made)))]

    first = change("comment removed", "size", kind="comment")
    others = [
        change("comment edited", "size", kind="comment"),
        change("comment removed", "criteria", kind="comment"),
        change("comment removed", "size", kind="comment", written=NOW + timedelta(days=1)),
        change("comment removed", "size", kind="comment", item="2"),
    ]
    assert ids(first) == ids(first, *others)[:1]
    assert len(set(ids(first, *others))) == 5
