"""Slack: posts reports, edits them in place, and checks messages."""

from connectors.slack.channels import Channel
from connectors.slack.client import BotAccount, Posted, Slack
from connectors.slack.validation import TEXT_BUDGET, problems, total_text, validate_message

__all__ = [
    "TEXT_BUDGET",
    "BotAccount",
    "Channel",
    "Posted",
    "Slack",
    "problems",
    "total_text",
    "validate_message",
]
