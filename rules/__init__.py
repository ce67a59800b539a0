"""Judges work items: computes findings and a suggested order, without any input or output."""
