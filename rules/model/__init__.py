"""One vocabulary for every tracker: work items, backlogs, findings, decisions."""

from rules.model.backlog import Backlog, FinishedItem
from rules.model.decision import (
    OUTCOMES,
    UNDO,
    Decision,
    DecisionKind,
    NewEvidence,
    decision_id,
    in_force,
    standing_decisions,
)
from rules.model.finding import Facts, Finding, Severity, finding_id
from rules.model.rich_text import Block, BlockKind, RichText, plain_text
from rules.model.work_item import (
    DecisionEvidence,
    FieldChange,
    HierarchyLevel,
    ItemKind,
    Link,
    Sprint,
    SprintState,
    StatusCategory,
    WorkItem,
)

__all__ = [
    "OUTCOMES",
    "UNDO",
    "Backlog",
    "Block",
    "BlockKind",
    "Decision",
    "DecisionEvidence",
    "DecisionKind",
    "Facts",
    "FieldChange",
    "Finding",
    "FinishedItem",
    "HierarchyLevel",
    "ItemKind",
    "Link",
    "NewEvidence",
    "RichText",
    "Severity",
    "Sprint",
    "SprintState",
    "StatusCategory",
    "WorkItem",
    "decision_id",
    "finding_id",
    "in_force",
    "plain_text",
    "standing_decisions",
]
