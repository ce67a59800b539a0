"""Writes to trackers: plans without side effects, applies plans through an outbox, and plans their undo."""

from sync.writeback.apply import ApplyResult, apply
from sync.writeback.planning import ItemPlan, Plan, SkippedWrite, make_plan
from sync.writeback.reversal import plan_undo

__all__ = ["ApplyResult", "ItemPlan", "Plan", "SkippedWrite", "apply", "make_plan", "plan_undo"]
