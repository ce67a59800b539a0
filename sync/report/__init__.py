"""The report: the digest of open decisions, as a Slack message and as a page."""

from sync.report.digest import Digest, make_digest
from sync.report.slack import ReportChannel, send
from sync.report.slack_layout import make_message
from sync.report.slack_parts import MessageLayout

__all__ = ["Digest", "MessageLayout", "ReportChannel", "make_digest", "make_message", "send"]
