"""A pretended Slack on loopback, for tests and demos."""

from steward_sandbox.slack.app import create_app
from steward_sandbox.slack.world import Channel, Message, Version, World

__all__ = ["Channel", "Message", "Version", "World", "create_app"]
