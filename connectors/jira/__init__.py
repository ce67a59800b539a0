"""Jira as a tracker. `plugin.py` is the way in."""
