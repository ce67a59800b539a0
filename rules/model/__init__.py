"""One vocabulary for every tracker: work items, backlogs, findings, decisions."""

from rules.model.backlog import Backlog, Finished
from rules.model.decision import OUTCOMES, UNDO, Decision, DecisionKind, Grown, in_force, standing_decisions
from rules.model.finding import Facts, Finding, Severity, finding_id
from rules.model.rich_text import Block, BlockKind, Text, words
from rules.model.work_item import Category, Evidence, Kind, Level, Link, Sprint, SprintState, Transition, WorkItem

__all__ = [
    "OUTCOMES",
    "UNDO",
    "Backlog",
    "Block",
    "BlockKind",
    "Category",
    "Decision",
    "DecisionKind",
    "Evidence",
    "Facts",
    "Finding",
    "Finished",
    "Grown",
    "Kind",
    "Level",
    "Link",
    "Severity",
    "Sprint",
    "SprintState",
    "Text",
    "Transition",
    "WorkItem",
    "finding_id",
    "in_force",
    "standing_decisions",
    "words",
]
