"""What is written back: planned without side effects, applied through an outbox, reverted on request."""

from sync.writeback.apply import Applied, apply
from sync.writeback.plan import HeldBack, ItemPlan, Plan, make_plan
from sync.writeback.reversal import plan_undo

__all__ = ["Applied", "HeldBack", "ItemPlan", "Plan", "apply", "make_plan", "plan_undo"]
