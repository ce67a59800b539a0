"""The report: a digest of what matters, and its form in Slack."""

from sync.report.digest import Digest, make_digest
from sync.report.slack import Channel, send
from sync.report.slack_layout import make_message
from sync.report.slack_parts import Layout

__all__ = ["Channel", "Digest", "Layout", "make_digest", "make_message", "send"]
