"""What changed-after-ready makes of a sprint's dates, beyond the examples on its page."""

from datetime import UTC, datetime

from rules.engine import assess
from rules.model import Backlog, ItemKind, Sprint, SprintState, StatusCategory, WorkItem
from rules.ruleset import Ruleset

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_planned_sprint_at_the_end_of_time_is_ignored() -> None:
    someday = Sprint(id="9", name="Someday", state=SprintState.FUTURE, start=datetime.max.replace(tzinfo=UTC))
    item = WorkItem(
        tracker="t",
        id="1",
        key="PAY-1",
        kind=ItemKind.STORY,
        category=StatusCategory.TO_DO,
        text_changed=NOW,
        sprints=(someday,),
    )
    rules = Ruleset({"rules": {"changed-after-ready": {"severity": "info"}}})
    found = assess(Backlog(tracker="t", items=(item,)), rules, NOW)
    assert found.failures == ()
    assert "changed-after-ready" not in {finding.rule for finding in found.findings}
