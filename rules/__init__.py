"""Judges work items: takes items, returns findings and a suggested order. No I/O."""
