"""Judges work items. Returns findings and a suggested order, and reads or writes nothing."""
