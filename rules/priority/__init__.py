"""Suggested priorities: scores that name their inputs, or say which input is missing."""

from rules.priority.wsjf import Refusal, Score, WsjfOptions, wsjf

__all__ = ["Refusal", "Score", "WsjfOptions", "wsjf"]
