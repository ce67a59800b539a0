"""Suggested priorities: scores, or the inputs that are missing for them, and an order with its reasons."""

from rules.priority.order import Move, MoveReason, SuggestedOrder, suggest_order
from rules.priority.wsjf import Refusal, Score, WideScale, WsjfOptions, find_wide_scales, wsjf

__all__ = [
    "Move",
    "MoveReason",
    "Refusal",
    "Score",
    "SuggestedOrder",
    "WideScale",
    "WsjfOptions",
    "find_wide_scales",
    "suggest_order",
    "wsjf",
]
