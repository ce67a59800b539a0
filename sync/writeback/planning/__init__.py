"""Plans what is written to each item: the exact text of comments, labels and field values. Pure functions without I/O.

A plan contains only changes: what an item already has is not written again, and a comment is rewritten only when its
findings have changed.
"""

from sync.writeback.planning.inputs import EDIT_WAR, PlanInputs
from sync.writeback.planning.item_comment import build_content, build_preview_content
from sync.writeback.planning.make_plan import make_plan
from sync.writeback.planning.plan import (
    ALL_WRITES,
    NOT_KEPT,
    OUR_COMMENT,
    REFUSED_IN_PROJECT,
    ItemPlan,
    Plan,
    SkippedWrite,
)

__all__ = [
    "ALL_WRITES",
    "EDIT_WAR",
    "NOT_KEPT",
    "OUR_COMMENT",
    "REFUSED_IN_PROJECT",
    "ItemPlan",
    "Plan",
    "PlanInputs",
    "SkippedWrite",
    "build_content",
    "build_preview_content",
    "make_plan",
]
