"""What `plan` and `undo` print: titles and reasons, what was done rather than planned, and never endless lists."""

from datetime import UTC, datetime

import pytest

from connectors.document import Document
from rules.lifecycle import FindingState, FindingStatus
from rules.model import Finding, Severity
from sync.cli.round_output import plan_lines, result_lines, shown_keys, undo_lines, write_counts
from sync.rounds.result import RoundResult
from sync.rounds.undo import UndoResult
from sync.store.records import CommentCall, CommentContent, EditCall
from sync.writeback import ApplyResult, ItemPlan, Plan, SkippedWrite


def planned(number, **calls):
    return ItemPlan(tracker="pay", item=str(number), key=f"PAY-{number}", **calls)


@pytest.fixture
def plan():
    edit = EditCall(add_labels=("refine-size",), rules=("r",), label_rules={"refine-size": ("oversized-story",)})
    old = CommentContent(Document(()), "", ())
    return Plan(
        tracker="pay",
        items=(planned(1, edit=edit), planned(2, comment=CommentCall(action="delete", comment_id="7", before=old))),
        waiting=tuple(f"PAY-{number}" for number in range(100, 50_100)),
        skipped_writes=(SkippedWrite("PAY-3", "comment", "People worked on it recently."),),
    )


def test_a_plan_names_titles_and_reasons(plan):
    titles = {"PAY-1": "Pay by card", "PAY-2": "Refund", "PAY-3": "Wallet", "PAY-100": "Export\x1b[2J"}
    assert titles.keys() <= set(shown_keys(plan))
    text = "\n".join(plan_lines(plan, titles))
    assert "PAY-1  Pay by card\n  label    + refine-size  (oversized-story)" in text
    assert "PAY-2  Refund\n  comment  delete  (no open questions are left)" in text
    assert "Not planned:\n  comment, 1 item: People worked on it recently.\n    PAY-3  Wallet" in text
    assert "  PAY-100  Export [2J" in text


def test_a_plan_never_prints_all_keys_that_wait(plan):
    lines = list(plan_lines(plan, {}))
    assert len(lines) < 25
    assert "Waiting for a later round, because the budget is used up: 50000 items." in lines
    assert "  … and 49990 more; `--json` lists them all." in lines


def test_an_undo_counts_what_was_done(plan):
    applied = ApplyResult(labels_changed=1, not_written=[SkippedWrite("PAY-2", "comment", "The tracker refused.")])
    undone = UndoResult(tracker="pay", plan=plan, applied=applied, items_changed=1)
    lines = list(undo_lines(undone, {}))
    assert lines[0] == "pay: 1 of 2 items undone (1 label changed)."
    assert lines[1] == "Left as it is: PAY-2: The tracker refused."


@pytest.mark.parametrize(
    ("applied", "text"),
    [
        (ApplyResult(), "nothing, everything is up to date"),
        (ApplyResult(not_written=[SkippedWrite("PAY-1", "comment", "Refused.")]), "nothing"),
        (ApplyResult(stopped="The tracker is away."), "nothing"),
    ],
)
def test_all_is_well_is_never_said_above_refusals(applied, text):
    assert write_counts(applied) == text


def test_a_plan_counts_findings_without_a_comment_and_names_the_mode():
    statuses = [
        FindingStatus(
            finding=Finding(id="f", tracker="pay", item="1", key="PAY-1", rule="r", severity=severity),
            state=state,
            reason="",
            allows_comment=severity is Severity.WARNING and state is FindingState.NEW,
            allows_label=True,
        )
        for severity, state in (
            (Severity.INFO, FindingState.NEW),
            (Severity.INFO, FindingState.STANDING),
            (Severity.WARNING, FindingState.NEW),
            (Severity.WARNING, FindingState.BEYOND_HORIZON),
        )
    ]
    plan = Plan(tracker="pay", items=())
    started = datetime(2026, 3, 2, tzinfo=UTC)
    result = RoundResult(tracker="pay", round="", started=started, mode="shadow", statuses=statuses, plan=plan)
    lines = list(result_lines(result))
    reasons = "2 because their severity is info (PAY-1), 1 because they are not coming up soon (PAY-1)"
    assert f"Findings that get no comment, at most a label: {reasons}." in lines
    assert any(line.startswith("The mode is shadow: nothing is written") for line in lines)
    result.mode = "write"
    assert not any("The mode is shadow" in line for line in result_lines(result))
