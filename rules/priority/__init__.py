"""Suggested priorities: scores, or the inputs that are missing for them, and an order with its reasons."""
