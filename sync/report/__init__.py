"""The report: the digest of open decisions, as a Slack message and as a page."""
