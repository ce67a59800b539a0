"""Jira as a tracker. `plugin.py` is the entry point."""
