"""Slack: posts reports, edits them in place, and checks messages."""

from connectors.slack.account import BotAccount
from connectors.slack.app_token import check_app_token
from connectors.slack.channels import Channel
from connectors.slack.client import PostedMessage, Slack
from connectors.slack.manifest import manifest
from connectors.slack.validation import TEXT_BUDGET, count_text_characters, find_problems, validate_message

__all__ = [
    "TEXT_BUDGET",
    "BotAccount",
    "Channel",
    "PostedMessage",
    "Slack",
    "check_app_token",
    "count_text_characters",
    "find_problems",
    "manifest",
    "validate_message",
]
