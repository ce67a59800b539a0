"""The report: a digest of what matters, and its form in Slack."""

from sync.report.digest import Digest, make_digest
from sync.report.slack import make_blocks, send

__all__ = ["Digest", "make_blocks", "make_digest", "send"]
