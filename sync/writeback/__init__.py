"""Writes to trackers: plans without side effects, applies plans through an outbox, and plans their undo."""

from sync.writeback.apply import ApplyResult, apply
from sync.writeback.planning.make_plan import make_plan
from sync.writeback.planning.plan import ItemPlan, Plan, SkippedWrite
from sync.writeback.reversal import plan_undo

__all__ = ["ApplyResult", "ItemPlan", "Plan", "SkippedWrite", "apply", "make_plan", "plan_undo"]
