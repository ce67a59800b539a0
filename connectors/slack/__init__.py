"""Slack: posting reports, editing them in place, and what may stand in them."""

from connectors.slack.channels import Channel
from connectors.slack.client import Account, Posted, Slack
from connectors.slack.validation import TEXT_BUDGET, problems, total_text, validate_message

__all__ = [
    "TEXT_BUDGET",
    "Account",
    "Channel",
    "Posted",
    "Slack",
    "problems",
    "total_text",
    "validate_message",
]
