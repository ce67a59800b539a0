"""What planning looks at, made up on the spot."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.connection import Capabilities
from rules.lifecycle import FindingState, FindingStatus
from rules.model import Decision, DecisionKind, Finding, ItemKind, Severity, StatusCategory, WorkItem, finding_id
from rules.priority.wsjf import WsjfOptions
from support.meddled import Crash, Meddled
from sync.messages import shipped_messages
from sync.opt_in_fields.fields import make_score_field
from sync.settings import Write
from sync.store.records import Annotation
from sync.writeback.labels import LabelSetting
from sync.writeback.planning.inputs import PlanInputs
from sync.writeback.planning.make_plan import make_plan
from sync.writeback.planning.plan import Plan

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
LABEL = "needs-refinement"
FIELD = "customfield_1"


def work_item(number: int = 1, **values: Any) -> WorkItem:
    given = {
        "tracker": "team",
        "id": str(number),
        "key": f"PAY-{number}",
        "kind": ItemKind.STORY,
        "type": "Story",
        "category": StatusCategory.TO_DO,
        "title": f"Item {number}",
        "fields": {FIELD: None},
        "version": f"v{number}",
    }
    return WorkItem(**(given | values))


def status(number: int = 1, rule: str = "made-up", *, severity: str = "warning", **values: Any) -> FindingStatus:
    """A finding that may be spoken about, unless said otherwise."""
    found = Finding(
        id=finding_id("team", str(number), rule),
        tracker="team",
        item=str(number),
        key=f"PAY-{number}",
        rule=rule,
        variant="plain",
        severity=Severity(severity),
        evidence=values.pop("evidence", "Seen: it."),
        question=values.pop("question", "Why?"),
        resolution="Change it.",
        facts=values.pop("facts", {"seen": "it"}),
        volatile_facts=values.pop("volatile_facts", ()),
    )
    speaks = severity == "warning"
    usual = {
        "state": FindingState.STANDING,
        "reason": "The item is near.",
        "allows_comment": speaks,
        "allows_label": True,
    }
    return FindingStatus(finding=found, **(usual | values))


def decision(number: int = 1, rule: str = "made-up", **values: Any) -> Decision:
    given = {
        "id": f"d{number}{rule}",
        "tracker": "team",
        "item": str(number),
        "key": f"PAY-{number}",
        "kind": DecisionKind.WAIVE,
        "at": NOW - timedelta(days=1),
        "review": NOW + timedelta(days=30),
        "rule": rule,
    }
    return Decision(**(given | values))


class Planner:
    """Plans for items with what is known about them; `written` turns a plan into the annotations it would leave."""

    LABEL, FIELD, NOW = LABEL, FIELD, NOW
    item, status, decision = staticmethod(work_item), staticmethod(status), staticmethod(decision)

    def situation(
        self, items: Any, statuses: Any = (), annotations: Any = (), decisions: Any = (), **more: Any
    ) -> PlanInputs:
        write = Write.model_validate({"mode": "write", "label": LABEL} | more.pop("write", {}))
        capabilities = more.pop("capabilities", Capabilities(writable_fields={"wsjf": FIELD}))
        given = {
            "tracker": "team",
            "now": NOW,
            "items": items,
            "statuses": _by(statuses, lambda one: one.finding.item),
            "decisions": _by(decisions, lambda one: one.item),
            "annotations": _by(annotations, lambda one: one.item),
            "edit_wars": {},
            "notices": {},
            "refused_items": (),
            "missing_items": (),
            "bulk_changed_items": (),
            "project_refusals": (),
            "capabilities": capabilities,
            "write": write,
            "label_setting": LabelSetting(write.label, more.pop("label_allowed_without_comment", False)),
            "ready_labels": {},
            "opt_in_fields": {"wsjf": make_score_field(WsjfOptions(levels=("story",)))},
            "wsjf": WsjfOptions(levels=("story",)),
            "absent_score_inputs": (),
            "rule_pages_url": None,
            "messages": shipped_messages(),
        }
        return PlanInputs(**(given | more))

    def __call__(self, items: Any, *known: Any, budget: int | None = None, **more: Any) -> Plan:
        return make_plan(self.situation(items, *known, **more), budget=budget)

    def one(self, *known: Any, item: WorkItem | None = None, **more: Any) -> Any:
        """The plan for the one item there is, or None when nothing would be written."""
        planned = self([item or work_item()], *known, **more).items
        return planned[0] if planned else None

    def marked(self, kind: str, name: str, value: Any, number: int = 1, **values: Any) -> Annotation:
        given = {"tracker": "team", "item": str(number), "key": f"PAY-{number}", "written": NOW - timedelta(days=20)}
        return Annotation(kind=kind, name=name, value=value, **(given | values))

    def labelled(self, number: int = 1, name: str = LABEL, **values: Any) -> Annotation:
        return self.marked("label", name, value=True, number=number, **values)

    def commented(self, planned: Any, **values: Any) -> Annotation:
        """The comment that a plan would have written, as it stands afterwards."""
        content = planned.comment.content
        return self.marked(
            "comment", "77", content, rules=content.rules, text=content.document.plain_text, posted=NOW - timedelta(days=20)
        ) if not values else self.marked("comment", "77", content, **values)  # fmt: skip


def _by(some: Any, key: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in some:
        found.setdefault(key(one), []).append(one)
    return found


@pytest.fixture(scope="session")
def planner() -> Planner:
    return Planner()


@pytest.fixture
def meddled():
    return Meddled


@pytest.fixture
def crash():
    return Crash


class Once:
    """A hook that does something the first time it is called."""

    def __init__(self, what: Any) -> None:
        self._what = what
        self.done = False

    def __call__(self, *_given: Any) -> None:
        if not self.done:
            self.done = True
            self._what()


@pytest.fixture
def once():
    return Once
