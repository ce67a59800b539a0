"""Clients of other systems: trackers and Slack."""
